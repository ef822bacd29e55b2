"""What short trainings came to: without torch, so that pages may hold it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Ended:
    """R trainings measured at M updates `at` (M,): validation loss and accuracy, (M, R) each."""

    at: np.ndarray[Any, np.dtype[np.intp]]
    loss: Array
    accuracy: Array
