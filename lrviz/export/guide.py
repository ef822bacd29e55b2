"""A recommended optimizer and schedule, as the lines of a PyTorch program to start from."""

from lrviz.export import code, pytorch
from lrviz.export.snippet import Code, Note
from lrviz.export.updates import optimizer_of
from lrviz.optimizers import RuleSpec
from lrviz.schedules import Plateau
from lrviz.schedules.base import ScheduleSpec


def start_code(schedule: ScheduleSpec | Plateau, rule: RuleSpec, note: Note) -> str:
    """Return a snippet that makes `optimizer` by a rule and `scheduler` by a schedule, over a model of the reader's."""
    lr = schedule.lr if isinstance(schedule, Plateau) else pytorch.piece(schedule).lr
    made = optimizer_of(rule, lr, Code("model.parameters()"))
    return code(schedule, "pytorch", note).replace(pytorch.optimizer_lines(lr)[1], f"optimizer = {made.expression}")
