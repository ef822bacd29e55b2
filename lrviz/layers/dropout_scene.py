"""The dropout lesson's scene: one layer under one mask, under many, a deep stack, and a network's sub-networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from lrviz.layers import dropout
from lrviz.layers.dropout import Array, Scaling, every_mask, kept, probability, running_mean, scale, uniforms
from lrviz.layers.dropout_network import Activation, Dense, geometric_mean, sigmoid, split, thinned, whole
from lrviz.spec import Knob, Spec

MOST_VALUES = 8
MOST_MASKS = 400
LARGEST = 1e3
CLASSIC = (0.0, 1.8033, 1.4608, 4.5189, 6.9116)
INPUT = (1.0, 0.5)
SIZES: Mapping[str, tuple[int, ...]] = {"one": (2, 4, 1), "two": (2, 2, 2, 1)}
"""The small network's layers: four hidden units either way, so sixteen sub-networks."""
DEEP_WIDTH = 32
DEEP_MASKS = 1_000
DEEP_GROUPS = 4
"""Groups of masks: so few in one product that no linear algebra library splits it among threads, which takes longer."""
Seed = Annotated[int, Field(ge=0, le=999_999), Knob(0, 100)]
Value = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]


class DropoutScene(Spec):
    """What is looked at, how much is dropped by which mask, and what each way of looking needs besides.

    `view` is one layer, the average of many masks, a stack of layers, or a network and its sub-networks.
    """

    kind: Literal["dropout"] = "dropout"
    view: Literal["layer", "average", "depth", "networks"] = "layer"
    p: Annotated[float, Field(ge=0, le=1), Knob(0, 0.9)] = 0.4
    seed: Seed = 16
    mode: Literal["train", "eval"] = "train"
    scaling: Scaling = "training"
    values: Annotated[tuple[Value, ...], Field(min_length=1, max_length=MOST_VALUES)] = CLASSIC
    masks: Annotated[int, Field(ge=2, le=MOST_MASKS), Knob(10, MOST_MASKS, "log")] = 200
    depth: Annotated[int, Field(ge=1, le=20), Knob(1, 12)] = 8
    hidden: Literal["one", "two"] = "one"
    activation: Activation = "tanh"
    output: Literal["linear", "sigmoid"] = "linear"
    weights: Seed = 11
    unit: Annotated[int, Field(ge=1, le=MOST_VALUES), Knob(1, MOST_VALUES)] = 2

    @property
    def idle(self) -> frozenset[str]:
        """The fields that change nothing as the others stand: in evaluation there is no mask."""
        return frozenset({"seed"} if self.view == "layer" and self.mode == "eval" else ())

    @property
    def x(self) -> Array:
        """The layer's outputs before dropout, (n,)."""
        return np.array(self.values)

    @property
    def open(self) -> int:
        """The unit whose formula is open, counted from 1: the last one where there are fewer."""
        return min(self.unit, len(self.values))

    @property
    def redrawn(self) -> "DropoutScene":
        """The scene with the next seed's mask; after the last seed comes the first."""
        return self.but(seed=(self.seed + 1) % 1_000_000)


# ------------------------------------------------------------------------------------------------------ one layer


@dataclass(frozen=True)
class Layer:
    """A layer's outputs under one mask, and in evaluation, where there is none."""

    scene: DropoutScene
    uniforms: Array

    @cached_property
    def mask(self) -> Array:
        """Which units are kept as the scene stands, (n,): in evaluation all."""
        return kept(self.uniforms, self.scene.p if self.scene.mode == "train" else 0.0)

    @property
    def factor(self) -> float:
        """What kept units are multiplied by as the scene stands."""
        scene = self.scene
        if scene.mode == "eval":
            return 1 - scene.p if scene.scaling == "evaluation" else 1.0
        return scale(scene.p) if scene.scaling == "training" else 1.0

    @property
    def output(self) -> Array:
        """What the layer gives as the scene stands, (n,)."""
        scene = self.scene
        if scene.mode == "train":
            return dropout.train(scene.x, self.mask, scene.p, scene.scaling)
        return dropout.evaluate(scene.x, scene.p, scene.scaling)

    @property
    def count(self) -> int:
        """How many units are kept."""
        return int(self.mask.sum())


