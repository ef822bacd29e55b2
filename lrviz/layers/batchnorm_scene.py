"""The batch norm lesson's scene: a tensor taken through the four steps, a stream of batches, and who shares a mean."""

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from lrviz.layers.batchnorm import BatchNorm
from lrviz.layers.normalization import Array
from lrviz.spec import Knob, Spec

MOST_VALUES = 12
MOST_BATCH, MOST_BATCHES = 256, 500
CHANNELS = 6
"""How many channels the tensor has that is drawn with its axes; 1, 2, 3 and 6 divide it."""
PLACES: Mapping[str, tuple[int, ...]] = {"vector": (), "sequence": (4,), "image": (2, 2), "volume": (2, 2, 2)}
"""What follows (N, C) in that tensor's shape."""
IMAGE: Array = np.array(
    [[[[-0.2751, -1.2183, -0.5106, -0.1540], [-0.4585, -0.5989, -0.6063, 0.5986], [-0.4745, 0.1496, -1.1266, -1.2377]],
      [[0.2580, 1.2065, 1.4598, 0.8387], [-0.4586, 0.8938, -0.3328, 0.1192], [-0.3265, -0.6263, 0.0419, -1.2231]]]],
    dtype=np.float32,
).astype(np.float64)  # fmt: skip
"""One image of two channels, 1 x 2 x 3 x 4, in the single precision that torch.tensor reads it in."""
IMAGE.setflags(write=False)
Real = Annotated[float, Field(ge=-1e6, le=1e6)]
Factor = Annotated[float, Field(ge=-100, le=100), Knob(-2, 3)]
Offset = Annotated[float, Field(ge=-100, le=100), Knob(-3, 3)]


class BatchNormScene(Spec):
    """What comes in and how the layer is set; the population whose batches are streamed; the shape that is drawn."""

    kind: Literal["batchnorm"] = "batchnorm"
    view: Literal["steps", "running", "axes"] = "steps"
    # the four steps
    scale: Annotated[float, Field(ge=1e-6, le=1e6), Knob(0.01, 100, "log")] = 1.0
    shift: Annotated[float, Field(ge=-100, le=100), Knob(-5, 5)] = 0.0
    tensor: Literal["image", "vectors", "own"] = "image"
    rows: Annotated[int, Field(ge=1, le=MOST_VALUES), Knob(1, MOST_VALUES)] = MOST_VALUES
    values: Annotated[tuple[Real, ...], Field(min_length=1, max_length=MOST_VALUES)] = (1.0, 2.0, 4.0, 9.0)
    gamma_0: Factor = 1.0
    beta_0: Offset = 0.0
    gamma_1: Factor = 1.0
    beta_1: Offset = 0.0
    mode: Literal["train", "eval"] = "train"
    seen: Annotated[int, Field(ge=0, le=1_000), Knob(0, 50)] = 1
    # the layer's own settings
    eps: Annotated[float, Field(ge=1e-12, le=10), Knob(1e-8, 1, "log")] = 1e-5
    momentum: Annotated[float, Field(ge=0, le=1), Knob(0, 1)] = 0.1
    average: Literal["exponential", "cumulative"] = "exponential"
    # a stream of batches
    batch: Annotated[int, Field(ge=1, le=MOST_BATCH), Knob(2, MOST_BATCH, "log")] = 8
    batches: Annotated[int, Field(ge=1, le=MOST_BATCHES), Knob(10, 200)] = 100
    mean: Annotated[float, Field(ge=-1e3, le=1e3), Knob(-10, 10)] = 2.0
    spread: Annotated[float, Field(ge=0.01, le=1e3), Knob(0.5, 10)] = 3.0
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), Knob(0, 20)] = 0
    # which axes
    dims: Literal["vector", "sequence", "image", "volume"] = "image"
    samples: Annotated[int, Field(ge=1, le=8), Knob(1, 8)] = 4
    groups: Literal["1", "2", "3", "6"] = "2"

    @property
    def idle(self) -> frozenset[str]:
        """What changes nothing as the others stand."""
        return frozenset({"momentum"} if self.average == "cumulative" else ())

    @property
    def layer(self) -> BatchNorm:
        """The layer as it is set, with the two channels' own factors and offsets; one channel has the first ones."""
        many = slice(None, 1 if self.tensor == "own" else 2)
        gamma, beta = (self.gamma_0, self.gamma_1)[many], (self.beta_0, self.beta_1)[many]
        return BatchNorm(self.eps, self.weight, np.array(gamma), np.array(beta))

    @property
    def weight(self) -> float | None:
        """The layer's momentum as PyTorch takes it: None for the cumulative average."""
        return None if self.average == "cumulative" else self.momentum

    @property
    def whole(self) -> Array:
        """All that could come in, (N, C) or (N, C, H, W), scaled and shifted."""
        given = {
            "image": IMAGE,
            "vectors": IMAGE.reshape(2, -1).T,
            "own": np.array(self.values, dtype=np.float64).reshape(-1, 1),
        }[self.tensor]
        return self.scale * given + self.shift

    @property
    def x(self) -> Array:
        """What comes in: of the vectors the first `rows`."""
        return self.whole[: self.rows] if self.tensor == "vectors" else self.whole

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the tensor that is drawn with its axes, (N, C, ...)."""
        return (self.samples, CHANNELS, *PLACES[self.dims])


_RUNNING, _AXES = BatchNormScene(view="running"), BatchNormScene(view="axes")

PRESETS: Mapping[str, BatchNormScene] = {
    "torch": BatchNormScene(),
    "large": BatchNormScene(scale=50.0, shift=3.0),
    "tiny": BatchNormScene(scale=0.003),
    "affine": BatchNormScene(gamma_0=2.0, beta_0=1.0, gamma_1=0.5, beta_1=-1.0),
    "undo": BatchNormScene(gamma_0=0.522416, beta_0=-0.492692, gamma_1=0.774710, beta_1=0.154217),
    "eval": BatchNormScene(mode="eval"),
    "single": BatchNormScene(tensor="vectors", rows=1),
    "running": _RUNNING,
    "pairs": _RUNNING.but(batch=2),
    "cumulative": _RUNNING.but(average="cumulative"),
    "axes": _AXES,
    "alone": _AXES.but(samples=1, dims="vector"),
}
"""The worked examples, one click each."""
