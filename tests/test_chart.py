"""The chart's message holds every array exactly, once, where a browser can read it."""

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lrviz.ui import chart as room
from lrviz.ui.chart import Film, _picked, _zoomed, chart, pack


def unpacked(message: bytes) -> tuple[dict, bytes]:
    length = int.from_bytes(message[:4], "little")
    start = -(-(4 + length) // 8) * 8
    return json.loads(message[4 : 4 + length]), message[start:]


def read(place: list, body: bytes) -> npt.NDArray:
    offset, count, dtype, *columns = place
    flat = np.frombuffer(body, dtype="<" + dtype, count=count, offset=offset)
    return flat.reshape(-1, *columns) if columns else flat


@given(arrays.arrays(st.sampled_from([np.float64, np.float32, np.int32, np.uint8]), st.integers(0, 40)))
def test_an_array_comes_out_bit_for_bit(values: npt.NDArray) -> None:
    header, body = unpacked(pack({"before": "é" * (values.size % 8), "x": values}))
    sent = read(header["x"]["$"], body)
    assert sent.tobytes() == values.tobytes()
    assert header["x"]["$"][0] % 8 == 0


def test_a_big_endian_array_is_turned_round() -> None:
    header, body = unpacked(pack({"x": np.array([1.5, -2.0], dtype=">f8")}))
    np.testing.assert_array_equal(read(header["x"]["$"], body), [1.5, -2.0])


def test_a_matrix_keeps_its_rows() -> None:
    z = np.arange(6.0).reshape(2, 3)
    header, body = unpacked(pack({"z": z}))
    np.testing.assert_array_equal(read(header["z"]["$"], body), z)


@given(
    arrays.arrays(
        st.sampled_from([np.int8, np.uint8]),
        st.tuples(st.integers(0, 12), st.integers(1, 300)),
        elements=st.sampled_from([0, 1, 120]),
    )
)
def test_a_matrix_of_bytes_comes_out_the_same_in_runs_or_as_it_is(z: npt.NDArray) -> None:
    header, body = unpacked(pack({"z": z}))
    if "$runs" not in header["z"]:
        np.testing.assert_array_equal(read(header["z"]["$"], body), z)
        return
    values, lengths = (read(part["$"], body) for part in header["z"]["$runs"])
    flat = np.repeat(values, lengths)
    assert values.dtype == z.dtype and 2 * len(values) < z.size and header["z"]["columns"] == z.shape[1]
    np.testing.assert_array_equal(flat.reshape(z.T.shape).T if header["z"]["down"] else flat.reshape(z.shape), z)


@pytest.mark.parametrize("down", [False, True])
def test_long_runs_of_bytes_take_little_room(down: bool) -> None:
    z = np.repeat(np.arange(20, dtype=np.int8), 1_000).reshape(20, 1_000)
    message = pack({"z": z.T if down else z})
    assert len(message) < 400 and unpacked(message)[0]["z"]["down"] is down


def test_integers_a_browser_would_read_as_bigint_are_sent_as_doubles() -> None:
    header, body = unpacked(pack({"x": np.arange(3, dtype=np.int64)}))
    assert header["x"]["$"][2] == "f8"
    np.testing.assert_array_equal(read(header["x"]["$"], body), [0, 1, 2])


def test_equal_arrays_are_sent_once() -> None:
    x = np.linspace(0, 1, 1000)
    one = len(pack({"data": [{"x": x}]}))
    five = len(pack({"data": [{"x": x}, {"x": x}, {"x": x.copy()}, {"x": x + 0}, {"x": x}]}))
    assert five - one < 300
    header, body = unpacked(pack({"data": [{"x": x, "y": x + 1}, {"x": x.copy()}]}))
    first, second = header["data"]
    assert first["x"] == second["x"] != first["y"]
    assert len(body) == 2 * x.nbytes


def test_an_array_with_the_bytes_of_another_type_is_not_mistaken_for_it() -> None:
    header, body = unpacked(pack({"a": np.zeros(2, np.float32), "b": np.zeros(2, np.int32)}))
    assert header["a"]["$"][2] == "f4"
    assert header["b"]["$"][2] == "i4"
    assert len(body) == 16


@pytest.mark.parametrize("leaf", [float("nan"), float("inf"), np.float64("nan")])
def test_what_json_cannot_say_becomes_a_gap(leaf: float) -> None:
    header, _ = unpacked(pack({"y": [1.0, leaf]}))
    assert header["y"] == [1.0, None]


def test_words_flags_and_numpy_scalars_stay_what_they_are() -> None:
    tree = {"alt": "学习率", "ok": np.bool_(True), "n": np.int64(3), "names": np.array(["a", "b"]), "t": (1, 2)}
    header, _ = unpacked(pack(tree))
    assert header == {"alt": "学习率", "ok": True, "n": 3, "names": ["a", "b"], "t": [1, 2]}


WRONG = [
    None, 3, {}, {"pick": None, "zoom": None}, {"pick": [1, 2], "zoom": [1, 2, 3, 4]},
    {"pick": {"at": [1]}, "zoom": {"to": [1, 2, 3]}},
    {"pick": {"at": [1, "2"]}, "zoom": {"to": [1, 2, 3, "4"]}},
    {"pick": {"at": [1, True]}, "zoom": {"to": [1, 2, False, True]}},
    {"pick": {"at": [1, float("nan")]}, "zoom": {"to": [1, 2, 3, float("inf")]}},
    {"pick": {"at": [1, 10**400]}, "zoom": {"to": [1, 2, 3, 10**400]}},
    {"pick": {"at": "12"}, "zoom": {"to": "1234"}},
    {"pick": {"at": None}, "zoom": {"to": [2, 1, 3, 4]}},
    {"pick": {}, "zoom": {"to": [1, 2, 4, 4]}},
]  # fmt: skip


@pytest.mark.parametrize("state", WRONG)
def test_what_a_browser_should_not_send_is_no_pick_and_no_zoom(state: Any) -> None:
    heard: list[Any] = []
    _picked(state, lambda x, y: heard.append((x, y)))
    _zoomed(state, heard.append)
    assert heard == []


def test_a_pick_a_zoom_and_the_way_back_are_passed_on() -> None:
    heard: list[Any] = []
    _picked({"pick": {"at": [1, 2.5]}}, lambda x, y: heard.append((x, y)))
    _zoomed({"zoom": {"to": [1, 2, -4, 4.5]}}, heard.append)
    _zoomed({"zoom": {"to": None}}, heard.append)
    assert heard == [(1.0, 2.5), (1.0, 2.0, -4.0, 4.5), None]


# ------------------------------------------------------------------------------------------------------- the film


def sent(monkeypatch: pytest.MonkeyPatch, film: Film | None, trace: dict[str, Any]) -> tuple[dict, bytes]:
    """Show a chart of one trace and return the message that went to the browser."""
    messages: list[bytes] = []
    monkeypatch.setattr(room, "_chart", lambda *, data, **_: messages.append(data))
    chart({"data": [{"type": "scatter", **trace}]}, key="c", alt="a", words={}, film=film)
    return unpacked(messages[0])


def test_a_film_sends_every_frame_once_and_what_fills_its_caption(monkeypatch: pytest.MonkeyPatch) -> None:
    heights, gaps = np.arange(12, dtype=np.float32).reshape(3, 4), np.array([3.0, 2.0, 1.0])
    film = Film(3, {"play": "Play"}, 20.0, 0, "the gap is {gap}", {"gap": gaps})
    header, body = sent(monkeypatch, film, {"y": heights[-1], "film": {"y": heights, "reach": np.array([0, 2, 4])}})
    shown, rows = header["film"], header["figure"]["data"][0]["film"]
    said = (shown["frames"], shown["per_second"], shown["begin"], shown["caption"])
    assert said == (3, 20.0, 0, "the gap is {gap}")
    np.testing.assert_array_equal(read(shown["values"]["gap"]["$"], body), gaps)
    np.testing.assert_array_equal(read(rows["y"]["$"], body), heights)
    np.testing.assert_array_equal(read(rows["reach"]["$"], body), [0, 2, 4])


def test_a_chart_without_a_film_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sent(monkeypatch, None, {"y": np.arange(3.0)})[0]["film"] is None


@pytest.mark.parametrize(
    ("values", "rows", "named"),
    [({"gap": np.zeros(2)}, 3, "values['gap'] has 2"), ({}, 4, "data[0]['film']['y'] has 4")],
)
def test_what_lacks_a_row_for_a_frame_is_named(
    monkeypatch: pytest.MonkeyPatch, values: dict, rows: int, named: str
) -> None:
    with pytest.raises(ValueError) as caught:
        sent(monkeypatch, Film(3, {}, values=values), {"y": np.zeros(5), "film": {"y": np.zeros((rows, 5))}})
    assert named in str(caught.value) and "3 frames" in str(caught.value)
