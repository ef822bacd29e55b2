"""The guide: its rules are sound, all of them are reached, and what they advise is a schedule that trains."""

import itertools
from typing import Any

import numpy as np
import pytest

from lrviz.export.guide import start_code
from lrviz.figures.guide import advice_figure, running_figure, trial_figure
from lrviz.guide.curves import curves
from lrviz.guide.recipes import OPTIMIZERS, RECIPES, STEPS, settings, start_of
from lrviz.guide.rules import Rule, advise, changes, rules
from lrviz.guide.scene import PRESETS, QUESTIONS, GuideScene
from lrviz.guide.trial import BASELINE, RATES, TRIED, Found, Trial, found, trial
from lrviz.schedules import Plateau
from lrviz.sources import sources
from lrviz.text import LANGUAGES, words
from lrviz.train.comparing import Compared, compared
from lrviz.train.comparing_job import begun, compare
from lrviz.train.engine import Batch, shape_of
from tests.test_export_training import run

ALL = [
    GuideScene().but(**dict(zip(QUESTIONS, answers, strict=True))) for answers in itertools.product(*QUESTIONS.values())
]
EACH_RULE = pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
NAMES = tuple(name for name in (*RECIPES, "plateau") if name != BASELINE)


# ------------------------------------------------------------------------------------------------------- the rules


@EACH_RULE
def test_a_rule_fires_for_some_answers_and_not_for_all(rule: Rule) -> None:
    assert 0 < sum(rule.fires(scene) for scene in ALL) < len(ALL)


@EACH_RULE
def test_a_rule_recommends_what_there_is_for_answers_there_are_and_cites_what_it_rests_on(rule: Rule) -> None:
    assert all({*answers} <= {*QUESTIONS[question]} for question, answers in rule.when.items()) and rule.when
    assert rule.schedules or rule.optimizers or rule.batch_size
    assert {*rule.schedules} <= {*NAMES} and {*rule.optimizers} <= {*OPTIMIZERS}
    assert rule.sources and {*rule.sources} <= {*sources()}
    assert {*rule.against} <= {other.id for other in rules() if not other.practice}
    assert not rule.against or rule.practice
    assert all(words(language).w(f"page.guide.rule.{rule.id}") for language in LANGUAGES)


def test_rules_have_names_of_their_own_and_no_sentence_is_left_over() -> None:
    ids = [rule.id for rule in rules()]
    assert len({*ids}) == len(ids) and {*words("en").group("page.guide.rule")} == {*ids}


BASELINE_OF_RULES = {
    ("amount", "little"): {"one_cycle", "cyclic"},
    ("amount", "medium"): {"step", "exponential"},
    ("amount", "much"): {"cosine", "plateau"},
    ("model", "shallow"): {"step", "exponential"},
    ("model", "deep"): {"cosine", "plateau", "one_cycle"},
    ("model", "fine_tune"): {"one_cycle"},
    ("task", "classification"): {"step", "cosine", "cyclic"},
    ("task", "regression"): {"exponential", "plateau"},
    ("task", "series"): {"exponential", "plateau"},
    ("task", "language"): {"exponential", "plateau"},
    ("sensitivity", "sensitive"): {"cosine", "plateau"},
    ("sensitivity", "insensitive"): {"cyclic", "one_cycle"},
    ("loss", "noisy"): {"plateau"},
    ("loss", "steady"): {"step", "exponential"},
}
ADDED = {
    ("model", "fine_tune"): {"warmup_linear", "warmup_cosine"},
    ("task", "language"): {"inverse_sqrt", "wsd"},
    ("task", "series"): {"inverse_sqrt", "wsd"},
}


@pytest.mark.parametrize(("question", "answer"), BASELINE_OF_RULES)
def test_the_folklore_is_all_there_and_nothing_beside_it(question: str, answer: str) -> None:
    alone = [rule for rule in rules() if not rule.practice and rule.schedules and [*rule.when] == [question]]
    named = {name for rule in alone if answer in rule.when[question] for name in rule.schedules}
    assert named == BASELINE_OF_RULES[question, answer]


@pytest.mark.parametrize(("question", "answer"), ADDED)
def test_todays_practice_is_added_to_it(question: str, answer: str) -> None:
    today = [rule for rule in rules() if rule.practice and answer in rule.when.get(question, ())]
    assert {name for rule in today for name, weight in rule.schedules.items() if weight > 0} >= ADDED[question, answer]


