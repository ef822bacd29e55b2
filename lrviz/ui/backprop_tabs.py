"""What stands behind the picture of the Backpropagation page: weights, prose, the slip, code, data, the check."""

from functools import partial

import numpy as np
import streamlit as st

from lrviz.backprop.engine import PARAMETERS
from lrviz.backprop.scene import MOST_STEPS, Worked, curves
from lrviz.export import backprop_code, csv
from lrviz.spec import to_address
from lrviz.text import Words, number
from lrviz.ui import lesson
from lrviz.ui.ask import proof
from lrviz.ui.backprop import MAZUR, VALUE, training_of, written_error

PAGE = "page.backprop"


def check(result: Worked, words: Words) -> None:
    """Have the pass and its update recomputed with PyTorch, in a worker, after the picture."""
    proof({"question": "backprop"} | to_address(training_of(result.scene), MAZUR), words, "backprop check", "backprop")


def tabs(result: Worked, words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    lesson.tabs(
        "backprop",
        words,
        {
            "weights": lambda: _weights(result, words),
            "why": lambda: lesson.text(words, "backprop", ("why",)),
            "try": lambda: lesson.text(words, "backprop", ("try",)),
            "slip": lambda: _slip(words),
            "code": lambda: _code(result, words),
            "data": lambda: _data(result, words),
        },
    )


def _weights(result: Worked, words: Words) -> None:
    """Show every parameter before and after the update, with its gradient."""
    columns, digits = (result.parameters, result.gradient, result.after), 5 if lesson.on_phone() else VALUE
    head = [words.w(f"{PAGE}.table.{name}") for name in ("parameter", "before", "gradient", "after")]
    cells = [[name, *(number(float(v[at]), digits) for v in columns)] for at, name in enumerate(PARAMETERS)]
    lesson.table(head, cells)
    if not result.scene.biases:
        st.caption(words.w(f"{PAGE}.table.biases"))


def _slip(words: Words) -> None:
    """Tell where a widely copied tutorial's number comes from, with both trainings of its network."""
    lesson.text(words, "backprop", ("slip",))
    found = curves(MAZUR.but(steps=MOST_STEPS))
    head = [words.w(f"{PAGE}.orders.updates"), *(words.w(f"{PAGE}.orders.{name}") for name in ("together", "reusing"))]
    both = (found.simultaneous, found.reuse)
    lesson.table(head, [[f"{t:,}", *(written_error(float(e[t])) for e in both)] for t in (0, 1, MOST_STEPS)])


def _code(result: Worked, words: Words) -> None:
    st.code(backprop_code(result.scene, lambda key: words.w(f"export_note.{key}")), language="python")


def _data(result: Worked, words: Words) -> None:
    """Offer the errors of both trainings as CSV, and show every number of the pass in full."""
    names = [words.option("backprop", "update", name) for name in ("simultaneous", "reuse")]
    columns = np.stack([result.curves.simultaneous, result.curves.reuse])
    st.download_button(
        words.w("descent.csv"), partial(csv, names, columns), file_name="lrviz-backprop.csv", mime="text/csv",
        icon=":material/download:", on_click="ignore", key="backprop csv",
    )  # fmt: skip
    now = result.now
    shown = {
        "net_h": now.net_h, "out_h": now.out_h, "net_o": now.net_o, "out_o": now.out_o, "E": now.errors,
        "δ_o": now.delta_o, "δ_h": now.delta_h,
    }  # fmt: skip
    lesson.table(["", "1", "2"], [[name, *(repr(float(v)) for v in pair[0])] for name, pair in shown.items()])
