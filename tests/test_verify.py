"""The proof is a proof: torch's own schedulers, stepped, agree with ours, and where they do not, it says so."""

import warnings
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from lrviz.schedules import (
    Constant,
    Cosine,
    CosineCycle,
    Cyclic,
    Exponential,
    Linear,
    OneCycle,
    Plateau,
    Polynomial,
    Product,
    RangeTest,
    ReducedStart,
    Sequence,
    Step,
    WarmRestarts,
    Warmup,
)
from lrviz.schedules.base import ScheduleSpec
from lrviz.schedules.compose import schedule_kinds
from lrviz.spec import choices_of, kind_of, to_address
from lrviz.verify import check, compare, compare_plateau, counterpart
from lrviz.verify.comparison import Report
from tests.golden import GOLDEN, RECORDED
from tests.strategies import LONGEST, schedules, specs

STEPS = 2 * LONGEST
WITHOUT = {"inverse_time", "inverse_sqrt", "noam", "wsd", "rex", "tanh", "points", "formula"}
CHAINABLE = choices_of(Product.model_fields["parts"].annotation)
WITH = {kind: cls for kind, cls in schedule_kinds().items() if kind not in WITHOUT}


def chains(part: ScheduleSpec) -> bool:
    return counterpart(Product(parts=(part, Step()))) is not None  # type: ignore[arg-type]


def in_turn(spans: list[tuple[int, ScheduleSpec]]) -> Sequence:
    ends = np.cumsum([length for length, _ in spans[:-1]]).tolist()
    return Sequence(parts=tuple(part for _, part in spans), milestones=tuple(ends))  # type: ignore[arg-type]


SINGLE = schedules(tuple(cls for cls in WITH.values() if cls not in (Warmup, Sequence, Product)))
CHAINS = schedules(tuple(cls for cls in WITH.values() if cls in CHAINABLE and cls is not WarmRestarts)).filter(chains)
WARMED = st.builds(Warmup, steps=st.integers(1, 99), start_factor=st.floats(1e-3, 1), then=SINGLE)
COMPOSED: dict[Any, st.SearchStrategy[ScheduleSpec]] = {
    Warmup: WARMED,
    Sequence: st.lists(st.tuples(st.integers(1, 150), SINGLE | WARMED), min_size=2, max_size=4).map(in_turn),
    Product: st.lists(CHAINS, min_size=2, max_size=4).map(lambda parts: Product(parts=tuple(parts))),  # type: ignore[arg-type]
}


def assert_promise_kept(schedule: ScheduleSpec, steps: int = STEPS) -> None:
    theirs = counterpart(schedule)
    assert theirs is not None
    promised = min(steps, theirs.until or steps)
    ours, rates = schedule.table(promised), theirs.rates(promised)
    peak = max(float(np.abs(rates).max()), theirs.lr)  # what torch's rounding is a part of: it scales theirs.lr
    np.testing.assert_allclose(ours, rates, rtol=1e-12, atol=1e-14 * peak)


@pytest.mark.parametrize("cls", WITH.values(), ids=kind_of)
@given(data=st.data())
def test_every_schedule_is_the_torch_scheduler_as_far_as_is_promised(
    cls: type[ScheduleSpec], data: st.DataObject
) -> None:
    schedule = data.draw(COMPOSED.get(cls, specs(cls)))
    assume(counterpart(schedule) is not None)
    assert_promise_kept(schedule)


@pytest.mark.parametrize("cls", WITH.values(), ids=kind_of)
def test_the_defaults_have_a_counterpart_or_say_why_not(cls: type[ScheduleSpec]) -> None:
    report = compare(cls(), STEPS)
    assert report is not None and report.agrees
    assert (report.until is None) == (report.difference is None)


@given(schedules(tuple(schedule_kinds()[kind] for kind in WITHOUT)))
def test_a_schedule_torch_does_not_have_has_no_counterpart(schedule: ScheduleSpec) -> None:
    assert counterpart(schedule) is None
    assert compare(schedule, 10) is None
    assert counterpart(Warmup(then=schedule)) is None  # type: ignore[arg-type]
    assert counterpart(Sequence(parts=(Step(), schedule), milestones=(9,))) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [name for name in GOLDEN if name.startswith("torch.") or "LR" in name.split("(")[0]])
def test_the_counterpart_gives_the_numbers_recorded_from_torch(name: str) -> None:
    theirs = counterpart(GOLDEN[name].schedule)
    assert theirs is not None
    recorded = {int(t): rate for t, rate in RECORDED["rates"][name].items()}
    rates = theirs.rates(theirs.reach(max(recorded) + 1))
    assert rates[[t for t in recorded if t < len(rates)]] == pytest.approx([*recorded.values()], rel=1e-15)


# ---------------------------------------------------------------------------------- the differences, each by its name

