"""A training's own log, read with care: a CSV, or a TensorBoard event file."""

from lrviz.training_log.log import Log, LogError, Measured, Remark
from lrviz.training_log.names import guess_metric, guess_mode
from lrviz.training_log.reading import decoded, may_be_events, read
from lrviz.training_log.table import LIMIT_TEXT, Cells, TrainingLog, is_missing, read_cells, read_log

__all__ = [
    "LIMIT_TEXT",
    "Cells",
    "Log",
    "LogError",
    "Measured",
    "Remark",
    "TrainingLog",
    "decoded",
    "guess_metric",
    "guess_mode",
    "is_missing",
    "may_be_events",
    "read",
    "read_cells",
    "read_log",
]
