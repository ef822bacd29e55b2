"""What is worked out below the network, on plates: the paths of the chosen parameter, or the stage that is open."""

from collections.abc import Iterator, Mapping

from lrviz.backprop.chain import Factor, Path
from lrviz.backprop.engine import PARAMETERS, WEIGHTS
from lrviz.backprop.scene import BackpropScene, Stage, Worked
from lrviz.text import number
from lrviz.ui.backprop_net import COLORS, ENDS
from lrviz.ui.chain import Plate, Row

DIGITS, RESULT, NOTE = 5, 8, 4


def rows(result: Worked) -> list[Row]:
    """Return the rows that belong to a scene."""
    name = result.scene.lit
    return [*path_rows(result, name)] if name else [*stage_rows(result, result.scene.stage)]


# ------------------------------------------------------------------------------------------------------- the paths


def path_rows(result: Worked, name: str) -> Iterator[Row]:
    """Yield a row for every path of a parameter and their sum; what the update makes of it follows."""
    found, slope = result.paths(name), float(result.gradient[PARAMETERS.index(name)])
    total, then = _derivative(name, slope), _moved(result, name) if name in moving(result.scene) else None
    if len(found) == 1:
        yield Row(_factors(found[0]), total, then=then)
        return
    for path in found:
        yield Row(_factors(path), _product(path, name))
    yield Row(tuple(_product(path, name, "+" if i else "") for i, path in enumerate(found)), total, then=then)


def moving(scene: BackpropScene) -> tuple[str, ...]:
    """Return the parameters that an update moves."""
    return PARAMETERS if scene.biases else WEIGHTS


def _factors(path: Path) -> tuple[Plate, ...]:
    return tuple(_factor(factor, "×" if i else "") for i, factor in enumerate(path.factors))


def _factor(factor: Factor, sign: str) -> Plate:
    return Plate(
        f"∂{factor.top}", _number(factor.value, DIGITS), f"∂{factor.bottom}", written(factor.formula, factor.numbers),
        COLORS[factor.part], sign, factor.reused,
    )  # fmt: skip


def _product(path: Path, name: str, sign: str = "") -> Plate:
    """Return what a path adds, called by the units that tell it from the parameter's other paths."""
    units = [at for at in path.lit if at[0] in ("oh" if name == "b1" else "o")]
    return Plate("→".join(units), _number(path.product, RESULT), color=COLORS["gradient"], sign=sign)


def _derivative(name: str, value: float) -> Plate:
    return Plate("∂E", _number(value, RESULT), f"∂{name}", color=COLORS["gradient"])


def _moved(result: Worked, name: str) -> Plate:
    """Return a parameter after the update, with the sum it comes from."""
    at = PARAMETERS.index(name)
    before, after, slope = (float(v[at]) for v in (result.parameters, result.after, result.gradient))
    note = f"{_number(before, NOTE)} − {_number(result.scene.lr, NOTE)} · {_bracketed(slope, NOTE)}"
    return Plate(f"{name}′", _number(after, RESULT), "", note, COLORS["update"])


# ------------------------------------------------------------------------------------------------------- the stages


def stage_rows(result: Worked, stage: Stage) -> Iterator[Row]:
    """Yield what a stage works out, a row a number."""
    now, net = result.now, result.scene.net
    if stage in ("net_h", "net_o"):
        yield from _net_rows(result, hidden=stage == "net_h")
    elif stage in ("out_h", "out_o"):
        hidden = stage == "out_h"
        unit, nets, outs = (net.hidden, now.net_h, now.out_h) if hidden else (net.output, now.net_o, now.out_o)
        for k in (0, 1):
            name = f"{'h' if hidden else 'o'}{k + 1}"
            yield _applied(f"net_{name}", f"out_{name}", float(nets[0, k]), float(outs[0, k]), unit.formula)
    elif stage == "error":
        yield _error_row(result)
    elif stage in ("delta_o", "delta_h"):
        yield from _delta_rows(result, hidden=stage == "delta_h")
    elif stage in ("grad_o", "grad_h"):
        yield from _gradient_rows(result, hidden=stage == "grad_h")
    elif stage == "update":
        yield from (Row((), _moved(result, name)) for name in moving(result.scene))


def _net_rows(result: Worked, *, hidden: bool) -> Iterator[Row]:
    now, layer = result.now, "h" if hidden else "o"
    came = result.scene.net.inputs if hidden else now.out_h[0]
    bias, into = ("b1" if hidden else "b2"), (WEIGHTS[:4] if hidden else WEIGHTS[4:])
    for k, names in enumerate((into[:2], into[2:])):
        terms = [_term(result, name, float(came[j]), "+" if j else "") for j, name in enumerate(names)]
        plates = (*terms, Plate(bias, _number(_value(result, bias), DIGITS), sign="+"))
        net = float((now.net_h if hidden else now.net_o)[0, k])
        yield Row(plates, Plate(f"net_{layer}{k + 1}", _number(net, RESULT)))


