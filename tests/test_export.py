"""Exported code, run in the real libraries, gives the curve that is drawn; and the CSV keeps every digit."""

import csv as reader
import io
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lrviz.export import LIBRARIES, Library, code, code_until, csv
from lrviz.schedules import (
    Cosine,
    CosineCycle,
    Cyclic,
    Exponential,
    ExponentialDecay,
    Formula,
    InverseTime,
    Linear,
    MultiStep,
    OneCycle,
    Plateau,
    Points,
    Polynomial,
    Product,
    RangeTest,
    Sequence,
    Step,
    WarmRestarts,
    Warmup,
)
from lrviz.schedules.base import Array, ScheduleSpec
from lrviz.schedules.compose import schedule_kinds
from lrviz.spec import kind_of
from lrviz.text import LANGUAGES, words
from tests.exported import CLOSE, IN_FLOAT32, key, run
from tests.lessons import BY_NAME
from tests.strategies import specs

KINDS = tuple(schedule_kinds().values())
STEPS = 120


def rolled(schedule: ScheduleSpec, library: Library, steps: int) -> Array:
    """Return the rates that a library gives to updates 0 .. steps - 1."""
    with np.errstate(all="ignore"):
        scope = run(schedule, library)
        return _mapped(scope)[:steps] if library in IN_FLOAT32 else _stepped(scope, steps)


def _stepped(scope: dict[str, Any], steps: int) -> Array:
    rates = np.empty(steps)
    for t in range(steps):
        rates[t] = scope["optimizer"].param_groups[0]["lr"]
        scope["optimizer"].step()
        if t + 1 < steps:
            scope["scheduler"].step()
    return rates


def _mapped(scope: dict[str, Any]) -> Array:
    """Compiled, as a training step is: XLA then rounds differently from a schedule called by hand."""
    import jax

    return np.asarray(jax.jit(jax.vmap(scope["schedule"]))(jax.numpy.arange(STEPS)), dtype=np.float64)


def assert_same(schedule: ScheduleSpec, library: Library, steps: int = STEPS) -> None:
    steps = min(steps, code_until(schedule, library) or steps)
    ours, theirs = schedule.table(steps), rolled(schedule, library, steps)
    np.testing.assert_allclose(
        theirs, ours, rtol=0, atol=CLOSE[library] * largest(schedule), err_msg=code(schedule, library, key)
    )


def largest(schedule: ScheduleSpec) -> float:
    """Return the largest rate of a schedule or any of its parts: what float32 rounds is a share of that."""
    tables = np.abs(np.concatenate([part.table(5 * STEPS) for part in parts_of(schedule)]))
    return float(tables[np.isfinite(tables)].max(initial=1e-30))


def parts_of(schedule: ScheduleSpec) -> Iterator[ScheduleSpec]:
    yield schedule
    for part in getattr(schedule, "parts", ()) or (getattr(schedule, "then", None),):
        if part is not None:
            yield from parts_of(part)


def fits_float32(schedule: ScheduleSpec) -> bool:
    """Say whether rates are far enough from what seven digits cannot hold: the logarithm of a very small one."""
    drawn = [part for part in parts_of(schedule) if isinstance(part, Points) and part.interpolation == "log"]
    return all(rate >= 1e-5 for part in drawn for _, rate in part.points)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("cls", KINDS, ids=kind_of)
def test_exported_code_gives_the_curve(cls: type[ScheduleSpec], library: Library) -> None:
    @settings(max_examples=8)
    @given(specs(cls))
    def check(schedule: ScheduleSpec) -> None:
        assume(library not in IN_FLOAT32 or fits_float32(schedule))
        assert_same(schedule, library)

    check()


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("cls", KINDS, ids=kind_of)
def test_the_code_of_a_default_gives_the_curve(cls: type[ScheduleSpec], library: Library) -> None:
    assert_same(cls(), library)


