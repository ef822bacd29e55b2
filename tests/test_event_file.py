"""TensorBoard event files: what its writers write is read, what is broken is left out and said, nothing else passes."""

import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboardX import SummaryWriter
from tensorboardX.proto.event_pb2 import Event  # type: ignore[attr-defined]
from tensorboardX.record_writer import RecordWriter

from lrviz.training_log import Log, LogError, event_file, guess_metric, read
from lrviz.training_log.event_file import LARGEST_RECORD, LIMIT_POINTS, LIMIT_TAGS, read_events

HEADER = 12
"""Bytes before a record: its length, and the checksum of that."""
Value = tuple[str, int, float]
DOUBLE, INT64, STRING = 2, 9, 7


def written_by(writer: Any, folder: Path) -> bytes:
    writer.close()
    (path,) = folder.glob("events*")
    return path.read_bytes()


def run(folder: Path) -> bytes:
    """A training's event file as SummaryWriter writes it, with a text and a histogram among the scalars."""
    writer = SummaryWriter(str(folder))
    for step in range(20):
        writer.add_scalar("loss/train", 2 / (step + 1), step * 10)
        if step % 5 == 0:
            writer.add_scalar("loss/val", 3 / (step + 1), step * 10)
    writer.add_text("note", "warm start", 0)
    writer.add_histogram("weights", np.arange(10.0), 0)
    return written_by(writer, folder)


def records(*events: Any, folder: Path) -> bytes:
    """Events as records of one file."""
    path = folder / "events.out.tfevents.0.here"
    writer = RecordWriter(str(path))
    for event in events:
        writer.write(event.SerializeToString())
    writer.close()
    return path.read_bytes()


def scalar(tag: str, step: int, value: float) -> Any:
    event = Event(step=step)
    event.summary.value.add(tag=tag, simple_value=value)
    return event


def tensor(tag: str, step: int, plugin: str = "scalars", **held: Any) -> Any:
    event = Event(step=step)
    value = event.summary.value.add(tag=tag)
    value.metadata.plugin_data.plugin_name = plugin
    for name, content in held.items():
        if isinstance(content, list):
            getattr(value.tensor, name).extend(content)
        else:
            setattr(value.tensor, name, content)
    return event


def remarks(log: Log) -> dict[str, dict[str, Any]]:
    return {remark.code: dict(remark.values) for remark in log.remarks}


# --- what writers write ---


def test_a_run_is_read_tag_by_tag_over_its_steps(tmp_path: Path) -> None:
    log = read(run(tmp_path))
    assert log.columns == ("loss/train", "loss/val") and guess_metric(log) == "loss/val"
    train, val = log.along("loss/train"), log.along("loss/val")
    assert (train.axis, train.x.tolist()) == ("step", [step * 10 for step in range(20)])
    np.testing.assert_allclose(train.values, 2 / np.arange(1, 21), rtol=1e-7)
    assert val.x.tolist() == [0, 50, 100, 150]
    assert remarks(log) == {"not_scalar": {"count": 2}}
    with pytest.raises(ValueError, match="accuracy"):
        log.along("accuracy")


@pytest.mark.parametrize(
    "held",
    [
        {"dtype": 1, "float_val": [0.5]},
        {"dtype": 1, "tensor_content": struct.pack("<f", 0.5)},
        {"dtype": DOUBLE, "double_val": [0.5]},
        {"dtype": DOUBLE, "tensor_content": struct.pack("<d", 0.5)},
    ],
)
@pytest.mark.parametrize("plugin", ["scalars", ""])
def test_a_scalar_may_be_a_tensor(held: dict[str, Any], plugin: str, tmp_path: Path) -> None:
    log = read(records(Event(file_version="brain.Event:2"), tensor("loss", 7, plugin, **held), folder=tmp_path))
    assert (log.along("loss").x.tolist(), log.along("loss").values.tolist()) == ([7], [0.5])


def test_torchs_own_new_style_scalar_is_one(tmp_path: Path) -> None:
    whole = tensor("epoch", 3, dtype=INT64, int64_val=[3])
    assert read(records(whole, folder=tmp_path)).along("epoch").values.tolist() == [3]


@pytest.mark.parametrize(
    "event",
    [
        tensor("curve", 1, "pr_curves", dtype=1, float_val=[0.5]),
        tensor("pair", 1, dtype=1, float_val=[0.5, 0.6]),
        tensor("text", 1, dtype=STRING, string_val=[b"0.5"]),
        tensor("odd", 1, dtype=1, tensor_content=b"123"),
        tensor("nothing", 1, dtype=1),
        tensor("unheard of", 1, dtype=3_000, float_val=[1.0]),
    ],
    ids=lambda event: event.summary.value[0].tag,
)
def test_what_is_no_scalar_is_left_out(event: Any, tmp_path: Path) -> None:
    log = read(records(event, scalar("loss", 1, 2.0), folder=tmp_path))
    assert log.columns == ("loss",) and remarks(log) == {"not_scalar": {"count": 1}}


def test_what_is_no_number_is_a_measurement_like_any_other(tmp_path: Path) -> None:
    values = [1.0, float("nan"), float("inf")]
    log = read(records(*(scalar("loss", i, value) for i, value in enumerate(values)), folder=tmp_path))
    np.testing.assert_array_equal(log.along("loss").values, values)


