"""Shows a network whose weights can be picked, and one with dropped units in which nothing can."""

from itertools import product

import streamlit as st

from lrviz.ui.network import Edge, Node, network

WORDS = {"png": "Download PNG", "svg": "Download SVG", "keys": "Tab and arrow keys move, Enter chooses."}
state = st.session_state
state.setdefault("picks", [])
state.setdefault("step", 0)
chosen = state.picks[-1] if state.picks else ""
LIT = {"w1": ("w1", "w5", "w7"), "w5": ("w5",), "w8": ("w8",)}.get(chosen, ())


def small() -> tuple[list[Node], list[Edge]]:
    """The network of two inputs, two hidden and two output units, with a bias for each layer."""
    columns = {"i": 0.0, "h": 0.5, "o": 1.0}
    nodes = [
        Node(f"{layer}{k}", x, (0.85, 0.3)[k - 1], f"{layer}{k}", f"{0.1234 * k + state.step / 1000:.4f}",
             "@series2" if layer == "i" else "@line", note="net 0.3775" if layer != "i" else "")
        for layer, x in columns.items() for k in (1, 2)
    ]  # fmt: skip
    nodes += [
        Node("b1", 0.25, 0.0, "b1", "0.35", shape="box", picks=True, label="b1, 0.35"),
        Node("b2", 0.75, 0.0, "b2", "0.60", shape="box", lit=chosen == "b2"),
    ]
    pairs = [("i", "h", target, source) for target in (1, 2) for source in (1, 2)]
    pairs += [("h", "o", target, source) for target in (1, 2) for source in (1, 2)]
    edges = [
        Edge(f"w{n}", f"{left}{source}", f"{right}{target}", f"w{n} {0.1 + 0.05 * n:.2f}",
             "@series1" if f"w{n}" in LIT else "@line", lit=f"w{n}" in LIT, backward=True, picks=True,
             label=f"w{n}, {0.1 + 0.05 * n:.2f}")
        for n, (left, right, target, source) in enumerate(pairs, 1)
    ]  # fmt: skip
    edges += [Edge(f"{b}{t}", b, t, pale=True) for b, t in product(["b1"], ["h1", "h2"])]
    edges += [Edge(f"{b}{t}", b, t, pale=True) for b, t in product(["b2"], ["o1", "o2"])]
    return nodes, edges


def dropped() -> tuple[list[Node], list[Edge]]:
    """Layers of 3, 6, 6 and 2 units; every third hidden unit is dropped."""
    layers = (3, 6, 6, 2)
    gone = {(1, 1), (1, 4), (2, 0), (2, 3)}
    nodes = [
        Node(f"{layer} {k}", layer / 3, (k + 0.5) / count, value=f"{(layer * 7 + k * 3) % 10 / 10:.1f}",
             color="@series0", fill="@series0/0.15", crossed=(layer, k) in gone)
        for layer, count in enumerate(layers) for k in range(count)
    ]  # fmt: skip
    edges = [
        Edge(f"{layer} {k} {n}", f"{layer} {k}", f"{layer + 1} {n}", pale=bool({(layer, k), (layer + 1, n)} & gone))
        for layer in range(3) for k in range(layers[layer]) for n in range(layers[layer + 1])
    ]  # fmt: skip
    return nodes, edges


st.set_page_config(layout="wide", page_title="networks")
st.title("Networks")
left, right = st.columns([3, 2])
nodes, edges = small()
with left:
    network(
        nodes, edges, key="small", height=460, words=WORDS, chosen=chosen, filename="small", on_pick=state.picks.append,
        alt=f"A network, {chosen or 'nothing'} chosen",
    )  # fmt: skip
with right:
    if not st.checkbox("Hide the other"):
        network(*dropped(), key="dropped", height=460, words=WORDS, alt="Four of twelve hidden units are dropped")
if st.button("Step"):
    state.step += 1
    st.rerun()
st.text(f"picks {state.picks} step {state.step}")
