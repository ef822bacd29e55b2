"""Networks under dropout: what a stack of layers gives for many masks at once, and for none."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from lrviz.layers.dropout import Array

Activation = Literal["identity", "relu", "tanh"]
ACTIVATIONS: Mapping[Activation, Callable[[Array], Array]] = {
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, 0.0),
    "tanh": np.tanh,
}


Dense = tuple[Array, Array]
"""A fully connected layer: weights W (units, units below) and biases b (units,)."""


def whole(x: Array, layers: Sequence[Dense], activation: Activation) -> list[Array]:
    """Return what every layer gives in evaluation: h_0 = x, h_l = f(W_l h_(l-1) + b_l), the last one without f.

    x: (n_0,) -> arrays (n_l,), one a layer, the input first.
    """
    none = [np.ones((1, len(b))) for _, b in layers[:-1]]
    return [h[0] for h in thinned(x, layers, none, 1.0, activation)]


def thinned(
    x: Array, layers: Sequence[Dense], masks: Sequence[Array], factor: float, activation: Activation
) -> list[Array]:
    """Return what every layer gives under R masks: h_l = f(W_l h_(l-1) + b_l) * m_l * factor; the last without f and m.

    x: (n_0,), masks one a hidden layer: (..., n_l), where ... is R or R in groups -> arrays (..., n_l), one a layer,
    the input first. `factor` is 1 / (1 - p), or 1 where training does not scale. All networks are one product a layer.

    PyTorch: nn.Sequential(nn.Linear, the activation, nn.Dropout, ..., nn.Linear).
    """
    f = ACTIVATIONS[activation]
    h = [np.broadcast_to(x, (*masks[0].shape[:-1], len(x)))]
    for (w, b), m in zip(layers[:-1], masks, strict=True):
        h.append(f(h[-1] @ w.T + b) * (m * factor))
    w, b = layers[-1]
    return [*h, h[-1] @ w.T + b]


def split(masks: Array, sizes: Sequence[int]) -> list[Array]:
    """Cut masks over all hidden units into one array a layer: (R, sum of sizes) -> (R, size) each."""
    return np.split(masks, np.cumsum(sizes)[:-1], axis=1)


def sigmoid(z: Array) -> Array:
    """Return 1 / (1 + exp(-z)), written so that no z overflows."""
    return np.exp(np.minimum(z, 0.0)) / (1 + np.exp(-np.abs(z)))


def geometric_mean(logits: Array, weights: Array) -> float:
    """Return the normalised geometric mean of sigmoid outputs, G / (G + G'), which is the sigmoid of the mean logit.

    logits, weights: (R,), the weights 1 in all; G = product of s(z)^w, G' = product of (1 - s(z))^w.

    Source: Baldi and Sadowski (2013), NeurIPS, "Understanding dropout".
    """
    return float(sigmoid(np.array(logits @ weights)))
