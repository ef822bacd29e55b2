"""What every test shares: hypothesis repeats itself exactly; pages start no work; one thread computes."""

import os
import sys
import types
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from lrviz.surfaces.data import data

settings.register_profile("ci", derandomize=True, deadline=None, database=None, max_examples=60)
settings.register_profile("explore", deadline=None, database=None, max_examples=2000)
settings.load_profile(os.environ.get("LRVIZ_HYPOTHESIS", "ci"))

# A page that trains by itself would start a worker in every test that opens it; tests of real work say so themselves.
os.environ["LRVIZ_SLOTS"] = "0"
# As in the workers: sums are split between threads, and tests that run side by side share the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture
def scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    """What scikit-learn's loaders give, from the columns that ship with the app."""

    def table(name: Any, first: int) -> np.ndarray[Any, Any]:
        columns = np.zeros((len(data(name).target), first + 2))
        columns[:, first], columns[:, first + 1] = data(name).first, data(name).second
        return columns

    def load_diabetes(scaled: bool) -> Any:
        assert not scaled
        return types.SimpleNamespace(data=table("diabetes", 4), target=data("diabetes").target)

    def load_breast_cancer() -> Any:
        return types.SimpleNamespace(data=table("breast_cancer", 0), target=1 - data("breast_cancer").target)

    module = types.ModuleType("sklearn.datasets")
    module.__dict__.update(load_diabetes=load_diabetes, load_breast_cancer=load_breast_cancer)
    monkeypatch.setitem(sys.modules, "sklearn", types.ModuleType("sklearn"))
    monkeypatch.setitem(sys.modules, "sklearn.datasets", module)
