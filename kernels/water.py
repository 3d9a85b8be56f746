"""Water of electricity in training, inference and over the life cycle: evaporated at the site and at power plants.

Site water goes with the energy of the hardware (WUE is litres per *IT* kWh), water of power plants with the
energy of the whole facility. PUE therefore enters the second alone.
"""

from __future__ import annotations

from carbonsweep.kernels.registry import equation

LI = "Li et al. 2023 (arXiv 2304.03271)"


@equation(unit="l", source=LI, formula="hardware_energy * WUE")
def site_water(hardware_energy, wue):
    """Water that the data centre evaporates for training.

    Parameters
    ----------
    hardware_energy : kWh
    wue : l/kWh

    Returns
    -------
    l

    Notes
    -----
    Cooling towers and humidifiers; PUE does not enter. Consumption, not withdrawal, if WUE is.
    """
    return hardware_energy * wue


@equation(unit="l", source=LI, formula="facility_energy * EWIF")
def grid_water(facility_energy, grid_water_intensity):
    """Water that power plants evaporate for training.

    Parameters
    ----------
    facility_energy : kWh
    grid_water_intensity : l/kWh

    Returns
    -------
    l

    Notes
    -----
    The whole facility's energy counts. Consumption, not withdrawal, if the intensity is.
    """
    return facility_energy * grid_water_intensity


@equation(unit="l", source=LI, formula="site_water + grid_water")
def operational_water(site_water, grid_water):
    """Water of the electricity that training uses, at the site and at power plants.

    Parameters
    ----------
    site_water : l
    grid_water : l

    Returns
    -------
    l

    Notes
    -----
    Water of making chips is left out.
    """
    return site_water + grid_water


@equation(unit="l", source=LI, formula="inference_hardware_energy WUE + inference_facility_energy EWIF")
def inference_operational_water(inference_hardware_energy, inference_facility_energy, wue, grid_water_intensity):
    """Water of the electricity that inference uses, at the site and at power plants.

    Parameters
    ----------
    inference_hardware_energy : kWh
    inference_facility_energy : kWh
    wue : l/kWh
    grid_water_intensity : l/kWh

    Returns
    -------
    l

    Notes
    -----
    Same site as training.
    """
    return inference_hardware_energy * wue + inference_facility_energy * grid_water_intensity


@equation(unit="l", source=LI, formula="lifecycle_hardware_energy WUE + lifecycle_facility_energy EWIF")
def lifecycle_operational_water(lifecycle_hardware_energy, lifecycle_facility_energy, wue, grid_water_intensity):
    """Water of electricity over the life cycle, at the site and at power plants.

    Parameters
    ----------
    lifecycle_hardware_energy : kWh
    lifecycle_facility_energy : kWh
    wue : l/kWh
    grid_water_intensity : l/kWh

    Returns
    -------
    l

    Notes
    -----
    Training, inference, experimentation and storage, all at one site.
    """
    return lifecycle_hardware_energy * wue + lifecycle_facility_energy * grid_water_intensity


@equation(unit="l", source=LI, formula="request_energy (WUE / PUE + EWIF)")
def request_water(request_energy, pue, wue, grid_water_intensity):
    """Water of the electricity of one batch of requests.

    Parameters
    ----------
    request_energy : kWh
    pue : 1
    wue : l/kWh
    grid_water_intensity : l/kWh

    Returns
    -------
    l

    Notes
    -----
    request_energy is the facility's; divided by PUE it is the hardware's.
    """
    return request_energy * (wue / pue + grid_water_intensity)
