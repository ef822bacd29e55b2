"""Exported ReduceLROnPlateau, fed a metric in the real libraries, makes the cuts that are drawn."""

from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrviz.export import LIBRARIES, Library, code_until
from lrviz.schedules import Plateau
from lrviz.schedules.base import Array
from tests.exported import CLOSE, IN_FLOAT32, run


def replayed(plateau: Plateau, library: Library, metric: list[float]) -> Array:
    """Return the rate that each epoch uses when the exported code is fed a metric."""
    scope, rates = run(plateau, library), np.empty(len(metric))
    feed = {"keras": _fed_keras, "optax": _fed_optax}.get(library, _fed_torch)(scope, plateau)
    next(feed)
    for epoch, value in enumerate(metric):
        rates[epoch] = feed.send(value)
    return rates


def _fed_torch(scope: dict[str, Any], plateau: Plateau) -> Any:
    rate, value = 0.0, (yield)
    while True:
        rate = scope["optimizer"].param_groups[0]["lr"]
        scope["scheduler"].step(value)
        value = yield rate


def _fed_keras(scope: dict[str, Any], plateau: Plateau) -> Any:
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=scope["optimizer"], loss="mse")
    callback = scope["callback"]
    callback.set_model(model)
    callback.on_train_begin()
    value, epoch = (yield), 0
    while True:
        rate = float(cast(Any, keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
        callback.on_epoch_end(epoch, {"val_loss": value})
        value, epoch = (yield rate), epoch + 1


def _fed_optax(scope: dict[str, Any], plateau: Plateau) -> Any:
    import jax
    import jax.numpy as jnp

    optimizer, sign = scope["optimizer"], -1 if plateau.mode == "max" else 1
    update = jax.jit(lambda state, value: optimizer.update(jnp.zeros(()), state, jnp.zeros(()), value=value)[1])
    state, value = optimizer.init(jnp.zeros(())), (yield)
    while True:
        rate = float(state[-1].scale) * plateau.lr
        state = update(state, sign * value)
        value = yield rate


# Keras' own callback reads its rate in a way that NumPy 2 will give up.
KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

METRICS = st.lists(st.integers(0, 40).map(lambda n: n / 8), min_size=60, max_size=60)
"""Values on a coarse grid, exact in float32, with many ties."""


@KERAS_WARNS
@pytest.mark.parametrize("library", LIBRARIES)
def test_exported_plateau_makes_the_same_cuts(library: Library) -> None:
    @settings(max_examples=25 if library in IN_FLOAT32 else 60)
    @given(
        st.builds(
            Plateau,
            mode=st.sampled_from(["min", "max"]),
            factor=st.sampled_from([0.1, 0.5, 0.9]),
            patience=st.integers(0, 6),
            threshold=st.sampled_from([0.0, 0.03, 0.3]),
            threshold_mode=st.sampled_from(["rel", "abs"]),
            cooldown=st.integers(0, 4),
            min_lr=st.sampled_from([0.0, 0.01]),
        ).filter(lambda plateau: code_until(plateau, library) is None),
        METRICS,
    )
    def check(plateau: Plateau, metric: list[float]) -> None:
        ours = plateau.replay(metric).rates
        np.testing.assert_allclose(
            replayed(plateau, library, metric), ours, rtol=0, atol=CLOSE[library] * plateau.lr, err_msg=repr(plateau)
        )

    check()


@KERAS_WARNS
@pytest.mark.parametrize(
    ("plateau", "library"),
    [
        (Plateau(threshold=0.3, threshold_mode="rel"), "keras"),
        (Plateau(threshold=0.3, threshold_mode="rel", mode="max"), "optax"),
        (Plateau(eps=0.2), "optax"),
    ],
)
def test_another_rule_is_not_promised_and_really_cuts_elsewhere(plateau: Plateau, library: Library) -> None:
    assert code_until(plateau, library) == 0
    metric = [(3 + epoch / 4 if plateau.mode == "max" else max(3.0, 9 * 0.9**epoch)) for epoch in range(60)]
    assert not np.allclose(replayed(plateau, library, metric), plateau.replay(metric).rates)
