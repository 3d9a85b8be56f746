"""Water of electricity in training, inference and over the life cycle: evaporated at the site and at power plants.

Site water goes with the energy of the hardware (WUE is litres per *IT* kWh), water of power plants with the
energy of the whole facility. PUE therefore enters the second alone.
"""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import kWh, litre, litre_per_kWh

LI = "Li et al. 2023 (arXiv 2304.03271)"


@equation(source=LI, formula="hardware_energy * WUE")
def site_water(hardware_energy: kWh, wue: litre_per_kWh) -> litre:
    """Water that the data centre evaporates for training.

    Cooling towers and humidifiers; PUE does not enter. Consumption, not withdrawal, if WUE is.
    """
    return hardware_energy * wue


@equation(source=LI, formula="facility_energy * EWIF")
def grid_water(facility_energy: kWh, grid_water_intensity: litre_per_kWh) -> litre:
    """Water that power plants evaporate for training.

    The whole facility's energy counts. Consumption, not withdrawal, if the intensity is.
    """
    return facility_energy * grid_water_intensity


@equation(source=LI, formula="site_water + grid_water")
def operational_water(site_water: litre, grid_water: litre) -> litre:
    """Water of the electricity that training uses, at the site and at power plants.

    Water of making chips is left out.
    """
    return site_water + grid_water


@equation(source=LI, formula="inference_hardware_energy WUE + inference_facility_energy EWIF")
def inference_operational_water(
    inference_hardware_energy: kWh,
    inference_facility_energy: kWh,
    wue: litre_per_kWh,
    grid_water_intensity: litre_per_kWh,
) -> litre:
    """Water of the electricity that inference uses, at the site and at power plants.

    Same site as training.
    """
    return inference_hardware_energy * wue + inference_facility_energy * grid_water_intensity


@equation(
    source=LI,
    formula="(lifecycle_hardware_energy - stages_hardware_energy) WUE"
    " + (lifecycle_facility_energy - stages_facility_energy) EWIF + stages_water",
)
def lifecycle_operational_water(
    lifecycle_hardware_energy: kWh,
    lifecycle_facility_energy: kWh,
    stages_hardware_energy: kWh,
    stages_facility_energy: kWh,
    wue: litre_per_kWh,
    grid_water_intensity: litre_per_kWh,
    stages_water: litre,
) -> litre:
    """Water of electricity over the life cycle, at the site and at power plants.

    Training, inference, experimentation and storage at one site, further stages at theirs.
    """
    hardware = lifecycle_hardware_energy - stages_hardware_energy
    facility = lifecycle_facility_energy - stages_facility_energy
    return hardware * wue + facility * grid_water_intensity + stages_water
