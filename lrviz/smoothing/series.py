"""What is smoothed: thirty days of temperature, a metric with a story, one drawn by hand, or a learner's own log."""

from typing import Annotated, Literal, Union

import numpy as np
from pydantic import Field

from lrviz.schedules.scene import BuiltInMetric, DrawnMetric, UploadedMetric
from lrviz.smoothing.averages import Array
from lrviz.spec import Spec

THIRTY_DAYS = (
    -11.258398056030273, -11.523601531982422, -2.5057859420776367, -4.338788032531738, 8.487103462219238,
    6.92009162902832, -3.160127639770508, -21.152193069458008, 3.2227492332458496, -12.633347511291504,
    3.4998319149017334, 3.0813393592834473, 1.1984150409698486, 12.376579284667969, -1.4347385168075562,
    -1.1160932779312134, -6.135830879211426, 0.3159274160861969, -4.926769733428955, 2.484147548675537,
    4.396958351135254, 1.1241118907928467, -8.410648345947266, -23.160419464111328, -1.0230965614318848,
    7.924439907073975, -2.896677017211914, 0.52507483959198, 5.228604793548584, 23.022052764892578,
)  # fmt: skip
"""torch.manual_seed(0); torch.randn(30) * 10, in float32, as torch 2.13 gives them on a CPU."""


class Temperatures(Spec):
    """Thirty days of temperature in a made-up place: independent normal numbers around 0, ten degrees apart."""

    kind: Literal["temperatures"] = "temperatures"

    def values(self) -> Array:
        """Return the temperature of every day, (30,)."""
        return np.array(THIRTY_DAYS)


Series = Annotated[Union[Temperatures, BuiltInMetric, DrawnMetric, UploadedMetric], Field(discriminator="kind")]
