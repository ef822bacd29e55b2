"""Shows the stage with a plain gradient descent and a momentum run at several rates; `?racers=8&steps=500` sizes it."""

import numpy as np
import streamlit as st

from lrviz.surfaces.classics import Himmelblau
from lrviz.surfaces.planes import IllConditioned, Rosenbrock, Saddle
from lrviz.ui.grids import surface_address
from lrviz.ui.knob import knob
from lrviz.ui.stage import Anatomy, Track, stage

WORDS = {
    "playback": "Playback", "play": "Play", "pause": "Pause", "back": "One step back", "forward": "One step forward",
    "restart": "Back to the start", "scrub": "Step", "frame_of": "step {frame} of {frames}", "speed": "Speed",
    "per_second": "{rate} steps/s", "anatomy": "Anatomy", "png": "Download PNG", "show_3d": "Show in 3-D",
    "hide_3d": "Hide 3-D", "solid": "The surface in 3-D", "no_3d": "This browser cannot draw in 3-D.",
    "curve": "Loss against step", "keys": "Space plays, left and right arrows step.", "start": "Start",
    "place": "Click or drag to place the start.", "racer": "Racer", "step": "step", "loss": "loss",
    "gap": "loss − minimum", "distance": "Distance", "gradient": "−gradient", "direction": "direction",
    "scale": "scale", "update": "update", "drawn_at": "drawn × {factor}", "diverged_at": "diverged at step {step}",
    "not_drawn": "{name} reaches 0 at step {step}.", "failed": "The picture could not be loaded.",
}  # fmt: skip
KNOB = {"type": "Type {label}", "reset": "Reset {label} to {default}", "help": "About {label}"}
query, state = st.query_params, st.session_state
racers, steps = int(query.get("racers", 3)), int(query.get("steps", 200))
SURFACES = {"rosenbrock": Rosenbrock(), "saddle": Saddle(), "himmelblau": Himmelblau()}
surface = SURFACES.get(query.get("surface", ""), IllConditioned())
state.setdefault("start", surface.start)
state.setdefault("starts", [])
state.setdefault("rate", 0.01)


def begin(x: float, y: float, done: bool) -> None:
    state.start = (x, y)
    state.starts.append(done)


def turn(text: str, done: bool) -> None:
    state.rate = float(text)


def run(rate: float, beta: float) -> tuple[Track, Anatomy]:
    """Descend by hand, so that what is shown does not hang on any other room."""
    limit = 100 * max(high - low for low, high in surface.domain)
    x, buffer, bad = np.array(state.start, float), np.zeros(2), -1
    places, parts = [x], []
    for t in range(steps):
        with np.errstate(all="ignore"):
            gradient = np.asarray(surface.grad(x)).ravel()
            buffer = beta * buffer + gradient
            move = -rate * buffer
            x = x + move
        if bad < 0 and not (np.isfinite(x).all() and np.abs(x).max() < limit):
            bad = t + 1
        places.append(x)
        parts.append((gradient, buffer, np.full(2, rate), move))
    way = np.array(places)
    with np.errstate(all="ignore"):
        loss = np.asarray(surface(way))
    k = len(state.shown)
    track = Track(f"lr {rate:.3g}" + (" momentum" if beta else ""), f"@series{k}", way[:, 0], way[:, 1], loss, bad)
    return track, Anatomy(*(np.array(part) for part in zip(*parts, strict=True)))


st.set_page_config(layout="wide", page_title="stage")
knob("Rate", state.rate, key="rate_knob", low=1e-4, high=1, scale="log", words=KNOB, on_turn=turn)
state.shown = []
for k in range(racers):
    state.shown.append(run(state.rate * (0.5, 1, 5, 8, 2, 3, 0.2, 0.1)[k], 0.9 if k % 2 else 0.0))
stage(
    [track for track, _ in state.shown],
    key="race", surface=query.get("grid") or surface_address(surface), start=state.start,
    minima=[m.x for m in surface.minima], steps=steps, floor=surface.floor, words=WORDS, on_start=begin,
    chosen=1 % racers, anatomy=state.shown[1 % racers][1],
    alt=f"{racers} racers from {state.start[0]:g}, {state.start[1]:g}",
)  # fmt: skip
st.text(f"starts {len(state.starts)} last {state.starts[-1:]} at {state.start[0]:g}, {state.start[1]:g}")
