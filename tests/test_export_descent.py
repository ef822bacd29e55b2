"""An exported descent, run by torch, prints the path that is drawn."""

import ast
import contextlib
import io
import subprocess
import sys
import warnings
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lrviz.descend.engine import Noise, Runs, descend
from lrviz.export import code_until, descent_code
from lrviz.export.tensors import surface_code
from lrviz.formula import Tape, derivative, parse
from lrviz.optimizers import (
    ASGD,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    RMSprop,
    RuleSpec,
    ScheduleFree,
    rule_kinds,
)
from lrviz.schedules import Constant, Cosine, OneCycle, RangeTest, schedule_kinds
from lrviz.schedules.base import ScheduleSpec
from lrviz.spec import fields_of
from lrviz.surfaces import FormulaLine, FormulaPlane, Quadratic, SurfaceSpec, surface_kinds
from lrviz.surfaces.planes import IllConditioned
from lrviz.surfaces.regression import LinearRegression, LogisticRegression
from lrviz.text import LANGUAGES, words

STEPS = 40
BOWL = IllConditioned(kappa=3.0)
RATES = Cosine(lr=0.05, T_max=50, eta_min=0.01)


def written(
    surface: SurfaceSpec = BOWL,
    rule: RuleSpec = SGD(),  # noqa: B008 - frozen
    schedule: ScheduleSpec = RATES,
    steps: int = STEPS,
    clip_norm: float = 0.0,
    noise: float = 0.0,
) -> str:
    return descent_code(surface, rule, schedule, surface.start, steps, clip_norm, noise, 7, str)


def assert_same(**scene: Any) -> None:
    """Run the snippet and compare what it prints with our own path, to 12 digits of the path's size."""
    code, given = written(**scene), {"surface": BOWL, "rule": SGD(), "schedule": RATES} | scene
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(code, "<descent>", "exec"), {"__name__": "exported"})
    rows = np.array([[float(text) for text in line.split()] for line in printed.getvalue().splitlines()])
    surface, steps = given["surface"], given.get("steps", STEPS)
    rates = given["schedule"].table(steps)[None]
    runs = Runs(given["rule"], rates, np.array([surface.start]), clip_norm=given.get("clip_norm", 0.0))
    path = descend(surface, runs, Noise(given.get("noise", 0.0), 7))
    assert rows[:, 0].tolist() == list(range(1, steps + 1))
    np.testing.assert_allclose(rows[:, 1:], path.x[0, 1:], rtol=0, atol=1e-12 * np.abs(path.x).max(), err_msg=code)


def variants(cls: type[RuleSpec]) -> Iterator[RuleSpec]:
    """Every combination of a rule's switches, with and without weight decay."""
    switches = {name: (False, True) for name, info in fields_of(cls) if info.annotation is bool}
    switches |= {"form": ("torch", "ema")} if "form" in cls.model_fields else {}
    switches |= {"weight_decay": (0.0, 0.05)} if "weight_decay" in cls.model_fields else {}
    for values in product(*switches.values()):
        yield cls(**dict(zip(switches, values, strict=True)))


VARIANTS = [rule for cls in rule_kinds().values() for rule in variants(cls)]
SPECIAL = [
    Adagrad(eps_inside=True, initial_accumulator_value=0.5, lr_decay=0.1),
    AdamW(weight_decay=0.0),
    ASGD(lambd=0.0, t0=10.0),
    NAdam(momentum_decay=0.0),
    Nesterov(momentum=0.0),
    RMSprop(momentum=0.5, centered=True, eps_inside=True),
    ScheduleFree(r=1.0, weight_lr_power=1.0),
]
FORGETFUL = RMSprop(alpha=0.0, centered=True)  # divides by what rounding leaves of 0, so paths part


@pytest.mark.parametrize("rule", [*VARIANTS, *SPECIAL], ids=str)
def test_the_code_of_every_rule_and_switch_gives_the_path(rule: RuleSpec) -> None:
    assert_same(rule=rule)


@pytest.mark.parametrize("schedule", [cls() for cls in schedule_kinds().values()], ids=lambda s: s.kind)
def test_the_code_with_every_schedule_gives_the_path(schedule: ScheduleSpec) -> None:
    assert_same(schedule=schedule, surface=Quadratic(a=0.2))


@pytest.mark.parametrize("surface", [cls() for cls in surface_kinds().values()], ids=lambda s: s.kind)
def test_the_code_on_every_surface_gives_the_path(surface: SurfaceSpec, scikit_learn: None) -> None:
    slope = float(np.abs(np.asarray(surface.grad(np.array(surface.start)))).max())
    assert_same(surface=surface, schedule=Constant(lr=min(0.01, 0.01 / slope)))


@pytest.mark.parametrize("cls", [LinearRegression, LogisticRegression])
def test_batches_noise_and_clipping_are_those_of_the_picture(
    cls: type[LinearRegression | LogisticRegression], scikit_learn: None
) -> None:
    batches = cls(batch_size=20)
    assert_same(surface=batches, rule=Momentum(), steps=80)
    assert_same(surface=batches, noise=0.5, clip_norm=0.3)
    assert_same(noise=2.0)
    assert_same(clip_norm=0.5)


