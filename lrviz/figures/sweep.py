"""The sweep's picture: every cell's end as a map, each row of it as a curve, the best and the good band marked."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.figures.sweep_curves import (
    SPLIT,
    across_axis,
    limit,
    limit_name,
    line,
    map_names,
    measure_axis,
    nothing,
    nothing_name,
    room,
    row_names,
    spread,
)
from lrviz.figures.sweep_places import Cell, Names, Places, column, drawn_rows, live
from lrviz.figures.sweep_scale import SCALE, bar, gone_key
from lrviz.figures.theme import series
from lrviz.text import number
from lrviz.train.swept import Array, Row, Swept, better, rules

MOST_FRAMES = 16
"""Rows of which each has room for its frame; of more, those that are drawn as curves have one."""
MOST_WIDTHS = 9
"""Rows beside whose frames their widths have room."""
GONE = [[0, "@diverges"], [1, "@diverges"]]


def sweep_figure(
    result: Swept, names: Names, words: Mapping[str, str], *, narrow: bool = False, chosen: Cell | None = None
) -> dict[str, Any]:
    """Draw a sweep as far as it has come; cells that come later fill in by themselves where a job tells them.

    `words` holds x and y (the axes' titles), measure, nothing, good, diverges, and the names of the rules of thumb.
    `narrow` puts the scale under the picture.
    """
    lines = drawn_rows(result)
    colors = {u: series(slot) for slot, u in enumerate(lines)}
    maps, count, _ = result.scene.shape
    rows = {(b, u): result.row(b, u) for b in range(maps) for u in range(count)}
    framed = {(b, u): row for (b, u), row in rows.items() if count <= MOST_FRAMES or u in lines}
    across, slant = across_axis(result, names, words["x"], narrow)
    return {
        "data": [
            _map(result, names, words, narrow, slant),
            _gone(result, words),
            *_bands(framed, result),
            *_bests(framed, result),
            *(trace for rule in rules(result) for trace in _rule(rule, result)),
            *(trace for (b, u), row in rows.items() if u in lines for trace in spread((b, u), row, colors[u], result)),
            *(line((b, u), row, colors[u], names, result) for (b, u), row in rows.items() if u in lines),
            nothing(result),
            *limit(result, colors),
            *_chosen(chosen, result),
        ],
        "layout": {
            "xaxis": across,
            "yaxis": {
                "range": [-0.5, len(names.up) - 0.5], "domain": [0, SPLIT], "showgrid": False,
                "showticklabels": False, "fixedrange": True,
            },
            "yaxis2": measure_axis(result, words["measure"]),
            "showlegend": False,
            "hovermode": "closest",
            "margin": {
                "l": room((*names.up, words["y"]), narrow), "r": 12 if narrow else 76,
                "t": 30 if len(names.beside) > 1 else 12, "b": 48 + slant,
            },
            "annotations": [
                *row_names(names.up, words["y"], colors, narrow), *map_names(names.beside, result),
                *_widths(rows, result), *_rule_names(result, words), *gone_key(result, words["diverges"], narrow),
                nothing_name(result, words["nothing"]), *limit_name(result, colors, words["good"]),
            ],
            "uirevision": f"{result.scene.shape} {result.scene.across} {result.scene.up} {result.scene.measure}",
        },
    }  # fmt: skip


# --------------------------------------------------------------------------------------------------------- the map


def _wide(values: Array, result: Swept) -> Array:
    """Return one number a cell, (B, U, A), as one matrix, the maps side by side."""
    maps, rows, columns = result.scene.shape
    wide = np.full((rows, maps * (columns + 1) - 1), np.nan)
    for b in range(maps):
        wide[:, column(b, 0, result) : column(b, columns, result)] = values[b]
    return np.where(np.isfinite(wide), wide, np.nan)


def _places(result: Swept) -> Places:
    """Return where every cell is in that matrix, row by row."""
    maps, rows, columns = result.scene.shape
    b, u, a = np.indices((maps, rows, columns)).reshape(3, -1)
    return (u * (maps * (columns + 1) - 1) + column(b, a, result)).astype(np.int16)


def _map(result: Swept, names: Names, words: Mapping[str, str], narrow: bool, slant: int) -> dict[str, Any]:
    low, high = result.ends
    measure = result.scene.measure
    scale = SCALE if better(measure) < 0 else tuple((1 - at, color) for at, color in reversed(SCALE))
    sent = {f"z{end}": f"scale.{measure}.{i}" for i, end in enumerate(("min", "max"))}
    return {
        "type": "heatmap", "name": "", "z": _wide(result.middle.mid, result).astype(np.float32),
        "zmin": low, "zmax": high,
        "colorscale": [list(stop) for stop in scale], "colorbar": bar(result, words, narrow, slant),
        "xgap": 1, "ygap": 1,
        "text": _texts(names), "hovertemplate": f"%{{text}}<br>{words['measure']} %{{z:.4~g}}", "hoverongaps": False,
        **live(result, "mid", _places(result), sent),
    }  # fmt: skip


def _gone(result: Swept, words: Mapping[str, str]) -> dict[str, Any]:
    """Draw the cells whose middle run diverged."""
    return {
        "type": "heatmap", "name": "", "z": _wide(result.gone, result).astype(np.float32), "zmin": 0, "zmax": 1,
        "colorscale": GONE, "showscale": False, "xgap": 1, "ygap": 1, "hoverongaps": False,
        "hovertemplate": words["diverges"], **live(result, "gone", _places(result), {}),
    }  # fmt: skip


def _texts(names: Names) -> list[list[str]]:
    """Return what every cell is called."""
    return [
        [" · ".join(filter(None, (b, u, a))) for b in names.beside for a in (*names.across, "")][:-1] for u in names.up
    ]


def _bands(rows: Mapping[tuple[int, int], Row], result: Swept) -> list[dict[str, Any]]:
    """Frame the good band of every row; a side where it touches the axis's end stays open."""
    points = [point for place, row in rows.items() for point in _frame(place, row, result)]
    if not points:
        return []
    x, y = np.array(points, dtype=np.float32).T
    frames = {"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip", "name": ""}
    return [
        frames | {"line": {"color": "@background", "width": 5}},
        frames | {"line": {"color": "@text", "width": 2.2}},
    ]


def _frame(place: tuple[int, int], row: Row, result: Swept) -> list[tuple[float, float]]:
    """Return the sides of a row's frame, each followed by a gap."""
    if row.band is None:
        return []
    (b, u), (first, last), (left_open, right_open) = place, row.band, row.open_ends
    left, right = column(b, first, result) - 0.46, column(b, last, result) + 0.46
    low, high = u - 0.43, u + 0.43
    sides = [
        [(right, low), (left, low)],
        [(left, low), (left, high)],
        [(left, high), (right, high)],
        [(right, high), (right, low)],
    ]
    drawn = [side for side, kept in zip(sides, (True, not left_open, True, not right_open), strict=True) if kept]
    return [point for side in drawn for point in (*side, (np.nan, np.nan))]


def width(row: Row, result: Swept) -> str:
    """Write how many times its least value a good band's greatest is, as more where it touches the axis's end."""
    if row.band is None or row.band[0] == row.band[1] or result.scene.across.scale != "log":
        return ""
    low, high = (float(result.scene.across()[i]) for i in row.band)
    return f"{'≥ ' if any(row.open_ends) else ''}×{number(high / low, 2)}"


def _widths(rows: Mapping[tuple[int, int], Row], result: Swept) -> list[dict[str, Any]]:
    """Write beside every frame how wide it is, where rows and columns are large enough."""
    maps, count, columns = result.scene.shape
    if count > MOST_WIDTHS or maps > 1:
        return []
    found = []
    for (b, u), row in rows.items():
        if text := width(row, result):
            first, last = row.band or (0, 0)
            right = last < columns - 4
            at = column(b, last + 0.5 if right else first - 0.5, result)
            found.append({
                "name": "width", "text": text, "x": float(at), "y": float(u), "showarrow": False,
                "xanchor": "left" if right else "right", "xshift": 5 if right else -5,
                "bgcolor": "@background/0.75", "borderpad": 1, "font": {"color": "@text", "size": 13},
            })  # fmt: skip
    return found


def _bests(rows: Mapping[tuple[int, int], Row], result: Swept) -> list[dict[str, Any]]:
    """Mark the best cell of every row, and the best of all with a star."""
    found = [(b, u, row.best) for (b, u), row in rows.items() if row.best is not None and row.band is not None]
    if result.best and result.best[:2] not in rows:
        found.append(result.best)
    if not found:
        return []
    symbols = ["star" if cell == result.best else "circle" for cell in found]
    marker = {"symbol": symbols, "size": [15 if s == "star" else 7 for s in symbols], "color": "@background"}
    return [
        {
            "type": "scatter", "mode": "markers", "name": "", "hoverinfo": "skip",
            "x": np.array([float(column(b, a, result)) for b, _, a in found]),
            "y": np.array([float(u) for _, u, _ in found]),
            "marker": marker | {"line": {"color": "@text", "width": 1.5}},
        }
    ]  # fmt: skip


def _chosen(chosen: Cell | None, result: Swept) -> list[dict[str, Any]]:
    if chosen is None:
        return []
    b, u, a = chosen
    place = {"x": [float(column(b, a, result))], "y": [float(u)], "hoverinfo": "skip", "name": "chosen"}
    ring = {"symbol": "circle-open", "size": 17}
    return [
        place | {"type": "scatter", "mode": "markers", "marker": ring | {"color": color, "line": {"width": width}}}
        for color, width in (("@background", 6), ("@text", 2.5))
    ]


# ------------------------------------------------------------------------------------------------ rules of thumb


def _rule_points(rule: Any, result: Swept) -> tuple[Array, Array]:
    """Return a rule's line, in columns and rows, as far as the map goes."""
    rates = np.log(np.array(result.scene.across(), dtype=float))
    at = (np.log(rule.rates) - rates[0]) / (rates[-1] - rates[0]) * (len(rates) - 1)
    inside = (at > -0.5) & (at < len(rates) - 0.5)
    return column(rule.b, at[inside], result), np.flatnonzero(inside).astype(float)


def _rule(rule: Any, result: Swept) -> list[dict[str, Any]]:
    x, y = _rule_points(rule, result)
    line = {"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip", "name": ""}
    return [
        line | {"line": {"color": "@background/0.85", "width": 4.5}},
        line | {"line": {"color": "@text", "width": 1.8, "dash": "dash"}},
    ]


def _rule_names(result: Swept, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Write what each rule says: above the map where its line goes through to the top, else where it leaves it.

    That is in the gap before the next map, upright, where there is one.
    """
    maps, rows, columns = result.scene.shape
    found = []
    for rule in rules(result):
        x, y = _rule_points(rule, result)
        if len(x) < 2:
            continue
        end = {"x": float(x[-1]), "y": float(y[-1])}
        if round(y[-1]) == rows - 1:
            right = {"xanchor": "right", "xshift": 14}  # the one beside it ends to its right
            at = end | {"y": end["y"] + 0.5, "yanchor": "bottom"} | (right if rule.name == "sqrt" else {})
        elif rule.b + 1 < maps:
            at = end | {"x": float(column(rule.b, columns, result)), "textangle": -90}
        else:
            at = end | {"xanchor": "left", "xshift": 8}
        found.append(at | {
            "name": "rule", "text": words[rule.name], "showarrow": False,
            "bgcolor": "@background/0.85", "borderpad": 1, "font": {"color": "@text", "size": 12},
        })  # fmt: skip
    return found
