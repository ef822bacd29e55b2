"""Arrays as text, small and exact enough to draw: single precision, base 64."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

import numpy as np


def packed(values: Any, dtype: str = "<f4") -> dict[str, Any]:
    """Return an array as {"b": its bytes in base 64, "t": its type, "s": its shape}; too large is inf."""
    with np.errstate(over="ignore"):
        array = np.ascontiguousarray(np.asarray(values).astype(dtype))
    return {"b": b64encode(array.tobytes()).decode("ascii"), "t": dtype.lstrip("<|"), "s": list(array.shape)}


def unpacked(sent: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    """Return the array that was packed."""
    return np.frombuffer(b64decode(sent["b"]), f"<{sent['t']}").reshape(sent["s"])
