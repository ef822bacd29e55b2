"""One average of the Smoothing lesson written out with its numbers, as LaTeX."""

import numpy as np

from lrviz.smoothing.scene import Smoothed
from lrviz.text import number

MOST_TERMS = 2
"""How many of the newest values the sum names one by one."""
SETTLED = 0.99999
"""From such a weight of all values on, the correction shows in no digit, and neither does the oldest of them."""


def recursion(result: Smoothed) -> tuple[str, ...]:
    """Return the last turn of the recursion with its numbers, and the correction of the start where there is one."""
    t, beta = result.at + 1, result.scene.beta
    average = tex(float(result.average[result.at]))
    if result.passed_through:
        return (f"S_{{{t}}} = Y_{{{t}}} = {average}",)
    before, value, after = result.recursion
    turn = rf"{tex(beta)} \cdot {_signed(before)} + {tex(1 - beta)} \cdot {_signed(value)} = {tex(after)}"
    if result.scene.start in ("first", "zero"):
        return (rf"S_{{{t}}} = \beta S_{{{t - 1}}} + (1 - \beta) Y_{{{t}}} = {turn}",)
    n, share = len(result.counted), 1 - beta ** len(result.counted)
    divided = average if share > SETTLED else rf"{_signed(after)} / {tex(share)} = {average}"
    return rf"S_{{{t}}} = {turn},", rf"\hat S_{{{t}}} = S_{{{t}}} / (1 - {tex(beta)}^{{{n}}}) = {divided}"


def expanded(result: Smoothed) -> str:
    """Return the average as the weighted sum that it is, the newest values and the oldest; "" where it is none."""
    if result.passed_through or not np.isfinite(result.weights).all():
        return ""
    points, shares, t = result.counted + 1, result.weights, result.at + 1
    name = rf"\hat S_{{{t}}}" if result.scene.start in ("corrected", "tensorboard") else f"S_{{{t}}}"
    if len(points) < 2:
        return f"{name} = {tex(float(shares[0]))}\\,Y_{{{points[0]}}}"
    newest = range(len(points) - 1, max(len(points) - 1 - MOST_TERMS, 0), -1)
    terms = [f"{tex(float(shares[i]))}\\,Y_{{{points[i]}}}" for i in newest]
    gap = [r"\dots"] if len(points) - 1 > MOST_TERMS else []
    oldest = [f"{tex(float(shares[0]))}\\,Y_{{{points[0]}}}"] if shares[0] > (1 - SETTLED) * shares[-1] else []
    return f"{name} = " + " + ".join([*terms, *gap, *oldest])


def tex(value: float) -> str:
    """Return a number as LaTeX."""
    text = number(value)
    base, _, power = text.partition("e")
    if power:
        return rf"{base} \cdot 10^{{{int(power)}}}"
    return {"∞": r"\infty", "-∞": r"-\infty", "NaN": r"\mathrm{NaN}"}.get(text, text)


def _signed(value: float) -> str:
    return rf"({tex(value)})" if value < 0 else tex(value)
