"""The guide's page: what is answered changes what is advised, and the trial is run and said, in both languages."""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from lrviz import jobs
from lrviz.guide.rules import advise, rules
from lrviz.guide.scene import GuideScene
from lrviz.guide.trial import trial
from lrviz.jobs import Job, board
from lrviz.spec import to_address
from lrviz.text import LANGUAGES, words
from lrviz.train.comparing_job import compare
from lrviz.ui import guide_trial
from tests.lessons import assert_broken_parts_are_said
from tests.test_pages import Address, assert_whole, opened, widget

CHEAP = GuideScene(task="series", amount="little", seeds=3)
EDGES = {
    "fewest seeds": GuideScene(seeds=3),
    "most seeds, most work": GuideScene(seeds=12, model="deep", amount="much", batch="large"),
    "plateau first": GuideScene(task="series", amount="much", loss="plateauing"),
    "pre-trained, sparse": GuideScene(model="fine_tune", task="regression", features="sparse", batch="large"),
}


@pytest.fixture(autouse=True)
def fresh_board() -> Iterator[None]:
    """No job of another test."""
    jobs.BOARD._jobs.clear()
    yield
    jobs.BOARD._jobs.clear()


def page(scene: GuideScene = CHEAP, **given: str) -> Any:
    return opened("guide", to_address(scene, GuideScene()) | given)


def the_job() -> Job:
    (job,) = [job for job in jobs.BOARD._jobs.values() if not job.ended]
    return job


def finish() -> Job:
    """Work the job off here and now, as workers would."""
    job = the_job()
    while not job.ended:
        job.working = True
        jobs.BOARD._working += 1
        done: Future[Any] = Future()
        done.set_result(compare(job.spec, job.state, {}))
        jobs.BOARD._done(job, done, time.monotonic())
    return job


def said(app: Any) -> str:
    return "\n".join(element.value for element in app.markdown)


def first_card(app: Any) -> str:
    return next(element.value for element in app.markdown if element.value.startswith("**1 · "))


# --- edges and broken links ---


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EDGES)
def test_a_scene_at_the_edge_runs(name: str, language: str) -> None:
    app = page(EDGES[name], lang=language)
    assert_whole(app, "guide", language)
    assert app.session_state["guide scene"] == EDGES[name] and len(app.warning) == 0


LINKS: dict[str, tuple[Address, list[tuple[str, str]]]] = {
    "an answer there is not": ({"model": "gigantic"}, [("gigantic", "shallow")]),
    "too many seeds": ({"seeds": "13"}, [("12", "6")]),
    "too few": ({"seeds": "2"}, [("3", "6")]),
    "no number": ({"seeds": "nan"}, [("nan", "6")]),
    "a question there is not": ({"weather": "fine"}, [("weather", "")]),
    "several": ({"task": "<b>", "loss": ""}, [("\\<b\\>", "classification"), ("", "unknown")]),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LINKS)
def test_a_broken_part_gets_one_sentence_with_what_is_shown_instead(name: str, language: str) -> None:
    address, expected = LINKS[name]
    assert_broken_parts_are_said("guide", address, expected, language)


# --- questions and answers ---


def test_an_answer_changes_the_ranking_the_address_and_can_be_undone() -> None:
    app = page(GuideScene())
    assert first_card(app).startswith("**1 · Step**")
    widget(app, "option en model guide").set_value("deep").run()
    assert first_card(app).startswith("**1 · Cosine annealing**")
    assert dict(app.query_params) == {"model": "deep"}
    widget(app, "guide undo").click().run()
    assert first_card(app).startswith("**1 · Step**")


def test_the_page_shows_every_rule_that_fired_with_its_sources_and_the_others_apart() -> None:
    app = page(GuideScene())
    (fired,) = [element.value for element in app.markdown if element.value.startswith("| If |")][:1]
    advice = advise(GuideScene())
    assert fired.count("\n") == len(advice.fired) + 1
    for rule in rules():
        reason = words("en").w(f"page.guide.rule.{rule.id}")
        assert (reason in fired.split("This disagrees with")[0] or reason in fired) == (rule in advice.fired)
        if rule in advice.fired:
            assert all(source.url in fired for source in rule.cited)


def test_schedules_open_where_they_can_be_turned() -> None:
    app = page(EDGES["plateau first"])
    assert words("en").w("page.guide.waits_for_loss") in [caption.value for caption in app.caption]
    assert first_card(app).startswith("**1 · Plateau**")


# --- the trial ---


def test_nothing_is_trained_before_it_is_asked_for() -> None:
    page()
    assert jobs.BOARD._jobs == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_try_these_trains_all_in_one_job_and_says_who_won(language: str) -> None:
    app = page(lang=language)
    widget(app, "guide try").click().run()
    job = the_job()
    assert (job.target, job.spec) == (guide_trial.TARGET, trial(CHEAP).comparison)
    finish()
    app.run()
    ended = app.session_state["guide found"][1]
    assert ended.trial.names == trial(CHEAP).names
    expected = guide_trial.verdict(ended, words(language))
    assert len(expected) >= 2 and all(sentence in said(app) for sentence in expected)
    widget(app, f"guide tab {language}").set_value("data").run()
    assert_whole(app, "guide", language)
    assert words(language).w("page.guide.data.about") in [caption.value for caption in app.caption]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_has_its_words(language: str) -> None:
    w = words(language)
    for verdict in ("clear", "consistent", "close"):
        assert "{" not in w.w(
            f"page.guide.trial.{verdict}",
            first="A",
            second="B",
            low=0.1,
            high=0.2,
            gap=0.1,
            spread=0.2,
            wins=3,
            seeds=6,
        )
        assert "{" not in w.w(f"page.guide.trial.worth_{verdict}", gap=0.1, high=0.2)
        for against in ("first", "other", "constant"):
            assert "{" not in w.w(f"page.guide.trial.{verdict}_{against}", advised="A", first="B")
    assert w.w("page.guide.trial.all_diverged")


def test_another_answer_puts_the_trial_away_and_the_same_answers_find_it_again() -> None:
    app = page()
    widget(app, "guide try").click().run()
    finish()
    app.run()
    shown = guide_trial.verdict(app.session_state["guide found"][1], words("en"))[0]
    assert shown in said(app)
    widget(app, "option en batch guide").set_value("small").run()
    assert shown not in said(app) and len(jobs.BOARD._jobs) == 1
    widget(app, "option en batch guide").set_value("medium").run()
    assert shown in said(app)


def test_a_full_queue_is_said_and_nothing_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "MOST_WAITING", 0)
    app = page()
    widget(app, "guide try").click().run()
    assert_whole(app, "guide", "en")
    assert words("en").w("live.queue_full") in [warning.value for warning in app.warning]


@pytest.mark.parametrize(("model", "offered"), [("shallow", 4), ("fine_tune", 0)])
def test_a_trials_trainings_can_be_watched_but_for_those_that_go_on_from_another_net(model: str, offered: int) -> None:
    app = page(CHEAP.but(model=model))
    widget(app, "guide try").click().run()
    finish()
    app.run()
    assert not app.exception and app.session_state["guide found"][1] is not None
    links = [link.proto.label for link in app.get("page_link")]
    assert sum(label.startswith("Watch ") for label in links) == offered and "Open in Schedules" in links
