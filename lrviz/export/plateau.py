"""ReduceLROnPlateau as each library writes it, and whether it then follows the same rule."""

from collections.abc import Callable, Mapping

from lrviz.export import pytorch
from lrviz.export.snippet import Code, Note, Piece, assemble, call, comments
from lrviz.schedules import Plateau

_FIELDS = ("mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "min_lr", "eps")


def _torch(spec: Plateau, name: str, notes: tuple[str, ...]) -> Piece:
    fields = {field: getattr(spec, field) for field in _FIELDS}
    return Piece(call(name, Code("optimizer"), **fields), notes=notes, lr=spec.lr)


def _pytorch(spec: Plateau) -> Piece:
    return _torch(spec, "lr_scheduler.ReduceLROnPlateau", ())


def _transformers(spec: Plateau) -> Piece:
    return _torch(spec, "get_reduce_on_plateau_schedule", ("transformers_plateau",))


def _keras(spec: Plateau) -> Piece:
    notes = ["keras_plateau_patience"]
    notes += ["keras_plateau_cooldown"] if spec.cooldown else []
    notes += ["keras_plateau_min_delta"] if spec.threshold_mode == "rel" and spec.threshold else []
    expression = call(
        "keras.callbacks.ReduceLROnPlateau",
        monitor="val_loss",
        mode=spec.mode,
        factor=spec.factor,
        patience=Code(f"{spec.patience} + 1"),
        min_delta=spec.threshold,
        cooldown=Code(f"{spec.cooldown} + 1") if spec.cooldown else 0,
        min_lr=spec.min_lr,
    )
    return Piece(expression, notes=(*notes, "plateau_no_eps"))


def _optax(spec: Plateau) -> Piece:
    relative = spec.threshold_mode == "rel" and spec.threshold > 0
    notes = ["optax_plateau_patience"]
    notes += ["optax_plateau_max"] if spec.mode == "max" else []
    notes += ["optax_plateau_max_relative"] if spec.mode == "max" and relative else []
    notes += ["optax_plateau_rtol"] if relative and spec.threshold > 1 else []
    expression = call(
        "optax.contrib.reduce_on_plateau",
        factor=spec.factor,
        patience=Code(f"{spec.patience} + 1"),
        rtol=min(spec.threshold, 1.0) if relative else 0.0,
        atol=0.0 if relative else spec.threshold or 1e-30,  # Optax refuses two zeros
        cooldown=spec.cooldown,
        min_scale=Code(f"{spec.min_lr!r} / {spec.lr!r}") if spec.min_lr else 0.0,
    )
    return Piece(expression, notes=(*notes, "plateau_no_eps"))


_BY_LIBRARY: Mapping[str, Callable[[Plateau], Piece]] = {
    "pytorch": _pytorch,
    "keras": _keras,
    "optax": _optax,
    "transformers": _transformers,
}


def same_rule(spec: Plateau, library: str) -> bool:
    """Say whether a library's own class, as exported, makes the same cuts over every finite metric.

    Keras and Optax have no eps: a cut too small for it is made there, which is below float32 where eps is small.
    """
    if library in ("pytorch", "transformers"):
        return True
    relative = spec.threshold_mode == "rel" and spec.threshold > 0
    small_eps = spec.eps <= 1e-6 * spec.lr * (1 - spec.factor)
    if library == "keras":
        return small_eps and not relative
    return small_eps and spec.min_lr <= spec.lr and not (relative and (spec.mode == "max" or spec.threshold > 1))


def code(spec: Plateau, library: str, note: Note) -> str:
    """Return the whole snippet for a schedule that reacts to a metric."""
    made = _BY_LIBRARY[library](spec)
    above = comments(made.notes, note)
    if library == "keras":
        lines = [f"optimizer = keras.optimizers.SGD(learning_rate={spec.lr!r})", *above]
        return assemble((), [*lines, f"callback = {made.expression}", *comments(["keras_plateau_use"], note)])
    if library == "optax":
        lines = [*above, f"plateau = {made.expression}", f"optimizer = optax.chain(optax.sgd({spec.lr!r}), plateau)"]
        return assemble((), [*lines, *comments(["optax_plateau_use"], note)])
    imports = ["from transformers import get_reduce_on_plateau_schedule"] if library == "transformers" else []
    lines = [*pytorch.optimizer_lines(spec.lr), *above, f"scheduler = {made.expression}"]
    return assemble((), [*lines, *comments(["torch_plateau_use"], note)], imports)
