"""Exercises on schedules: a curve to draw, drops to count, the update a rate belongs to, a scheduler that runs away."""

import numpy as np

from lrviz.descend.engine import Runs, descend
from lrviz.exercises.forms import Bug, Curves, Draw, Facts, Knobs, Number, Verdict
from lrviz.optimizers import SGD
from lrviz.schedules import Constant, Cosine, Points, Schedule, Step, Warmup
from lrviz.schedules.base import Array
from lrviz.schedules.scene import Curve, SchedulesScene
from lrviz.spec import value_at, with_value
from lrviz.surfaces.regression import LinearRegression

NEAR = 0.06
"""How far a drawn rate may be off, as a share of the peak: half a dot on the pad."""
EVERY = 10
"""Steps between the points of the solution."""
FIELD = "curves.1.schedule.points"
TARGET = Warmup(steps=20, start_factor=0.0, then=Cosine(lr=0.1, T_max=80))
LEVEL = Points(points=((0, 0.1), (99, 0.1)))


def _table(scene: SchedulesScene, curve: int) -> Array:
    return scene.curves[curve].schedule.table(scene.steps)


def _drawn(scene: SchedulesScene, _: object) -> Verdict:
    target, mine = _table(scene, 0), _table(scene, 1)
    peak, off = target.max(), np.abs(mine - target)
    values = {"off": float(100 * off.max() / peak), "at": int(off.argmax())}
    if off.max() <= NEAR * peak:
        return Verdict("solved", values)
    if mine[0] > peak / 2:
        return Verdict("no_warmup", values)
    straight = np.abs(mine - np.interp(np.arange(scene.steps), _straight(scene)[0], _straight(scene)[1]))
    return Verdict("straight" if straight.max() <= NEAR * peak else "not_there", values)


def _straight(scene: SchedulesScene) -> tuple[list[int], list[float]]:
    """Return the points of straight lines from the start to the peak to the end."""
    target = _table(scene, 0)
    at = [0, int(target.argmax()), scene.steps - 1]
    return at, [float(target[t]) for t in at]


def _with_points(scene: SchedulesScene, at: list[int]) -> SchedulesScene:
    target = _table(scene, 0)
    return with_value(scene, FIELD, tuple((t, float(target[t])) for t in at))


def _without_warmup(scene: SchedulesScene) -> SchedulesScene:
    target = _table(scene, 0)
    late = [t for t in _dense(scene) if t > int(target.argmax())]
    return with_value(scene, FIELD, ((0, float(target.max())), *((t, float(target[t])) for t in late)))


def _dense(scene: SchedulesScene) -> list[int]:
    return [*range(0, scene.steps - 1, EVERY), scene.steps - 1]


# ------------------------------------------------------------------------------------------------------- drops

DROPS = "curves.0.schedule.step_size"
WANTED = 3


def _drops(scene: SchedulesScene) -> int:
    return len(np.flatnonzero(np.diff(_table(scene, 0))))


def _counted(scene: SchedulesScene, _: object) -> Verdict:
    count = _drops(scene)
    share = float(_table(scene, 0)[-1] / _table(scene, 0)[0])
    values = {"drops": count, "share": share, "step_size": value_at(scene, DROPS)}
    return Verdict("solved" if count == WANTED else "too_few" if count < WANTED else "too_many", values)


def _sized(scene: SchedulesScene, step_size: int) -> SchedulesScene:
    return with_value(scene, DROPS, step_size)


def _halving(scene: SchedulesScene) -> SchedulesScene:
    fits = (size for size in range(1, scene.steps) if _drops(_sized(scene, size)) == WANTED)
    return _sized(scene, next(fits))


def _drop_facts(scene: SchedulesScene) -> Facts:
    fits = [size for size in range(1, scene.steps) if _drops(_sized(scene, size)) == WANTED]
    return {"steps": scene.steps, "low": fits[0], "high": fits[-1], "eighth": scene.steps // 8}


# ---------------------------------------------------------------------------------------------- which rate is it

FIFTH = 5


def _rate(scene: SchedulesScene, t: int) -> float:
    return float(scene.curves[0].schedule(t))


# ------------------------------------------------------------------------------------------------- a runaway

BATCHES, EPOCHS = 14, 40
"""Of 32 patients each; what the run is drawn over."""


def _rates(scene: SchedulesScene, bug: str) -> Array:
    """Return the rate of every update, with step() called where it belongs, or elsewhere."""
    schedule, update = scene.curves[0].schedule, np.arange(EPOCHS * BATCHES)
    calls = {"per_batch": update, "never": 0 * update, "twice": 2 * (update // BATCHES)}.get(bug, update // BATCHES)
    return np.asarray(schedule(calls), dtype=np.float64)


def _loss(scene: SchedulesScene, bug: str) -> Curves:
    surface = LinearRegression(batch_size=32)
    path = descend(surface, Runs(SGD(), _rates(scene, bug)[None], np.array([surface.start])))
    assert surface.floor is not None
    return Curves({"training_loss": path.loss[0] - surface.floor}, "update", "excess", log=True)


def _scene(*schedules: Schedule, **given: object) -> SchedulesScene:
    return SchedulesScene(curves=tuple(Curve(slot=i, schedule=s) for i, s in enumerate(schedules))).but(**given)


EXERCISES = (
    Draw(
        id="draw_warmup",
        lesson="schedules",
        scene=_scene(TARGET, LEVEL, steps=100, open=1),
        fields=(FIELD,),
        judged=_drawn,
        right=lambda scene: _with_points(scene, _dense(scene)),
        wrong={"no_warmup": _without_warmup, "straight": lambda scene: _with_points(scene, _straight(scene)[0])},
        facts=lambda scene: {"peak": float(_table(scene, 0).max()), "room": 100 * NEAR},
    ),
    Knobs(
        id="three_drops",
        lesson="schedules",
        scene=_scene(Step(lr=0.1, step_size=100, gamma=0.5), steps=200),
        fields=(DROPS,),
        judged=_counted,
        right=_halving,
        wrong={
            "too_many": lambda scene: _sized(scene, scene.steps // 8),
            "too_few": lambda scene: _sized(scene, scene.steps // 2 - 1),
        },
        facts=_drop_facts,
    ),
    Number(
        id="fifth_update",
        lesson="schedules",
        scene=_scene(Warmup(steps=10, start_factor=0.0, then=Constant(lr=0.1)), steps=20),
        right=lambda scene: _rate(scene, FIFTH - 1),
        wrong={"counted_from_one": lambda scene: _rate(scene, FIFTH)},
        facts=lambda scene: {"first": _rate(scene, 0), "last": _rate(scene, 10)},
    ),
    Bug(
        id="runaway_scheduler",
        lesson="schedules",
        scene=_scene(Step(lr=0.1, step_size=10, gamma=0.3)),
        cause="per_batch",
        suspects=("never", "per_batch", "twice"),
        run=_loss,
        fix="""for epoch in range(40):
    for x, y in loader:
        optimizer.zero_grad()
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()  # <-""",
        facts=lambda scene: {"batches": BATCHES, "epochs": EPOCHS, "last": float(_rates(scene, "per_batch")[BATCHES])},
    ),
)
