"""What the names of a log's columns say: which of them is worth watching, and whether more of it is better."""

import re

from lrviz.training_log.log import Log

HIGHER_IS_BETTER = frozenset(
    [
        "acc",
        "accuracy",
        "auc",
        "auroc",
        "bleu",
        "chrf",
        "correct",
        "dice",
        "f",
        "f1",
        "hits",
        "iou",
        "map",
        "mcc",
        "mrr",
        "ndcg",
        "precision",
        "psnr",
        "r2",
        "recall",
        "return",
        "reward",
        "rouge",
        "rougel",
        "rougelsum",
        "score",
        "similarity",
        "ssim",
        "top",
    ]
)
LOWER_IS_BETTER = frozenset(
    ["loss", "error", "err", "mae", "mse", "rmse", "mape", "perplexity", "ppl", "nll", "wer", "cer"]
)
VALIDATION = frozenset(["val", "valid", "validation", "eval", "evaluation", "dev"])
TEST = frozenset({"test"})
COUNTERS = frozenset(["epoch", "epochs", "step", "steps", "iteration", "iter", "batch", "time", "date", "lr", "rate"])


def guess_metric(log: Log) -> str:
    """The column a Plateau would most likely watch: validation loss, any loss, validation score, any score, last."""
    for about in (_is_loss, _is_score):
        for where in (VALIDATION, TEST, None):
            for column in log.columns:
                if about(column) and (where is None or where & words_in(column)):
                    return column
    rest = [column for column in log.columns if not COUNTERS & words_in(column)]
    return (rest or log.columns)[-1]


def guess_mode(name: str) -> str:
    """ "max" for a metric whose name says that more is better (accuracy, F1, AUC, ...), else "min"."""
    words = words_in(name)
    return "max" if words & HIGHER_IS_BETTER and not words & LOWER_IS_BETTER else "min"


def words_in(name: str) -> set[str]:
    """The words of a column name in lower case, each also without digits at its end: "val/mAP50" -> val, map50, map."""
    apart = re.sub("(?<=[a-z0-9])(?=[A-Z][a-z])", " ", name.replace("io_u", "iou"))
    words = set(re.findall(r"[^\W_]+", apart.lower()))
    return words | {word.rstrip("0123456789") for word in words}


def _is_loss(column: str) -> bool:
    return "loss" in column.lower()


def _is_score(column: str) -> bool:
    return guess_mode(column) == "max"
