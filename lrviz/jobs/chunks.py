"""A chunk in a worker: the job's own state crosses the process that serves the pages as bytes, never as objects.

So what a state is made of (torch, above all) is imported by workers only.
"""

import pickle
from concurrent.futures import Future
from dataclasses import replace
from importlib import import_module
from typing import Any

from lrviz.jobs.board import Chunk
from lrviz.jobs.pool import submit


def submit_chunk(target: str, spec: Any, state: bytes | None, steering: dict[str, Any], retries: int) -> Future[Chunk]:
    """Have a worker do a job's next chunk; the state of what comes back is bytes, to be handed in again."""
    return submit(f"{__name__}:work", target, spec, state, steering, retries=retries)


def work(target: str, spec: Any, state: bytes | None, steering: dict[str, Any]) -> Chunk:
    """Do one chunk. Raises: MemoryError when there was too little, RuntimeError for any other failure."""
    module, _, name = target.partition(":")
    try:
        chunk = getattr(import_module(module), name)(spec, pickle.loads(state) if state else None, steering)
    except Exception as error:  # a library's own exception would bring the library along
        kind = MemoryError if isinstance(error, MemoryError) or "allocate" in str(error) else RuntimeError
        raise kind(f"{type(error).__name__}: {error}") from None
    return replace(chunk, state=pickle.dumps(chunk.state, pickle.HIGHEST_PROTOCOL))
