"""The picture of each view of the batches page, with the words that stand in it and what it says of itself."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lrviz.batches.noise import CLOUD, ELLIPSE
from lrviz.batches.quadratic import RULES, measured
from lrviz.batches.scene import BatchesScene, View, cloud_of, growth_of, paths
from lrviz.batches.training import SAMPLES
from lrviz.figures.batches import count_figure, growth_figure, noise_figure, paths_figure, scaling_figure
from lrviz.figures.batches.noise import outside
from lrviz.figures.batches.paths import FRAMES, reached, seen_by_frame
from lrviz.spec import kind_of
from lrviz.text import Words, number
from lrviz.ui import lesson
from lrviz.ui.chart import Film, chart
from lrviz.ui.permalink import Desk

PAGE = "page.batches"
Drawn = tuple[dict[str, Any], str]
"""A figure, and what it says of itself."""


def show(desk: Desk[BatchesScene], words: Words, height: int) -> None:
    """Draw the view's picture."""
    scene, labels = desk.scene, words.group("chart")
    figure, alt = PICTURES[scene.view](scene, words, lesson.on_phone())
    film = _film(scene, words) if scene.view == "paths" else None
    name = f"lrviz-batches-{scene.view}"
    chart(figure, key="batches", alt=alt, words=labels, height=height, filename=name, film=film)


def _film(scene: BatchesScene, words: Words) -> Film:
    """Let the paths grow: frame after frame so many more samples have been seen."""
    result = paths(scene)
    samples = seen_by_frame(result)
    runs = {"single": result.single, "yours": result.yours, "full": result.full}
    done = {name: run.updates[0, reached(run, samples) - 1] for name, run in runs.items()}
    said = words.group("film") | {"frame_of": words.w(f"{PAGE}.film.frame_of")}
    # The batch size is the learner's, the rest is filled frame by frame.
    caption = words.w(f"{PAGE}.film.caption").replace("{batch_size}", f"{scene.batch_size:,}")
    return Film(FRAMES, said, per_second=12, caption=caption, values=done | {"samples": samples})


def _paths(scene: BatchesScene, words: Words, narrow: bool) -> Drawn:
    result = paths(scene)
    said = words.group(f"{PAGE}.axis")
    names = {name: said[name] for name in ("first", "second", "samples", "updates", "minimum")}
    names["loss"] = said["loss_short"] if narrow else said["loss"]
    names |= {"single": words.w(f"{PAGE}.line.single"), "full": words.w(f"{PAGE}.line.full", samples=SAMPLES)}
    names["yours"] = words.w(f"{PAGE}.line.yours", batch_size=f"{scene.batch_size:,}")
    ends = {name: number(getattr(result, name).late, 3) for name in ("single", "yours", "full")}
    alt = words.w(f"{PAGE}.alt.paths", epochs=scene.epochs, batch_size=scene.batch_size, **ends)
    return paths_figure(result, names, narrow=narrow), alt


def _count(scene: BatchesScene, words: Words, narrow: bool) -> Drawn:
    count, said = scene.count, words.group(f"{PAGE}.axis")
    first, last = (3, 2) if narrow else (7, 3)
    names = {
        "strip": words.w(f"{PAGE}.strip.title", samples=f"{count.samples:,}", iterations=f"{count.iterations:,}"),
        "more": words.w(f"{PAGE}.strip.more", count=f"{count.iterations - first - last:,}"),
        "dropped": words.w(f"{PAGE}.strip.dropped", count=f"{count.dropped:,}"),
        "yours": f"{count.iterations:,} × {count.epochs:,} = {count.total:,}",
        "batch_size": said["batch_size"],
        "updates": said["all_updates"],
    }
    told = {"samples": count.samples, "batch_size": count.batch_size, "iterations": count.iterations}
    alt = words.w(f"{PAGE}.alt.count", **told, last=count.last, epochs=count.epochs, total=count.total)
    return count_figure(count, names, narrow=narrow), alt


def _noise(scene: BatchesScene, words: Words, narrow: bool) -> Drawn:
    result, said = cloud_of(scene), words.group(f"{PAGE}.axis")
    names = {"first": said["gradient_first"], "second": said["gradient_second"], "batch_size": said["batch_size"]}
    names |= {"batch": said["batch"], "uphill": said["uphill"], "climbs": said["climbs"], "full": said["full"]}
    names |= {"spread": said["spread"], "independent": said["independent"], "measured": said["measured"]}
    names |= {"length": said["length"], "progress": said["progress"], "no_slope": said["no_slope"]}
    names["ellipse"] = words.w(f"{PAGE}.line.ellipse", count=number(ELLIPSE))
    names["outside"] = words.w(f"{PAGE}.line.outside", count=outside(result), all=CLOUD)
    names["simple"] = f"B_simple = {number(result.simple, 3)}"
    told = {"batch_size": result.size, "spread": float(result.spread_at(result.size)), "length": result.length}
    alt = words.w(f"{PAGE}.alt.noise", count=CLOUD, **told, uphill=percent(result.uphill))
    return noise_figure(result, names, narrow=narrow), alt


def percent(share: float) -> str:
    """Write a share in percent."""
    return f"{number(100 * share, 3)} %"


def _scaling(scene: BatchesScene, words: Words, narrow: bool) -> Drawn:
    spec, said = scene.quadratic, words.group(f"{PAGE}.axis")
    names = {name: said[name] for name in ("batch_size", "variance", "half_life")}
    names |= {rule: words.w(f"{PAGE}.rule.{rule}") for rule in RULES}
    rule = words.w(f"{PAGE}.rule.{spec.promising}")
    ends = "breaks" if spec.optimizer == "sgd" else "beyond"
    names["holds"], names["ends"] = (words.w(f"{PAGE}.region.{part}", rule=rule) for part in ("holds", ends))
    at = np.array(float(scene.batch_size))
    told = {rule: number(float(spec.variance(rule, at)), 3) for rule in RULES}
    edges = {"batch_size": scene.batch_size, "holds": spec.holds_to, "breaks": spec.breaks_at}
    alt = words.w(f"{PAGE}.alt.scaling_{spec.optimizer}", **told, **edges)
    return scaling_figure(spec, scene.batch_size, measured(spec), names, narrow=narrow), alt


def _growth(scene: BatchesScene, words: Words, narrow: bool) -> Drawn:
    result, said = growth_of(scene), words.group(f"{PAGE}.axis")
    names = {"epoch": said["epoch"], "loss": said["loss"], "batch_size": said["batch_short"], "rate": said["rate"]}
    names |= {"updates": said["updates_short"]}
    names |= {arm: words.w(f"{PAGE}.arm.{arm}") for arm in ("grow", "decay", "neither")}
    told = {"kind": words.kind(kind_of(scene.growth)), "epochs": scene.growth_epochs}
    counts = {name: round(float(getattr(result, name).updates[-1])) for name in ("grow", "decay")}
    losses = {f"{name}_loss": float(getattr(result, name).band()[1][-1]) for name in ("grow", "decay")}
    return growth_figure(result, names, narrow=narrow), words.w(f"{PAGE}.alt.growth", **told, **counts, **losses)


PICTURES: Mapping[View, Callable[[BatchesScene, Words, bool], Drawn]] = {
    "paths": _paths,
    "count": _count,
    "noise": _noise,
    "scaling": _scaling,
    "growth": _growth,
}
