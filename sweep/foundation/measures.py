"""Numbers as people write them: `70B`, `15T`, `40%`, `1,024`, `60 days`, `0.7 kW`, `$0.08/kWh`.

Units other than counts are converted by pint, which is loaded when the first one is met: never in a sweep.
"""

from __future__ import annotations

import functools
import math
import re
from typing import Any

_NUMBER = re.compile(
    r"\s*([$€]?)\s*([+-]?(?:\d{1,3}(?:,\d{3})+|\d+(?:_\d{3})*)?(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(.*?)\s*\Z"
)
_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "million": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "g": 1e9,
    "t": 1e12,
    "tn": 1e12,
    "trillion": 1e12,
}
"""Words for thousands in counts; 70B are 70 billion, 15T are 15 trillion."""
_COUNTED = {
    "1": "x|times|layers?|heads?|experts?|blocks?|bits?",
    "token": "tokens?|tok",
    "parameter": "parameters?|params?|weights?",
    "device": "devices?|gpus?|tpus?|chips?|accelerators?|cards?|nodes?",
    "sequence": "sequences?|seqs?|samples?",
    "unit": "units?",
}
"""Nouns that may follow a count, for each unit of counts."""
_DEFINITIONS = (
    "token = [token]",
    "device = [device]",
    "USD = [money]",
    "FLOP = [operation]",
    "nat = [loss]",
    "unit = [unit]",
)
_WRITTEN = {
    "gCO2e/EFLOP": "g/EFLOP",
    "gCO2e/kWh": "g/kWh",
    "gCO2e": "g",
    "gCO2e/unit": "g/unit",
    "kgCO2e": "kg",
    "kgCO2e day": "kg*day",
    "kgCO2e/GB": "kg/GB",
    "kgCO2e/cm2": "kg/cm**2",
    "kWh/cm2": "kWh/cm**2",
    "cm2": "cm**2",
    "l": "liter",
    "l/kWh": "liter/kWh",
    "device-hour": "device*hour",
    "USD/device-hour": "USD/(device*hour)",
    "nat/token": "nat/token",
    "MAC": "FLOP",
}
"""Units of the equations as pint reads them, where they differ."""


class NotANumber(ValueError):
    """A text that is no number of the unit; the message says why, and what to write."""


def read_number(text: str, unit: str) -> float:
    """The number that a text means, in a unit.

    Parameters
    ----------
    text
        Digits with or without marks of thousands, then a word for thousands (counts only), a per cent sign (ratios), or
        a unit of the same dimension.
    unit
        The unit of the answer, as the equations write it.

    Raises
    ------
    NotANumber
        If the text is no number, or is one of another dimension.
    """
    parts = _NUMBER.match(text)
    digits = parts[2].replace(",", "").replace("_", "") if parts else ""
    if parts is None or not re.match(r"[+-]?\.?\d", digits):
        raise NotANumber("is text")
    number, rest = float(digits), parts[3]
    if parts[1]:
        rest = f"USD{rest}" if parts[1] == "$" else f"{parts[1]}{rest}"
    value = number
    if rest:
        value = _count(number, rest, unit) if unit in _COUNTED else _converted(number, rest, unit)
    if not math.isfinite(value):
        raise NotANumber("is too large")
    return value


def _count(number: float, rest: str, unit: str) -> float:
    """A count or a ratio, with a word for thousands and the noun that is counted."""
    if rest == "%":
        if unit != "1":
            raise NotANumber("is a share")
        return number / 100
    word = re.fullmatch(rf"({'|'.join(_SCALES)})?\s*({_COUNTED[unit]})?", rest, re.IGNORECASE)
    if word is None:
        raise NotANumber(f"is in {rest!r}")
    return number * _SCALES[word[1].lower()] if word[1] else number


def _converted(number: float, rest: str, unit: str) -> float:
    """A number in a physical unit, in another of its dimension."""
    import pint

    scale = re.match(r"(thousand|million|billion|trillion)\s+", rest)
    if scale is not None:
        number, rest = number * _SCALES[scale[1]], rest[scale.end() :]
    try:
        found = _units().Quantity(number, _for_pint(rest))
        return float(found.to(_for_pint(unit)).magnitude)
    except pint.DimensionalityError:
        raise NotANumber(f"is in {rest}") from None
    except Exception:  # pint raises many kinds for texts that are no units
        raise NotANumber(f"has a unit that is not known, {rest!r}") from None


@functools.cache
def _units() -> Any:
    import pint

    units: Any = pint.UnitRegistry()
    for line in _DEFINITIONS:
        units.define(line)
    return units


def _for_pint(unit: str) -> str:
    """A unit as pint reads it: CO2 is only a mass here, FLOPS are FLOP/s, GPU-hours device-hours."""
    if unit in _WRITTEN:
        return _WRITTEN[unit]
    if len(unit) > 40 or not re.fullmatch(r"[A-Za-zµ€$%°\d\s/*^().·-]+", unit):
        raise ValueError(unit)
    text = re.sub(r"\s*(of )?CO2-?e?q?\b|CO2-?e?q?", "", unit, flags=re.IGNORECASE)
    text = re.sub(r"\b([kMGTPE]?)FLOP(?:S|/s|ps)\b", r"\1FLOP/s", text)
    text = re.sub(r"\b(gpu|tpu|device|accelerator|chip)s?[- ]?(hours?|h)\b", "(device*hour)", text, flags=re.IGNORECASE)
    text = re.sub(r"\b(gpu|tpu|device|chip)s?\b", "device", text, flags=re.IGNORECASE)
    text = re.sub(r"\by(rs?)?\b", "year", text)
    text = re.sub(r"(?<=[a-zA-Z])([23])\b", r"**\1", text).replace("tonnes", "metric_ton").replace("$", "USD")
    return re.sub(r"\btons?\b", "metric_ton", text.replace("per", "/").replace("litre", "liter"))