DIFFERENCES: list[tuple[ScheduleSpec, int, str]] = [
    (OneCycle(total_steps=50), 51, "one_cycle_raises"),
    (RangeTest(num_iter=40), 40, "range_continues"),
    (Product(parts=(Exponential(gamma=0.9), Cosine(T_max=20))), 21, "chained_cosine_forgets"),
    (Cosine(T_max=2_000, eta_min=0.05), 2_001, "cosine_turn_drifts"),
    (CosineCycle(min_lr=0.05, step_size=2_000), 2_001, "cosine_turn_drifts"),
    (Warmup(steps=10, then=OneCycle(total_steps=50)), 61, "one_cycle_raises"),
    (Sequence(parts=(RangeTest(num_iter=20), Constant(lr=1e-6)), milestones=(30,)), 20, "range_continues"),
    (Cyclic(mode="triangular2", step_size_up=1, step_size_down=1), 2048, "cyclic_overflows"),
]


@pytest.mark.parametrize(("schedule", "until", "code"), DIFFERENCES, ids=lambda x: x if isinstance(x, str) else "")
def test_a_difference_is_named_and_begins_where_it_says(schedule: ScheduleSpec, until: int, code: str) -> None:
    report = compare(schedule, 3 * until)
    assert report is not None and report.agrees
    assert (report.until, report.difference, report.steps) == (until, code, until)
    assert report.after is None or report.after > 1e-12
    before = compare(schedule, until)
    assert before is not None and before.until is None and before.agrees


@pytest.mark.parametrize(("schedule", "error"), [(DIFFERENCES[0][0], ValueError), (DIFFERENCES[-1][0], OverflowError)])
def test_where_it_says_that_torch_raises_torch_raises(schedule: ScheduleSpec, error: type[Exception]) -> None:
    theirs = counterpart(schedule)
    assert theirs is not None and theirs.until is not None
    assert len(theirs.rates(theirs.until)) == theirs.until
    with pytest.raises(error):
        theirs.rates(theirs.until + 1)


@given(st.integers(100, 2_000), st.sampled_from((0.0, 0.01, 0.05)))
def test_past_its_turn_torchs_cosine_drifts_no_more_than_is_explained(T_max: int, eta_min: float) -> None:
    report = compare(Cosine(T_max=T_max, eta_min=eta_min), 2 * T_max)
    assert report is not None
    assert (report.after or 0) < 1e-12 + 8 * T_max**2 * np.finfo(float).eps


def test_a_short_cosine_is_verified_past_its_turn() -> None:
    report = compare(Cosine(T_max=30), 91)
    assert report is not None and report.until is None and report.absolute < 3e-15


# -------------------------------------------------------------------------------------------------- compositions


def test_a_sequence_inside_a_sequence_is_laid_flat() -> None:
    warm = Warmup(steps=5, start_factor=0.1, then=Cosine(T_max=50))
    schedule = Sequence(parts=(warm, warm, Step(step_size=7)), milestones=(20, 23))
    theirs = counterpart(schedule)
    assert theirs is not None and theirs.name == "SequentialLR"
    assert_promise_kept(schedule, 100)


def test_parts_keep_their_own_base_rates() -> None:
    parts = (Constant(lr=0.5), Exponential(lr=0.2, gamma=0.9), Cyclic(base_lr=0.01, max_lr=0.3), Cosine(lr=0.7))
    assert_promise_kept(Sequence(parts=parts, milestones=(5, 12, 60)), 300)


def test_one_cycle_in_a_sequence_needs_the_rate_it_starts_from() -> None:
    one_cycle = OneCycle(max_lr=0.1, div_factor=10, total_steps=40)
    assert_promise_kept(Sequence(parts=(Constant(lr=0.01), one_cycle), milestones=(5,)), 45)
    assert_promise_kept(Sequence(parts=(one_cycle, Step(lr=0.3, step_size=9)), milestones=(30,)), 200)
    assert counterpart(Sequence(parts=(Constant(lr=0.02), one_cycle), milestones=(5,))) is None
    assert counterpart(Sequence(parts=(one_cycle, one_cycle), milestones=(40,))) is None


@pytest.mark.parametrize(
    "schedule",
    [
        Polynomial(end_lr=0.01),
        Warmup(start_factor=0.0),
        Warmup(shape="cosine"),
        Product(parts=(Step(), Cosine(eta_min=0.01))),
        Product(parts=(Step(), WarmRestarts())),
        Warmup(then=Product()),
        Sequence(parts=(Product(), Step()), milestones=(9,)),
    ],
)
def test_what_torch_cannot_do_has_no_counterpart(schedule: ScheduleSpec) -> None:
    assert counterpart(schedule) is None


