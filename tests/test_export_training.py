"""An exported training, run by torch, comes to the very loss the lesson shows."""

import json
import sys
import types
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lrviz.export.task_lines import OWN_FILE
from lrviz.export.training import notebook, training_code
from lrviz.optimizers import ASGD, SGD, Adam, AdamW, Lion, Momentum, RMSprop, ScheduleFree, SignDescent
from lrviz.schedules import Constant, Cosine, Points, Warmup
from lrviz.spec import kind_of
from lrviz.text import LANGUAGES, words
from lrviz.train.data import bundled
from lrviz.train.engine import Batch
from lrviz.train.models import CNN, MLP, Linear
from lrviz.train.own import Columns, own_csv
from lrviz.train.scene import PRESETS
from lrviz.train.tasks import (
    BreastCancer,
    Circles,
    Diabetes,
    Digits,
    Letters,
    Moons,
    Own,
    Series,
    Sine,
    Spirals,
    Wine,
    Xor,
)
from lrviz.train.training import Training

STEPS = 40


@pytest.fixture(autouse=True)
def scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    """What scikit-learn's loaders give: the tables that ship with the app, which were taken from there."""

    def loader(name: str) -> Any:
        def load(scaled: bool = False) -> Any:
            assert not scaled
            found = bundled(name, 0)
            return types.SimpleNamespace(data=found.x.copy(), target=found.y.copy())

        return load

    module = types.ModuleType("sklearn.datasets")
    for name in ("digits", "wine", "breast_cancer", "diabetes"):
        setattr(module, f"load_{name}", loader(name))
    package = types.ModuleType("sklearn")
    package.__spec__ = ModuleSpec("sklearn", None)  # torch looks for it when its optimizers are first used
    monkeypatch.setitem(sys.modules, "sklearn", package)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", module)


def key(name: str) -> str:
    return name


def run(code: str) -> dict[str, Any]:
    """Run a program; what it prints is not kept, and what it sets in torch is undone."""
    scope: dict[str, Any] = {"__name__": "exported", "print": lambda *said: None}
    before = torch.get_default_dtype()
    try:
        exec(compile(code, "<exported>", "exec"), scope)
    finally:
        torch.set_default_dtype(before)
    return scope


def assert_comes_to_the_same(training: Training, code: str) -> None:
    batch = Batch([training], dtype=torch.float64)
    batch.load(batch.start())
    batch.run(training.steps)
    judged, scope = batch.judge(), run(code)
    assert scope["loss_val"] == pytest.approx(float(judged.loss_val[0]), rel=1e-9, abs=1e-12)
    assert scope["training_loss"] == pytest.approx(float(judged.loss[0]), rel=1e-9, abs=1e-12)
    if batch.feed.classes:
        assert scope["accuracy_val"] == pytest.approx(float(judged.accuracy_val[0]), abs=1e-12)


