"""Constants of the dense law L = E + A/N^alpha + B/D^beta: the refit of Besiroglu et al., and those LLMCarbon uses.

A row of the catalog `scaling_laws` replaces all five.
"""

from __future__ import annotations

from carbonsweep.kernels.registry import default
from carbonsweep.kernels.units import nat_per_token, number

LAWS = {"besiroglu": "besiroglu-2024", "llmcarbon": "hoffmann-2022-a3"}
"""Variants of the constants, and the row of the catalog of scaling laws that has the same."""

_SOURCES = {
    "besiroglu": "Besiroglu et al. 2024, unrounded: a refit of the data of Hoffmann et al. 2022, approach 3",
    "llmcarbon": "Hoffmann et al. 2022, approach 3, as printed and as LLMCarbon uses it",
}
_CONSTANTS = {
    "loss_irreducible": ("E", nat_per_token, "[0, inf)", (1.81686, 1.69)),
    "loss_parameter_coefficient": ("A", nat_per_token, "(0, inf)", (482.00572, 406.4)),
    "loss_token_coefficient": ("B", nat_per_token, "(0, inf)", (2085.4342, 410.7)),
    "loss_parameter_exponent": ("alpha", number, "(0, inf)", (0.34781, 0.34)),
    "loss_token_exponent": ("beta", number, "(0, inf)", (0.36585, 0.28)),
}

for _name, (_symbol, _unit, _valid, _values) in _CONSTANTS.items():
    for (_variant, _source), _value in zip(_SOURCES.items(), _values, strict=True):
        default(
            _name,
            _value,
            _unit,
            f"{_symbol} of L = E + A/N^alpha + B/D^beta.",
            source=_source,
            formula=repr(_value),
            valid=_valid,
            variant=_variant,
        )
