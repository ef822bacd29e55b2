"""The guide's scene: the answers of a reader, at how many seeds they are tried, and typical readers."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field

from lrviz.spec import Knob, Spec, fields_of

MOST_SEEDS = 12


class GuideScene(Spec):
    """What a reader answers; `seeds` says how often each training of the trial is repeated with other chance."""

    kind: Literal["guide"] = "guide"
    amount: Literal["little", "medium", "much"] = "medium"
    model: Literal["shallow", "deep", "fine_tune"] = "shallow"
    task: Literal["classification", "regression", "series", "language"] = "classification"
    sensitivity: Literal["unknown", "sensitive", "insensitive"] = "unknown"
    loss: Literal["unknown", "noisy", "plateauing", "steady"] = "unknown"
    batch: Literal["small", "medium", "large"] = "medium"
    features: Literal["dense", "sparse"] = "dense"
    seeds: Annotated[int, Field(ge=3, le=MOST_SEEDS), Knob(3, MOST_SEEDS)] = 6

    @property
    def answers(self) -> "GuideScene":
        """The answers alone: what the rules read."""
        return self.but(seeds=type(self).model_fields["seeds"].default)

    def others(self) -> Iterator[tuple[str, str, "GuideScene"]]:
        """Yield every way to change one answer: the question, the new answer, the scene it makes."""
        for question, answers in QUESTIONS.items():
            for answer in answers:
                if answer != getattr(self, question):
                    yield question, answer, self.but(**{question: answer})


QUESTIONS: Mapping[str, tuple[str, ...]] = {
    name: get_args(info.annotation) for name, info in fields_of(GuideScene) if name != "seeds"
}
"""Every question with its answers."""

PRESETS: Mapping[str, GuideScene] = {
    "first": GuideScene(),
    "images": GuideScene(model="deep", loss="plateauing"),
    "fine_tune": GuideScene(
        model="fine_tune", task="language", amount="little", sensitivity="sensitive", batch="small"
    ),
    "forecast": GuideScene(task="series", loss="noisy", amount="little"),
    "language": GuideScene(model="deep", task="language", amount="much", sensitivity="sensitive"),
    "clicks": GuideScene(task="regression", features="sparse", amount="much", sensitivity="insensitive"),
    "large_batch": GuideScene(model="deep", amount="much", batch="large"),
}
"""Typical readers, one click each."""
