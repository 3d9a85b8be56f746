"""Operational and total carbon of training."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import gCO2e_per_kWh, kgCO2e, kWh


@equation(source="LLMCarbon Eq. 10", formula="CO2eq_oper = energy_oper * carb_inten")
def operational_carbon(facility_energy: kWh, carbon_intensity: gCO2e_per_kWh) -> kgCO2e:
    """Carbon of the electricity that training uses.

    Location- or market-based, life-cycle or direct, as the carbon intensity is.
    """
    return facility_energy * carbon_intensity / 1000.0


@equation(source="LLMCarbon Eq. 13", formula="CO2eq = CO2eq_oper + CO2eq_emb")
def total_carbon(operational_carbon: kgCO2e, embodied_carbon: kgCO2e) -> kgCO2e:
    """Operational and embodied carbon of training.

    Experiments, inference and storage are in lifecycle_total_carbon.
    """
    return operational_carbon + embodied_carbon
