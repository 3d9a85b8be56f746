"""How all pictures look: sizes and type of journals, scales with round numbers, colours, and what is said of a mark."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from carbonsweep.pictures.libraries import library
from carbonsweep.pictures.rows import RunRows, words
from carbonsweep.pictures.scene import OTHERS, Scene

Point = TypeVar("Point")
Chart = Any
"""An `altair.Chart` or `altair.LayerChart`."""

NARROW, WIDE = 3.33, 6.9
"""Widths of a column and of a page of most journals, in inches."""
DOTS = 96
"""Pixels in an inch of a picture of lines (SVG)."""
INK, SOFT, ACCENT = "#222222", "#c9ced6", "#d62728"


def finished(chart: Chart, width: float, ratio: float = 0.6, height: float | None = None) -> Chart:
    """A chart in its size and type, which are those of a journal."""
    alt = library("altair")
    across = round(width * DOTS)
    small = 9 if width < 5 else 10
    return (
        chart.properties(
            width=across,
            height=round(height if height is not None else across * (ratio if width > 5 else max(ratio, 0.8))),
            autosize=alt.AutoSizeParams(type="fit", contains="padding"),
            padding=4,
            background="white",
        )
        .configure(font="Helvetica, Arial, Liberation Sans, sans-serif")
        .configure_axis(
            labelFontSize=small, titleFontSize=small + 1, titleFontWeight="normal", gridColor="#eceff2",
            domainColor=OTHERS, tickColor=OTHERS, labelColor=INK, titleColor=INK,
        )
        .configure_legend(
            labelFontSize=small, titleFontSize=small, titleFontWeight="normal", symbolSize=50, labelColor=INK,
            titleColor=INK, titleOrient="left" if width > 5 else "top", padding=0, offset=6,
        )
        .configure_view(stroke=None)
    )  # fmt: skip


def scale_of(
    channel: Any,
    field: str,
    rows: RunRows,
    name: str,
    title: str,
    ends: tuple[float, float],
    width: float,
    log: bool | None = None,
) -> Any:
    """A scale for a column with a few plain numbers along it."""
    alt = library("altair")
    log = rows.is_log(name) and ends[0] > 0 if log is None else log
    low, high = ends
    pad = 0.04 * (high - low) or 0.05 * abs(high) or 1.0
    if log:
        grown = (high / low) ** 0.03 if high > low else 1.2
        scale = alt.Scale(type="log", domain=[low / grown, high * grown], nice=False)
    else:
        scale = alt.Scale(domain=[max(low - pad, 0.0) if low >= 0 else low - pad, high + pad], nice=False, zero=False)
    few = 3 if width < 5 and channel is alt.X else 6
    marks = {"values": ticks(low, high, few)} if log else {"tickCount": few}
    axis = alt.Axis(format=",.6~g", labelOverlap="greedy", labelFlush=False, **marks)
    return channel(f"{field}:Q", title=title, scale=scale, axis=axis)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers along a scale of logarithms: each is written out, with no lines between them."""
    for steps in ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 5), (1, 3), (1,)):
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        found = [float(f"{step}e{decade}") for decade in decades for step in steps]
        found = [one for one in found if low <= one <= high]
        if len(found) <= most:
            return found or [low, high]
    return found[:: math.ceil(len(found) / most)]


def like(channel: Any, field: str) -> Any:
    """The same scale and title for another field."""
    copy = channel.copy()
    copy.shorthand = f"{field}:Q"
    return copy


def colour(scene: Scene, width: float, legend: bool = True, field: str = "name") -> Any:
    """The colour of a mark by its name: the same in all pictures of a run."""
    alt = library("altair")
    if scene.colours is None:
        return alt.value("#0072b2")
    known = scene.colours.of
    scale = alt.Scale(domain=list(known), range=list(known.values()))
    key = alt.Legend(orient="top", columns=2 if width < 5 else 4, labelLimit=150, title=words(scene.colours.column))
    return alt.Color(f"{field}:N", scale=scale, legend=key if legend else None)


def colour_name(scene: Scene, point: dict[str, Any]) -> str:
    return "" if scene.colours is None else scene.colours.shown(point[scene.colours.column])


def said_of(field: str) -> dict[str, Any]:
    """What is said of a mark to who points at it, and to who listens."""
    alt = library("altair")
    return {"tooltip": alt.Tooltip(f"{field}:N", title=" "), "description": alt.Description(f"{field}:N")}


def short(text: str, most: int = 24) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """At most so many points, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    return [points[int(place)] for place in np.linspace(0, len(points) - 1, most)]


SHADES = 48
"""Greys of a density."""


def png_url(counts: np.ndarray) -> str:
    """Counts as an image, the first row below, as a data URL: grey by the logarithm, nothing where there is none."""
    share = np.log1p(counts) / max(math.log1p(float(counts.max())), 1e-9)
    levels = np.where(counts > 0, 1 + np.round(share * (SHADES - 1)), 0).astype(np.uint8)
    steps = np.linspace(0.0, 1.0, SHADES)[:, None]
    greys = np.round(np.array([226, 231, 238]) + (np.array([84, 96, 116]) - [226, 231, 238]) * steps).astype(np.uint8)
    palette = bytes(3) + greys.tobytes()  # of which the first is clear
    height, width = counts.shape
    lines = b"".join(b"\0" + line.tobytes() for line in levels[::-1])

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", palette),
        (b"tRNS", b"\0"),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    data = b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in chunks)
    return "data:image/png;base64," + base64.b64encode(data).decode()
