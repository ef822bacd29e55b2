"""The rules of the guide, read from rules.toml, and what they come to for a reader's answers."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from lrviz.guide.scene import GuideScene
from lrviz.sources import Source, sources


@dataclass(frozen=True)
class Rule:
    """What one rule says: when it fires, what it adds to schedules and optimizers, which batch sizes it names, why.

    `practice`: what is done today, as against folklore; `against`: the rules it disagrees with.
    """

    id: str
    when: Mapping[str, Sequence[str]]
    sources: tuple[str, ...]
    schedules: Mapping[str, int] = field(default_factory=dict)
    optimizers: Mapping[str, int] = field(default_factory=dict)
    batch_size: tuple[int, int] | None = None
    practice: bool = False
    against: tuple[str, ...] = ()

    def fires(self, scene: GuideScene) -> bool:
        """Say whether a reader's answers are those it waits for."""
        return all(getattr(scene, question) in answers for question, answers in self.when.items())

    @property
    def cited(self) -> tuple[Source, ...]:
        """What it rests on."""
        return tuple(sources()[name] for name in self.sources)


def _read(given: Mapping[str, Any]) -> Rule:
    read: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return Rule(**read)


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Return all rules in order, read once."""
    text = Path(__file__).with_name("rules.toml").read_text(encoding="utf-8")
    return tuple(_read(given) for given in tomllib.loads(text)["rule"])


@dataclass(frozen=True)
class Ranked:
    """One recommendation: its name, the sum of what the rules gave it, and the rules with what each gave."""

    name: str
    score: int
    reasons: tuple[tuple[Rule, int], ...]

    @property
    def today(self) -> bool:
        """Whether a rule of today's practice speaks for it."""
        return any(rule.practice and weight > 0 for rule, weight in self.reasons)


@dataclass(frozen=True)
class Advice:
    """What the rules come to: those that fired, schedules and optimizers best first, the batch sizes and their rule."""

    scene: GuideScene
    fired: tuple[Rule, ...]
    schedules: tuple[Ranked, ...]
    optimizers: tuple[Ranked, ...]
    batch_size: tuple[int, int]
    batch_rule: Rule

    @property
    def optimizer(self) -> str:
        """The kind of the optimizer that comes first."""
        return self.optimizers[0].name


def advise(scene: GuideScene) -> Advice:
    """Return what the rules come to for a reader's answers."""
    fired = tuple(rule for rule in rules() if rule.fires(scene))
    last = [rule for rule in fired if rule.batch_size][-1]
    assert last.batch_size
    return Advice(scene, fired, _ranked(fired, "schedules"), _ranked(fired, "optimizers"), last.batch_size, last)


def _ranked(fired: Sequence[Rule], what: str) -> tuple[Ranked, ...]:
    """Sum up what the rules give; what comes to nothing is left out.

    Of equals what today's practice names comes before what folklore alone names, then what was named first.
    """
    names = dict.fromkeys(name for rule in fired for name in getattr(rule, what))
    found = [
        _sum(name, [(rule, getattr(rule, what)[name]) for rule in fired if name in getattr(rule, what)])
        for name in names
    ]
    return tuple(sorted((one for one in found if one.score > 0), key=lambda one: (-one.score, not one.today)))


def _sum(name: str, reasons: Sequence[tuple[Rule, int]]) -> Ranked:
    ordered = sorted(reasons, key=lambda reason: -reason[1])
    return Ranked(name, sum(weight for _, weight in reasons), tuple(ordered))


@dataclass(frozen=True)
class Change:
    """One answer that, changed alone, brings another schedule or optimizer to the first place."""

    question: str
    answer: str
    schedule: str = ""
    optimizer: str = ""


def changes(advice: Advice) -> tuple[Change, ...]:
    """Return every single change of an answer that would change what comes first."""
    found = [_change(advice, question, answer, advise(scene)) for question, answer, scene in advice.scene.others()]
    return tuple(change for change in found if change.schedule or change.optimizer)


def _change(before: Advice, question: str, answer: str, after: Advice) -> Change:
    schedule, optimizer = after.schedules[0].name, after.optimizer
    return Change(
        question,
        answer,
        schedule if schedule != before.schedules[0].name else "",
        optimizer if optimizer != before.optimizer else "",
    )
