"""Models: what learns, each a frozen Spec; `layers` says what it is made of, as shapes alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Union, cast

from pydantic import Field

from lrviz.spec import Knob, Spec, choices_of

IMAGE = 8
"""The side of the images a convolutional net sees."""
DropShare = Annotated[float, Field(ge=0, lt=1), Knob(0, 0.9)]
"""The probability with which a unit is left out of an update."""
ActivationName = Literal["tanh", "relu", "gelu"]
NormName = Literal["none", "batch", "layer"]
HiddenWidth = Annotated[int, Field(ge=1, le=512), Knob(1, 128, "log")]
InitName = Literal["default", "xavier", "he"]
ScalingName = Literal["standard", "mup"]


@dataclass(frozen=True)
class Dense:
    """A full connection: y = x W + b, W (inputs, outputs); without b before batch normalization, which takes it off."""

    inputs: int
    outputs: int
    bias: bool = True


@dataclass(frozen=True)
class Conv:
    """A 3 x 3 convolution with a border of zeros over images of side x side: W (9 * inputs, outputs)."""

    inputs: int
    outputs: int
    side: int
    bias: bool = True


@dataclass(frozen=True)
class Norm:
    """Batch or layer normalization of so many features, with a scale and a shift for each."""

    name: Literal["batch", "layer"]
    features: int


@dataclass(frozen=True)
class Activation:
    """A function of every number by itself; `units`: how many units it belongs to."""

    name: ActivationName
    units: int


@dataclass(frozen=True)
class Drop:
    """Dropout of units, each kept with probability 1 - p and then scaled by 1 / (1 - p)."""

    units: int


@dataclass(frozen=True)
class Pool:
    """The mean of every 2 x 2 pixels, in images of side x side with so many channels."""

    channels: int
    side: int


Layer = Dense | Conv | Norm | Activation | Drop | Pool


class ModelSpec(Spec):
    """A model, but for the sizes of what goes in and comes out."""

    images: ClassVar[bool] = False
    """Whether it takes images of IMAGE x IMAGE pixels only."""

    def layers(self, inputs: int, outputs: int) -> tuple[Layer, ...]:
        """Return the layers in order."""
        raise NotImplementedError


class Linear(ModelSpec):
    """One full connection and nothing else: PyTorch's nn.Linear."""

    kind: Literal["linear_model"] = "linear_model"
    init: InitName = "default"

    def layers(self, inputs: int, outputs: int) -> tuple[Layer, ...]:
        return (Dense(inputs, outputs),)


class MLP(ModelSpec):
    """Hidden layers, each a full connection, normalization if any, activation, dropout if any; then a last connection.

    `init`: "default" is PyTorch's own for nn.Linear, uniform within 1 / sqrt(inputs); "xavier" uniform within
    sqrt(6 / (inputs + outputs)) (Glorot & Bengio 2010), "he" normal with deviation sqrt(2 / inputs) (He et al. 2015,
    arXiv 1502.01852), both with biases of 0. `scaling`: how first weights and rates follow the width, as
    lrviz.train.scaling says; "mup" is what "standard" is at `base_width`.
    """

    kind: Literal["mlp"] = "mlp"
    depth: Annotated[int, Field(ge=0, le=6), Knob(0, 6)] = 2
    width: HiddenWidth = 16
    activation: ActivationName = "tanh"
    init: InitName = "default"
    norm: NormName = "none"
    dropout: DropShare = 0.0
    scaling: ScalingName = "standard"
    base_width: HiddenWidth = 16

    @property
    def idle(self) -> frozenset[str]:
        hidden = () if self.depth else ("width", "activation", "norm", "dropout", "scaling", "base_width")
        return frozenset((*hidden, *(() if self.scaling == "mup" else ("base_width",))))

    def layers(self, inputs: int, outputs: int) -> tuple[Layer, ...]:
        sizes = (inputs, *(self.width,) * self.depth)
        hidden = (layer for i, o in zip(sizes, sizes[1:], strict=False) for layer in self._block(i, o))
        return (*hidden, Dense(sizes[-1], outputs))

    def _block(self, inputs: int, outputs: int) -> Iterator[Layer]:
        yield Dense(inputs, outputs, bias=self.norm != "batch")
        if self.norm != "none":
            yield Norm(self.norm, outputs)
        yield Activation(self.activation, outputs)
        yield Drop(outputs)


class CNN(ModelSpec):
    """Two 3 x 3 convolutions, each with normalization if any, activation and a 2 x 2 mean; dropout; a connection."""

    kind: Literal["cnn"] = "cnn"
    images: ClassVar[bool] = True
    channels: Annotated[int, Field(ge=1, le=64), Knob(2, 32)] = 8
    activation: ActivationName = "relu"
    init: InitName = "default"
    norm: Literal["none", "batch"] = "none"
    dropout: DropShare = 0.0

    def layers(self, inputs: int, outputs: int) -> tuple[Layer, ...]:
        flat = 2 * self.channels * (IMAGE // 4) ** 2
        return (
            *self._block(1, self.channels, IMAGE),
            *self._block(self.channels, 2 * self.channels, IMAGE // 2),
            Drop(flat),
            Dense(flat, outputs),
        )

    def _block(self, inputs: int, outputs: int, side: int) -> Iterator[Layer]:
        yield Conv(inputs, outputs, side, bias=self.norm != "batch")
        if self.norm != "none":
            yield Norm(self.norm, outputs)
        yield Activation(self.activation, outputs)
        yield Pool(outputs, side)


# The list of all models: a new one is added here, and nowhere else.
Model = Union[Linear, MLP, CNN]


def model_kinds() -> tuple[type[ModelSpec], ...]:
    """Return the classes of all models."""
    return cast(tuple[type[ModelSpec], ...], choices_of(Model))
