"""Which library an array belongs to, so that one spelling of the maths serves NumPy and torch."""

from typing import Any

import numpy as np
from array_api_compat import array_namespace


def namespace(x: Any) -> Any:
    """Return the library of an array; NumPy is known at once, since asking costs time, and 11 MB the first time."""
    return np if type(x) is np.ndarray or isinstance(x, np.generic) else array_namespace(x)
