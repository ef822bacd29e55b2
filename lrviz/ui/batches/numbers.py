"""The numbers beside each picture of the batches page: the formula with the learner's own, and what came of it."""

from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st

from lrviz.batches.counting import Count
from lrviz.batches.growth import ByPerformance
from lrviz.batches.noise import BIG, pairs_of
from lrviz.batches.quadratic import RULES
from lrviz.batches.scene import BatchesScene, View, cloud_of, growth_of, paths
from lrviz.batches.training import SAMPLES
from lrviz.text import Words, number
from lrviz.ui import lesson
from lrviz.ui.batches.picture import percent

PAGE = "page.batches"


def show(scene: BatchesScene, words: Words) -> None:
    """Show the view's numbers."""
    NUMBERS[scene.view](scene, words)


def _lines(*lines: str) -> None:
    """Show lines of text close together."""
    st.markdown("  \n".join(line for line in lines if line))


def _arithmetic(count: Count, words: Words) -> list[str]:
    """Return the arithmetic of epochs with the learner's numbers, a line each."""
    named = {"samples": f"{count.samples:,}", "batch_size": f"{count.batch_size:,}", "epochs": f"{count.epochs:,}"}
    named |= {"iterations": f"{count.iterations:,}", "total": f"{count.total:,}", "whole": f"{count.whole:,}"}
    way = "floor" if count.drop_last else "ceil"
    short = "none" if not count.iterations else "dropped" if count.dropped else "short" if count.short else "whole"
    if count.batch_size > count.samples and count.iterations:
        short = "larger"
    return [
        words.w(f"{PAGE}.formula.{way}", **named),
        words.w(f"{PAGE}.formula.total", **named),
        words.w(f"{PAGE}.formula.{short}", **named, over=f"{count.short:,}"),
    ]


def _count(scene: BatchesScene, words: Words) -> None:
    _lines(*_arithmetic(scene.count, words))


def _paths(scene: BatchesScene, words: Words) -> None:
    result = paths(scene)
    scale = words.w(f"{PAGE}.formula.scale", **_scale(scene))
    _lines(*_arithmetic(scene.count, words), scale)
    runs = {1: result.single, SAMPLES: result.full} | {scene.batch_size: result.yours}
    head = [words.w(f"{PAGE}.table.{name}") for name in ("batch_size", "updates", "loss")]
    rows = [[f"{b:,}", f"{run.updates[0, -1]:,}", number(run.late, 3)] for b, run in sorted(runs.items())]
    lesson.table(head, rows)


def _scale(scene: BatchesScene) -> dict[str, object]:
    size = min(scene.batch_size, SAMPLES)
    return {"lr": scene.lr, "samples": SAMPLES, "batch_size": size, "scale": scene.lr * SAMPLES / size}


def _noise(scene: BatchesScene, words: Words) -> None:
    result = cloud_of(scene)
    spread, one = float(result.spread_at(result.size)), float(result.spread_at(1))
    said = {"batch_size": result.size, "samples": SAMPLES, "one": one, "spread": spread, "measured": result.measured}
    estimated = result.estimated
    told = {"small": result.size, "big": BIG * result.size, "pairs": f"{pairs_of(result.size):,}"}
    lines = [
        words.w(f"{PAGE}.formula.spread", **said),
        words.w(f"{PAGE}.formula.measured", **said),
        words.w(f"{PAGE}.formula.uphill", uphill=percent(result.uphill)) if result.settles else "",
        _simple(result.simple, result.length, one**2, words),
        words.w(f"{PAGE}.formula.estimated", **told, estimated=estimated)
        if estimated is not None
        else words.w(f"{PAGE}.formula.not_estimated", **told),
        words.w(f"{PAGE}.formula.scale", **_scale(scene)),
    ]
    _lines(*lines)


def _simple(simple: float, length: float, trace: float, words: Words) -> str:
    if np.isinf(simple):
        return words.w(f"{PAGE}.formula.no_slope")
    return words.w(f"{PAGE}.formula.simple", trace=trace, squared=length**2, simple=number(simple, 3))


def _scaling(scene: BatchesScene, words: Words) -> None:
    spec, at = scene.quadratic, np.array(float(scene.batch_size))
    eta = float(spec.felt(spec.promising, at))
    numbers = {"eta": eta, "noise": spec.noise, "batch_size": scene.batch_size, "curvature": spec.curvature}
    variance = float(spec.variance(spec.promising, at))
    sgd = spec.optimizer == "sgd"
    way = "variance" if np.isfinite(variance) else "diverges" if sgd else "beyond"
    lines = [
        words.w(f"{PAGE}.formula.felt_{spec.optimizer}", **numbers, lr=spec.lr),
        words.w(f"{PAGE}.formula.{way}", **numbers, variance=variance, product=eta * spec.curvature),
    ]
    _lines(*lines)
    heads = ("rule", "rate", "variance" if sgd else "variance_limit", "half_life")
    columns = (spec.rate, spec.variance, spec.half_life)
    rows = [
        [words.w(f"{PAGE}.rule.{rule}"), *(number(float(column(rule, at)), 3) for column in columns)] for rule in RULES
    ]
    lesson.table([words.w(f"{PAGE}.table.{name}") for name in heads], rows)
    if spec.holds_to < 1:
        _lines(words.w(f"{PAGE}.formula.holds_none"))
        return
    ends = {"holds": number(spec.holds_to, 3), "breaks": number(spec.breaks_at, 3)}
    _lines(words.w(f"{PAGE}.formula.holds_{spec.optimizer}", **ends))


def _growth(scene: BatchesScene, words: Words) -> None:
    result = growth_of(scene)
    grow, decay = result.grow, result.decay
    counts = {"grow": round(float(grow.updates[-1])), "decay": round(float(decay.updates[-1]))}
    batches = {"first": int(grow.batch[0]), "last": int(grow.batch[-1])}
    rates = {"first_rate": float(decay.rate[0]), "last_rate": float(decay.rate[-1])}
    same = "not_same" if isinstance(scene.growth, ByPerformance) else "same"
    _lines(
        words.w(f"{PAGE}.formula.grow", **batches),
        words.w(f"{PAGE}.formula.decay", **rates),
        words.w(f"{PAGE}.formula.{same}", **batches, **rates, lr=scene.lr, ratio=scene.lr / batches["last"]),
        words.w(f"{PAGE}.formula.saved", **counts, times=number(counts["decay"] / max(counts["grow"], 1), 2)),
    )
    head = [words.w(f"{PAGE}.table.{name}") for name in ("arm", "updates", "loss_end")]
    arms = {"grow": grow, "decay": decay, "neither": result.neither}
    rows = [
        [words.w(f"{PAGE}.arm.{name}"), f"{round(float(arm.updates[-1])):,}", number(float(arm.band()[1][-1]), 3)]
        for name, arm in arms.items()
    ]
    lesson.table(head, rows)


NUMBERS: Mapping[View, Callable[[BatchesScene, Words], None]] = {
    "paths": _paths,
    "count": _count,
    "noise": _noise,
    "scaling": _scaling,
    "growth": _growth,
}
