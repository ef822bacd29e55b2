"""The range test is what torch.nn, torch.optim and a torch scheduler make of it, and so is its code."""

import contextlib
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from lrviz.export.finder import finder_code
from lrviz.optimizers import SGD, Adam, Lion, Momentum, RMSprop, RuleSpec
from lrviz.optimizers.counterpart import Missing
from lrviz.schedules.ramps import RangeTest
from lrviz.spec import kind_of, to_address
from lrviz.text import LANGUAGES, words
from lrviz.train import reference
from lrviz.train.engine import Batch
from lrviz.train.finder import FinderScene, Sweep
from lrviz.train.models import MLP
from lrviz.train.suggestions import RULES
from lrviz.train.tasks import Moons, Sine
from lrviz.train.training import Training
from lrviz.verify import check
from lrviz.verify.finder import answer, compare_finder

STEPS = 30
LIGHT = RangeTest(start_lr=1e-4, end_lr=0.05, num_iter=STEPS)


def scene_of(rule: Any = SGD(), test: RangeTest = LIGHT, **given: Any) -> FinderScene:  # noqa: B008 - frozen
    training = {"task": Moons(points=60), "model": MLP(depth=1, width=6), "batch_size": 8} | given
    return FinderScene(training=Training(optimizer=rule, **training), test=test, skip_start=2, skip_end=1)


@pytest.mark.parametrize("rule", [SGD(), Momentum(), RMSprop(), Adam()], ids=kind_of)
@pytest.mark.parametrize("scale", ["exponential", "linear"])
def test_every_loss_and_rate_of_a_sweep_is_torchs(rule: RuleSpec, scale: Any) -> None:
    report = compare_finder(scene_of(rule, LIGHT.but(scale=scale), l2=0.01, clip_norm=0.5))
    assert not isinstance(report, Missing)
    assert report.updates == STEPS and report.losses.relative < 1e-12 and report.rates.agrees
    assert 1e-9 < report.single.absolute < 1e-4, "the picture is in single precision"


def test_what_blows_up_is_compared_up_to_the_stop() -> None:
    scene = scene_of(test=RangeTest(start_lr=1e-3, end_lr=1e3, num_iter=200), task=Sine(), loss="mse")
    report = compare_finder(scene)
    assert not isinstance(report, Missing) and 10 < report.updates < 200
    assert answer(scene)["code"] == "verified" and answer(scene)["tone"] == "ok"


def test_a_check_is_asked_by_its_address_and_every_answer_has_its_words() -> None:
    asked = {"question": "finder"} | to_address(scene_of(Adam()), FinderScene())
    told = check(asked)
    assert told["code"] == "verified" and told["values"]["torch"] == "Adam"
    nothing = check({"question": "finder"} | to_address(scene_of(Lion()), FinderScene()))
    assert (nothing["code"], nothing["tone"]) == ("no_class", "note")
    for language in LANGUAGES:
        said = words(language).group("verify.finder")
        assert "{" not in said["verified"].format(**told["values"]) and said["no_class"]


def test_a_difference_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = reference.train

    def off(training: Training, count: int) -> reference.Trained:
        found = real(training, count)
        return reference.Trained(found.losses * (1 + 1e-5), found.net, found.said)

    monkeypatch.setattr(reference, "train", off)
    assert answer(scene_of())["code"] == "differs" and answer(scene_of())["tone"] == "warn"


# --- the code ---


@pytest.fixture(autouse=True)
def single() -> Iterator[None]:
    """Exported programs make double precision torch's default."""
    yield
    torch.set_default_dtype(torch.float32)


def run(scene: FinderScene) -> tuple[dict[str, Any], dict[str, float]]:
    """Execute the program; return what it defines, and what it prints by rule."""
    scope: dict[str, Any] = {"__name__": "exported"}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(finder_code(scene, str), "<finder>", "exec"), scope)
    return scope, {name: float(rate) for name, rate in (line.split() for line in printed.getvalue().splitlines())}


SCENES = {
    "plain": scene_of(),
    "Adam, all penalties": scene_of(Adam(), l1=0.001, l2=0.01, weight_decay=0.1, clip_norm=0.3),
    "a rule of ours, linear": scene_of(Lion(), LIGHT.but(scale="linear")),
    "numbers to predict": scene_of(task=Sine()),
    "dropout, all rows": scene_of(model=MLP(depth=2, width=5, dropout=0.3, norm="batch"), batch_size=0),
    "first value, no stop": scene_of().but(average="first_value", stop=0.0),
}


@pytest.mark.parametrize("name", SCENES)
def test_the_code_sweeps_smooths_and_suggests_what_the_page_does(name: str) -> None:
    scene = SCENES[name]
    scope, printed = run(scene)
    batch = Batch(scene.trainings[:1], dtype=torch.float64)
    batch.load(batch.start())
    sweep = Sweep(scene, batch.run(STEPS)[:, :1])
    kept = sweep.read(0)
    np.testing.assert_allclose(scope["rates"], scene.test.table(STEPS)[kept], rtol=1e-12)
    np.testing.assert_allclose(scope["losses"], sweep.smooth[kept, 0], rtol=1e-9)
    assert set(printed) == set(RULES)
    for rule in RULES:
        assert printed[rule] == pytest.approx(sweep.suggestions[rule][0], rel=1e-9), rule


def test_what_the_code_reads_ends_at_the_stop_and_before_what_is_no_number() -> None:
    scope, _ = run(scene_of(test=LIGHT.but(num_iter=40)).but(smoothing=0.0))
    rates = np.arange(1.0, 41)
    losses = np.concatenate([np.linspace(2, 1, 20), np.full(5, 9.0), np.full(15, np.nan)])
    kept, _ = scope["read"](rates, losses)
    assert kept.tolist() == rates[2:20].tolist()
    assert scope["read"](rates, losses, stop=0)[0].tolist() == rates[2:24].tolist()
