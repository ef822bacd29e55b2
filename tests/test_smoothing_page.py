"""The smoothing page opens in every language from every address, with every log, and what is touched there counts."""

from typing import Any, cast

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lrviz import jobs
from lrviz.schedules.scene import UploadedMetric
from lrviz.smoothing.scene import PRESETS, SmoothingScene
from lrviz.spec import to_address
from lrviz.text import LANGUAGES, words
from lrviz.training_log import Log, LogError, read
from lrviz.training_log.event_file import EventLog
from lrviz.ui import own_log
from lrviz.ui.markdown import plain
from lrviz.ui.own_log import OwnLog
from tests.lessons import assert_broken_parts_are_said
from tests.test_pages import Address, assert_whole, opened, widget

IN_EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
UPLOADED: Address = {"series": "uploaded"}


def scene(app: AppTest) -> SmoothingScene:
    return app.session_state["smoothing scene"]


def with_log(log: Log | bytes, address: Address, language: str = "en") -> AppTest:
    """The page of a visitor whose session holds a log."""
    app = opened("smoothing", {"lang": language} | address)
    held = read(log) if isinstance(log, bytes) else log
    app.session_state[own_log.HELD] = OwnLog("run.csv", held)
    return app.run()


def said(app: AppTest) -> str:
    return "\n".join([*(one.value for one in app.markdown), *(one.value for one in app.caption)])


# --- the edges ---

EDGES: dict[str, Address] = {
    "beta 0": {"beta": "0"},
    "beta 1": {"beta": "1"},
    "beta 1 corrected": {"beta": "1", "start": "corrected", "others": "true"},
    "beta 1 as TensorBoard": {"beta": "1", "start": "tensorboard"},
    "the first day": {"point": "1", "start": "zero"},
    "a day there is not": {"point": "400"},
    "a drawn metric": {"series": "drawn"},
    "a hundred thousand epochs": {"series": "built_in", "series.epochs": "100000", "start": "tensorboard"},
    "a flat one": {"series": "built_in", "series.shape": "flat", "start": "tensorboard"},
    "no log yet": UPLOADED,
    "lag at beta 0": {"view": "tradeoff", "beta": "0"},
    "lag at beta 1": {"view": "tradeoff", "beta": "1", "start": "corrected"},
    "a wave without noise": {"view": "tradeoff", "signal.shape": "wave", "signal.noise": "0"},
    "training at beta 0": {"view": "connection", "beta": "0"},
    "training at beta 1": {"view": "connection", "beta": "1"},
    "training without noise": {"view": "connection", "stream.noise": "0"},
}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", EDGES)
def test_a_scene_at_the_edge_runs_with_all_its_tabs(name: str, language: str) -> None:
    app = opened("smoothing", {"lang": language} | EDGES[name])
    assert_whole(app, "smoothing", language)
    assert len(app.warning) == 0
    for tab in ("code", "data") if language == "en" and EDGES[name] != UPLOADED else ():
        widget(app, f"smoothing tab {language}").set_value(tab).run()
        assert_whole(app, "smoothing", language)


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("start", ["first", "zero", "corrected", "tensorboard"])
def test_at_beta_1_the_page_says_what_happens(start: str, language: str) -> None:
    app = opened("smoothing", {"lang": language, "beta": "1", "start": start})
    note = "zero" if start == "tensorboard" else start
    assert plain(words(language).w(f"page.smoothing.note.frozen_{note}")) in said(app)


BROKEN: dict[str, tuple[Address, list[tuple[str, str]]]] = {
    "beta above 1": ({"beta": "1.5"}, [("β", "0.9")]),
    "beta no number": ({"beta": "high"}, [("β", "0.9")]),
    "a start unheard of": ({"start": "middle"}, [("middle", "first")]),
    "a series unheard of": ({"series": "music"}, [("music", "temperatures")]),
    "epochs without end": ({"series": "built_in", "series.epochs": "1000000000"}, [("100000", "100")]),
    "a point without end": ({"point": "1000000000"}, [("100000", "0")]),
    "a column of two lines": (UPLOADED | {"series.column": "a\nb"}, [("", "")]),
    "two at once": ({"view": "sideways", "signal.noise": "nan"}, [("sideways", "average"), ("nan", "0.2")]),
    "a part there is not": ({"series.data": "1,2,3"}, [("series.data", "")]),
}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_part_gets_one_sentence_with_what_is_shown_instead(name: str, language: str) -> None:
    address, expected = BROKEN[name]
    assert_broken_parts_are_said("smoothing", address, expected, language)


# --- what is touched ---


def test_the_days_are_walked_one_by_one_to_either_end() -> None:
    app = opened("smoothing", {"point": "2"})
    assert "S_{2} = \\beta S_{1}" in said(app) and "= -11.28" in said(app)
    widget(app, "smoothing back").click().run()
    assert scene(app).point == 1 and dict(app.query_params) == {"point": "1"}
    assert "S_{1} = Y_{1} = -11.26" in said(app)
    assert widget(app, "smoothing back").disabled
    widget(app, "smoothing forward").click().run()
    assert scene(app).point == 2
    assert widget(opened("smoothing"), "smoothing forward").disabled


def test_the_formula_holds_the_learners_own_numbers() -> None:
    app = opened("smoothing", {"beta": "0.5"})
    assert r"0.5 \cdot 2.432 + 0.5 \cdot 23.02 = 12.73" in said(app)
    assert r"0.5\,Y_{30} + 0.25\,Y_{29}" in said(app)
    corrected = opened("smoothing", {"beta": "0.5", "start": "corrected", "point": "2"})
    assert r"(-8.576) / 0.75 = -11.44" in said(corrected)