def test_every_answer_but_not_knowing_fires_some_rule_of_its_own() -> None:
    asked = {(q, a) for rule in rules() for q, answers in rule.when.items() for a in answers}
    assert {(q, a) for q, answers in QUESTIONS.items() for a in answers} - asked == {
        ("sensitivity", "unknown"), ("loss", "unknown"), ("features", "dense"),
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------------ the advice


def test_whatever_is_answered_there_is_an_advice_that_can_be_tried() -> None:
    for scene in ALL:
        advice = advise(scene)
        scores = [one.score for one in advice.schedules]
        assert scores == sorted(scores, reverse=True) and scores[-1] > 0
        assert sum(one.name in RECIPES for one in advice.schedules) >= TRIED
        assert advice.optimizer in OPTIMIZERS and 0 < advice.batch_size[0] < advice.batch_size[1]
        assert all(one.score == sum(weight for _, weight in one.reasons) for one in advice.schedules)


def test_every_schedule_but_a_few_comes_first_for_somebody() -> None:
    first = {advise(scene).schedules[0].name for scene in ALL}
    assert first >= {"step", "cosine", "plateau", "one_cycle", "warmup_linear", "warmup_cosine", "linear", "wsd"}


FIRST = {
    "first": ("step", "momentum"),
    "images": ("cosine", "momentum"),
    "fine_tune": ("warmup_cosine", "adamw"),
    "forecast": ("linear", "momentum"),
    "language": ("warmup_cosine", "adamw"),
    "clicks": ("cosine", "adagrad"),
    "large_batch": ("warmup_cosine", "adamw"),
}


@pytest.mark.parametrize("name", PRESETS)
def test_typical_readers_are_told_what_their_stories_say(name: str) -> None:
    advice = advise(PRESETS[name])
    assert (advice.schedules[0].name, advice.optimizer) == FIRST[name]


@pytest.mark.parametrize("name", PRESETS)
def test_what_would_change_the_advice_does_and_nothing_else(name: str) -> None:
    advice = advise(PRESETS[name])
    told = {(one.question, one.answer): (one.schedule, one.optimizer) for one in changes(advice)}
    for question, answer, scene in advice.scene.others():
        other = advise(scene)
        schedule, optimizer = told.get((question, answer), ("", ""))
        assert other.schedules[0].name == (schedule or advice.schedules[0].name)
        assert other.optimizer == (optimizer or advice.optimizer)


@pytest.mark.parametrize("steps", [4, 80, 1_000, 100_000])
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_reaches_its_rate_and_fits_its_run(name: str, steps: int) -> None:
    schedule = RECIPES[name](0.1, steps)
    rates = schedule.table(steps)
    assert np.isfinite(rates).all() and (rates >= 0).all() and rates.max() <= 0.1 * (1 + 1e-12)
    if steps >= 80:
        assert rates.max() > 0.0999
    if name not in (BASELINE, "inverse_sqrt", "warm_restarts", "cyclic") and steps >= 80:
        assert rates[-1] < 0.0105


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", NAMES)
def test_the_code_to_start_from_makes_these_rates(name: str, optimizer: str) -> None:
    scene = GuideScene(amount="little")
    schedule = start_of(name, scene, optimizer)
    scope = run(start_code(schedule, OPTIMIZERS[optimizer], lambda key: key))
    made, scheduler = scope["optimizer"], scope["scheduler"]
    assert type(made).__name__ == OPTIMIZERS[optimizer].torch
    if isinstance(schedule, Plateau):
        assert made.param_groups[0]["lr"] == schedule.lr
        return
    rates = []
    for _ in range(200):
        rates.append(made.param_groups[0]["lr"])
        made.step()
        scheduler.step()
    assert rates == pytest.approx(schedule.table(200).tolist(), rel=1e-9, abs=1e-15)


def test_settings_are_what_one_would_type() -> None:
    scene = GuideScene(amount="little", model="fine_tune")
    assert settings(start_of("warmup_cosine", scene, "adamw")) == {"warmup": 50, "lr": 2e-5, "T_max": 950}
    assert settings(start_of("plateau", scene, "adamw")) == {"lr": 2e-5, "factor": 0.1, "patience": 5}


# ------------------------------------------------------------------------------------------------------- the trial

CHEAP = GuideScene(task="series", amount="little", seeds=3)
TUNED = GuideScene(task="language", model="fine_tune", amount="little", seeds=3)


def worked_off(tried: Trial) -> list[Any]:
    state, events = None, []
    while True:
        chunk = compare(tried.comparison, state, {})
        state, events = chunk.state, events + chunk.events
        if chunk.done:
            return events


@pytest.mark.parametrize("scene", [*PRESETS.values(), CHEAP, TUNED], ids=str)
def test_a_trial_is_fair_and_one_batch(scene: GuideScene) -> None:
    tried = trial(scene)
    assert len(tried.names) == TRIED + 1 and tried.names[-1] == BASELINE and len({*tried.names}) == TRIED + 1
    assert len({shape_of(one) for one in tried.comparison.trainings}) == 1
    assert tried.rates == RATES[advise(scene).optimizer]
    made = {(one.schedule.kind, one.seed) for one in tried.comparison.trainings}
    assert len(tried.comparison.trainings) == (TRIED + 1) * len(tried.rates) * scene.seeds
    assert {seed for _, seed in made} == {*range(scene.seeds)}
    for i in range(len(tried.names)):
        for k, rate in enumerate(tried.rates):
            assert tried.training(i, k).rates().max() == pytest.approx(rate, rel=2e-3)


def test_what_waits_for_the_loss_is_left_out_and_named() -> None:
    tried = trial(PRESETS["images"])
    assert tried.skipped == ("plateau",) and "plateau" not in tried.names
    assert trial(PRESETS["first"]).skipped == ()


def test_a_trial_in_chunks_comes_to_what_its_batch_comes_to(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = trial(CHEAP)
    monkeypatch.setattr("lrviz.train.comparing_job.BUDGET", 0.0001)
    told = compared(worked_off(tried))
    batch = Batch(tried.comparison.trainings)
    batch.load(batch.start())
    batch.run(tried.first.steps)
    assert told and np.allclose(told.loss_val[-1], batch.judge().loss_val, rtol=1e-5)
    assert told.steps[0] == 0 and told.steps[-1] == tried.first.steps and (np.diff(told.steps) > 0).all()


def test_a_pre_trained_net_keeps_all_but_its_last_layer() -> None:
    tried = trial(TUNED)
    batch = Batch(tried.comparison.trainings)
    fresh, state = batch.start(), begun(tried.comparison, batch, "cpu")
    last = next(slot.begin for slot in batch.slots if slot.layer == batch.slots[-1].layer)
    assert (state.theta[:, :last] == state.theta[:1, :last]).all() and (
        state.theta[:, last:] == fresh.theta[:, last:]
    ).all()
    assert not np.allclose(state.theta[:, :last], fresh.theta[:, :last])


def test_what_was_learned_before_helps() -> None:
    tried = trial(TUNED)
    told = compared(worked_off(tried))
    assert told
    without = Batch(tried.comparison.trainings)
    without.load(without.start())
    without.run(tried.first.steps)
    assert np.median(told.loss_val[-1]) < np.median(without.judge().loss_val)


def made_up(ends: list[float], spread: float, bad: int = -1) -> Found:
    """A trial of the cheap scene whose schedules end where they are told, the seeds that far apart."""
    tried = trial(CHEAP)
    shape = (2, len(tried.names), len(tried.rates), tried.seeds)
    losses = np.ones(shape)
    losses[1] = np.array(ends)[:, None, None] + spread * np.linspace(-0.5, 0.5, tried.seeds)
    losses[1, :, 1:] += 5  # the first rate is the best one
    return found(tried, Compared(np.array([0, 150]), losses.reshape(2, -1), np.full(losses[0].size, bad)))


def test_a_difference_larger_than_the_spread_is_clear_and_a_smaller_one_a_tie() -> None:
    clear, close = made_up([0.2, 0.5, 0.6, 0.4], 0.1), made_up([0.2, 0.5, 0.6, 0.4], 0.5)
    assert clear.race and close.race
    assert (clear.race.verdict, clear.against_advice, clear.order[:2]) == ("clear", "first", [0, 3])
    assert (close.race.verdict, close.race.gap) == ("close", pytest.approx(0.2))
    assert close.race.spread == pytest.approx(0.4)
    assert clear.best == (0, 0, 0, 0) and clear.race.wins == clear.trial.seeds
    assert clear.worth is None, "the constant rate is the second already"


def test_whether_a_schedule_was_worth_it_is_told_apart_from_which_one() -> None:
    ended = made_up([0.2, 0.21, 0.6, 0.9], 0.1)
    assert ended.race and ended.worth
    assert (ended.race.verdict, ended.worth.verdict, ended.worth.worse) == ("close", "clear", 3)


def test_a_small_difference_that_every_seed_shows_is_no_tie() -> None:
    more = trial(CHEAP.but(seeds=6))
    shape = (2, len(more.names), len(more.rates), more.seeds)
    losses = np.ones(shape)
    losses[1] = np.array([0.2, 0.3, 0.4, 0.5])[:, None, None] + np.linspace(0, 1, more.seeds)
    ended = found(more, Compared(np.array([0, 150]), losses.reshape(2, -1), np.full(losses[0].size, -1)))
    assert ended.race and (ended.race.verdict, ended.race.wins) == ("consistent", 6)
    assert ended.race.gap < ended.race.spread


def test_what_contradicts_the_advice_is_said() -> None:
    assert made_up([0.5, 0.2, 0.6, 0.4], 0.1).against_advice == "other"
    assert made_up([0.5, 0.6, 0.7, 0.2], 0.1).against_advice == "constant"


def test_what_diverged_counts_as_the_worst_and_is_counted() -> None:
    gone = made_up([0.2, 0.5, 0.6, 0.4], 0.1, bad=10)
    assert gone.race is None and gone.worth is None and gone.bad == (9, 9, 9, 9)
    assert np.isinf(gone.middle[:, -1]).all() and np.isinf(gone.low[:, -1]).all()
    nothing = trial_figure(gone, [0, 1, 2, 0], NAMED, AXES, narrow=False)
    assert all(np.isnan(np.asarray(trace["y"], float)).all() for trace in nothing["data"] if trace.get("xaxis") == "x2")


# ----------------------------------------------------------------------------------------------------- the pictures

NAMED = {name: words("en").w(f"page.guide.schedule.{name}") for name in (*RECIPES, "plateau")}
AXES = words("en").group("page.guide.axis")


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", PRESETS)
def test_the_pictures_hold_what_was_found(name: str, narrow: bool) -> None:
    advice = advise(PRESETS[name])
    shown = curves(advice)
    figure = advice_figure(shown, NAMED, AXES, narrow=narrow)
    assert len(figure["data"]) == len(shown.places) == sum(one != "plateau" for one in shown.names)
    first = start_of(shown.names[shown.places[0]], advice.scene, advice.optimizer)
    assert not isinstance(first, Plateau)
    assert figure["data"][0]["y"][0] == pytest.approx(float(first(0)), rel=1e-6)
    assert figure["layout"]["xaxis"]["range"] == [0, STEPS[advice.scene.amount]]


@pytest.mark.parametrize("narrow", [False, True])
def test_a_trials_picture_has_a_dot_for_every_seed(narrow: bool) -> None:
    tried = trial(CHEAP)
    ended = found(tried, compared(worked_off(tried)) or pytest.fail())
    figure = trial_figure(ended, [0, 1, 2, 0], NAMED, AXES, narrow=narrow)
    dots = [trace for trace in figure["data"] if trace["mode"] == "markers"]
    assert [len(trace["y"]) for trace in dots] == [tried.seeds] * len(tried.names)
    assert np.allclose([trace["y"] for trace in dots], ended.finals)
    live = running_figure(tried, [0, 1, 2, 0], NAMED, AXES)
    columns = [trace["live"]["column"] for trace in live["data"]]
    assert len({*columns}) == len(tried.names) * tried.seeds and max(columns) < len(tried.comparison.trainings)


def test_a_trial_has_no_part_of_chance_left_open() -> None:
    first, again = compared(worked_off(trial(CHEAP))), compared(worked_off(trial(CHEAP)))
    assert first and again and np.array_equal(first.loss_val, again.loss_val)
