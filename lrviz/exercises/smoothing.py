"""Exercises on smoothing: a window of so many days, the start from zero, the memory that errs least."""

from lrviz.exercises.forms import Facts, Knobs, Number, Verdict
from lrviz.smoothing.averages import ewma, half_life, lag, window
from lrviz.smoothing.scene import SmoothingScene, measured
from lrviz.smoothing.tradeoff import Tradeoff

DAYS = 50
HALF_A_DAY = 0.5
NEAR = 1.1
"""How many times the least error still counts as least: the bottom of the curve is flat."""


def _of_window(days: float) -> float:
    """Return the beta whose window is so many days, by bisection of the window itself."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if window(middle) < days else (low, middle)
    return (low + high) / 2


def _of_half_life(_: SmoothingScene) -> float:
    low, high = 0.0, 1.0
    for _i in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if half_life(middle) < DAYS else (low, middle)
    return (low + high) / 2


def _window_facts(_: SmoothingScene) -> Facts:
    return {"days": DAYS, "low": _of_window(DAYS - HALF_A_DAY), "high": _of_window(DAYS + HALF_A_DAY)}


# ------------------------------------------------------------------------------------------------ from nothing


def _first_value(scene: SmoothingScene) -> float:
    found = measured(scene.series)
    assert found is not None
    return float(found.values[0])


def _first_average(scene: SmoothingScene) -> float:
    found = measured(scene.series)
    assert found is not None
    return float(ewma(found.values[None], scene.beta, scene.start)[0, 0])


def _weighted_wrong(scene: SmoothingScene) -> float:
    return scene.beta * _first_value(scene)


# ------------------------------------------------------------------------------------------------ the least error


def _tradeoff(scene: SmoothingScene) -> Tradeoff:
    return Tradeoff(scene.signal, scene.beta, scene.start)


def _erring(scene: SmoothingScene, _: object) -> Verdict:
    found = _tradeoff(scene)
    late, scattered, both = found.here
    values = {"beta": scene.beta, "late": late, "scattered": scattered, "both": both, "least": _least(found)}
    if both <= NEAR * _least(found):
        return Verdict("solved", values)
    return Verdict("too_late" if late > scattered else "too_noisy", values)


def _least(found: Tradeoff) -> float:
    return float(found.errors[2].min())


def _least_facts(scene: SmoothingScene) -> Facts:
    best = _tradeoff(scene).best
    return {"best": best, "least": _least(_tradeoff(scene)), "lag": lag(best)}


EXERCISES = (
    Number(
        id="window_of_50",
        lesson="smoothing",
        scene=SmoothingScene(),
        right=lambda _: _of_window(DAYS),
        room=lambda _: (_of_window(DAYS + HALF_A_DAY) - _of_window(DAYS - HALF_A_DAY)) / 2,
        wrong={"half_life": _of_half_life, "the_rest": lambda _: 1 - _of_window(DAYS)},
        put=lambda scene, beta: scene.but(beta=beta),
        facts=_window_facts,
    ),
    Number(
        id="from_nothing",
        lesson="smoothing",
        scene=SmoothingScene(start="zero", others=True, point=1),
        right=_first_average,
        room=lambda scene: 0.01 * abs(_first_average(scene)),
        wrong={"the_value": _first_value, "other_weight": _weighted_wrong},
        facts=lambda scene: {"beta": scene.beta, "value": _first_value(scene), "weight": 1 - scene.beta},
    ),
    Knobs(
        id="least_error",
        lesson="smoothing",
        scene=SmoothingScene(view="tradeoff", beta=0.2),
        fields=("beta",),
        judged=_erring,
        right=lambda scene: scene.but(beta=_tradeoff(scene).best),
        wrong={"too_noisy": lambda scene: scene.but(beta=0.1), "too_late": lambda scene: scene.but(beta=0.99)},
        facts=_least_facts,
    ),
)
