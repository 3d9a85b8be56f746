"""What the nest computes of an array of samples. Plain Python that Numba compiles: read and tested as it is.

Every sample is a number or infinite, never NaN; ties and the order of the samples change nothing but the last bits of
a mean.
"""

from __future__ import annotations

import numpy as np


def selected(values, rank):  # type: ignore[no-untyped-def]
    """The value that would stand at `rank` if `values` were sorted; they are put in another order."""
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) >> 1
        pivot = values[middle]
        if (values[low] < pivot) != (values[low] < values[high]):
            pivot = values[low]
        elif (values[high] < pivot) != (values[high] < values[middle]):
            pivot = values[high]
        left, right = low, high
        while left <= right:
            while values[left] < pivot:
                left += 1
            while values[right] > pivot:
                right -= 1
            if left <= right:
                values[left], values[right] = values[right], values[left]
                left += 1
                right -= 1
        if rank <= right:
            high = right
        elif rank >= left:
            low = left
        else:
            break
    return values[rank]


def order_statistic(values, work, rank):  # type: ignore[no-untyped-def]
    """The value that would stand at `rank` if `values` were sorted, by a histogram and a selection in one of its bins.

    Parameters
    ----------
    values
        The samples; they stay as they are.
    work
        Room for as many numbers.
    rank
        From 0.
    """
    low, high = np.inf, -np.inf
    for value in values:
        low = min(low, value)
        high = max(high, value)
    if not (low > -np.inf and high < np.inf and (high - low) * 1e-300 < 1e-4 and high - low > 1e-290):
        for place in range(len(values)):
            work[place] = values[place]
        return selected(work, rank)
    scale = 255.0 / (high - low)
    counts = np.zeros(256, np.int64)
    for value in values:
        counts[int((value - low) * scale)] += 1
    bin_, before = 0, 0
    while before + counts[bin_] <= rank:
        before += counts[bin_]
        bin_ += 1
    found = 0
    for value in values:
        if int((value - low) * scale) == bin_:
            work[found] = value
            found += 1
    return selected(work[:found], rank - before)


def finite(value):  # type: ignore[no-untyped-def]
    """A value, or NaN where it is infinite: more samples without a value than the statistic leaves out."""
    return value if -np.inf < value < np.inf else np.nan


def quantile(values, work, millionths):  # type: ignore[no-untyped-def]
    """The smallest sample that at least a share (in millionths) of the samples does not exceed; NaN if infinite."""
    rank = (millionths * len(values) + 999999) // 1000000 - 1
    return finite(order_statistic(values, work, rank))


def mean(values):  # type: ignore[no-untyped-def]
    """The mean of the samples; NaN if one is infinite."""
    total = 0.0
    for value in values:
        total += value
    return finite(total / len(values))


def tail_mean(values, work, millionths):  # type: ignore[no-untyped-def]
    """The mean of the samples above a quantile; NaN if one of them is infinite."""
    rank = (millionths * len(values) + 999999) // 1000000
    edge = order_statistic(values, work, rank - 1)
    total, above = 0.0, 0
    for value in values:
        if value > edge:
            total += value
            above += 1
    # Samples that equal the quantile fill up what the tail lacks.
    wanted = len(values) - rank
    if wanted <= 0:
        return finite(edge)
    if above < wanted:
        total += edge * (wanted - above)
    return finite(total / wanted)


def share_at_most(values, limit):  # type: ignore[no-untyped-def]
    """Share of the samples that do not exceed a limit."""
    count = 0
    for value in values:
        count += 1 if value <= limit else 0
    return count / len(values)


def share_at_least(values, limit):  # type: ignore[no-untyped-def]
    """Share of the samples that reach a limit."""
    count = 0
    for value in values:
        count += 1 if value >= limit else 0
    return count / len(values)
