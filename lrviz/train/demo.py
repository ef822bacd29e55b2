"""The demonstration at the front door: one schedule, which drives a descent there, and this real training."""

from lrviz.optimizers import SGD
from lrviz.schedules import Cosine
from lrviz.train.models import MLP
from lrviz.train.tasks import Digits
from lrviz.train.training import Training

STEPS = 80
SCHEDULE = Cosine(lr=0.265, T_max=STEPS)
"""It begins above 0.25, the largest rate y = 4 x^2 allows, and ends below it."""
TRAINING = Training(
    task=Digits(), model=MLP(depth=1, width=32), optimizer=SGD(), schedule=SCHEDULE, steps=STEPS, batch_size=32
)
