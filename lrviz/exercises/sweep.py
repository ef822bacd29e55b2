"""Exercises on sweeps: how many nets one trains, and how far apart its rates are."""

from lrviz.exercises.forms import Facts, Number
from lrviz.train.quantities import ByRate
from lrviz.train.sweep import SweepScene

SCENE = SweepScene()


def _rates(scene: SweepScene) -> ByRate:
    assert isinstance(scene.across, ByRate)
    return scene.across


def _apart(scene: SweepScene, intervals: int) -> float:
    rates = _rates(scene)
    return (rates.high / rates.low) ** (1 / intervals)


def _evenly(scene: SweepScene) -> float:
    rates = _rates(scene)
    return (rates.high - rates.low) / (_columns(scene) - 1)


def _columns(scene: SweepScene) -> int:
    return scene.shape[2]


def _facts(scene: SweepScene) -> Facts:
    _, rows, columns = scene.shape
    rates = _rates(scene)
    counted = {"rows": rows, "columns": columns, "seeds": scene.each, "intervals": columns - 1}
    return counted | {"low": rates.low, "high": rates.high, "whole": rates.high / rates.low}


EXERCISES = (
    Number(
        id="how_many_nets",
        lesson="sweep",
        scene=SCENE,
        right=lambda scene: float(scene.nets),
        wrong={
            "one_seed": lambda scene: scene.nets / scene.each,
            "added": lambda scene: float(sum(scene.shape[1:]) + scene.each),
        },
        facts=_facts,
    ),
    Number(
        id="between_two_rates",
        lesson="sweep",
        scene=SCENE,
        right=lambda scene: _apart(scene, _columns(scene) - 1),
        room=lambda _: 0.01,
        wrong={
            "counted_points": lambda scene: _apart(scene, _columns(scene)),
            "evenly": _evenly,
        },
        facts=_facts,
    ),
)
