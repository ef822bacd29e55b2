"""The list of all maps of trainability, and how one shows a part of itself."""

from typing import Union

from lrviz.train.trainability import NetMap
from lrviz.train.waves import CosineMap

RateMap = Union[NetMap, CosineMap]


def zoomed(spec: RateMap, part: tuple[float, float, float, float] | None) -> RateMap:
    """Return a map of a part, (across_low, across_high, up_low, up_high), or with None of the whole; ValueError."""
    names = ("across_low", "across_high", "up_low", "up_high")
    whole = {name: type(spec).model_fields[name].default for name in names}
    return spec.but(**(whole if part is None else dict(zip(names, map(float, part), strict=True))))


def is_zoomed(spec: RateMap) -> bool:
    """Whether a map shows anything but what it shows first."""
    return zoomed(spec, None) != spec