CORNERS = (
    Polynomial(lr=0.1, end_lr=0.01, total_iters=40, power=0.5),
    Polynomial(lr=0.01, end_lr=0.1, total_iters=40, power=2.0),
    Polynomial(lr=1.0, total_iters=55, power=0.5),
    Polynomial(lr=1.0, total_iters=3, power=1.5),
    Linear(start_factor=1.0, end_factor=0.0, total_iters=60),
    Linear(start_factor=0.2, end_factor=0.7, total_iters=60),
    Linear(start_factor=1.0, end_factor=1.0, total_iters=60),
    Cosine(T_max=1),
    Cosine(lr=0.01, eta_min=0.1, T_max=30),
    CosineCycle(min_lr=0.0),
    Exponential(gamma=1.0),
    Exponential(gamma=0.9999),
    WarmRestarts(T_0=7, T_mult=1, eta_min=0.01),
    WarmRestarts(T_0=1, T_mult=2),
    WarmRestarts(T_0=2, T_mult=3, eta_min=0.01),
    Cyclic(mode="exp_range", step_size_up=7, step_size_down=30),
    Cyclic(mode="triangular2", step_size_up=1, step_size_down=2),
    *(
        OneCycle(total_steps=100, pct_start=pct, three_phase=three, anneal_strategy=cast(Any, strategy))
        for pct, three, strategy in product((0.3, 0.333, 0.5), (False, True), ("cos", "linear"))
    ),
    Points(points=((5, 0.01), (40, 0.1), (90, 0.001)), interpolation="step"),
    Points(points=((5, 0.01), (40, 0.1), (90, 0.001)), interpolation="log"),
    Warmup(steps=20, start_factor=0.0, then=Linear(end_factor=0.0, total_iters=60)),
    Warmup(steps=20, start_factor=0.0, then=Linear(end_factor=0.1, total_iters=60)),
    Warmup(steps=20, start_factor=0.0, then=Polynomial(total_iters=60, end_lr=1e-3)),
    Warmup(steps=20, start_factor=0.0, then=Cosine(T_max=60)),
    Warmup(steps=20, start_factor=0.0, then=Cosine(T_max=60, eta_min=0.01)),
    Warmup(steps=20, start_factor=0.1, then=Cosine(T_max=60, eta_min=0.01)),
    Warmup(steps=20, start_factor=0.1, then=WarmRestarts(T_0=10)),
    Warmup(steps=20, start_factor=0.1, then=MultiStep(milestones=(10, 30))),
    Warmup(steps=20, start_factor=0.1, then=Linear(start_factor=0.5, total_iters=60)),
    Warmup(steps=20, start_factor=0.1, shape="exponential", then=OneCycle(total_steps=60)),
    Warmup(steps=20, start_factor=0.0, shape="cosine", then=Product()),
    Sequence(parts=(Cosine(T_max=20), Cosine(T_max=50)), milestones=(30,)),
    Sequence(parts=(Warmup(steps=10, then=Cosine(T_max=20)), Exponential(lr=0.05)), milestones=(50,)),
    Product(parts=(Cosine(T_max=60), Exponential(gamma=0.98))),
    Product(parts=(Cosine(T_max=60, eta_min=0.01), WarmRestarts(T_0=20))),
    RangeTest(num_iter=2),
    RangeTest(start_lr=1e-8, end_lr=100.0, num_iter=100),
    RangeTest(start_lr=1e-3, num_iter=40),
    Step(step_size=41),
    ExponentialDecay(decay_rate=0.5, decay_steps=41, staircase=True),
    InverseTime(decay_steps=41, staircase=True),
    InverseTime(decay_steps=40, staircase=True),
    RangeTest(num_iter=50, scale="linear"),
)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("schedule", CORNERS, ids=lambda schedule: kind_of(schedule))
def test_the_code_of_a_corner_gives_the_curve(schedule: ScheduleSpec, library: Library) -> None:
    assert_same(schedule, library)


FORMULAS = (
    "0.1",
    "-(t < 5) + (t < 9) * 3",
    "where(t % 10, 0.1, 0.2)",
    "0.1 if t < 9 else 0.2 if t else 3",
    "1 / (t - 3)",
    "1 / 0 + t",
    "5 % 0 + t",
    "9 ** 9 ** 9 + T ** T ** T",
    "(-2) ** 0.5 * t",
    "(t - 5) ** 0.5",
    "sqrt(t - 5) + log(t)",
    "10000000000 * t",
    "max(min(t, 7), 3) // 3 + abs(t - 9) + ceil(t / 8) - floor(t / 4) + tanh(t) * sin(t) - tan(0.1) * exp(-t) + pi * e",
)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("expression", FORMULAS)
def test_a_formula_means_the_same_in_every_library(expression: str, library: Library) -> None:
    assert_same(Formula(expression=expression), library, 30)


ENDING: tuple[tuple[ScheduleSpec, Library, int], ...] = (
    (Cosine(T_max=30), "keras", 31),
    (Cosine(T_max=30), "optax", 31),
    (Warmup(steps=10, then=Cosine(T_max=30)), "keras", 41),
    (Warmup(steps=10, then=Cosine(T_max=30)), "optax", 41),
    (OneCycle(total_steps=30), "optax", 30),
    (RangeTest(start_lr=1e-3, num_iter=30), "keras", 30),
    (RangeTest(num_iter=30), "pytorch", 30),
    (Product(parts=(Cosine(T_max=30), Exponential(gamma=0.9))), "pytorch", 31),
    (Sequence(parts=(Cosine(T_max=30), Cosine(T_max=30)), milestones=(50,)), "optax", 31),
    (Sequence(parts=(Cosine(T_max=30), Cosine(T_max=30)), milestones=(20,)), "optax", 51),
)


@pytest.mark.parametrize(("schedule", "library", "until"), ENDING)
def test_the_promise_ends_where_the_library_really_differs(
    schedule: ScheduleSpec, library: Library, until: int
) -> None:
    assert code_until(schedule, library) == until
    gap = np.abs(rolled(schedule, library, until + 1) - schedule.table(until + 1))
    assert gap[:until].max() <= CLOSE[library] * largest(schedule) < gap[until]


