"""The sweep beside torch: some of its nets, trained among others here and one by one there."""

import numpy as np
import pytest

from lrviz.optimizers.counterpart import Missing, torch_settings
from lrviz.schedules import Constant
from lrviz.spec import to_address
from lrviz.text import LANGUAGES, words
from lrviz.train.engine import Batch
from lrviz.train.kinds import ByOptimizer
from lrviz.train.quantities import BySeed
from lrviz.train.sweep import BASE, PRESETS, SweepScene
from lrviz.train.swept import swept
from lrviz.ui.sweep_tabs import checked, question
from lrviz.verify import check
from lrviz.verify.answers import difference
from lrviz.verify.sweep import MOST_STEPS, compared

STEPS = 30


def asked(scene: SweepScene, *cells: int) -> dict[str, str]:
    return {"question": "sweep", "cells": ",".join(map(str, cells))} | {
        f"sweep.{path}": text for path, text in to_address(scene, SweepScene()).items()
    }


@pytest.mark.parametrize("name", PRESETS)
def test_cells_of_every_ready_made_experiment_train_as_torchs_own(name: str) -> None:
    scene = PRESETS[name]
    maps, rows, columns = scene.shape
    random = np.random.default_rng(0)
    for row in range(0, maps * rows, 2):
        one = scene.cells[row * columns + int(random.integers(columns // 2))]  # large rates make much of rounding
        if not isinstance(torch_settings(one.optimizer), Missing):
            ours, theirs = compared(one, scene.cells, min(STEPS, one.steps))
            assert difference(ours, theirs).relative < 1e-10, (name, row)


def test_the_answer_has_its_sentence_and_its_numbers() -> None:
    answer = check(asked(PRESETS["batch_norm"], 4, 18, 32))
    assert (answer["code"], answer["tone"]) == ("verified", "ok")
    assert answer["values"]["nets"] == "3" and answer["values"]["steps"] == str(MOST_STEPS)
    for language in LANGUAGES:
        assert "{" not in words(language).w(f"verify.sweep.{answer['code']}", **answer["values"])


def test_an_engine_that_is_wrong_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Batch.run
    monkeypatch.setattr(Batch, "run", lambda self, count: run(self, count) * 1.01)
    assert check(asked(SweepScene(), 0))["code"] == "differs"
    monkeypatch.setattr(Batch, "run", lambda self, count: run(self, count) * (1 + 1e-6))
    assert check(asked(SweepScene(), 0))["code"] == "rounding"


def test_where_torch_has_no_such_optimizer_it_says_so() -> None:
    scene = SweepScene(
        training=BASE.but(schedule=Constant(lr=0.001)), across=BySeed(count=2), up=ByOptimizer(values=("lion", "sgd"))
    )
    assert check(asked(scene, 0))["code"] == "no_counterpart"
    both = check(asked(scene, 0, 2))
    assert (both["code"], both["values"]["nets"]) == ("verified", "1")


@pytest.mark.parametrize(
    ("broken", "path"),
    [
        ({"cells": "5000"}, "cells.0"),
        ({"cells": ""}, "cells"),
        ({"sweep.seeds": "999"}, "sweep.seeds"),
        ({"x": "1"}, "x"),
    ],
)
def test_what_is_no_question_is_answered_as_that(broken: dict[str, str], path: str) -> None:
    answer = check(asked(SweepScene(), 0) | broken)
    assert answer["code"] == "bad_address" and answer["values"]["path"].startswith(path.split(".0")[0])


def test_the_page_asks_about_the_best_cells_of_rows_from_everywhere() -> None:
    scene = PRESETS["mup"]
    cells = checked(swept(scene, ()))
    assert len(cells) == 4 and [cell[:2] for cell in cells] == [(0, 0), (0, 3), (1, 1), (1, 4)]
    made = question(scene, cells)
    assert made["cells"] == "5,38,71,104" and made["sweep.up"] == "by_width" and "sweep.measure" not in made
    assert check(made)["code"] in ("verified", "rounding")
