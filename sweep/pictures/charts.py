"""The pictures, as Vega-Lite charts by Altair. Axes of logarithms have dots, not bars: a bar has no zero there."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from carbonsweep.foundation.errors import PlanError
from carbonsweep.pictures.aggregates import Density, Strip, density
from carbonsweep.pictures.libraries import library
from carbonsweep.pictures.rows import RunRows, as_float, words
from carbonsweep.pictures.scene import OTHERS, Scene, coordinates
from carbonsweep.pictures.style import (
    ACCENT,
    DOTS,
    INK,
    SOFT,
    WIDE,
    Chart,
    colour,
    colour_name,
    finished,
    like,
    png_url,
    said_of,
    scale_of,
    short,
    thinned,
)

LAND = Path(__file__).parent / "land-110m.json"
"""Outlines of the continents: Natural Earth, 1:110 million, public domain, as TopoJSON of world-atlas 2.0.2 (ISC)."""
FEW = 2_000
"""Rows that are drawn as dots, each; of more the density is drawn."""
MOST_ROWS = 24
"""Values of an axis that have a line of their own; of names the best, and numbers beyond it are drawn as a band."""
MOST_POINTS = 600
"""Points of fronts in one picture: of more, evenly many are drawn."""
MOST_LINES = 300
"""Lines of a parallel plot, and values of one axis: of more, evenly many are drawn."""


def trade_off(scene: Scene, x: str, y: str, width: float = WIDE, *, cloud: bool = True) -> Chart:
    """Where the points of a run lie in two quantities, and their Pareto front; the best point is named."""
    alt = library("altair")
    rows = scene.rows
    front = scene.front(x, y)
    if not front:
        raise PlanError(f"{rows.place}: no point has both {x} and {y}, so there is no front to draw")
    across, up = scene.measure(x), scene.measure(y)
    data = [
        {
            "x": point[x] / across.factor,
            "y": point[y] / up.factor,
            "name": colour_name(scene, point),
            "label": scene.point(point, x, y),
        }
        for point in thinned(front, MOST_POINTS)
    ]
    ends = {name: _ends(scene, front, name, cloud) for name in (x, y)}
    horizontal = scale_of(alt.X, "x", rows, x, across.label, ends[x], width)
    vertical = scale_of(alt.Y, "y", rows, y, up.label, ends[y], width)
    layers = []
    if cloud:
        few = rows.manifest["rows"] <= FEW
        points = _each(rows, x, y) if few else density(rows, x, y)
        layers.append(_cloud(points, rows, across.factor, up.factor, horizontal, vertical))
    base = alt.Chart(alt.Data(values=data))
    layers.append(
        base.mark_line(interpolate="step-after", strokeWidth=1, opacity=0.7, aria=False).encode(
            x=horizontal, y=vertical, color=colour(scene, width)
        )
    )
    size = 18 if len(front) > 60 else 38
    layers.append(
        base.mark_circle(size=size, opacity=1).encode(
            x=horizontal, y=vertical, color=colour(scene, width), **said_of("label")
        )
    )
    sense = max if rows.maximize else min
    if rows.objective in (x, y):
        top = sense(front, key=lambda point: point[rows.objective])
        mark = [{"x": top[x] / across.factor, "y": top[y] / up.factor, "label": scene.point(top, x, y)}]
        layers.append(
            alt.Chart(alt.Data(values=mark))
            .mark_point(size=110, color=ACCENT, strokeWidth=1.6, filled=False)
            .encode(x=horizontal, y=vertical, **said_of("label"))
        )
    return finished(alt.layer(*layers), width, 0.62)


def _ends(scene: Scene, front: list[dict[str, Any]], name: str, cloud: bool) -> tuple[float, float]:
    factor = scene.measure(name).factor
    if cloud:
        low, high = scene.rows.extent(name) or (0.0, 0.0)
    else:
        low, high = min(point[name] for point in front), max(point[name] for point in front)
    return low / factor, high / factor


def _each(rows: RunRows, x: str, y: str) -> list[tuple[float, float]]:
    """Every point of a run in two quantities."""
    across, up = as_float(x), as_float(y)
    return rows.ask(f"select {across}, {up} from points where isfinite({across}) and isfinite({up})")


def _cloud(
    found: Density | list[tuple[float, float]], rows: RunRows, across: float, up: float, horizontal: Any, vertical: Any
) -> Chart:
    """All points behind the front: as dots, or as a picture of their density, the darker, the more."""
    alt = library("altair")
    if isinstance(found, list):
        dots = alt.Data(values=[{"x": left / across, "y": low / up} for left, low in found])
        base = alt.Chart(dots).mark_circle(size=9, color="#8d98a8", opacity=0.5, aria=False)
        return base.encode(x=horizontal, y=vertical)
    left, right = rows.extent(found.x) or (0.0, 0.0)
    low, high = rows.extent(found.y) or (0.0, 0.0)
    corner = {"x": left / across, "x2": right / across, "y": high / up, "y2": low / up, "url": png_url(found.counts)}
    return (
        alt.Chart(alt.Data(values=[corner]))
        .mark_image(aspect=False, aria=False)
        .encode(x=horizontal, x2="x2:Q", y=vertical, y2="y2:Q", url="url:N")
    )


def along_axis(scene: Scene, column: str, width: float = WIDE) -> Chart:
    """The objective along one axis: range, quartiles and median, and the best that is reached, as a filled dot."""
    alt = library("altair")
    rows = scene.rows
    strips = scene.strips(column)
    if not strips:
        raise PlanError(f"{rows.place}: {rows.objective} has no value along {column}, so there is nothing to draw")
    if column not in rows.texts and len(strips) > MOST_ROWS:
        return _band(scene, column, strips, width)
    ranked = strips
    if column in rows.texts:
        ranked = sorted(strips, key=lambda strip: -strip.high if rows.maximize else strip.low)
    shown = ranked[:MOST_ROWS]
    measure = scene.measure(rows.objective)
    data = [_strip_values(scene, column, strip, measure.factor) for strip in shown]
    ends = min(one["low"] for one in data), max(one["high"] for one in data)
    horizontal = scale_of(alt.X, "best", rows, rows.objective, measure.label, ends, width)
    left_out = f" (best {MOST_ROWS} of {len(strips)})" if len(strips) > MOST_ROWS else ""
    vertical = alt.Y("name:N", title=f"{words(column)}{left_out}", sort=None).axis(labelLimit=150)
    base = alt.Chart(alt.Data(values=data)).encode(y=vertical)
    ranges = base.mark_rule(color=SOFT, strokeWidth=2, aria=False).encode(x=like(horizontal, "low"), x2="high:Q")
    middle = base.mark_rule(color=OTHERS, strokeWidth=6, aria=False).encode(x=like(horizontal, "q25"), x2="q75:Q")
    median = base.mark_tick(color="white", thickness=2, size=9, aria=False).encode(x=like(horizontal, "median"))
    colours = scene.colours
    if colours is not None and colours.column == column:
        paint = colour(scene, width, legend=False, field="key")
    else:
        paint = alt.value(ACCENT)
    dots = base.mark_circle(size=60, opacity=1).encode(x=horizontal, color=paint, **said_of("label"))
    step = 15 if len(shown) > 12 else 19
    return finished(alt.layer(ranges, middle, median, dots), width, height=58 + step * len(shown))


def _strip_values(scene: Scene, column: str, strip: Strip, factor: float) -> dict[str, Any]:
    aim = scene.rows.objective
    best = strip.high if scene.rows.maximize else strip.low
    quarter, median, three = strip.quartiles
    value = scene.say(column, strip.value)
    text = f"{scene.named(column, strip.value)}: best {scene.say(aim, best)}, median {scene.say(aim, median)}, "
    text += f"from {scene.say(aim, strip.low)} to {scene.say(aim, strip.high)}; {strip.points:,} points"
    return {
        "name": str(strip.value) if column in scene.rows.texts else value,
        "key": scene.colours.shown(strip.value) if scene.colours is not None else "",
        "value": strip.value,
        "best": best / factor,
        "low": strip.low / factor,
        "high": strip.high / factor,
        "q25": quarter / factor,
        "median": median / factor,
        "q75": three / factor,
        "label": text,
    }


def _band(scene: Scene, column: str, strips: list[Strip], width: float) -> Chart:
    """An axis of many numbers: the same as `along_axis`, upright."""
    alt = library("altair")
    rows = scene.rows
    measure, across = scene.measure(rows.objective), scene.measure(column)
    aim: Callable[[Strip], float] = (lambda strip: -strip.high) if rows.maximize else (lambda strip: strip.low)
    best_of_all = min(strips, key=aim)
    shown = thinned(strips, MOST_LINES)
    if best_of_all not in shown:
        shown = sorted([*shown, best_of_all], key=lambda strip: float(strip.value))
    data = []
    for strip in shown:
        values = _strip_values(scene, column, strip, measure.factor)
        data.append({**values, "value": strip.value / across.factor})
    ends = min(one["low"] for one in data), max(one["high"] for one in data)
    title = across.label if len(shown) == len(strips) else f"{across.label}: {len(shown)} of {len(strips):,} values"
    horizontal = scale_of(alt.X, "value", rows, column, title, (data[0]["value"], data[-1]["value"]), width)
    vertical = scale_of(alt.Y, "best", rows, rows.objective, measure.label, ends, width)
    base = alt.Chart(alt.Data(values=data)).encode(x=horizontal)
    whole = base.mark_area(color=SOFT, opacity=0.6, aria=False).encode(y=like(vertical, "low"), y2="high:Q")
    middle = base.mark_area(color=OTHERS, opacity=0.6, aria=False).encode(y=like(vertical, "q25"), y2="q75:Q")
    median = base.mark_line(color="white", strokeWidth=1.5, aria=False).encode(y=like(vertical, "median"))
    best = base.mark_line(color=ACCENT, strokeWidth=1.2, aria=False).encode(y=vertical)
    dots = base.mark_circle(color=ACCENT, size=16, opacity=1).encode(y=vertical, **said_of("label"))
    return finished(alt.layer(whole, middle, median, best, dots), width, 0.45)


def tornado(scene: Scene, width: float = WIDE) -> Chart:
    """How the objective changes when one axis at a time leaves the best point: a dot for each value, the ends named."""
    alt = library("altair")
    rows = scene.rows
    arms = scene.arms
    if not arms:
        raise PlanError(f"{rows.place}: no axis has two possible values at the best point: there is no tornado to draw")
    measure = scene.measure(rows.objective)
    best = rows.best[0][rows.objective]
    dots: list[dict[str, Any]] = []
    spans: list[dict[str, Any]] = []
    for arm in arms:
        drawn_values = thinned(arm.values, MOST_LINES)
        values = [value / measure.factor for _, value in drawn_values]
        # The worst value is named at its end, so that the reader need not point.
        end = short(scene.say(arm.axis, arm.values[-1][0]), 24 if width > 5 else 16)
        spans.append({"axis": words(arm.axis), "low": values[0], "high": values[-1], "end": end})
        for (place, value), drawn in zip(drawn_values, values, strict=True):
            text = f"{scene.named(arm.axis, place)}: {scene.say(rows.objective, value)}"
            text += f" ({100 * (value / best - 1):+.3g} %)" if best else ""
            dots.append({"axis": words(arm.axis), "x": drawn, "label": text})
    ends = min(one["x"] for one in dots), max(one["x"] for one in dots)
    log = ends[0] > 0 and ends[1] / ends[0] >= 20
    share = 0.25 if width > 5 else 0.55  # of the range, for the names at its end
    room = (ends[0], ends[1] * (ends[1] / ends[0]) ** share if log else ends[1] + share * (ends[1] - ends[0]))
    horizontal = scale_of(alt.X, "x", rows, rows.objective, measure.label, room, width, log=log)
    vertical = alt.Y("axis:N", title=None, sort=None).axis(labelLimit=170)
    line = alt.Chart(alt.Data(values=spans)).encode(y=vertical)
    ranges = line.mark_rule(color=SOFT, strokeWidth=7, aria=False).encode(x=like(horizontal, "low"), x2="high:Q")
    names = line.mark_text(align="left", dx=7, color=INK, fontSize=10, aria=False).encode(
        x=like(horizontal, "high"), text="end:N"
    )
    values = (
        alt.Chart(alt.Data(values=dots))
        .mark_circle(color="#0072b2", size=26, opacity=0.8)
        .encode(x=horizontal, y=vertical, **said_of("label"))
    )
    here = (
        alt.Chart(alt.Data(values=[{"x": best / measure.factor}]))
        .mark_rule(color=ACCENT, strokeWidth=1.4, aria=False)
        .encode(x=horizontal)
    )
    return finished(alt.layer(ranges, here, values, names), width, height=60 + 22 * len(arms))


def site_map(scene: Scene, width: float = WIDE, column: str = "region") -> Chart:
    """The best of the objective at each site, on a map of the world."""
    alt = library("altair")
    rows = scene.rows
    if column not in rows.texts:
        raise PlanError(f"{rows.place}: the run has no column {column}, so there is no map to draw")
    measure = scene.measure(rows.objective)
    data: list[dict[str, Any]] = []
    places = coordinates()
    for strip in scene.strips(column):
        place = places.get(str(strip.value).partition("@")[0])
        if place is None:
            continue
        best = strip.high if rows.maximize else strip.low
        text = f"{strip.value}: best {scene.say(rows.objective, best)}"
        data.append({"latitude": place[0], "longitude": place[1], "best": best / measure.factor, "label": text})
    if not data:
        raise PlanError(f"{rows.place}: of no {column} the place is known, so there is no map to draw")
    data.sort(key=lambda one: one["best"], reverse=not rows.maximize)  # the best are drawn last, above the others
    land = alt.Data(values=LAND.read_text(encoding="utf-8"), format={"type": "topojson", "feature": "land"})
    ground = alt.Chart(land).mark_geoshape(fill="#e9ecef", stroke="#c4cad1", strokeWidth=0.5, aria=False)
    low, high = min(one["best"] for one in data), max(one["best"] for one in data)
    log = low > 0 and high / low >= 8
    scale = alt.Scale(type="log" if log else "linear", scheme="viridis", reverse=True, domain=[low, max(high, low)])
    dots = (
        alt.Chart(alt.Data(values=data))
        .mark_circle(size=46 if width > 5 else 22, opacity=1, stroke=INK, strokeWidth=0.4)
        .encode(
            longitude="longitude:Q",
            latitude="latitude:Q",
            color=alt.Color("best:Q", title=f"least {measure.label}" if not rows.maximize else f"most {measure.label}")
            .scale(scale)
            .legend(
                orient="bottom", direction="horizontal", gradientLength=width * DOTS * 0.5, titleLimit=400, tickCount=4
            ),
            **said_of("label"),
        )
    )
    return finished(alt.layer(ground, dots).project("equalEarth"), width, 0.58)


def parallel(scene: Scene, width: float = WIDE) -> Chart:
    """The points of the first front, a line each, over the quantities and axes that differ among them."""
    alt = library("altair")
    rows = scene.rows
    asked = dict.fromkeys([*(scene.trade or (rows.objective,)), *(axis[0] for axis in scene.axes), *scene.names])
    # A front of one point has no lines to follow: then those of the colours, else the best points.
    for points in (*((scene.overall(*scene.trade), scene.front(*scene.trade)) if scene.trade else ()), rows.best):
        points = thinned(points, MOST_LINES)
        columns = [name for name in asked if len({point[name] for point in points}) > 1]
        if len(columns) > 1:
            break
    else:
        raise PlanError(f"{rows.place}: the run has too few different points for a parallel plot")
    heights = {name: _heights(rows, name, [point[name] for point in points]) for name in columns}
    data = [
        {
            "number": number,
            "column": words(name),
            "height": heights[name][point[name]],
            "name": colour_name(scene, point),
            "label": scene.point(point, rows.objective),
        }
        for number, point in enumerate(points)
        for name in columns
    ]
    ends: list[dict[str, Any]] = []
    for name in columns:
        for value, height in ((min if at == 0 else max, at) for at in (0, 1)):
            chosen = value(heights[name].items(), key=lambda pair: pair[1])[0]
            text = short(scene.say(name, chosen), 18 if width > 5 else 14)
            ends.append({"column": words(name), "height": height, "text": text, "odd": len(ends) // 2 % 2 == 1})
    horizontal = alt.X("column:N", title=None, sort=None).axis(
        labelAngle=-20, labelLimit=130, grid=True, ticks=False, domain=False
    )
    vertical = alt.Y("height:Q", title=None, scale=alt.Scale(domain=[-0.1, 1.1] if width > 5 else [-0.22, 1.2])).axis(
        None
    )
    lines = (
        alt.Chart(alt.Data(values=data))
        .mark_line(strokeWidth=1, opacity=0.55)
        .encode(x=horizontal, y=vertical, detail="number:N", color=colour(scene, width), **said_of("label"))
    )
    named = []
    for at, odd in itertools.product((0, 1), (False, True)):
        away = 9 + (10 if odd and width < 5 else 0)  # on narrow paper neighbours would touch
        texts = [one for one in ends if one["height"] == at and one["odd"] == odd]
        named.append(
            alt.Chart(alt.Data(values=texts))
            .mark_text(dy=away if at == 0 else -away, fontSize=9, color=INK, aria=False)
            .encode(x=horizontal, y=vertical, text="text:N")
        )
    return finished(alt.layer(lines, *named), width, 0.5)


def _heights(rows: RunRows, name: str, values: list[Any]) -> dict[Any, float]:
    """Where values stand on an axis from 0 to 1; names in the order of the alphabet."""
    if name in rows.texts:
        ordered = sorted(set(values), key=str)
        return {value: place / max(len(ordered) - 1, 1) for place, value in enumerate(ordered)}
    log = all(value > 0 for value in values) and max(values) / min(values) >= 20
    scale: Callable[[float], float] = math.log if log else float
    low, high = scale(min(values)), scale(max(values))
    return {value: (scale(value) - low) / (high - low) for value in values}
