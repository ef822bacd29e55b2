"""The run ledger: runs that a visitor has kept, overlaid in the picture, renamed, opened again, and told apart."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from lrviz.figures.theme import SERIES
from lrviz.figures.train import color_of
from lrviz.spec import Spec, kind_of, value_at
from lrviz.text import Words, number
from lrviz.train.ledger import MOST, Kept, Ledger, differing
from lrviz.train.measured import Measured
from lrviz.train.scene import BAND, TrainScene
from lrviz.train.tasks import Own
from lrviz.train.training import Training
from lrviz.ui import lesson
from lrviz.ui.form import as_text
from lrviz.ui.permalink import Desk, touch
from lrviz.ui.roster import Row, roster

PAGE = "page.train.ledger"
LEDGER = "train ledger"
OPENED = "train ledger opened"
NONE = "–"


def held() -> Ledger:
    """Return the runs that this visitor has kept."""
    return st.session_state.get(LEDGER, Ledger())


def _hold(ledger: Ledger) -> None:
    touch()
    st.session_state[LEDGER] = ledger


Now = Callable[[], tuple[Training, Measured] | None]
"""What is on the screen as it stands: the training that is watched, and what has been measured so far."""


def panel(desk: Desk[TrainScene], now: Now, words: Words) -> None:
    """Draw the kept runs, and the buttons that keep this one and repeat it at more seeds."""
    ledger = held()
    st.markdown(f"**{words.w(f'{PAGE}.title')}**", help=words.w(f"{PAGE}.help"))
    with st.container(horizontal=True, gap="small"):
        _keep(ledger, now, words)
        _band(desk, words)
    if not ledger.runs:
        st.caption(words.w(f"{PAGE}.empty"))
        return
    rows = [Row(run.name, color_of(run.slot), run.shown, _note(run, words), run.slot >= SERIES) for run in ledger.runs]
    roster(
        rows,
        key="train ledger list",
        label=words.w(f"{PAGE}.title"),
        opened=st.session_state.get(OPENED, -1),
        on_act=lambda what, index, text: _act(desk, what, index, text),
        words=words.group(f"{PAGE}.row"),
    )


def _keep(ledger: Ledger, now: Now, words: Words) -> None:
    """Keep what has been measured so far, of a training that goes on too."""

    def keep() -> None:
        if (found := now()) is not None:
            training, brought = found
            _hold(held().keep(_name(training, words), _bare(training), brought))
            st.session_state[OPENED] = len(held().runs) - 1

    st.button(
        words.w(f"{PAGE}.keep"),
        key="train keep",
        icon=":material/bookmark_add:",
        disabled=ledger.full,
        help=words.w(f"{PAGE}.{'full' if ledger.full else 'keep_help'}", most=MOST),
        on_click=keep,
    )


def _band(desk: Desk[TrainScene], words: Words) -> None:
    many = desk.scene.seeds > 1

    def there() -> TrainScene:  # when this is pressed the scene may be another than now
        return desk.scene.but(seeds=1 if many else BAND)

    label = words.w(f"{PAGE}.single") if many else words.w(f"{PAGE}.band", count=BAND)
    icon = ":material/show_chart:" if many else ":material/area_chart:"
    help, possible = words.w(f"{PAGE}.band_help"), desk.allows(there())
    st.button(label, key="train band", icon=icon, help=help, disabled=not possible, on_click=lambda: desk.put(there()))


def _bare(training: Training) -> Training:
    """Return a training without the table of its visitor, which the session holds once."""
    return training.but(task=training.task.but(table=b"")) if isinstance(training.task, Own) else training


def _name(training: Training, words: Words) -> str:
    """Name a run by what usually differs: its optimizer, its schedule, and how large its rates are."""
    rule, schedule = (words.kind(kind_of(part)) for part in (training.optimizer, training.schedule))
    return lesson.distinct([*(run.name for run in held().runs), f"{rule} · {schedule} {number(_rate(training), 3)}"])[
        -1
    ]


def _rate(training: Training) -> float:
    rates = training.rates()
    return float(np.nanmax(rates)) if np.isfinite(rates).any() else float("nan")


def _note(run: Kept, words: Words) -> str:
    if run.bad >= 0 and run.seeds == 1:
        return words.w(f"{PAGE}.diverged")
    return number(float(run.loss_val[-1]), 3)


def _act(desk: Desk[TrainScene], what: str, index: int, text: str) -> None:
    ledger = held()
    if index >= len(ledger.runs):
        return
    run = ledger.runs[index]
    match what:
        case "open":
            there = desk.scene.but(training=run.training, seeds=run.seeds)
            if desk.allows(there):
                st.session_state[OPENED] = index
            desk.put(there)
        case "show":
            _hold(ledger.changed(index, shown=not run.shown))
        case "rename" if text:
            _hold(ledger.changed(index, name=text))
        case "remove":
            st.session_state[OPENED] = -1
            _hold(ledger.without(index))


# --------------------------------------------------------------------------------------------------- the difference


def difference(words: Words) -> None:
    """Show the settings in which the kept runs differ, and what each came to."""
    runs = held().runs
    if len(runs) < 2:
        st.markdown(words.w(f"{PAGE}.two_needed"))
        return
    rows = [[_label(runs, path, words), *(_value(v, words) for v in values)] for path, values in _differing(runs)]
    if not rows:
        st.caption(words.w(f"{PAGE}.no_difference"))
    elif any(path == "seed" for path, _ in _differing(runs)):
        st.caption(words.w(f"{PAGE}.other_seed"))
    came = [[words.w(f"{PAGE}.final.{name}"), *(_final(run, name, words) for run in runs)] for name in FINAL]
    lesson.table([words.w(f"{PAGE}.setting"), *(run.name for run in runs)], [*rows, *came])


FINAL = ("loss", "loss_val", "accuracy_val", "seeds")


def _differing(runs: Sequence[Kept]) -> list[tuple[str, list[Any]]]:
    return differing([run.training for run in runs])


def _label(runs: Sequence[Kept], path: str, words: Words) -> str:
    """Return the label of a setting, after that of what it belongs to."""
    parent, _, name = path.rpartition(".")
    owner = next(
        owner for run in runs if isinstance(owner := _owner(run.training, parent), Spec) and hasattr(owner, name)
    )
    label = words.label(kind_of(owner), name).partition(" · ")[0]
    return f"{words.label('training', parent.partition('.')[0])}: {label}" if parent else label


def _owner(training: Training, parent: str) -> Any:
    return value_at(training, parent) if parent else training


def _value(value: Any, words: Words) -> str:
    if value is None:
        return NONE
    if isinstance(value, Spec):
        return words.kind(kind_of(value))
    if isinstance(value, tuple) and value and isinstance(value[0], Spec):
        return str(len(value))
    return number(value) if isinstance(value, float) else as_text(value)


def _final(run: Kept, name: str, words: Words) -> str:
    if name == "seeds":
        return str(run.seeds)
    if run.bad >= 0 and run.seeds == 1:
        return words.w(f"{PAGE}.diverged_at", step=run.bad)
    value = float(getattr(run, name)[-1])
    if name == "accuracy_val":
        return f"{100 * value:.1f} %" if np.isfinite(value) else NONE
    return number(value)