SCALED = MLP(width=12, scaling="mup", base_width=4)
TRAININGS = {
    "a batch that grows, with dropout": Training(
        task=Moons(points=60),
        model=MLP(width=5, dropout=0.3),
        batch_size=5,
        batch_growth=2.0,
        growth_epochs=2,
        steps=STEPS,
    ),
    "a batch that grows, none left over": Training(
        task=Moons(points=60), batch_size=5, batch_growth=1.7, growth_epochs=1, drop_last=True, steps=STEPS
    ),
    "scaled after the width, by gradient": Training(
        task=Moons(points=60),
        model=SCALED,
        optimizer=Momentum(),
        schedule=Cosine(lr=0.02, T_max=STEPS),
        steps=STEPS,
        weight_decay=0.1,
    ),
    "scaled after the width, by sign": Training(
        task=Moons(points=60),
        model=SCALED.but(norm="layer"),
        optimizer=Lion(),
        schedule=Constant(lr=0.002),
        steps=STEPS,
    ),
    "every preset's parts": PRESETS["warmup"].training,
    "labels wrong": PRESETS["by_heart"].training,
    "he, one cycle, digits": PRESETS["digits"].training.but(model=MLP(width=8, activation="relu", init="he")),
    "dropout, batch norm": Training(task=Moons(points=90), model=MLP(width=6, norm="batch", dropout=0.3), seed=5),
    "layer norm, gelu, mse": Training(task=Circles(), model=MLP(norm="layer", activation="gelu", depth=1), loss="mse"),
    "a line, all rows, dropout": Training(task=Sine(), model=MLP(dropout=0.2), batch_size=0, l1=1e-3),
    "linear, penalties": Training(task=Wine(subset=60), model=Linear(), l2=0.1, weight_decay=0.01, clip_norm=0.3),
    "numbers, drop_last": Training(task=Diabetes(), drop_last=True, optimizer=Adam()),
    "cancer, a drawn schedule": Training(
        task=BreastCancer(), schedule=Points(points=((0, 0.1), (9, 0.01)), interpolation="step")
    ),
    "xor, constant": Training(task=Xor(label_noise=0.2), schedule=Constant(lr=0.3)),
    "a series": Training(task=Series(period=9.5, noise=0.3, seed=2), optimizer=Adam()),
    "a dialect": Training(task=Letters(dialect=0.3, label_noise=0.1, seed=3), model=MLP(depth=1)),
    "CNN": Training(task=Digits(subset=60), model=CNN(channels=3, norm="batch", dropout=0.2), batch_size=8, steps=12),
    "CNN, xavier": Training(task=Digits(subset=60), model=CNN(channels=2, init="xavier"), batch_size=16, steps=12),
    "five arms": Training(task=Spirals(classes=5, turns=0.5), optimizer=RMSprop(), schedule=Cosine(lr=0.01, T_max=30)),
}


@pytest.mark.parametrize("name", TRAININGS)
def test_the_program_comes_to_the_lessons_own_loss(name: str) -> None:
    training = TRAININGS[name].but(steps=min(TRAININGS[name].steps, STEPS))
    assert_comes_to_the_same(training, training_code(training, key))


RULES = (AdamW(), Lion(), SignDescent(), ASGD(t0=5), ScheduleFree(), Momentum(form="ema"), Adam(eps_inside=True))


@pytest.mark.parametrize("rule", RULES, ids=kind_of)
def test_every_kind_of_rule_is_written(rule: Any) -> None:
    training = Training(task=Moons(), optimizer=rule, schedule=Warmup(steps=10, then=Constant(lr=0.01)), steps=STEPS)
    assert_comes_to_the_same(training, training_code(training, key))


def test_the_page_s_own_training_to_its_end() -> None:
    training = PRESETS["spirals"].training
    assert_comes_to_the_same(training, training_code(training, key))


def test_a_table_of_ones_own_is_read_from_the_file_that_comes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(60, 3))
    values[:, 1] = values[:, 0] > values[:, 2]
    columns = Columns(("a", "b", "c"), ((), ("no", "yes"), ()), values)
    monkeypatch.chdir(tmp_path)
    for column in ("b", "c"):
        training = Training(task=Own(column=column, table=columns.packed(), label_noise=0.1), steps=STEPS)
        (tmp_path / OWN_FILE).write_text(own_csv(columns, column, "auto"), encoding="utf-8")
        assert_comes_to_the_same(training, training_code(training, key))


def test_the_notebook_is_one_and_its_cells_are_the_program() -> None:
    training = PRESETS["spirals"].training.but(steps=STEPS)
    found = json.loads(notebook(training, key))
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5) and found["metadata"]["kernelspec"][
        "language"
    ] == "python"
    ids = [cell["id"] for cell in found["cells"]]
    assert len(set(ids)) == len(ids) and {cell["cell_type"] for cell in found["cells"]} == {"markdown", "code"}
    code = [cell for cell in found["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert_comes_to_the_same(training, "\n\n".join(cell["source"] for cell in code))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_program_speaks_the_readers_language(language: str) -> None:
    w = words(language)
    for training in TRAININGS.values():
        code = training_code(training, lambda name: w.w(f"export_note.{name}"))
        compile(code, "<exported>", "exec")
        assert w.w("export_note.train_loop") in code and max(map(len, code.splitlines())) < 130


def test_default_sgd_stays_plain() -> None:
    code = training_code(Training(optimizer=SGD(), schedule=Constant(lr=0.1)), key)
    assert "torch.optim.SGD(net.parameters(), lr=0.1)" in code and "scheduler" not in code and "Dropout" not in code
