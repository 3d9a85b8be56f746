"""From values at times to the 8,760 hours of a year, in UTC."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carbonsweep.foundation.errors import CatalogError, first_few

YEAR = 8760
FEWEST = 8000
"""Hours with data that a year must have."""
LONGEST_GAP = 6
"""Hours without data that are filled between their neighbours."""
NEXT_YEAR = 14
"""Hours at the ends of a year that may come from the same year in another clock."""


@dataclass(frozen=True)
class Hours:
    """The hours of a year of 365 days, and how many had to be filled."""

    values: np.ndarray
    year: int
    filled: int


def hourly_mean(times: np.ndarray, values: np.ndarray, at: str) -> tuple[np.ndarray, np.ndarray]:
    """Means by the hour, each value holding until the next, but for an hour at most.

    Parameters
    ----------
    times, values
        Times in UTC, datetime64, in any order, and the value from each; NaN where there is none.
    at
        What errors call the file.

    Returns
    -------
    tuple
        The hours since 1970 in order, and the mean in each of those of which at least half is known.

    Raises
    ------
    CatalogError
        If a time is there twice, or times are further apart than hours.
    """
    order = np.argsort(times, kind="stable")
    seconds = times[order].astype("datetime64[s]").astype(np.int64)
    values = values[order]
    if len(seconds) < 2:
        raise CatalogError(f"{at}: {len(seconds)} times; give the hours of a year")
    steps = np.diff(seconds)
    if (steps == 0).any():
        twice = times[order][1:][steps == 0]
        raise CatalogError(
            f"{at}: {len(twice):,} times are there twice, first {_shown(twice[0])}; give one zone (--zone), and "
            "times in UTC or with their offset"
        )
    usual = int(np.median(steps))
    if usual > 3600:
        raise CatalogError(f"{at}: times are {usual / 3600:g} h apart; give hours, or shorter steps")
    held = np.append(np.where(steps <= 3600, steps, usual), usual)
    known = ~np.isnan(values)
    seconds, values, held = seconds[known], values[known], held[known]
    if not len(seconds):
        raise CatalogError(f"{at}: no values; choose another --column")
    first = seconds // 3600
    inside = np.minimum(held, 3600 * (first + 1) - seconds)
    begin = int(first[0])
    weight, total = np.zeros(int(first[-1]) - begin + 2), np.zeros(int(first[-1]) - begin + 2)
    for place, part in ((first - begin, inside), (first - begin + 1, held - inside)):
        np.add.at(weight, place, part)
        np.add.at(total, place, part * values)
    enough = weight >= 1800
    return begin + np.flatnonzero(enough), total[enough] / weight[enough]


def year_of_hours(hours: np.ndarray, values: np.ndarray, year: int | None, at: str) -> Hours:
    """The 8,760 hours of a year: 29 February left out, short gaps filled.

    Parameters
    ----------
    hours, values
        Hours since 1970 in UTC, in order, and the value of each.
    year
        The year; None takes the only one that is whole.
    at
        What errors call the file.

    Raises
    ------
    CatalogError
        If no year is whole, several are and none is named, or gaps are too long.
    """
    counts = {one: _count(hours, one) for one in range(*_years(hours))}
    whole = [one for one, count in counts.items() if count >= FEWEST]
    if year is None:
        if len(whole) > 1:
            raise CatalogError(f"{at}: the years {', '.join(map(str, whole))} are whole; choose one with --year")
        year = whole[0] if whole else max(counts, key=lambda one: counts[one])
    if counts.get(year, 0) < FEWEST:
        raise CatalogError(f"{at}: {counts.get(year, 0):,} hours of {year}; a year must have {FEWEST:,} at least")
    start, stop = _begin(year), _begin(year + 1)
    series = np.full(stop - start, np.nan)
    inside = (hours >= start) & (hours < stop)
    series[hours[inside] - start] = values[inside]
    # A year in local time begins and ends some hours beside that in UTC: those hours come from its other end.
    for shift in (stop - start, start - stop):
        other = hours - shift
        near = (other >= start) & (other < stop)
        near &= (other < start + NEXT_YEAR) | (other >= stop - NEXT_YEAR)
        place = other[near] - start
        free = np.isnan(series[place])
        series[place[free]] = values[near][free]
    if len(series) > YEAR:
        series = np.delete(series, np.arange(59 * 24, 60 * 24))
    return Hours(_filled(series, year, at), year, int(np.isnan(series).sum()))


def _filled(series: np.ndarray, year: int, at: str) -> np.ndarray:
    """The series with short gaps filled on a straight line between their neighbours, around the end of the year too."""
    missing = np.isnan(series)
    if not missing.any():
        return series
    places = np.flatnonzero(~missing)
    around = np.concatenate([places, places[:1] + len(series)])
    gaps = np.diff(around) - 1
    if (long := np.flatnonzero(gaps > LONGEST_GAP)).size:
        begin = np.datetime64(f"{year}-01-01T00", "h")
        listed = [f"{_shown(begin + int(around[one]) + 1)} ({gaps[one]} h)" for one in long]
        raise CatalogError(
            f"{at}: {len(long)} gaps of more than {LONGEST_GAP} hours: {first_few(listed)}; fill them, or "
            "give another year"
        )
    extended = np.concatenate([places[-1:] - len(series), around])
    known = series[np.concatenate([places[-1:], places, places[:1]])]
    return np.where(missing, np.interp(np.arange(len(series)), extended, known), series)


def _years(hours: np.ndarray) -> tuple[int, int]:
    """The first year of some hours, and the one after the last."""
    years = hours[[0, -1]].astype("datetime64[h]").astype("datetime64[Y]").astype(np.int64) + 1970
    return int(years[0]), int(years[1]) + 1


def _begin(year: int) -> int:
    return int(np.datetime64(f"{year:04d}-01-01T00", "h").astype(np.int64))


def _count(hours: np.ndarray, year: int) -> int:
    return int(np.count_nonzero((hours >= _begin(year)) & (hours < _begin(year + 1))))


def _shown(time: np.datetime64) -> str:
    return str(time.astype("datetime64[m]")).replace("T", " ")