def test_another_series_opens_with_its_last_point() -> None:
    app = opened("smoothing", {"point": "3"})
    (box,) = [box for box in app.selectbox if box.value == "temperatures"]
    box.set_value("built_in").run()
    assert scene(app) == SmoothingScene(series=scene(app).series) and scene(app).series.kind == "built_in"


@pytest.mark.parametrize("view", ["tradeoff", "connection"])
def test_the_view_is_changed_and_beta_stays(view: str) -> None:
    app = opened("smoothing", {"beta": "0.7"})
    (switch,) = [
        control for control in cast(Any, app.get("button_group")) if getattr(control, "value", None) == "average"
    ]
    switch.set_value(view).run()
    assert_whole(app, "smoothing", "en")
    assert scene(app) == SmoothingScene(beta=0.7, view=view)  # type: ignore[arg-type]


# --- a log of one's own ---

LOGS: dict[str, bytes] = {
    "gaps and text": b"step,loss,note\n0,1.0,x\n1,,x\n2,nan,x\n3,0.5,x\n",
    "one row": b"loss\n0.5\n",
    "no header": b"1,0.5\n2,0.25\n",
    "a hundred thousand rows": b"loss\n" + b"0.5\n1.5\n" * 50_000,
    "only infinity and one number": b"loss\ninf\n-inf\n2\n",
    "markup": b"<b>*loss*[x](javascript:1)$x$\n1\n2\n",
}


@pytest.mark.parametrize(("start", "language"), [("first", "en"), ("tensorboard", "zh")])
@pytest.mark.parametrize("name", LOGS)
def test_a_log_is_smoothed(name: str, start: str, language: str) -> None:
    app = with_log(LOGS[name], UPLOADED | {"start": start, "others": "true"}, language)
    assert_whole(app, "smoothing", language)
    widget(app, f"smoothing tab {language}").set_value("data").run()
    assert_whole(app, "smoothing", language)
    assert len(app.get("download_button")) == 1


def test_what_was_left_out_of_a_log_is_said() -> None:
    app = with_log(LOGS["gaps and text"], UPLOADED)
    text = said(app)
    assert plain(words("en").w("upload.skipped.text", column="note", row=1, text="x")) in text
    assert plain(words("en").w("page.smoothing.note.poisoned", count=1, axis="step", first="2")) in text
    tolerant = with_log(LOGS["gaps and text"], UPLOADED | {"start": "tensorboard"})
    assert plain(words("en").w("page.smoothing.note.passed_through", count=1, axis="step", first="2")) in said(tolerant)


def test_a_long_log_is_checked_in_part_and_compared_with_what_tensorboard_keeps() -> None:
    app = with_log(b"loss\n" + b"0.5\n1.5\n" * 2_000, UPLOADED | {"start": "tensorboard"})
    w = words("en").w
    assert w("page.smoothing.checked_part", count=1_000) in said(app)
    assert plain(w("page.smoothing.note.sampled", kept=1_000, count=4_000, factor=4.0)) in said(app)


def test_a_column_is_chosen_and_only_its_name_is_in_the_address() -> None:
    app = with_log(b"step,loss,acc\n1,0.5,0.1\n2,0.25,0.9\n", UPLOADED)
    box = widget(app, "smoothing column en")
    assert (box.options, box.value) == (["step", "loss", "acc"], "loss")
    box.set_value("acc").run()
    assert scene(app).series == UploadedMetric(column="acc")
    assert dict(app.query_params) == {"lang": "en"} | UPLOADED | {"series.column": "acc"}


def test_the_same_log_serves_both_lessons() -> None:
    app = opened("schedules", {"view": "feedback", "metric": "uploaded"})
    app.session_state[own_log.HELD] = OwnLog("run.csv", read(b"step,val_loss\n1,0.5\n2,0.25\n3,0.3\n"))
    app.run()
    assert_whole(app, "schedules", "en")
    assert widget(app, "schedules column en").value == "val_loss"


def test_an_event_files_tags_are_offered() -> None:
    points = {f"loss/{i}": (np.arange(3.0), np.arange(3.0)) for i in range(200)}
    app = with_log(EventLog(points, ()), UPLOADED | {"series.column": "loss/7"})
    assert_whole(app, "smoothing", "en")
    assert widget(app, "smoothing column en").value == "loss/7"


def test_a_worker_reads_a_file_and_its_reasons_arrive() -> None:
    assert own_log._read(b"loss\n1\n2\n").columns == ("loss",)
    with pytest.raises(LogError) as caught:
        own_log._read(b"1,2\n" * 100_001)
    assert (caught.value.code, caught.value.values) == ("too_many_rows", {"limit": 100_000})


def test_a_file_that_takes_too_long_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Never:
        def result(self, timeout: float) -> Any:
            raise TimeoutError

    monkeypatch.setattr(jobs, "submit", lambda *_: Never())
    with pytest.raises(LogError, match="gave_up"):
        own_log._read(b"1,2\n" * own_log.QUICK)
    assert own_log._read(b"1,2\n").columns == ("#1", "#2")  # a short text needs no worker


def test_the_own_log_preset_waits_for_a_log() -> None:
    app = opened("smoothing", to_address(PRESETS["own_log"], SmoothingScene()))
    assert words("en").w("page.smoothing.log.none") in said(app)
    assert not app.get("download_button") and r"\small" not in said(app)
