"""What stands in the place of the picture where PyTorch raises an error: the error, why, and the ways out."""

from collections.abc import Mapping

import streamlit as st

from lrviz.layers.batchnorm_scene import BatchNormScene
from lrviz.text import Words
from lrviz.ui.permalink import Desk

GROUP = "page.batchnorm.refused"


def refused(
    desk: Desk[BatchNormScene], words: Words, shape: tuple[int, ...], ways: Mapping[str, BatchNormScene], height: int
) -> None:
    """Say that a channel has a single value in training, and offer scenes that have an answer, by their words."""
    with st.container(border=True, height=height, vertical_alignment="center"):
        st.markdown(f"**{words.w(f'{GROUP}.title')}**")
        st.error(words.w(f"{GROUP}.error", shape=f"torch.Size({list(shape)})"), icon=":material/error:")
        st.markdown(words.w(f"{GROUP}.why"))
        with st.container(horizontal=True):
            for name, scene in ways.items():
                _way(desk, words.w(f"{GROUP}.{name}"), name, scene)


def _way(desk: Desk[BatchNormScene], label: str, name: str, scene: BatchNormScene) -> None:
    def take() -> None:
        desk.put(scene)
        st.rerun()  # all of the page: the button stands in a part of it that runs by itself

    st.button(label, key=desk.named(f"batchnorm way {name}"), disabled=not desk.allows(scene), on_click=take)
