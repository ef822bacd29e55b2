"""What stands behind the training page's picture: why, tries, the kept runs told apart, code, numbers, the check."""

from lrviz.text import Words
from lrviz.train.scene import TrainScene
from lrviz.ui import ledger, lesson
from lrviz.ui.permalink import Desk


def tabs(desk: Desk[TrainScene], words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    lesson.tabs(
        "train",
        words,
        {
            "why": lambda: lesson.text(words, "train", ("why",)),
            "try": lambda: lesson.text(words, "train", ("try",)),
            "diff": lambda: ledger.difference(words),
        },
    )