def test_steps_that_begin_again_are_kept_in_the_order_they_were_written(tmp_path: Path) -> None:
    log = read(records(*(scalar("loss", step, 1.0) for step in (1, 2, 1, 2)), folder=tmp_path))
    assert log.along("loss").x.tolist() == [1, 2, 1, 2]


def test_two_tags_that_look_alike_stay_apart(tmp_path: Path) -> None:
    tags = ("loss", "loss\n", "l\x07oss", "t" * 500, "t" * 501, "")
    log = read(records(*(scalar(tag, i, i) for i, tag in enumerate(tags)), folder=tmp_path))
    assert len(set(log.columns)) == len(tags)
    assert all(name.isprintable() and 0 < len(name) <= 200 for name in log.columns)
    assert [log.along(name).values.tolist() for name in log.columns] == [[i] for i in range(len(tags))]


# --- what is broken ---

FOUR = [scalar("loss", step, float(step)) for step in (1, 2, 3, 4)]
"""Four records of one length."""


def test_every_cut_of_a_file_gives_what_is_whole_or_a_reason(tmp_path: Path) -> None:
    data = records(*FOUR, folder=tmp_path)
    length = len(data) // 4
    for end in range(len(data) + 1):
        whole = end // length
        if end < HEADER:
            with pytest.raises(LogError):
                read(data[:end])
        elif whole == 0:
            with pytest.raises(LogError, match="no_scalars"):
                read(data[:end])
        else:
            log = read(data[:end])
            assert log.along("loss").values.tolist() == [1.0, 2.0, 3.0, 4.0][:whole]
            assert ("cut_off" in remarks(log)) == (end % length > 0)


def test_a_damaged_record_is_left_out_and_the_rest_read(tmp_path: Path) -> None:
    data = bytearray(records(*FOUR, folder=tmp_path))
    data[len(data) // 4 + HEADER + 3] ^= 0xFF
    log = read(bytes(data))
    assert log.along("loss").values.tolist() == [1, 3, 4] and remarks(log) == {"damaged": {"count": 1}}


def test_after_a_damaged_length_nothing_can_be_found(tmp_path: Path) -> None:
    data = bytearray(records(*FOUR, folder=tmp_path))
    data[len(data) // 4 * 2] ^= 0x01
    log = read(bytes(data))
    assert log.along("loss").values.tolist() == [1, 2] and remarks(log) == {"cut_off": {}}


def test_a_record_that_is_no_event_counts_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "events"
    writer = RecordWriter(str(path))
    for record in (scalar("loss", 1, 1.0).SerializeToString(), b"\xff\xff\xff\xff"):
        writer.write(record)
    writer.close()
    assert remarks(read(path.read_bytes())) == {"damaged": {"count": 1}}


def test_a_record_as_large_as_a_graph_is_not_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = records(Event(graph_def=bytes(LARGEST_RECORD + 1)), scalar("loss", 1, 1.0), folder=tmp_path)
    parsed: list[int] = []
    monkeypatch.setattr(
        event_file, "Event", type("Spy", (), {"FromString": lambda d: parsed.append(len(d)) or Event()})
    )
    with pytest.raises(LogError, match="no_scalars"):
        read_events(data)
    assert parsed and max(parsed) < 1_000


def test_no_scalar_no_log(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="no_scalars"):
        read(records(Event(file_version="brain.Event:2"), tensor("t", 1, dtype=STRING), folder=tmp_path))


def test_thousands_of_tags_are_not_all_offered(tmp_path: Path) -> None:
    log = read(records(*(scalar(f"norm/{i}", 1, 1.0) for i in range(2_000)), folder=tmp_path))
    assert len(log.columns) == LIMIT_TAGS
    assert remarks(log) == {"more_tags": {"count": 2_000, "limit": LIMIT_TAGS}}


def test_more_points_than_can_be_smoothed_are_refused(tmp_path: Path) -> None:
    event = Event(step=1)
    for _ in range(LIMIT_POINTS // 4):
        event.summary.value.add(tag="a", simple_value=1.0)
    assert len(event.SerializeToString()) < LARGEST_RECORD
    data = records(*[event] * 4, folder=tmp_path)
    assert len(read(data).along("a").values) == LIMIT_POINTS
    with pytest.raises(LogError) as caught:
        read(data + records(scalar("a", 2, 1.0), folder=tmp_path))
    assert (caught.value.code, caught.value.values) == ("too_many_points", {"limit": LIMIT_POINTS})


@given(st.binary(max_size=200))
def test_any_bytes_give_a_log_or_a_reason(data: bytes) -> None:
    try:
        assert read(data).columns
    except LogError as error:
        assert error.code


# --- what a file is, whatever its name says ---


def test_a_csv_is_read_as_what_it_is_and_other_binaries_are_refused(tmp_path: Path) -> None:
    assert read("epoch,损失\n1,0.5\n".encode("utf-16")).columns == ("epoch", "损失")
    for data in (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), b"PK\x03\x04" + bytes(range(128, 256)) * 9):
        with pytest.raises(LogError, match="not_text"):
            read(data)
    with pytest.raises(LogError, match="empty"):
        read(b"")


def test_a_reason_reaches_the_page_from_a_worker() -> None:
    error = pickle.loads(pickle.dumps(LogError("too_many_points", limit=5)))
    assert (type(error), error.code, error.values) == (LogError, "too_many_points", {"limit": 5})