def layer(scene: DropoutScene) -> Layer:
    """Draw the scene's mask."""
    return Layer(scene, uniforms(scene.seed, (len(scene.values),)))


# ------------------------------------------------------------------------------------------------------ many masks


@dataclass(frozen=True)
class Average:
    """A layer's outputs under many masks, (R, n), the first of them the one layer's own."""

    scene: DropoutScene
    outputs: Array

    @cached_property
    def averages(self) -> Array:
        """The average of the first r outputs, (R, n)."""
        return running_mean(self.outputs)

    @property
    def evaluated(self) -> Array:
        """What the layer gives in evaluation, (n,)."""
        return dropout.evaluate(self.scene.x, self.scene.p, self.scene.scaling)

    @property
    def kept(self) -> Array:
        """What a mask that keeps a unit gives of it, (n,)."""
        return dropout.train(self.scene.x, np.ones(len(self.scene.values)), self.scene.p, self.scene.scaling)

    @property
    def expected(self) -> Array:
        """What the average tends to, (n,)."""
        return dropout.mean(self.scene.x, self.scene.p, self.scene.scaling)

    @property
    def spread(self) -> Array:
        """How far a single mask's output is from that, as a standard deviation, (n,)."""
        return np.sqrt(dropout.variance(self.scene.x, self.scene.p, self.scene.scaling))

    @property
    def largest(self) -> int:
        """Which unit has the largest output, counted from 0."""
        return int(np.abs(self.scene.x).argmax())


def average(scene: DropoutScene) -> Average:
    """Put the layer's values through many masks."""
    masks = kept(uniforms(scene.seed, (scene.masks, len(scene.values))), scene.p)
    return Average(scene, dropout.train(scene.x, masks, scene.p, scene.scaling))


# ----------------------------------------------------------------------------------------------------------- depth


@dataclass(frozen=True)
class Depth:
    """How many times its training signal each layer of a stack meets in evaluation, layers 0 (the input) to L, (L+1,).

    Every unit is a weighted average of the layer below, so that in evaluation the signal stays as large as it is.
    `scaled` and `unscaled` compare with the average over DEEP_MASKS masks, with 1 / (1 - p) and without; `singles`
    (3, L+1) are the lowest tenth, the middle and the highest tenth of what single masks give with the scale. What a
    mask has silenced for good is infinitely much.
    """

    scene: DropoutScene
    scaled: Array
    unscaled: Array
    singles: Array

    @property
    def expected(self) -> Array:
        """What `unscaled` tends to: 1 / (1 - p)^l, (L+1,)."""
        with np.errstate(divide="ignore", over="ignore"):
            return (1 - self.scene.p) ** -np.arange(self.scene.depth + 1.0)

    @property
    def odds(self) -> float:
        """What odds of 2 : 1 become when the logits that say so are as many times too large as the last layer meets."""
        with np.errstate(over="ignore"):
            return float(np.exp2(self.unscaled[-1]))


