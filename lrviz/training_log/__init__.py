"""A training's own log, read with care: a CSV, or a TensorBoard event file."""

from lrviz.training_log.log import Log, LogError, Measured, Remark
from lrviz.training_log.names import guess_metric, guess_mode
from lrviz.training_log.reading import decoded, may_be_events, read
from lrviz.training_log.table import TrainingLog, read_log

__all__ = [
    "Log",
    "LogError",
    "Measured",
    "Remark",
    "TrainingLog",
    "decoded",
    "guess_metric",
    "guess_mode",
    "may_be_events",
    "read",
    "read_log",
]
