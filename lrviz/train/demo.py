"""The front door's own trainings: the net that its one schedule trains, and a sweep small enough to wait for."""

from lrviz.optimizers import SGD
from lrviz.schedules import Cosine
from lrviz.train.models import MLP
from lrviz.train.sweep import PRESETS
from lrviz.train.tasks import Digits
from lrviz.train.training import Training

STEPS = 80
SCHEDULE = Cosine(lr=0.265, T_max=STEPS)
"""It begins above 0.25, the largest rate y = 4 x^2 allows, and ends below it."""
TRAINING = Training(
    task=Digits(), model=MLP(depth=1, width=32), optimizer=SGD(), schedule=SCHEDULE, steps=STEPS, batch_size=32
)
SWEEP = PRESETS["schedules"].but(seeds=1)
"""The sweep of schedules and rates, each cell trained once."""
