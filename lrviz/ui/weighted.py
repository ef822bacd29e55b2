"""One average of the Smoothing lesson written out with its numbers, as LaTeX."""

from lrviz.smoothing.scene import Smoothed
from lrviz.text import number

MOST_TERMS = 3
"""How many of the newest values the sum names one by one."""


def recursion(result: Smoothed) -> tuple[str, ...]:
    """Return the last turn of the recursion with its numbers, and the correction of the start where there is one."""
    t, beta = result.at + 1, result.scene.beta
    average = _tex(float(result.average[result.at]))
    if result.passed_through:
        return (f"S_{{{t}}} = Y_{{{t}}} = {average}",)
    before, value, after = result.recursion
    turn = rf"{_tex(beta)} \cdot {_signed(before)} + {_tex(1 - beta)} \cdot {_signed(value)} = {_tex(after)}"
    written = rf"S_{{{t}}} = \beta S_{{{t - 1}}} + (1 - \beta) Y_{{{t}}} = {turn}"
    if result.scene.start in ("first", "zero"):
        return (written,)
    n, share = len(result.counted), 1 - beta ** len(result.counted)
    divided = rf"{_signed(after)} / {_tex(share)} = {average}"
    return written, rf"\hat S_{{{t}}} = S_{{{t}}} / (1 - \beta^{{{n}}}) = {divided}"


def expanded(result: Smoothed) -> str:
    """Return the average as the weighted sum that it is: the newest values, and the oldest."""
    points, shares = result.counted + 1, result.weights
    if len(points) < 2:
        return ""
    newest = range(len(points) - 1, max(len(points) - 1 - MOST_TERMS, 0), -1)
    terms = [f"{_tex(float(shares[i]))}\\,Y_{{{points[i]}}}" for i in newest]
    gap = [r"\dots"] if len(points) - 1 > MOST_TERMS else []
    return "= " + " + ".join([*terms, *gap, f"{_tex(float(shares[0]))}\\,Y_{{{points[0]}}}"])


def _tex(value: float) -> str:
    text = number(value)
    base, _, power = text.partition("e")
    if power:
        return rf"{base} \cdot 10^{{{int(power)}}}"
    return {"∞": r"\infty", "-∞": r"-\infty", "NaN": r"\mathrm{NaN}"}.get(text, text)


def _signed(value: float) -> str:
    return rf"({_tex(value)})" if value < 0 else _tex(value)
