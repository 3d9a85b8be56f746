"""Which boxes of a grid to evaluate: all of them, or those whose bounds do not exclude them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from carbonsweep.reductions.boxes import Bounds, cut, points

BOX_POINTS = 1 << 22
"""Points of a box of an exhaustive pass: what a thread evaluates between two looks at the shared result."""
LEAF_POINTS = 1 << 18
"""A box of fewer points is evaluated rather than split."""
SAMPLED_SHARE = 64
"""How many times smaller boxes are where a point stands for many samples."""
BATCH = 256
"""Boxes split at a time."""

Box = tuple[np.ndarray, np.ndarray]
"""First position, and the one after the last, on every loop."""


class Judge(Protocol):
    """What a reduction knows of boxes by their marks: the smallest objectives a box may hold, NaN if it is empty."""

    def marks(self, bounds: Bounds, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """The marks of boxes, shape (boxes, objectives)."""

    def keep(self, marks: np.ndarray) -> np.ndarray:
        """Which boxes may still change the result."""

    def promise(self, marks: np.ndarray) -> np.ndarray:
        """Rank of boxes, the most promising smallest."""


def exhaustive(low: np.ndarray, high: np.ndarray, box_points: int = BOX_POINTS) -> Iterator[Box]:
    """Every box of a region, in order."""
    for first, last in cut((high - low).tolist(), box_points):
        yield low + first, low + last


def branch(
    bounds: Bounds, region: Box, judge: Judge, leaf_points: int = LEAF_POINTS
) -> Iterator[tuple[Box | None, float]]:
    """The boxes of a region to evaluate, most promising first.

    A box that the judge does not keep is left out; a small one is handed out; any other is halved across the axis
    that raises the marks of its halves most.

    Yields
    ------
    (box, points)
        A box to evaluate and its points, or None and the points of boxes left out.
    """
    low, high = region[0][None], region[1][None]
    marks = judge.marks(bounds, low, high)
    while len(low):
        keep = judge.keep(marks)
        if not keep.all():
            yield None, float(points(low[~keep], high[~keep]).sum())
            low, high, marks = low[keep], high[keep], marks[keep]
        order = np.argsort(judge.promise(marks), kind="stable")
        batch, rest = order[:BATCH], order[BATCH:]
        size = points(low[batch], high[batch])
        for place in np.flatnonzero(size <= leaf_points):
            yield (low[batch[place]], high[batch[place]]), float(size[place])
        large = batch[size > leaf_points]
        if not len(large):
            low, high, marks = low[rest], high[rest], marks[rest]
            continue
        halves = _halve(bounds, low[large], high[large], judge)
        low = np.concatenate([low[rest], halves[0]])
        high = np.concatenate([high[rest], halves[1]])
        marks = np.concatenate([marks[rest], halves[2]])


def _halve(
    bounds: Bounds, low: np.ndarray, high: np.ndarray, judge: Judge
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both halves of every box with their marks."""
    boxes, axes = low.shape
    extent = high - low
    middle = low + extent // 2
    halves_low = np.repeat(low[None], 2 * axes, axis=0)
    halves_high = np.repeat(high[None], 2 * axes, axis=0)
    for axis in range(axes):
        # A single position stays whole: an empty box has no bounds.
        halves_high[2 * axis, :, axis] = np.where(extent[:, axis] > 1, middle[:, axis], high[:, axis])
        halves_low[2 * axis + 1, :, axis] = middle[:, axis]
    flat = judge.marks(bounds, halves_low.reshape(-1, axes), halves_high.reshape(-1, axes))
    marks = flat.reshape(2 * axes, boxes, -1)
    promise = np.where(np.isnan(flat).any(axis=1), np.inf, judge.promise(flat)).reshape(axes, 2, boxes)
    splittable = (extent > 1).T
    # Highest promise of the better half, then of the worse one, then the longest axis.
    choice = np.lexsort((extent.T, promise.max(axis=1), promise.min(axis=1), splittable), axis=0)[-1]
    at = np.arange(boxes)
    return (
        np.concatenate([halves_low[2 * choice, at], halves_low[2 * choice + 1, at]]),
        np.concatenate([halves_high[2 * choice, at], halves_high[2 * choice + 1, at]]),
        np.concatenate([marks[2 * choice, at], marks[2 * choice + 1, at]]),
    )
