"""Carbon intensity of electricity: one kind of figure at a time."""

import numpy as np

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import gCO2e_per_kWh, number


@equation(
    source="GHG Protocol Scope 2 Guidance: market-based method",
    formula="min(share, 1) contracted_intensity + max(0, 1 - share) residual_intensity",
    provenance="extension",
)
def market_intensity(
    contracted_share: number, contracted_intensity: gCO2e_per_kWh, residual_intensity: gCO2e_per_kWh
) -> gCO2e_per_kWh:
    """Carbon intensity by contracts: what is contracted at its own intensity, the rest at that of the residual mix.

    Matched over a year: contracts beyond the consumption change nothing. NaN where the residual mix is not known and
    not everything is contracted.
    """
    contracted = np.minimum(contracted_share, 1.0) * contracted_intensity
    if contracted_share >= 1.0:
        return contracted
    return contracted + (1.0 - contracted_share) * residual_intensity


for _variant, _input, _what in (
    ("location_lifecycle", "lifecycle_intensity", "the grid's mean over the life cycle of its plants"),
    ("location_direct", "direct_intensity", "the grid's mean at the stacks of its plants"),
    ("market", "market_intensity", "by contracts"),
    ("short_run_marginal", "short_run_marginal_intensity", "of the plants that supply the next kWh"),
    ("long_run_marginal", "long_run_marginal_intensity", "of the plants that lasting load brings about"),
    ("as_listed", "listed_intensity", "of whatever kind the catalog's row is"),
    ("llmcarbon", "listed_intensity", "of whatever kind the catalog's row is"),
):
    equals(
        "carbon_intensity",
        _input,
        gCO2e_per_kWh,
        f"Carbon intensity of the site's electricity, {_what}.",
        variant=_variant,
        source="LLMCarbon's tables" if _variant == "llmcarbon" else "the catalog of regions",
    )


@equation(
    source="the column of the catalog of regions that the accounting names",
    formula="the figure of the kind that accounting names",
    quantity="carbon_intensity",
    variant="by_accounting",
    provenance="extension",
)
def carbon_intensity_by_accounting(
    accounting: number,
    lifecycle_intensity: gCO2e_per_kWh,
    direct_intensity: gCO2e_per_kWh,
    market_intensity: gCO2e_per_kWh,
    short_run_marginal_intensity: gCO2e_per_kWh,
    long_run_marginal_intensity: gCO2e_per_kWh,
    listed_intensity: gCO2e_per_kWh,
) -> gCO2e_per_kWh:
    """Carbon intensity of the site's electricity.

    Kinds differ by up to thirteen times for one grid, so that figures of two kinds cannot be compared. A plan gets one
    kind that all its regions have.
    """
    if accounting == 0.0:
        return 1.0 * lifecycle_intensity
    if accounting == 1.0:
        return 1.0 * direct_intensity
    if accounting == 2.0:
        return 1.0 * market_intensity
    if accounting == 3.0:
        return 1.0 * short_run_marginal_intensity
    if accounting == 4.0:
        return 1.0 * long_run_marginal_intensity
    return 1.0 * listed_intensity
