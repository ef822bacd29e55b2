"""Racers that only a worker can run: asked for once, shown when they are there, explained when they are not."""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

import numpy as np
import streamlit as st

from lrviz import jobs
from lrviz.descend.engine import Path, retraced
from lrviz.descend.race import Finish, RaceScene
from lrviz.optimizers import NAMES, Named
from lrviz.schedules.rate import at_rate_or_none
from lrviz.spec import kind_of, to_address, value_at
from lrviz.text import Words
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

KEPT = 32
EVERY = 0.4
"""Seconds between two looks at whether a worker has finished."""
MOST_WAITING = 8
"""Jobs of all visitors beyond which no race asks for more: a check behind them must still be answered in time."""
WAITING = "waiting"
Key = tuple[tuple[str, str], ...]


def choose(form: Form, path: str) -> None:
    """Offer every optimizer known by name, to be found by typing a part of it; each comes with its own usual rate."""
    desk, key = form.desk, f"zoo name {form.words.language} {path}"
    st.session_state[key] = value_at(desk.scene, path).which

    def take() -> None:
        if (name := st.session_state[key]) is not None:
            scene = desk.scene
            known = Named(which=name)
            schedule = at_rate_or_none(scene.opened.schedule, known.default_lr) or scene.opened.schedule
            chosen = scene.opened.but(optimizer=known, schedule=schedule)
            desk.put(scene.with_changed(scene.open, chosen))
        st.rerun()

    st.selectbox(
        form.label(f"{path}.which"),
        NAMES,
        key=key,
        help=form.help(f"{path}.which"),
        on_change=take,
        filter_mode="contains",
    )


def ask(scene: RaceScene) -> None:
    """Have a worker run every racer it has not been asked for yet; where many jobs wait, some later."""
    asked = _asked()
    for index in _named(scene):
        key = _key(scene, index)
        if key not in asked and jobs.waiting() < MOST_WAITING:
            asked[key] = jobs.submit("lrviz.zoo:run", dict(key))
    while len(asked) > KEPT:
        del asked[next(iter(asked))]


def found(scene: RaceScene) -> dict[int, Path | str]:
    """Return, for every racer a worker runs, its path, or the code of why there is none (WAITING: not yet)."""
    return {index: _answer(scene, index) for index in _named(scene)}


def wait(desk: Desk[RaceScene], words: Words) -> None:
    """While a worker is at it, say so and look again now and then; when it is done, the page is drawn anew."""
    if WAITING not in found(desk.scene).values():
        return

    def look() -> None:
        ask(desk.scene)
        if WAITING in found(desk.scene).values():
            st.caption(f":material/hourglass_top: {words.w('zoo.waiting')}")
        else:
            st.rerun()

    st.fragment(look, run_every=EVERY)()


def reason(finish: Finish, words: Words) -> str:
    """Say why a racer has no path."""
    return words.w(f"zoo.{finish.problem or WAITING}") if words.has(f"zoo.{finish.problem or WAITING}") else ""


def sets_own_rate(scene: RaceScene, index: int) -> bool:
    """Say whether a racer that a worker has run does not listen to the rates it is given."""
    return _key(scene, index) in st.session_state.get("zoo own rates", ())


def _named(scene: RaceScene) -> list[int]:
    return [i for i, racer in enumerate(scene.racers) if isinstance(racer.optimizer, Named)]


def _asked() -> dict[Key, Future[Mapping[str, Any]] | Path | str]:
    """What has been asked in this session: a worker's promise, then what became of it."""
    return st.session_state.setdefault("zoo asked", {})


def _key(scene: RaceScene, index: int) -> Key:
    """Return the question for one racer as an address, which is what the worker reads."""
    racer, (x, y) = scene.racers[index], scene.begin
    specs = {"surface": scene.surface, "optimizer": racer.optimizer, "schedule": racer.schedule}
    question = {"start_x": repr(x), "start_y": repr(y), "clip_norm": repr(racer.clip_norm)}
    question |= {name: str(getattr(scene, name)) for name in ("steps", "noise", "seed")}
    for path, spec in specs.items():
        question |= {path: kind_of(spec)} | to_address(spec, type(spec)(), f"{path}.")
    return tuple(sorted(question.items()))


def _answer(scene: RaceScene, index: int) -> Path | str:
    asked, key = _asked(), _key(scene, index)
    job = asked.get(key, WAITING)
    if isinstance(job, Future):
        if not job.done():
            return WAITING
        job = asked[key] = _read(job, scene, index)
    return job


def _read(job: Future[Mapping[str, Any]], scene: RaceScene, index: int) -> Path | str:
    if job.exception() is not None:
        return "raised"
    answer = job.result()
    if answer["code"] not in ("ok", "not_finite"):
        return str(answer["code"])
    if answer["values"].get("rate") == "own":
        st.session_state.setdefault("zoo own rates", set()).add(_key(scene, index))
    x = np.asarray(answer["x"], dtype=np.float64)[None]
    rates = scene.racers[index].schedule.table(scene.steps)[None]
    return retraced(scene.surface, _whole(x, scene.steps), rates)


def _whole(x: np.ndarray[Any, np.dtype[np.float64]], steps: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return positions (1, n, D) as (1, T+1, D): what was not run is not a number."""
    missing = steps + 1 - x.shape[1]
    return np.pad(x, ((0, 0), (0, max(missing, 0)), (0, 0)), constant_values=np.nan)[:, : steps + 1]
