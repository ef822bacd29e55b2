"""What the exercises page shows: which exercise is open."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from lrviz.exercises import BY_ID, EXERCISES
from lrviz.spec import PRINTABLE, Spec, refuse


class ExercisesScene(Spec):
    """The exercise that is open, by its id."""

    kind: Literal["exercises"] = "exercises"
    exercise: Annotated[str, Field(max_length=100, pattern=PRINTABLE)] = EXERCISES[0].id

    @field_validator("exercise")
    @classmethod
    def _exists(cls, exercise: str) -> str:
        if exercise not in BY_ID:
            raise refuse("no_such_exercise", "exercise")
        return exercise