def test_torch_cannot_start_a_container_inside_a_sequence() -> None:
    """The reason for laying sequences flat, and for products inside one having no counterpart."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    lr = torch.optim.lr_scheduler
    chained = lr.ChainedScheduler([lr.StepLR(optimizer, 3), lr.ExponentialLR(optimizer, 0.9)])
    sequence = lr.SequentialLR(optimizer, [lr.ConstantLR(optimizer, 0.5), chained], [2])
    optimizer.step()
    with pytest.raises(NotImplementedError):
        for _ in range(3):
            sequence.step()


# ---------------------------------------------------------------------------------------------------- the report


class _Wrong(ScheduleSpec):
    """A step schedule that is wrong from step 7 on, by a little."""

    headline = "lr"
    wrong: float = 1e-9

    def __call__(self, t: Any) -> Any:
        return 0.1 * (1 + self.wrong * (np.asarray(t) >= 7))


def test_a_wrong_formula_is_found_with_its_size_and_place(monkeypatch: pytest.MonkeyPatch) -> None:
    right = counterpart(Constant())
    monkeypatch.setattr("lrviz.verify.comparison.counterpart", lambda _: right)
    report = compare(_Wrong(), 20)
    assert report is not None and not report.agrees
    assert (report.absolute_step, report.relative_step) == (7, 7)
    assert report.relative == pytest.approx(1e-9, rel=1e-6) and report.absolute == pytest.approx(1e-10, rel=1e-6)
    small = compare(_Wrong(wrong=1e-13), 20)
    assert small is not None and small.agrees


def test_a_tiny_rate_is_measured_against_the_peak() -> None:
    report = compare(Linear(start_factor=1.0, end_factor=0.0, total_iters=1000), 1001)
    assert report is not None and report.agrees and report.relative < 1e-12


def test_the_last_of_a_chained_line_is_measured_against_the_rate_it_scales() -> None:
    small = ReducedStart(lr=1.0, factor=0.0625, total_iters=3)
    line = Linear(lr=1.0, start_factor=0.1881382962937634, end_factor=0.0, total_iters=3)
    report = compare(Product(parts=(small, small, line)), 10)
    assert report is not None and report.agrees and 0 < report.absolute < 1e-15


def test_allowance_grows_only_with_what_torch_multiplies() -> None:
    def report(relative: float, steps: int) -> Report:
        return Report("X", steps, 0.0, 0, relative, 0)

    assert report(0.9e-12, 100).agrees and not report(1.1e-12, 4_000).agrees
    assert report(4e-12, 20_000).agrees and not report(5e-12, 20_000).agrees


def test_nothing_is_warned_about_and_torch_is_left_as_it_was() -> None:
    before = (torch.get_default_dtype(), torch.is_grad_enabled(), torch.random.get_rng_state())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for cls in WITH.values():
            compare(cls(), 50)
    after = (torch.get_default_dtype(), torch.is_grad_enabled(), torch.random.get_rng_state())
    assert before[:2] == after[:2] and torch.equal(before[2], after[2])


# ------------------------------------------------------------------------------------------------ asked from the web


@given(schedules())
def test_any_schedule_can_be_asked_about_by_address(schedule: ScheduleSpec) -> None:
    address = {"schedule": kind_of(schedule), "steps": "50"} | to_address(schedule, type(schedule)(), "schedule.")
    answer = check(address)
    assert answer["code"] in ("verified", "verified_until", "no_counterpart")
    assert all(isinstance(value, str) for value in answer["values"].values())


def test_an_answer_in_full() -> None:
    answer = check({"schedule": "range_test", "schedule.num_iter": "30", "steps": "40"})
    values = answer["values"]
    assert (answer["code"], answer["tone"]) == ("verified_until", "note")
    assert (values["torch"], values["until"], values["difference"]) == ("ExponentialLR", "30", "range_continues")
    assert float(values["relative"]) < 1e-12 < float(values["after"])
    assert check({"schedule": "noam"}) == {"code": "no_counterpart", "values": {}, "tone": "note"}
    assert check({})["code"] == "verified"


def test_a_check_of_a_long_run_stops_early() -> None:
    assert check({"schedule": "constant", "steps": "1000000"})["values"]["steps"] == "20000"


@pytest.mark.parametrize(
    ("address", "path", "problem"),
    [
        ({"schedule": "nonsense"}, "schedule", "unknown_kind"),
        ({"schedule": "step", "schedule.step_size": "0"}, "schedule.step_size", "greater_than_equal"),
        ({"steps": "1e9"}, "steps", "int_parsing"),
        ({"other": "1"}, "other", "unknown_part"),
        ({"question": "plateau", "plateau.factor": "2"}, "plateau.factor", "less_than"),
        ({"question": "plateau", "plateau.factor": "0.5", "metric": "1,x"}, "metric", "float_parsing"),
        ({"question": "plateau", "metric": ",".join(["1"] * 2_001)}, "metric", "too_long"),
    ],
)
def test_a_bad_address_says_where(address: dict[str, str], path: str, problem: str) -> None:
    answer = check(address)
    assert (answer["code"], answer["tone"]) == ("bad_address", "warn")
    assert (answer["values"]["path"], answer["values"]["problem"]) == (path, problem)


def test_plateau_is_asked_about_with_its_metric() -> None:
    answer = check({"question": "plateau", "plateau.patience": "1", "metric": "1,nan,1,1,-inf,2"})
    assert answer["code"] == "verified"
    assert (answer["values"]["torch"], answer["values"]["steps"]) == ("ReduceLROnPlateau", "6")


def test_plateau_report() -> None:
    report = compare_plateau(Plateau(patience=0), [1.0, 1.0, 1.0])
    assert (report.absolute, report.relative, report.steps) == (0.0, 0.0, 3)
