"""The 2-2-2 network and its training as a complete PyTorch program."""

import textwrap

from lrviz.backprop.scene import BackpropScene
from lrviz.export.snippet import Note, assemble, comments

_MEASURED = {
    "half_squared": "backprop_half_squared",
    "sum_squared": "backprop_sum_squared",
    "cross_entropy": "backprop_cross_entropy",
}


def backprop_code(scene: BackpropScene, note: Note) -> str:
    """Return a whole program that makes `done` updates, at least one, and prints each step, its error and parameters.

    A simultaneous update is torch.optim.SGD on what autograd finds; one that reuses new weights is written out.
    `note` gives the comment for a key of [export_note].
    """
    lines = [
        *comments(["backprop_float64"], note),
        "torch.set_default_dtype(torch.float64)",
        f"inputs = torch.tensor([{scene.i1!r}, {scene.i2!r}])",
        f"targets = torch.tensor([{scene.t1!r}, {scene.t2!r}])",
        f"hidden = torch.tensor([[{scene.w1!r}, {scene.w2!r}], [{scene.w3!r}, {scene.w4!r}]], requires_grad=True)",
        f"output = torch.tensor([[{scene.w5!r}, {scene.w6!r}], [{scene.w7!r}, {scene.w8!r}]], requires_grad=True)",
        *comments(["backprop_shared_bias"], note),
        *(f"{name} = torch.tensor({getattr(scene, name)!r}, requires_grad={scene.biases})" for name in ("b1", "b2")),
        *comments([_MEASURED[scene.loss.kind]], note),
        f"loss_of = {scene.loss.torch}",
        _mover(scene),
        f"for step in range({max(scene.done, 1)}):",
        *(textwrap.indent(line, "    ") for line in (*_body(scene, note), *_PRINTED)),
    ]
    return assemble((), lines)


_PRINTED = (
    "parameters = [*hidden.flatten(), *output.flatten(), b1, b2]",
    "print(step + 1, loss.item(), *(p.item() for p in parameters))",
)


def _mover(scene: BackpropScene) -> str:
    """Return the line that says how far an update goes."""
    if scene.update == "reuse":
        return f"lr = {scene.lr!r}"
    return f"optimizer = torch.optim.SGD([{', '.join(_moving(scene))}], lr={scene.lr!r})"


def _moving(scene: BackpropScene) -> list[str]:
    return ["hidden", "output", *(["b1", "b2"] if scene.biases else [])]


def _body(scene: BackpropScene, note: Note) -> list[str]:
    forward = [
        "net_h = hidden @ inputs + b1",
        f"out_h = {scene.hidden.torch.format(net='net_h')}",
        "net_o = output @ out_h + b2",
        f"loss = loss_of({scene.output.torch.format(net='net_o')}, targets)",
    ]
    if scene.update == "simultaneous":
        return [*forward, "optimizer.zero_grad()", "loss.backward()", "optimizer.step()"]
    return [
        *forward,
        *comments(["backprop_reuse"], note),
        "(delta_o,) = torch.autograd.grad(loss, net_o, retain_graph=True)",
        "with torch.no_grad():",
        "    output -= lr * torch.outer(delta_o, out_h)",
        "(delta_h,) = torch.autograd.grad(out_h, net_h, output.detach().T @ delta_o)",
        "with torch.no_grad():",
        "    hidden -= lr * torch.outer(delta_h, inputs)",
        *(["    b1 -= lr * delta_h.sum()", "    b2 -= lr * delta_o.sum()"] if scene.biases else []),
    ]
