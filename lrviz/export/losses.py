"""A surface as a torch function `loss` of its coordinates, and what else a snippet needs for it."""

import textwrap

from lrviz.export.tensors import surface_code
from lrviz.spec import kind_of
from lrviz.surfaces import SurfaceSpec
from lrviz.surfaces.data import SIZES, DataSet
from lrviz.surfaces.regression import LinearRegression, LogisticRegression
from lrviz.surfaces.slices import FINEST, Slice, side_of

_DATA: dict[str, DataSet] = {"linear_regression": "diabetes", "logistic_regression": "breast_cancer"}
Regression = LinearRegression | LogisticRegression
_LONGEST = 100 - len("    return ")
_LONGEST_IN_BRACKETS = 100 - len("        ")

_DIABETES = """\
data = load_diabetes(scaled=False)
columns = torch.tensor(data.data[:, 4:6])
features = (columns - columns.mean(0)) / columns.std(0, correction=0)
progression = torch.tensor(data.target)
target = (progression - progression.mean()) / progression.std(correction=0)"""
_BREAST_CANCER = """\
data = load_breast_cancer()
columns = torch.tensor(data.data[:, :2])
features = (columns - columns.mean(0)) / columns.std(0, correction=0)
target = torch.tensor(1.0 - data.target)"""


def loss_function(surface: SurfaceSpec) -> str:
    """Return the definition of `loss`: of the coordinates, and of a batch's rows where the surface draws batches."""
    if isinstance(surface, Regression):
        return _of_data(surface)
    if isinstance(surface, Slice):
        return _of_slice(surface)
    assert surface.formula is not None
    code = surface_code(surface.formula.tree, set(surface.variables))
    return f"def loss({', '.join(surface.variables)}):\n    return {_wrapped(code)}"


def data_lines(surface: SurfaceSpec) -> list[str]:
    """Return the lines that load a surface's data, standardised, or hold a slice's losses; none for one without."""
    if isinstance(surface, Slice):
        return [_slice_lines(surface)]
    if not isinstance(surface, Regression):
        return []
    return [_DIABETES if isinstance(surface, LinearRegression) else _BREAST_CANCER]


def data_imports(surface: SurfaceSpec) -> list[str]:
    """Return the imports for those lines."""
    if isinstance(surface, Slice):
        return ["import base64"]
    names = [line.split()[2].split("(")[0] for line in "\n".join(data_lines(surface)).splitlines()[:1]]
    return [f"from sklearn.datasets import {name}" for name in names]


def batch_lines(surface: SurfaceSpec, steps: int, seed: int) -> list[str]:
    """Return the lines that draw the rows of each step's batch as the picture does; none without batches."""
    rows = surface.draws(steps, seed)
    if rows is None:
        return []
    count, size = SIZES[_DATA[kind_of(surface)]], rows.shape[1]
    orders = -(-steps * size // count)
    return [
        f"rows = np.tile(np.arange({count}, dtype=np.int32), ({orders}, 1))",
        f"rows = np.random.default_rng({seed}).permuted(rows, axis=1).reshape(-1)",
        f"batches = torch.from_numpy(rows[: {steps} * {size}].reshape({steps}, {size})).long()",
    ]


def _of_data(surface: Regression) -> str:
    name, rows = (", rows", "[rows]") if surface.batch_size else ("", "")
    if isinstance(surface, LinearRegression):
        last = f"return ((z - target{rows}) ** 2).mean() / 2"
    else:
        last = f"return torch.nn.functional.binary_cross_entropy_with_logits(z, target{rows})"
    return f"def loss(w_1, w_2{name}):\n    z = features{rows} @ torch.stack([w_1, w_2])\n    {last}"


_SPLINE = """\
steps = np.frombuffer(base64.urlsafe_b64decode(heights), "<u2").reshape({side}, {side})
logs = torch.tensor({bottom!r} + ({top!r} - {bottom!r}) * steps / {finest}.0)
system = torch.zeros({side} + 2, {side} + 2, dtype=torch.float64)
for i in range(1, {side} + 1):
    system[i, i - 1 : i + 2] = torch.tensor([1.0, 4.0, 1.0], dtype=torch.float64) / 6
system[0, :3] = system[-1, -3:] = torch.tensor([1.0, -2.0, 1.0], dtype=torch.float64)
inverse = torch.linalg.inv(system)[:, 1:-1]
spline = inverse @ logs @ inverse.T


def place(at, low, high):
    u = (at - low) * ({side} - 1) / (high - low)
    i = int(u.floor().clamp(0, {side} - 2))
    t = u - i
    s = 1 - t
    cubic = torch.stack([s**3, 3 * t**3 - 6 * t**2 + 4, 3 * s**3 - 6 * s**2 + 4, t**3]) / 6
    return i, cubic"""
_SLICE = """\
def loss(x, y):
    if not ({x_low!r} <= x <= {x_high!r} and {y_low!r} <= y <= {y_high!r}):
        return (x + y) * float("nan")
    (i, across), (j, up) = place(x, {x_low!r}, {x_high!r}), place(y, {y_low!r}, {y_high!r})
    return torch.exp(up @ spline[j : j + 4, i : i + 4] @ across)"""


def _of_slice(surface: Slice) -> str:
    return _SLICE.format(**dict(surface))


def _slice_lines(surface: Slice) -> str:
    """Return what a slice's loss is made from: its losses, and the spline through their logarithms."""
    pieces = textwrap.wrap(surface.heights, _LONGEST - 8)
    held = "\n".join(f'    "{piece}"' for piece in pieces)
    made = _SPLINE.format(side=side_of(surface.heights), finest=FINEST, bottom=surface.bottom, top=surface.top)
    return f"heights = (\n{held}\n)\n{made}"


def _wrapped(code: str) -> str:
    """Return an expression, in brackets and a line for each term where it is too long for one line."""
    if len(code) <= _LONGEST:
        return code
    terms = [code] if len(code) <= _LONGEST_IN_BRACKETS else _terms(code)
    return f"(\n{textwrap.indent(chr(10).join(terms), ' ' * 8)}\n    )"


def _terms(code: str) -> list[str]:
    """Return the terms of a sum, else the factors of a product, each after the first with its sign."""
    for signs in ("+-", "*"):
        places = [0, *(i for i in range(1, len(code)) if _joins(code, i, signs)), len(code)]
        if len(places) > 2:
            return [code[start:end].strip() for start, end in zip(places, places[1:], strict=False)]
    return [code]


def _joins(code: str, i: int, signs: str) -> bool:
    """Say whether there is an operator between spaces at a place outside all brackets."""
    outside = code[:i].count("(") == code[:i].count(")")
    return outside and code[i] in signs and code[i - 1 : i + 2] == f" {code[i]} "
