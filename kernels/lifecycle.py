"""The whole life cycle: training, inference, experimentation and storage."""

from __future__ import annotations

from carbonsweep.kernels.registry import equation


@equation(
    unit="kWh",
    source="LLMCarbon Section 4: four processes",
    formula="training + inference + experimentation + storage",
)
def lifecycle_hardware_energy(
    hardware_energy,
    inference_hardware_energy,
    experimentation_hardware_energy,
    storage_hardware_energy,
    transfer_hardware_energy,
):
    """Energy that servers use over the life cycle.

    Parameters
    ----------
    hardware_energy : kWh
    inference_hardware_energy : kWh
    experimentation_hardware_energy : kWh
    storage_hardware_energy : kWh
    transfer_hardware_energy : kWh

    Returns
    -------
    kWh

    Notes
    -----
    Inference takes as many tokens as training unless given; storage is none unless given.
    """
    return (
        hardware_energy
        + inference_hardware_energy
        + experimentation_hardware_energy
        + storage_hardware_energy
        + transfer_hardware_energy
    )


@equation(
    unit="kWh",
    source="LLMCarbon Section 4: four processes",
    formula="training + inference + experimentation + storage",
)
def lifecycle_facility_energy(
    facility_energy, inference_facility_energy, experimentation_facility_energy, storage_facility_energy
):
    """Energy that the facility uses over the life cycle.

    Parameters
    ----------
    facility_energy : kWh
    inference_facility_energy : kWh
    experimentation_facility_energy : kWh
    storage_facility_energy : kWh

    Returns
    -------
    kWh

    Notes
    -----
    Inference takes as many tokens as training unless given; storage is none unless given.
    """
    return facility_energy + inference_facility_energy + experimentation_facility_energy + storage_facility_energy


@equation(
    unit="kgCO2e",
    source="LLMCarbon Section 4: four processes",
    formula="training + inference + experimentation + storage",
)
def lifecycle_operational_carbon(
    operational_carbon,
    inference_operational_carbon,
    experimentation_operational_carbon,
    storage_operational_carbon,
):
    """Carbon of electricity over the life cycle.

    Parameters
    ----------
    operational_carbon : kgCO2e
    inference_operational_carbon : kgCO2e
    experimentation_operational_carbon : kgCO2e
    storage_operational_carbon : kgCO2e

    Returns
    -------
    kgCO2e

    Notes
    -----
    Inference takes as many tokens as training unless given; storage is none unless given.
    """
    return (
        operational_carbon
        + inference_operational_carbon
        + experimentation_operational_carbon
        + storage_operational_carbon
    )


@equation(
    unit="kgCO2e",
    source="LLMCarbon Section 4: four processes",
    formula="training + inference + experimentation + storage",
)
def lifecycle_embodied_carbon(
    embodied_carbon, inference_embodied_carbon, experimentation_embodied_carbon, storage_embodied_carbon
):
    """Embodied carbon over the life cycle.

    Parameters
    ----------
    embodied_carbon : kgCO2e
    inference_embodied_carbon : kgCO2e
    experimentation_embodied_carbon : kgCO2e
    storage_embodied_carbon : kgCO2e

    Returns
    -------
    kgCO2e

    Notes
    -----
    Inference takes as many tokens as training unless given; storage is none unless given.
    """
    return embodied_carbon + inference_embodied_carbon + experimentation_embodied_carbon + storage_embodied_carbon


@equation(
    unit="kgCO2e",
    source="LLMCarbon Eq. 13",
    formula="lifecycle_operational_carbon + lifecycle_embodied_carbon",
)
def lifecycle_total_carbon(lifecycle_operational_carbon, lifecycle_embodied_carbon):
    """Operational and embodied carbon over the life cycle.

    Parameters
    ----------
    lifecycle_operational_carbon : kgCO2e
    lifecycle_embodied_carbon : kgCO2e

    Returns
    -------
    kgCO2e

    Notes
    -----
    Training, inference, experimentation and storage; end of life is left out.
    """
    return lifecycle_operational_carbon + lifecycle_embodied_carbon
