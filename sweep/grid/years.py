"""Curves over calendar years of a plan: how grids and prices go on, beside its hourly profiles."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace

import numpy as np

from carbonsweep.catalogs.years import Years, years_given
from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.given import Binder, Given
from carbonsweep.grid.profiles import Places, settle_places
from carbonsweep.kernels.years import FIRST as FIRST_YEAR
from carbonsweep.kernels.years import VALUES, years_row

HANDLES = {
    "grid_by_year": "grid_years",
    "electricity_price_by_year": "electricity_price_years",
    "device_price_by_year": "device_price_years",
}
"""Curves that a plan may write out, and the input that is the place of each."""
PRICES = ("electricity_price_by_year", "device_price_by_year")
"""Curves of which the other stays as it is where one is given."""
STEADY = "2000: 1, 2001: 1"


def settle_curves(
    entries: Mapping[str, Given], pinned: Mapping[str, str], binder: Binder, allow_mixed: Container[str] = ()
) -> Places:
    """What a plan gives, with all its curves: the hourly profiles of `settle_places`, and those over years behind them.

    Parameters are those of `settle_places`.

    Raises
    ------
    PlanError
        If a profile is refused; or the year from which curves over years go is missing or has the value zero, or a
        steady decline is given too.
    """
    return _with_years(settle_places(entries, pinned, binder, allow_mixed), entries, binder)


def _with_years(places: Places, entries: Mapping[str, Given], binder: Binder) -> Places:
    at = binder.at
    for name, handle in HANDLES.items():
        if handle in entries:
            raise PlanError(f"{at}: {handle} is a place in a table and no input; give {name}")
    named = [name for name in HANDLES if name in entries]
    if not named:
        return places
    if "grid_by_year" in named and "grid_decline_rate" in entries:
        raise PlanError(f"{at}: grid_by_year and grid_decline_rate are given: both say how the grid changes; give one")
    if "base_year" not in entries:
        raise PlanError(
            f"{at}: {named[0]} needs base_year, the calendar year of the carbon intensity and the prices given"
        )
    base = entries["base_year"].fields.get("base_year", np.empty(0))
    rows: dict[str, Years] = {}
    changed: dict[str, Given] = {}
    steady = [name for name in PRICES if name not in named] if set(PRICES).intersection(named) else []
    before = 0 if places.curves is None else len(places.curves)
    for name in [*named, *steady]:
        labels = (entries[name].labels or ()) if name in named else (STEADY,)
        for text in labels:
            if text not in rows:
                rows[text] = years_given(text, f"{at}: {name}: ")
                curve = years_row(*rows[text].columns())
                if zero := [year for year in base if curve[VALUES + int(year) - FIRST_YEAR] == 0.0]:
                    raise PlanError(f"{at}: {name}: the value of base_year {zero[0]:g} is zero; give another base_year")
            if name in named:
                note = f"{name}: {rows[text].said()}; taken relative to base_year"
                binder.notes += [note] if note not in binder.notes else []
        handles = np.array([before + list(rows).index(text) for text in labels], dtype=np.float64)
        given = entries[name] if name in named else Given((STEADY,), {})
        changed[name] = replace(given, fields={HANDLES[name]: handles})
    new = [years_row(*row.columns()) for row in rows.values()]
    old = [] if places.curves is None else list(places.curves)
    width = max(len(row) for row in (*old, *new))
    curves = np.stack([np.pad(row, (0, width - len(row))) for row in (*old, *new)])
    regions = replace(
        places.regions,
        entries={**places.regions.entries, **changed},
        added=places.regions.added | frozenset(steady),
    )
    return Places(regions, curves, (*places.profiles, *(row for text, row in rows.items() if text != STEADY)))
