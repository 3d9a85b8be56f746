"""Operational and total carbon of training."""

from __future__ import annotations

from carbonsweep.kernels.registry import equation


@equation(unit="kgCO2e", source="LLMCarbon Eq. 10", formula="CO2eq_oper = energy_oper * carb_inten")
def operational_carbon(facility_energy, carbon_intensity):
    """Carbon of the electricity that training uses.

    Parameters
    ----------
    facility_energy : kWh
    carbon_intensity : gCO2e/kWh

    Returns
    -------
    kgCO2e

    Notes
    -----
    Location- or market-based, life-cycle or direct, as the carbon intensity is.
    """
    return facility_energy * carbon_intensity / 1000.0


@equation(unit="kgCO2e", source="LLMCarbon Eq. 13", formula="CO2eq = CO2eq_oper + CO2eq_emb")
def total_carbon(operational_carbon, embodied_carbon):
    """Operational and embodied carbon of training.

    Parameters
    ----------
    operational_carbon : kgCO2e
    embodied_carbon : kgCO2e

    Returns
    -------
    kgCO2e

    Notes
    -----
    Experiments, inference and storage are in lifecycle_total_carbon.
    """
    return operational_carbon + embodied_carbon
