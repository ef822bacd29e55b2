"""One shape, four layers: which values of a tensor share a mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
import numpy.typing as npt

from lrviz.layers.batchnorm_scene import BatchNormScene
from lrviz.layers.normalization import NORMS, Norm, needs_more, sharing

Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True)
class SharedAxes:
    """For each of the four layers, which mean every value of a tensor (N, C, ...) is normalized by."""

    scene: BatchNormScene

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, C), (N, C, L), (N, C, H, W) or (N, C, D, H, W)."""
        return self.scene.shape

    @property
    def places(self) -> int:
        """How many values a channel of a sample has."""
        return prod(self.shape[2:])

    @cached_property
    def shared(self) -> Mapping[Norm, Numbers]:
        """The number of the mean that every value shares, of the tensor's shape, for each layer."""
        return {norm: sharing(norm, self.shape, int(self.scene.groups)) for norm in NORMS}

    def means(self, norm: Norm) -> int:
        """Return how many means there are."""
        return int(self.shared[norm].max()) + 1

    def values(self, norm: Norm) -> int:
        """Return how many values share each of them."""
        return self.shared[norm].size // self.means(norm)

    def refused(self, norm: Norm) -> bool:
        """Say whether PyTorch refuses to train on this shape."""
        return needs_more(norm, self.shape)

    def mates(self, norm: Norm, sample: int, channel: int) -> npt.NDArray[np.bool_]:
        """Say of every value whether it shares the mean of the first value of a sample's channel."""
        shared = self.shared[norm]
        return shared == shared[sample, channel].flat[0]