BEYOND = (OneCycle(total_steps=10), RangeTest(num_iter=10), Cosine(T_max=9, eta_min=0.01))


@pytest.mark.parametrize("schedule", BEYOND, ids=lambda s: s.kind)
@pytest.mark.parametrize("steps", [9, 10, 11, 12, 40])
def test_a_run_that_outlasts_torchs_scheduler_goes_on(schedule: ScheduleSpec, steps: int) -> None:
    assert_same(schedule=schedule, steps=steps)
    until = code_until(schedule, "pytorch")
    assert until and ("descent_past_the_end" in written(schedule=schedule, steps=steps)) == (steps >= until)


def test_a_run_that_diverges_prints_its_infinities() -> None:
    code = written(surface=Quadratic(), schedule=Constant(lr=1e3), steps=200)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    assert printed.getvalue().splitlines()[-1].endswith("nan")


FORMULAS = (
    "1/0*x + y",
    "9**9**9*y + x",
    "x//2 + 3//y",
    "x%2 + 2%y + x*y",
    "(x > 1) - (y > 0) + x*y",
    "3",
    "x > 0",
    "max(x, 0.5) + min(2, y) + max(1, 2)*x",
    "where(1 < 2, x, y)",
    "x if y else 3",
    "where(x > 0, 1, -1)**-1*y",
    "where(x > 0, 0.1, 0.3)*x",
    "10**30*x + 2**40*y",
    "(-2)**0.5*x + y",
    "log(-1) + x",
    "sin(45*pi/180)*tanh(x) + cos(y)*e**x + ceil(x) - floor(y) + tan(y) + exp(-x) + sqrt(x) + log(x) + abs(y)**1.5",
    "1/(1/0) + x",
    "0.1*-x**2 - (-y)**3",
    "x**y",
)
AT = (1.3, 0.7)


@pytest.mark.parametrize("expression", FORMULAS)
def test_a_typed_formula_means_the_same_in_torch(expression: str) -> None:
    program = parse(expression, ("x", "y"))
    tape = Tape([program, derivative(program, "x"), derivative(program, "y")])
    expected = [float(np.asarray(part)) for part in tape(x=np.array(AT[0]), y=np.array(AT[1]))]
    position = torch.tensor(AT, dtype=torch.float64, requires_grad=True)
    scope = dict(zip(("x", "y"), position, strict=True))
    value = eval(surface_code(program.tree, {"x", "y"}), {"torch": torch, "math": __import__("math")} | scope)
    value.backward()
    assert position.grad is not None
    np.testing.assert_allclose([value.item(), *position.grad.tolist()], expected, rtol=1e-12)


@pytest.mark.parametrize(
    "surface", [FormulaLine(expression="abs(x) + 0.1*x**2"), FormulaPlane(expression="max(x**2, 2*y**2) + x % 7")]
)
def test_a_typed_surface_gives_the_path(surface: SurfaceSpec) -> None:
    assert_same(surface=surface)


def test_snippets_are_laid_out_as_a_formatter_would(tmp_path: Path) -> None:
    rules = [{"rule": rule} for rule in (*VARIANTS, *SPECIAL, FORGETFUL)]
    surfaces = [{"surface": cls()} for kind, cls in surface_kinds().items() if kind not in TOO_WIDE]
    scenes = [*rules, *surfaces, *({"schedule": cls()} for cls in schedule_kinds().values())]
    scenes += [{"surface": LogisticRegression(batch_size=5), "noise": 1.0, "clip_norm": 2.0}]
    for i, scene in enumerate(scenes):
        (tmp_path / f"descent_{i}.py").write_text(written(**scene))
    ruff = [sys.executable, "-m", "ruff", "format", "--diff", "--isolated", "--line-length", "100", str(tmp_path)]
    assert (done := subprocess.run(ruff, capture_output=True, text=True)).returncode == 0, done.stdout


TOO_WIDE = {"goldstein_price", "ravine", "easom"}  # products over one line, and -(x)**2 that a formatter brackets


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_comment_has_its_words_and_every_word_its_use(language: str) -> None:
    asked: set[str] = set()
    for rule in (*VARIANTS, *SPECIAL, FORGETFUL):
        descent_code(BOWL, rule, BEYOND[0], (0.0, 0.0), 20, 0.0, 1.0, 0, lambda key: asked.add(key) or key)
    mine = {key for key in words(language).group("export_note") if key.startswith("descent_")}
    assert mine == {key for key in asked if key.startswith("descent_")}
    assert asked <= set(words(language).group("export_note"))


def test_a_setting_that_torch_has_off_is_left_out_and_no_other() -> None:
    made = next(line for line in written(rule=Adam()).splitlines() if line.startswith("optimizer ="))
    assert made == "optimizer = torch.optim.Adam([position], lr=0.05, betas=(0.9, 0.999), eps=1e-08)"
    assert "weight_decay=0.0" in written(rule=AdamW(weight_decay=0.0))


def test_a_snippet_is_python_in_every_language() -> None:
    for language in LANGUAGES:
        said = words(language)
        note = lambda key, said=said: said.w(f"export_note.{key}")  # noqa: E731
        ast.parse(descent_code(BOWL, Lion(), RATES, (0.0, 0.0), 20, 1.0, 1.0, 0, note))
