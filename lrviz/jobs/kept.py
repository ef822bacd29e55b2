"""What jobs have brought, kept for whoever asks for the same next: only so much, the latest used last to go."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any

MOST_KEPT = 64_000_000
"""Bytes that all results together may take, by their jobs' own account."""


@dataclass(frozen=True)
class Brought:
    """What a job brought: its events, how long it computed, how many bytes the events are."""

    events: tuple[Any, ...]
    seconds: float
    size: int


class Kept:
    """Finished jobs' results by what was asked: (target, spec)."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most, self._lock = most, Lock()
        self._held: OrderedDict[Hashable, Brought] = OrderedDict()

    def put(self, asked: Hashable, brought: Brought) -> None:
        """Keep a result, and let the longest unused ones go for it; one that is too large by itself is not kept."""
        with self._lock:
            self._held.pop(asked, None)
            if brought.size <= self._most:
                self._held[asked] = brought
            while sum(one.size for one in self._held.values()) > self._most:
                self._held.popitem(last=False)

    def get(self, asked: Hashable) -> Brought | None:
        """Return what is kept of what was asked, None where nothing is."""
        with self._lock:
            if asked in self._held:
                self._held.move_to_end(asked)
            return self._held.get(asked)
