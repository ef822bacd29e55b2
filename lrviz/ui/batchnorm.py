"""The pieces of the Batch norm page that are its own: which of its three pictures, the knob of each, form and tabs."""

import streamlit as st

from lrviz.export.batchnorm import batchnorm_code
from lrviz.layers.batchnorm_scene import BatchNormScene
from lrviz.spec import to_address
from lrviz.text import Words
from lrviz.ui import batchnorm_axes, batchnorm_running, batchnorm_steps, lesson
from lrviz.ui.ask import proof
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

VIEWS = {"steps": batchnorm_steps, "running": batchnorm_running, "axes": batchnorm_axes}
HEADLINES = {"steps": "scale", "running": "batch", "axes": "samples"}
VIEWS_WIDTH = 2.3


def views(form: Form) -> None:
    """Offer the three pictures."""
    form.at("view", quiet=True)


def headline(form: Form) -> None:
    """Draw the knob that the open picture answers."""
    form.at(HEADLINES[form.desk.scene.view], headline=True)


def show(desk: Desk[BatchNormScene], words: Words, height: int) -> None:
    """Draw the open picture, or say in its place why there is none."""
    VIEWS[desk.scene.view].show(desk, words, height)


def numbers(desk: Desk[BatchNormScene], words: Words) -> None:
    """Put the learner's own numbers into the formula of the open picture; the film has its own beside it."""
    if desk.scene.view != "running":
        VIEWS[desk.scene.view].numbers(desk, words)


def statistics(desk: Desk[BatchNormScene], words: Words) -> None:
    """Show the numbers that move, beside the picture."""
    VIEWS[desk.scene.view].statistics(desk, words)


def controls(form: Form) -> None:
    """Draw what else the open picture is made of."""
    VIEWS[form.desk.scene.view].controls(form)


def check(scene: BatchNormScene, words: Words) -> None:
    """Have PyTorch's own layers do the same, in a worker, after the picture."""
    question = {"question": "batchnorm"} | to_address(scene, BatchNormScene())
    proof(question, words, "batchnorm check", "batchnorm")


def tabs(desk: Desk[BatchNormScene], words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    scene = desk.scene
    lesson.tabs(
        "batchnorm",
        words,
        {
            "why": lambda: lesson.text(words, "batchnorm", ("why",)),
            "try": lambda: lesson.text(words, "batchnorm", ("try",)),
            "place": lambda: lesson.text(words, "batchnorm", ("place",)),
            "code": lambda: _code(scene, words),
            "data": lambda: VIEWS[scene.view].data(scene, words),
        },
    )


def _code(scene: BatchNormScene, words: Words) -> None:
    st.code(batchnorm_code(scene, lambda key: words.w(f"export_note.{key}")), language="python")