def _term(result: Worked, name: str, came: float, sign: str) -> Plate:
    value = _value(result, name)
    note = f"{_bracketed(value)} · {_bracketed(came)}"
    return Plate(f"{name} · {_came(name)}", _number(value * came, DIGITS), "", note, COLORS["weight"], sign)


def _applied(before: str, after: str, given: float, made: float, formula: str) -> Row:
    numbers = {"net": given, "out": made, "minus_net": -given}
    result = Plate(after, _number(made, RESULT + 1), note=written(formula, numbers), color=COLORS["unit"])
    return Row((Plate(before, _number(given, DIGITS)),), result)


def _error_row(result: Worked) -> Row:
    now, net = result.now, result.scene.net
    plates = tuple(
        Plate(
            f"E_o{k + 1}", _number(float(now.errors[0, k]), RESULT + 1), "",
            written(net.loss.formula, {"out": float(now.out_o[0, k]), "target": float(net.targets[k])}),
            COLORS["error"], "+" if k else "",
        )
        for k in (0, 1)
    )  # fmt: skip
    return Row(plates, Plate("E", _number(result.error, RESULT + 1), color=COLORS["error"]))


def _delta_rows(result: Worked, *, hidden: bool) -> Iterator[Row]:
    now = result.now
    for k in (0, 1):
        if hidden:
            path = result.paths(WEIGHTS[2 * k])[0]
            plates = (_carried(result, k), _factor(path.factors[3], "×"))
            value = float(now.delta_h[0, k])
        else:
            path = result.paths(WEIGHTS[4 + 2 * k])[0]
            plates = (_factor(path.factors[0], ""), _factor(path.factors[1], "×"))
            value = float(now.delta_o[0, k])
        name = f"δ_{'h' if hidden else 'o'}{k + 1}"
        yield Row(plates, Plate(name, _number(value, RESULT), color=COLORS["unit"]))


def _carried(result: Worked, j: int) -> Plate:
    """Return what comes back to a hidden unit: each output unit's delta through the weight between them."""
    now, names = result.now, (WEIGHTS[4 + j], WEIGHTS[6 + j])
    weights, deltas = [float(now.carried[0, k, j]) for k in (0, 1)], [float(now.delta_o[0, k]) for k in (0, 1)]
    total = sum(weight * delta for weight, delta in zip(weights, deltas, strict=True))
    terms = (f"{_bracketed(d)} · {_bracketed(w)}" for w, d in zip(weights, deltas, strict=True))
    symbol = " + ".join(f"δ_o{k + 1} · {name}" for k, name in enumerate(names))
    reused = now.reused and weights != [_value(result, name) for name in names]
    return Plate(symbol, _number(total, DIGITS), "", " + ".join(terms), COLORS["weight"], "", reused)


def _gradient_rows(result: Worked, *, hidden: bool) -> Iterator[Row]:
    now, came = result.now, result.scene.net.inputs if hidden else result.now.out_h[0]
    deltas = (now.delta_h if hidden else now.delta_o)[0]
    for name in WEIGHTS[:4] if hidden else WEIGHTS[4:]:
        unit = ENDS[name][1]
        k, j = int(unit[1]) - 1, int(ENDS[name][0][1]) - 1
        plates = (
            Plate(f"δ_{unit}", _number(float(deltas[k]), DIGITS), color=COLORS["unit"]),
            Plate(_came(name), _number(float(came[j]), DIGITS), color=COLORS["input"], sign="×"),
        )
        yield Row(plates, _derivative(name, float(result.gradient[PARAMETERS.index(name)])))
    if result.scene.biases:
        yield _bias_row(result, "b1" if hidden else "b2", "h" if hidden else "o", deltas.tolist())


def _bias_row(result: Worked, name: str, layer: str, deltas: list[float]) -> Row:
    plates = tuple(
        Plate(f"δ_{layer}{k + 1}", _number(delta, DIGITS), color=COLORS["unit"], sign="+" if k else "")
        for k, delta in enumerate(deltas)
    )
    return Row(plates, _derivative(name, float(result.gradient[PARAMETERS.index(name)])))


def _came(name: str) -> str:
    """Return the symbol of what comes in through a weight."""
    start = ENDS[name][0]
    return start if start[0] == "i" else f"out_{start}"


def _value(result: Worked, name: str) -> float:
    return float(result.parameters[PARAMETERS.index(name)])


# ------------------------------------------------------------------------------------------------------- numbers


def written(formula: str, numbers: Mapping[str, float]) -> str:
    """Return a formula with numbers in the place of its names, negative ones in brackets."""
    whole = {name: _number(v, NOTE) if name == "minus_net" else _bracketed(v) for name, v in numbers.items()}
    return formula.format_map(whole)


def _number(value: float, digits: int) -> str:
    return number(value + 0.0, digits)  # never -0


def _bracketed(value: float, digits: int = NOTE) -> str:
    text = _number(value, digits)
    return f"({text})" if text.startswith("-") else text
