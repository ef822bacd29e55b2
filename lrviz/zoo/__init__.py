"""The slow path: any optimizer there is, run for real on a surface. Loads torch when asked, so only workers ask."""

from typing import Annotated, Any, Literal

from pydantic import Field

from lrviz.optimizers import Named
from lrviz.schedules import Constant, Schedule
from lrviz.spec import Problem, Spec, from_address
from lrviz.surfaces import Plane
from lrviz.surfaces.planes import Rosenbrock

MOST_STEPS = 5_000
Coordinate = Annotated[float, Field(ge=-1e6, le=1e6)]


class ZooQuestion(Spec):
    """Where does an optimizer go, known by name, on this surface from this start at these rates?"""

    kind: Literal["zoo_question"] = "zoo_question"
    surface: Annotated[Plane, Field(discriminator="kind")] = Rosenbrock()
    optimizer: Named = Named()
    schedule: Schedule = Constant(lr=1e-3)
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] = 200
    start_x: Coordinate = -1.5
    start_y: Coordinate = 2.0
    clip_norm: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    noise: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


def run(address: dict[str, str]) -> dict[str, Any]:
    """Answer a question written as an address: {"code", "values", "x"}; never raises.

    x: (n + 1, 2) positions as lists, n <= steps of them after the start. Codes: "ok"; "not_finite" (the last position
    is not finite), "too_slow" and "raised" (x: as far as it got); "needs_matrix", "needs_model", "not_installed" and
    "bad_address" (x: empty). values["rate"]: "given", or "own" for one that does not listen to the rates it is given.
    """
    question, problems = from_address(address, ZooQuestion())
    if problems:
        return _refused(problems[0])
    from lrviz.zoo.drive import drive

    return drive(question)


def _refused(problem: Problem) -> dict[str, Any]:
    values = {"path": problem.path[:80], "given": problem.given[:80], "problem": problem.code}
    return {"code": "bad_address", "values": values, "x": []}
