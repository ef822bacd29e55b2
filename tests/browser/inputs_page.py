"""Shows two pads and an upload, and what they told the server; `?stubborn` takes no drawing, `?zh` is in Chinese."""

import streamlit as st

from lrviz.training_log import LogError, decoded, read_log
from lrviz.ui.sketch import Points, sketch
from lrviz.ui.upload import upload

EN = {
    "add": "Add point", "remove": "Remove point", "clear": "Clear", "point": "point {index} of {count}: x {x}, y {y}",
    "hint": "Tap to add a point, drag to move it, or draw a line.",
    "keys": "Keys: arrows move a point (Shift: ten times), Delete removes it.",
    "choose": "Choose a file", "drop": "or drop it here", "hint_upload": "CSV, up to {limit}",
    "reading": "Reading the file…", "remove_file": "Remove {name}",
    "too_big": "{name} is {size}; at most {limit} can be read here.",
    "unreadable": "{name} could not be read.",
}  # fmt: skip
ZH = {
    "add": "添加点", "remove": "删除点", "clear": "清空", "point": "第 {index} 个点，共 {count} 个：x {x}，y {y}",
    "hint": "点按空白处添加点，拖动可移动，也可以直接画线。",
    "keys": "键盘：方向键移动（Shift 为十倍），Delete 删除。",
    "choose": "选择文件", "drop": "或拖放到这里", "hint_upload": "CSV，最大 {limit}", "reading": "正在读取文件……",
    "remove_file": "移除 {name}", "too_big": "{name} 大小为 {size}，此处最多可读取 {limit}。",
    "unreadable": "无法读取 {name}。",
}  # fmt: skip
words = ZH if "zh" in st.query_params else EN
state = st.session_state
for name, value in {
    "metric": ((0, 2.0), (40, 0.9), (100, 0.5)),
    "rate": ((0, 0.001), (50, 0.1), (199, 0.0001)),
    "draws": 0,
    "file": ("", ""),
    "files": 0,
    "wrong": "",
}.items():
    state.setdefault(name, value)


def drew(name: str, points: Points) -> None:
    """Take the drawing over."""
    state.draws += 1
    if "stubborn" not in st.query_params:
        state[name] = points


def got(name: str, data: bytes) -> None:
    """Keep the file if it is a log."""
    state.files += 1
    text = decoded(data)
    try:
        read_log(text)
        state.wrong = ""
        state.file = (name, text)
    except LogError as error:
        state.wrong = error.code


def removed() -> None:
    """Forget the file."""
    state.file = ("", "")


st.set_page_config(layout="wide", page_title="inputs")
st.title("输入" if words is ZH else "Inputs")
left, right = st.columns(2)
with left:
    sketch(
        state.metric, key="metric_pad", label="Validation loss to react to", x_label="epoch", y_label="validation loss",
        x_range=(0, 100), y_range=(0, 2.5), on_draw=lambda points: drew("metric", points), words=words,
        color="@series1", max_points=24, x_step=1,
    )  # fmt: skip
with right:
    sketch(
        state.rate, key="rate_pad", label="Learning rate", x_label="update t", y_label="learning rate",
        x_range=(0, 200), y_range=(1e-5, 1), on_draw=lambda points: drew("rate", points), words=words, log_y=True,
        color="@series0",
    )  # fmt: skip
if st.button("Reset"):
    state.metric = ((0, 1.0), (100, 1.0))
    st.rerun()
upload(
    "Your training log", key="log", limit_bytes=1_000_000, accept=".csv,.tsv,.txt,.log", on_file=got,
    current=state.file[0], on_remove=removed, error=state.wrong and f"Not a training log ({state.wrong}).",
    words=words | {"hint": words["hint_upload"], "remove": words["remove_file"]},
)  # fmt: skip
st.text(f"draws {state.draws} metric {state.metric}")
st.text(f"rate {state.rate}")
name, text = state.file
st.text(f"files {state.files} name {name!r} text {text[:60]!r} length {len(text)} wrong {state.wrong!r}")