RAISING: tuple[tuple[ScheduleSpec, int, type[Exception]], ...] = (
    (OneCycle(total_steps=30), 31, ValueError),
    (Cyclic(step_size_up=1, step_size_down=1, mode="triangular2"), 2048, OverflowError),
)


@pytest.mark.parametrize(("schedule", "until", "error"), RAISING)
def test_pytorch_really_raises_where_the_promise_ends(
    schedule: ScheduleSpec, until: int, error: type[Exception]
) -> None:
    assert code_until(schedule, "pytorch") == until
    assert_same(schedule, "pytorch", until)
    with pytest.raises(error):
        rolled(schedule, "pytorch", until + 1)


def test_the_recursion_of_pytorch_drifts_after_the_cosine_has_turned() -> None:
    schedule = Cosine(T_max=2_000, eta_min=0.01)
    gap = np.abs(rolled(schedule, "pytorch", 4_000) - schedule.table(4_000)) / schedule.lr
    assert code_until(schedule, "pytorch") == 2_001
    assert gap[:2_001].max() <= CLOSE["pytorch"] < gap.max()
    assert code_until(Cosine(T_max=2_000), "pytorch") is None
    assert_same(Cosine(T_max=2_000), "pytorch", 8_000)


# -------------------------------------------------------------------------------- the snippets

SPECIAL_PLATEAUS = (
    Plateau(),
    Plateau(cooldown=3, mode="max"),
    Plateau(threshold=2.0),
    Plateau(threshold=0.0, min_lr=0.01),
)
SHOWN = (*(cls() for cls in KINDS), *CORNERS, *SPECIAL_PLATEAUS)


def test_snippets_are_laid_out_as_a_formatter_would(tmp_path: Path) -> None:
    for i, (schedule, library) in enumerate(product(SHOWN, LIBRARIES)):
        (tmp_path / f"{library}_{i}_{kind_of(schedule)}.py").write_text(code(schedule, library, key))
    ruff = [sys.executable, "-m", "ruff", "format", "--check", "--isolated", "--line-length", "100", str(tmp_path)]
    assert (done := subprocess.run(ruff, capture_output=True, text=True)).returncode == 0, done.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_comment_has_its_words_and_every_word_its_use(language: str) -> None:
    asked: set[str] = set()
    for schedule, library in product(SHOWN, LIBRARIES):
        code(schedule, library, lambda name: asked.add(name) or name)
    views = ("edge_", "catapult_", "map_", "waves_", "slice_")  # of the stability lesson
    elsewhere = ("descent_", *views, *(f"{lesson}_" for lesson in BY_NAME))  # the lessons' own tests ask for those
    assert asked == {key for key in words(language).group("export_note") if not key.startswith(elsewhere)}


def test_a_comment_is_wrapped_and_stays_a_comment() -> None:
    lines = code(Linear(), "keras", lambda _: "a long comment " * 20).splitlines()
    assert all(len(line) <= 90 for line in lines)
    compile("\n".join(lines), "<comments>", "exec")


def test_exporting_imports_none_of_the_libraries() -> None:
    script = (
        "import sys; from lrviz.export import *; from lrviz.schedules import *\n"
        "[code(Cosine(), name, str) for name in LIBRARIES]\n"
        "print(*({'torch', 'keras', 'jax', 'optax', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# -------------------------------------------------------------------------------- csv


@given(st.lists(st.text(max_size=12).filter(lambda name: "\0" not in name), min_size=1, max_size=4), st.data())
def test_a_csv_file_keeps_every_digit_and_every_name(names: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(st.floats(allow_nan=False), min_size=3, max_size=3), min_size=1, max_size=4))
    names = (names * 4)[: len(rows)]
    back = list(reader.reader(io.StringIO(csv(names, np.array(rows)), newline="")))
    assert [name.removeprefix("'") for name in back[0][1:]] == [name.removeprefix("'") for name in names]
    assert [int(row[0]) for row in back[1:]] == [0, 1, 2]
    assert [[float(cell) for cell in row[1:]] for row in back[1:]] == np.array(rows).T.tolist()


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\r=1"])
def test_a_name_in_a_csv_file_is_never_a_formula(name: str) -> None:
    assert list(reader.reader(io.StringIO(csv([name], np.ones((1, 1))), newline="")))[0] == ["step", f"'{name}"]


def test_the_first_column_has_the_name_that_is_asked_for() -> None:
    assert csv(["a"], np.ones((1, 2)), first="epoch") == "epoch,a\r\n0,1.0\r\n1,1.0\r\n"
    assert csv(["a"], np.ones((1, 1))).startswith("step,a")


def test_a_table_of_every_tenth_step_counts_in_tens() -> None:
    assert csv(["a"], np.ones((1, 2)), every=10) == "step,a\r\n0,1.0\r\n10,1.0\r\n"


def test_a_csv_file_needs_a_name_for_every_row() -> None:
    with pytest.raises(ValueError, match="2 names"):
        csv(["a", "b"], np.ones((3, 5)))
