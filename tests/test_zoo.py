"""The slow path runs real optimizers as the race runs our rules, and none of them can stop it."""

import inspect
import math
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
import torch

from lrviz.descend.engine import Noise, Runs, descend
from lrviz.optimizers import NAMES, SGD, Adam, Lion, RuleSpec, ScheduleFree
from lrviz.optimizers.named import DEFAULT_RATES
from lrviz.schedules import Cosine
from lrviz.spec import from_address
from lrviz.zoo import ZooQuestion, run
from tests.running_server import ROOT

CODES = {"ok", "not_finite", "too_slow", "raised", "needs_matrix", "needs_model", "not_installed", "bad_address"}
CANNOT = {
    "needs_matrix": {"muon", "adamuon", "adago", "normuon", "muonclip", "distributedmuon", "spectralsphere"},
    "needs_model": {"lomo", "adalomo"},
    "raised": {"demo"},  # it wants einops, and processes to talk to
}


@pytest.fixture(scope="module")
def package() -> Any:
    """The optional package; what it warns about at its import is its own affair."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("pytorch_optimizer")


def ask(name: str, **address: str) -> dict[str, Any]:
    return run({"optimizer.which": name, "steps": "40"} | address)


# ------------------------------------------------------------------------------------------------------------- names


def test_the_names_are_the_installed_packages(package: Any) -> None:
    assert {name for name in NAMES if not name.startswith("torch.")} == set(package.get_supported_optimizers())


def test_the_default_rates_are_the_classes_own(package: Any) -> None:
    for name, rate in DEFAULT_RATES.items():
        own = getattr(torch.optim, name[6:]) if name.startswith("torch.") else package.load_optimizer(name)
        lr = inspect.signature(own.__init__).parameters.get("lr")
        known = lr is not None and isinstance(lr.default, int | float)
        assert rate == (lr.default if known and lr is not None else 1e-3), name


def test_torchs_names_are_all_its_optimizers_that_take_two_numbers() -> None:
    classes = {name for name in dir(torch.optim) if isinstance(getattr(torch.optim, name), type)}
    optimizers = {name for name in classes if issubclass(getattr(torch.optim, name), torch.optim.Optimizer)}
    usable = optimizers - {"Optimizer", "Muon", "SparseAdam"}
    assert {name for name in NAMES if name.startswith("torch.")} == {f"torch.{name}" for name in usable}


@pytest.mark.parametrize("name", ["Muon", "SparseAdam"])
def test_the_two_that_are_left_out_refuse_two_numbers(name: str) -> None:
    parameter = torch.nn.Parameter(torch.ones(2))
    with pytest.raises((ValueError, RuntimeError)):
        optimizer = getattr(torch.optim, name)([parameter])
        parameter.grad = torch.ones(2)
        optimizer.step()


# -------------------------------------------------------------------------------------------------------- every one


def test_every_known_optimizer_answers_and_all_but_a_few_run(package: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrviz.zoo.drive.SECONDS", math.inf)  # a busy machine is no reason to fail
    answers = {name: ask(name) for name in NAMES}
    assert {answer["code"] for answer in answers.values()} <= CODES
    failed = {name: answer["code"] for name, answer in answers.items() if answer["code"] not in ("ok", "not_finite")}
    assert failed == {name: code for code, names in CANNOT.items() for name in names}
    for name, answer in answers.items():
        steps = len(answer["x"]) - 1
        assert name in failed or answer["x"][0] == [-1.5, 2.0]
        assert answer["code"] != "ok" or (steps == 40 and np.isfinite(answer["x"]).all()), name
        assert answer["code"] != "not_finite" or not np.isfinite(answer["x"][-1]).all(), name
        assert all(isinstance(value, str) for value in answer["values"].values())


STILL = {"sara", "lorarite"}  # made for parts of large networks, they leave two numbers where they are


def test_who_does_not_listen_to_the_rate_says_so(package: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrviz.zoo.drive.SECONDS", math.inf)
    for name in NAMES:
        slow, fast = (ask(name, **{"surface": "bowl", "schedule.lr": lr, "steps": "12"}) for lr in ("0.001", "0.003"))
        if slow["code"] == fast["code"] == "ok" and name not in STILL:
            assert (slow["x"] == fast["x"]) == (slow["values"]["rate"] == "own"), name


SAME: list[tuple[str, RuleSpec, str]] = [
    ("torch.Adam", Adam(), "0.05"),
    ("torch.SGD", SGD(), "0.001"),
    ("lion", Lion(), "0.1"),  # so large that signs turn
    ("schedulefreesgd", ScheduleFree(), "0.001"),
]
PLACES = [
    {"surface": "rosenbrock"},
    {"surface": "bowl", "noise": "0.7", "seed": "3"},
    {"surface": "beale", "clip_norm": "0.5"},
    {"surface": "logistic_regression", "surface.batch_size": "16", "seed": "5", "start_x": "0.1", "start_y": "-0.2"},
    {"surface": "ravine", "schedule": "cosine", "schedule.T_max": "30"},
]


@pytest.mark.parametrize(("name", "rule", "lr"), SAME, ids=[name for name, _, _ in SAME])
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place["surface"])
def test_a_real_optimizer_goes_where_our_rule_goes(
    name: str, rule: RuleSpec, lr: str, place: dict[str, str], package: Any
) -> None:
    address = {"optimizer.which": name, "steps": "60"} | place | {"schedule.lr": lr}
    question, problems = from_address(address, ZooQuestion())
    assert problems == []
    rates = question.schedule.table(60)[None]
    runs = Runs(rule, rates, np.array([[question.start_x, question.start_y]]), clip_norm=question.clip_norm)
    ours = descend(question.surface, runs, Noise(question.noise, question.seed)).x[0]
    answer = run(address)
    assert answer["code"] == "ok" and isinstance(question.schedule, Cosine) == ("schedule" in place)
    np.testing.assert_allclose(answer["x"], ours, rtol=1e-9, atol=1e-12)


def test_an_optimizer_that_asks_for_the_loss_again_finds_the_minimum_of_a_quadratic() -> None:
    answer = ask("torch.LBFGS", **{"surface": "ill_conditioned", "schedule.lr": "1.0", "steps": "3"})
    assert answer["code"] == "ok" and math.hypot(*answer["x"][-1]) < 1e-6


@pytest.mark.parametrize("place", PLACES[:4], ids=lambda place: place["surface"])
@pytest.mark.parametrize("name", ["adahessian", "sophiah"])
def test_an_optimizer_that_asks_for_curvature_gets_it(name: str, place: dict[str, str], package: Any) -> None:
    answer = ask(name, **place)
    assert answer["code"] == "ok" and answer["x"][0] != answer["x"][-1]


def test_one_seed_one_result(package: Any) -> None:
    first, again, other = (ask("bsam", seed=seed, surface="bowl") for seed in ("1", "1", "2"))
    assert first == again and first["x"] != other["x"]


# ---------------------------------------------------------------------------------------------------- what goes wrong


def test_a_run_that_leaves_all_bounds_ends_where_it_stops_being_a_number() -> None:
    answer = ask("torch.SGD", **{"schedule.lr": "100"})
    assert answer["code"] == "not_finite" and len(answer["x"]) == int(answer["values"]["step"]) + 1 < 20
    assert np.isfinite(answer["x"][:-1]).all() and not np.isfinite(answer["x"][-1]).all()


def test_a_run_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrviz.zoo.drive.SECONDS", 0.0)
    answer = ask("torch.SGD")
    assert (answer["code"], len(answer["x"])) == ("too_slow", 2)


def test_an_optimizer_that_raises_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("of its own")

    monkeypatch.setattr(torch.optim.SGD, "step", broken)
    answer = ask("torch.SGD")
    assert (answer["code"], answer["values"]["error"], len(answer["x"])) == ("raised", "RuntimeError", 1)


def test_without_the_package_its_optimizers_say_so_and_torchs_still_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytorch_optimizer", None)
    assert ask("adan")["code"] == "not_installed" and ask("adan")["x"] == []
    assert ask("torch.Adam")["code"] == "ok"


@pytest.mark.parametrize(
    ("address", "path", "problem"),
    [
        ({"optimizer.which": "nonsense"}, "optimizer.which", "unknown_optimizer"),
        ({"steps": "1000000000"}, "steps", "less_than_equal"),
        ({"surface": "nowhere"}, "surface", "unknown_kind"),
        ({"start_x": "1e30"}, "start_x", "less_than_equal"),
        ({"other": "1"}, "other", "unknown_part"),
    ],
)
def test_a_bad_address_says_where(address: dict[str, str], path: str, problem: str) -> None:
    answer = run(address)
    assert (answer["code"], answer["values"]["path"], answer["values"]["problem"]) == ("bad_address", path, problem)


def test_random_numbers_of_others_are_left_alone(package: Any) -> None:
    before = torch.random.get_rng_state()
    ask("bsam")
    assert torch.equal(before, torch.random.get_rng_state())


def test_the_web_process_can_know_the_question_without_torch() -> None:
    ask_it = "import lrviz.zoo, sys; print('torch' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", ask_it], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