def stack(scene: DropoutScene) -> tuple[list[Dense], list[Array]]:
    """Draw the stack's layers and the masks of its hidden ones, (DEEP_GROUPS, masks in a group, DEEP_WIDTH) each."""
    random = np.random.default_rng(scene.seed)
    weights = random.random((scene.depth + 1, DEEP_WIDTH, DEEP_WIDTH))
    layers = [(w / w.sum(axis=1, keepdims=True), np.zeros(DEEP_WIDTH)) for w in weights]
    return layers, [*kept(random.random((scene.depth, DEEP_GROUPS, DEEP_MASKS // DEEP_GROUPS, DEEP_WIDTH)), scene.p)]


def depth(scene: DropoutScene) -> Depth:
    """Put an input of ones through the stack, under many masks and under none."""
    layers, masks = stack(scene)
    x = np.ones(DEEP_WIDTH)
    size = np.array([h.mean() for h in whole(x, layers, "identity")[:-1]])
    scaled, unscaled = (
        np.stack([h.mean(axis=-1).ravel() for h in thinned(x, layers, masks, factor, "identity")[:-1]])
        for factor in (scale(scene.p), 1.0)
    )
    with np.errstate(divide="ignore"):
        singles = size / np.quantile(scaled, (0.9, 0.5, 0.1), axis=1)
        return Depth(scene, size / scaled.mean(axis=1), size / unscaled.mean(axis=1), singles)


# ----------------------------------------------------------------------------------------------------- sub-networks


@dataclass(frozen=True)
class Ensemble:
    """A small network: all its sub-networks, what each gives and how often it is drawn, and the whole one.

    `masks` are (R, hidden units); `logits` (R,) come before the output's sigmoid, if there is one.
    """

    scene: DropoutScene
    layers: tuple[Dense, ...]
    masks: Array
    logits: Array
    whole_logit: float

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many units each layer has, input and output included."""
        return SIZES[self.scene.hidden]

    @property
    def probabilities(self) -> Array:
        """How often each sub-network is drawn, (R,)."""
        return probability(self.masks, self.scene.p)

    @property
    def outputs(self) -> Array:
        """What each sub-network gives, (R,)."""
        return self._told(self.logits)

    @property
    def whole(self) -> float:
        """What the whole network gives in evaluation."""
        return float(self._told(np.array(self.whole_logit)))

    @property
    def average(self) -> float:
        """What the sub-networks give on average, each counted as often as it is drawn."""
        return float(self.outputs @ self.probabilities)

    @property
    def geometric(self) -> float | None:
        """Their normalised geometric mean, where the output is a probability; None where it is not."""
        if self.scene.output == "linear":
            return None
        return geometric_mean(self.logits, self.probabilities)

    @property
    def drawn(self) -> int:
        """Which sub-network the scene's seed draws."""
        count = self.masks.shape[1]
        drops = 1 - kept(uniforms(self.scene.seed, (count,)), self.scene.p)
        return int(drops @ 2 ** np.arange(count)[::-1])

    @property
    def exact(self) -> bool:
        """Whether the mean logit is the whole network's by algebra: nothing bends between a mask and the output."""
        straight = self.scene.hidden == "one" or self.scene.activation == "identity"
        return self.scene.p == 0 or (straight and self.scene.p < 1)

    def _told(self, logits: Array) -> Array:
        return logits if self.scene.output == "linear" else sigmoid(logits)


def ensemble(scene: DropoutScene) -> Ensemble:
    """Run the small network and every one of its sub-networks, all at once."""
    sizes, x = SIZES[scene.hidden], np.array(INPUT)
    random = np.random.default_rng(scene.weights)
    shapes = [(n, m) for m, n in pairwise(sizes)]
    layers = tuple((_rounded(random, n, m), _rounded(random, n) / 2) for n, m in shapes)
    masks = every_mask(sum(sizes[1:-1]))
    outputs = thinned(x, layers, split(masks, sizes[1:-1]), scale(scene.p), scene.activation)[-1]
    return Ensemble(scene, layers, masks, outputs[:, 0], float(whole(x, layers, scene.activation)[-1][0]))


def _rounded(random: np.random.Generator, *shape: int) -> Array:
    """Draw weights of few digits, so that they can be read and copied."""
    return np.round(random.normal(size=shape), 1)


PRESETS: Mapping[str, DropoutScene] = {
    "classic": DropoutScene(),
    "evaluation": DropoutScene(mode="eval"),
    "output": DropoutScene(values=(0.0, 1.08198, 0.87648, 2.71134, 4.14696)),
    "average": DropoutScene(view="average"),
    "unscaled": DropoutScene(view="average", scaling="never", p=0.5),
    "depth": DropoutScene(view="depth", p=0.5),
    "networks": DropoutScene(view="networks", p=0.5),
    "bent": DropoutScene(view="networks", p=0.5, hidden="two", weights=33),
}
"""The worked examples, one click each."""
