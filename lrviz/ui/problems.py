"""What could not be used, in a sentence, and what is shown instead."""

from lrviz.spec import Problem, Spec, fields_of, kind_of, value_at
from lrviz.text import Words, number


def as_text(value: object) -> str:
    """Write a field's value as a learner would type it."""
    if isinstance(value, tuple):
        pairs = bool(value) and isinstance(value[0], tuple)
        return ("; " if pairs else ", ").join(":".join(map(as_text, v)) if pairs else as_text(v) for v in value)
    if value is None:
        return ""
    return number(value, 12) if isinstance(value, float) else str(value)


def sentence(words: Words, problem: Problem, scene: Spec) -> str:
    """Say in one sentence what could not be used, why, and what is right."""
    parent, _, name = problem.path.rpartition(".")
    owner = value_at(scene, parent) if parent else scene
    known = isinstance(owner, Spec) and name in dict(fields_of(owner))
    field = words.label(kind_of(owner), name) if known and isinstance(owner, Spec) else problem.path
    given = problem.given if len(problem.given) <= 60 else f"{problem.given[:60]}…"
    return words.problem(problem.code, **{**problem.values, "field": field, "given": given, "path": problem.path})


def used_instead(words: Words, problem: Problem, scene: Spec) -> str:
    """Say what is shown instead of a part of the address that could not be used, or nothing where there is nothing."""
    value = value_at(scene, problem.path)
    if isinstance(value, Spec):
        return words.kind(kind_of(value))
    if isinstance(value, tuple) and value and isinstance(value[0], Spec):
        return str(len(value))
    if value is None or isinstance(value, bytes):
        return ""
    name = f"{problem.path}.{value}.name"  # of an exercise, whose id nobody has to know
    return words.w(name) if words.has(name) else as_text(value)
