"""What a learner's own log becomes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.training_log import LogError, TrainingLog, guess_metric, guess_mode, read_log

KERAS = (
    "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\r\n"
    "0,0.8273,0.0010000000474974513,0.5963,0.8571,0.4021\r\n"
    "1,0.8644,0.0010000000474974513,0.3777,0.8612,0.3888\r\n"
    "2,0.8771,0.00010000000474974513,0.3391,0.8745,0.3522\r\n"
)
LIGHTNING = """epoch,lr-Adam,step,train_loss,val_acc,val_loss
0,,49,2.301,,
,0.001,49,,,
0,,99,1.954,,
0,,99,,0.41,1.802
1,,149,1.611,,
1,,199,,0.55,1.377
"""
TRAINER = """,loss,grad_norm,learning_rate,epoch,step,eval_loss,eval_accuracy,eval_runtime,train_runtime
0,1.9821,7.31,4.9e-05,0.5,500,,,,
1,1.4402,5.02,4.0e-05,1.0,1000,,,,
2,,,,1.0,1000,1.2933,0.61,12.4,
3,1.1103,6.6,3.0e-05,1.5,1500,,,,
4,,,,2.0,2000,1.1877,0.66,12.5,
5,,,,2.0,2000,,,,341.9
"""


def error_of(text: str, limit_rows: int = 100_000) -> LogError:
    with pytest.raises(LogError) as caught:
        read_log(text, limit_rows)
    return caught.value


def columns_of(text: str) -> dict[str, list[float]]:
    log = read_log(text)
    return {name: log.table[:, index].tolist() for index, name in enumerate(log.columns)}


def test_a_keras_log_is_read_whole() -> None:
    log = read_log(KERAS)
    assert log.columns == ("epoch", "accuracy", "learning_rate", "loss", "val_accuracy", "val_loss")
    assert log.table.dtype == np.float64 and log.table.shape == (3, 6)
    assert log.table[2].tolist() == [2, 0.8771, 0.00010000000474974513, 0.3391, 0.8745, 0.3522]
    assert log.measured.all() and not log.skipped
    assert guess_metric(log) == "val_loss"


def test_lightning_s_empty_cells_are_not_measurements() -> None:
    log = read_log(LIGHTNING)
    rows, values = log.series("val_loss")
    assert rows.tolist() == [3, 5] and values.tolist() == [1.802, 1.377]
    assert np.isnan(log.table[0, log.columns.index("val_loss")])
    assert guess_metric(log) == "val_loss"


def test_a_trainer_log_keeps_its_nameless_index_and_finds_eval_loss() -> None:
    log = read_log(TRAINER)
    assert log.columns[0] == "#1" and guess_metric(log) == "eval_loss"
    assert log.series("eval_loss")[1].tolist() == [1.2933, 1.1877]


def test_a_nan_the_training_wrote_is_a_measurement() -> None:
    log = read_log("step,loss\n1,2.5\n2,nan\n3,\n4,inf\n")
    rows, values = log.series("loss")
    assert rows.tolist() == [0, 1, 3]
    np.testing.assert_array_equal(values, [2.5, np.nan, np.inf])


@pytest.mark.parametrize(
    "text",
    [
        "epoch;loss\n1;0,5\n2;0,25\n",
        "epoch\tloss\n1\t0.5\n2\t0.25\n",
        "epoch\tloss\n1\t0,5\n2\t0,25\n",
        '"epoch","loss"\r\n"1","0.5"\r\n\r\n"2","0.25"\r\n\r\n',
        "epoch, loss\r1, .5\r2, 2.5e-1\r",
        "\ufeffepoch,loss\n1,0.5\n2,0.25",
        "run of Tuesday\nepoch,loss\n1,0.5\n2,0.25\n",
        "epoch,loss\n1,0.5\nepoch,loss\n2,0.25\n",
        "epoch,loss\n1,0.5\n2,0.25\n" + "\0" * 4096,
        "e\0p\0o\0c\0h\0,\0l\0o\0s\0s\0\n\x001\0,\x000\0.\x005\0\n\x002\0,\x000\0.\x002\x005\0",
    ],
)
def test_the_same_log_in_other_clothes(text: str) -> None:
    assert columns_of(text) == {"epoch": [1, 2], "loss": [0.5, 0.25]}


def test_without_a_header_columns_are_numbered() -> None:
    assert columns_of("1,0.5\n2,0.25\n") == {"#1": [1, 2], "#2": [0.5, 0.25]}
    assert columns_of("0.5\n0.25\n") == {"#1": [0.5, 0.25]}
    log = read_log("2026-01-02,0.5\n2026-01-03,0.25\n")
    assert log.columns == ("#2",) and log.skipped == (("#1", 1, "2026-01-02"),)


def test_a_number_may_be_a_column_s_name() -> None:
    assert columns_of("epoch,0\n1,0.5\n") == {"epoch": [1], "0": [0.5]}


def test_two_columns_of_one_name_stay_apart() -> None:
    assert columns_of("loss,loss\n1,2\n") == {"loss": [1], "loss #2": [2]}


def test_ragged_rows_are_padded_and_extra_cells_kept() -> None:
    log = read_log("epoch,loss\n1,0.5\n2\n3,0.2,7\n")
    assert log.columns == ("epoch", "loss", "#3")
    assert log.measured.tolist() == [[True, True, False], [True, False, False], [True, True, True]]


def test_a_column_with_text_is_left_out_and_said_so() -> None:
    log = read_log("epoch,loss,note\n1,0.5,fine\n2,tensor(0.3),\n3,0.2,worse\n")
    assert log.columns == ("epoch",)
    assert log.skipped == (("loss", 2, "tensor(0.3)"), ("note", 1, "fine"))


@pytest.mark.parametrize("cell", ["=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "+1-1", "1_000", "0x10", "85%", "<b>1</b>"])
def test_what_only_looks_like_a_number_is_text(cell: str) -> None:
    assert read_log(f'loss,lr\n0.5,0.1\n"{cell}",0.1\n').skipped == (("loss", 2, cell),)


def test_an_empty_column_is_named_but_not_kept() -> None:
    log = read_log("epoch,lr,loss,\n1,,0.5,\n2,,0.4,\n")
    assert log.columns == ("epoch", "loss") and log.skipped == (("lr", 0, ""),)


def test_long_texts_are_cut() -> None:
    log = read_log(f"loss,{'n' * 500}\n0.5,{'x' * 500}\n")
    assert log.skipped == (("n" * 40, 1, "x" * 40),)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n\r\n\t", "empty"),
        ("\ufeff\0\0", "empty"),
        (",,,\n,,,\n", "empty"),
        ("Once upon a time there was\na learning rate, and it was\nfar too large.\n", "no_numbers"),
        ("epoch,loss\n", "no_numbers"),
        ("epoch,loss\n,\nnan,nan\n", "no_numbers"),
        ("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\ufffd\ufffd\x08\x02", "not_text"),
        (bytes(range(256)).decode("utf-8", "replace") * 40, "not_text"),
    ],
)
def test_what_is_no_log_gets_its_reason(text: str, code: str) -> None:
    assert error_of(text).code == code


def test_a_quote_that_never_closes_is_found() -> None:
    assert error_of('epoch,loss\n1,"0.5\n' + "2,0.4\n" * 40_000).code == "broken_quotes"


def test_the_row_limit_is_exact_with_and_without_header_and_title() -> None:
    body = "1,0.5\n" * 5
    for head in ("", "epoch,loss\n", "a title\nepoch,loss\n"):
        assert len(read_log(head + body, 5).table) == 5
        error = error_of(head + body + "6,0.4\n", 5)
        assert (error.code, error.values) == ("too_many_rows", {"limit": 5})


def test_a_hundred_thousand_rows_are_read() -> None:
    log = read_log("step,loss\n" + "".join(f"{step},{1 / (step + 1)}\n" for step in range(100_000)))
    assert log.table.shape == (100_000, 2) and log.table[-1].tolist() == [99_999, 1e-5]


def test_a_table_too_wide_is_refused() -> None:
    error = error_of(",".join("1" for _ in range(201)))
    assert (error.code, error.values) == ("too_wide", {"columns": 201, "limit": 200})


@pytest.mark.parametrize(("width", "limit"), [(200, 5_000), (30, 33_333)])
def test_a_small_file_that_stands_for_a_huge_table_is_refused(width: int, limit: int) -> None:
    widest = ",".join("1" for _ in range(width)) + "\n"
    assert read_log("1,2\n" * (limit - 1) + widest).table.shape == (limit, width)
    error = error_of("1,2\n" * limit + widest)
    assert (error.code, error.values) == ("too_many_rows", {"limit": limit})


def test_a_huge_table_is_refused_before_its_cells_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrviz.training_log.table._collect", lambda *_, **__: pytest.fail("read"))
    assert error_of("1,2\n" * 5_000 + "," * 198 + "1\n", limit_rows=5_000).values == {"limit": 5_000}


@given(st.text())
def test_any_text_gives_a_log_or_a_reason(text: str) -> None:
    try:
        log = read_log(text)
    except LogError as error:
        assert error.code in {"empty", "not_text", "no_numbers", "broken_quotes", "too_many_rows", "too_wide"}
    else:
        assert log.table.shape == log.measured.shape == (len(log.table), len(log.columns))
        assert len(set(log.columns)) == len(log.columns)
        assert np.isfinite(log.table).any(axis=0).all()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.sampled_from(",;\t"))
def test_numbers_come_back_bit_for_bit(values: list[float], separator: str) -> None:
    text = f"step{separator}loss\n" + "".join(f"{step}{separator}{value!r}\n" for step, value in enumerate(values))
    log = read_log(text)
    assert log.series("loss")[1].tolist() == values


def log_with(*columns: str) -> TrainingLog:
    return TrainingLog(columns, np.zeros((1, len(columns))), np.ones((1, len(columns)), dtype=bool), ())


@pytest.mark.parametrize(
    ("columns", "metric"),
    [
        (("epoch", "loss", "val_loss", "lr"), "val_loss"),
        (("epoch", "Training Loss", "Validation Loss", "Accuracy"), "Validation Loss"),
        (("test_loss", "train_loss", "valLoss"), "valLoss"),
        (("train/box_loss", "metrics/mAP50(B)", "val/box_loss"), "val/box_loss"),
        (("epoch", "acc", "train_loss_step", "val_acc"), "train_loss_step"),
        (("epoch", "acc", "val_acc", "lr"), "val_acc"),
        (("epoch", "perplexity", "lr"), "perplexity"),
        (("epoch", "step"), "step"),
        (("#1", "#2"), "#2"),
    ],
)
def test_the_metric_is_guessed(columns: tuple[str, ...], metric: str) -> None:
    assert guess_metric(log_with(*columns)) == metric


@pytest.mark.parametrize(
    "name",
    [
        "acc",
        "val_accuracy",
        "top_5_accuracy",
        "F1Score",
        "micro avg f1-score",
        "roc_auc",
        "auc_1",
        "BLEU",
        "sacrebleu_score",
    ]
    + ["metrics/mAP50-95(B)", "R2", "r2_score", "mean_io_u", "episode_reward", "rougeL", "cosine_similarity", "Top1"],
)
def test_more_is_better(name: str) -> None:
    assert guess_mode(name) == "max"


@pytest.mark.parametrize(
    "name",
    [
        "loss",
        "val_loss",
        "dice_loss",
        "mape",
        "accumulated_error",
        "rmse",
        "perplexity",
        "#2",
        "",
        "mean_absolute_error",
    ],
)
def test_less_is_better(name: str) -> None:
    assert guess_mode(name) == "min"


# --- along its steps ---


def test_a_column_is_drawn_over_the_finest_counter_that_rises_with_it() -> None:
    log = read_log("epoch,step,loss,val_loss\n0,10,1,\n0,20,0.9,\n1,30,0.8,0.7\n2,40,0.5,0.6\n")
    assert (log.along("loss").axis, log.along("loss").x.tolist()) == ("step", [10, 20, 30, 40])
    assert log.along("val_loss").x.tolist() == [30, 40] and log.along("val_loss").values.tolist() == [0.7, 0.6]
    assert log.along("step").axis == ""


@pytest.mark.parametrize("text", ["epoch,loss\n0,1\n0,2\n", "step,loss\n,1\n2,2\n", "Wall time,loss\n1,1\n2,2\n"])
def test_without_such_a_counter_rows_are_counted(text: str) -> None:
    found = read_log(text).along("loss")
    assert (found.axis, found.x.tolist(), found.values.tolist()) == ("", [0, 1], [1, 2])


def test_what_cannot_be_seen_is_no_part_of_a_name() -> None:
    assert read_log("lo\x7fss\u200b\n0.5\n" + "1\n" * 300).columns == ("loss",)


def test_a_million_rows_are_refused_without_reading_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrviz.training_log.table._split_header", lambda *_, **__: pytest.fail("read"))
    assert error_of("0.5\n" * 1_000_000).values == {"limit": 100_000}
