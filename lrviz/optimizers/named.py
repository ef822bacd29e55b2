"""Optimizers without a rule of ours: the real object is driven in a worker, by its name."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from lrviz.optimizers.base import OptimizerSpec
from lrviz.spec import PRINTABLE, refuse

# torch.optim's classes that can run on two numbers, as "torch.<class>" (Muon wants matrices, SparseAdam sparse
# gradients), then pytorch_optimizer's names as that package writes them: each under the rate its class has as default,
# or 0.001 where it has none.
_BY_RATE: Mapping[float, str] = {
    0.0001: "ano grokfastadamw lion sgdw simplifiedademamix",
    0.0002: "came",
    0.0003: "spectralsphere",
    0.0004: "laprop",
    0.001: (
        "a2grad accsgd adabelief adabound adafactor adagc adai "
        "adalite adalomo adam adamax adamc adamod adamp adams adamw adamwsn adan adanorm adapnm adashift "
        "adasmooth adatam ademamix adopt aggmo aida alig amos bcos conda dash demo diffgrad dualadam emofact "
        "emolynx emonavi exadam fadam fira flashadamw ftrl galore grams kate kron lamb lars lomo lorarite madgrad "
        "magma novograd pid pnm qhadam qhm racs radam ranger ranger21 rose sara scalableshampoo scion scionlight "
        "sgd sgdp shampoo signsgd spam stableadamw stablespam swats tam tiger torch.Adam torch.AdamW torch.RAdam "
        "torch.SGD"
    ),
    0.002: "nadam torch.Adamax torch.NAdam",
    0.0025: "schedulefreeadamw schedulefreeradam",
    0.003: "mars soap",
    0.01: (
        "apollo apollodqn asgd focus fromage gravity msvag nero rmsprop sgdsai srmm yogi torch.ASGD "
        "torch.Adafactor torch.Adagrad torch.RMSprop torch.Rprop"
    ),
    0.02: "adamuon alice distributedmuon muon muonclip normuon",
    0.05: "adago",
    0.06: "sophiah",
    0.1: "adahessian avagrad padam sm3 splus vsgd",
    0.5: "bsam",
    1.0: (
        "adadelta adamg adammini dadaptadagrad dadaptadam dadaptadan dadaptlion dadaptsgd lbfgs prodigy "
        "schedulefreesgd torch.Adadelta torch.LBFGS"
    ),
}
DEFAULT_RATES: Mapping[str, float] = {name: rate for rate, names in _BY_RATE.items() for name in names.split()}
"""The default rate of every optimizer known by name."""
NAMES: tuple[str, ...] = tuple(sorted(DEFAULT_RATES, key=lambda name: (not name.startswith("torch."), name)))
"""Every optimizer known by name: torch.optim's first, then pytorch_optimizer's."""


class Named(OptimizerSpec):
    """Any other optimizer, run for real in a worker with its own default settings.

    Raises: unknown_optimizer, with the closest names there are. PyTorch: torch.optim.<class> for "torch.<class>", else
    `pytorch_optimizer.load_optimizer(name)`.
    """

    kind: Literal["named"] = "named"
    usual_lr: ClassVar[float] = 1e-3
    which: Annotated[str, Field(min_length=1, max_length=40, pattern=PRINTABLE)] = "torch.Adafactor"

    @field_validator("which")
    @classmethod
    def _known(cls, which: str) -> str:
        if which not in DEFAULT_RATES:
            raise refuse("unknown_optimizer", "which", close=", ".join(closest(which)))
        return which

    @property
    def default_lr(self) -> float:
        """The rate this very optimizer has as its default."""
        return DEFAULT_RATES[self.which]


def closest(name: str) -> list[str]:
    """Return up to three known names that look most like a name."""
    folded = {known.lower(): known for known in NAMES}
    asked = name.strip().lower()
    found = get_close_matches(asked, folded, n=3, cutoff=0) + get_close_matches(f"torch.{asked}", folded, n=1)
    exact = [folded[form] for form in (asked, f"torch.{asked}") if form in folded]
    return list(dict.fromkeys([*exact, *(folded[form] for form in found)]))[:3]
