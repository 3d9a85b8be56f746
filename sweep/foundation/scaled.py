"""Quantities as people say them: 2,385 tCO2e instead of 2,385,344 kgCO2e. JSON and tables of data keep one unit."""

from __future__ import annotations

import math

_STEPS: dict[str, tuple[tuple[float, str], ...]] = {
    "kgCO2e": ((1e9, "Mt CO2e"), (1e3, "tCO2e"), (1.0, "kgCO2e"), (1e-3, "gCO2e"), (1e-6, "mgCO2e")),
    "gCO2e": ((1e6, "tCO2e"), (1e3, "kgCO2e"), (1.0, "gCO2e"), (1e-3, "mgCO2e")),
    "kWh": ((1e9, "TWh"), (1e6, "GWh"), (1e3, "MWh"), (1.0, "kWh"), (1e-3, "Wh"), (1e-6, "mWh")),
    "Wh": ((1e3, "kWh"), (1.0, "Wh"), (1e-3, "mWh")),
    "W": ((1e6, "MW"), (1e3, "kW"), (1.0, "W")),
    "l": ((1e6, "thousand m3"), (1e3, "m3"), (1.0, "l"), (1e-3, "ml")),
    "USD": ((1e9, "billion USD"), (1e6, "million USD"), (1e3, "thousand USD"), (1.0, "USD"), (1e-2, "cents")),
    "device-hour": ((1e6, "million device-hours"), (1e3, "thousand device-hours"), (1.0, "device-hours")),
    "parameter": ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1.0, "")),
    "token": ((1e12, "trillion tokens"), (1e9, "billion tokens"), (1e6, "million tokens"), (1.0, "tokens")),
    "s": ((86400.0, "days"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "us")),
    "day": ((1.0, "days"), (1 / 24, "h"), (1 / 1440, "min")),
    "B": ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
    "FLOP/s": ((1e15, "PFLOP/s"), (1e12, "TFLOP/s"), (1e9, "GFLOP/s"), (1.0, "FLOP/s")),
    "B/s": ((1e12, "TB/s"), (1e9, "GB/s"), (1e6, "MB/s"), (1.0, "B/s")),
}
"""Units to say a quantity in, by its unit, the largest first."""


def steps_of(unit: str) -> tuple[tuple[float, str], ...]:
    """The units that a unit is said in, each with its factor, the largest first; itself alone if none is known."""
    return _STEPS.get(unit, ((1.0, "" if unit == "1" else unit),))


def scaled(value: float, unit: str) -> tuple[float, str]:
    """A value in the largest unit in which it is at least one, and that unit.

    Parameters
    ----------
    value
        The value.
    unit
        Its unit, as the equations write it; one that is not known here stays.
    """
    steps = _STEPS.get(unit)
    if steps is None or value == 0 or not math.isfinite(value):
        return value, unit
    for factor, name in steps:
        # 0.9996 is shown as 1.00: three digits decide.
        if float(f"{abs(value) / factor:.3g}") >= 1:
            return value / factor, name
    factor, name = steps[-1]
    return value / factor, name


def said(value: float, unit: str) -> str:
    """A value with its unit, in three digits or as a whole number: ``2,385 tCO2e``."""
    number, name = scaled(value, unit)
    if not math.isfinite(number):
        return "-"
    short = f"{number:.3g}" if abs(number) < 1000 else f"{number:,.0f}" if abs(number) < 1e6 else f"{number:.3g}"
    return short if name in ("", "1") else f"{short} {name}"
