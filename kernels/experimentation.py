"""Experimentation before the final run, in proportion to training."""

from __future__ import annotations

from carbonsweep.kernels.registry import equation


@equation(
    unit="device-hour",
    source="LLMCarbon Section 4, after Wu et al. 2022",
    formula="experimentation_training_ratio * device_hours",
    provenance="recalled",
)
def experimentation_device_hours(experimentation_training_ratio, device_hours):
    """Time that all accelerators together work in experiments.

    Parameters
    ----------
    experimentation_training_ratio : 1
    device_hours : device-hour

    Returns
    -------
    device-hour

    Notes
    -----
    LLMCarbon, as recalled; unverified against the paper: in proportion to training, after Wu et al. 2022.
    """
    return experimentation_training_ratio * device_hours


@equation(
    unit="kWh",
    source="LLMCarbon Section 4, after Wu et al. 2022",
    formula="experimentation_training_ratio * hardware_energy",
    provenance="recalled",
)
def experimentation_hardware_energy(experimentation_training_ratio, hardware_energy):
    """Energy that servers use in experiments.

    Parameters
    ----------
    experimentation_training_ratio : 1
    hardware_energy : kWh

    Returns
    -------
    kWh

    Notes
    -----
    LLMCarbon, as recalled; unverified against the paper: in proportion to training, after Wu et al. 2022.
    """
    return experimentation_training_ratio * hardware_energy


@equation(
    unit="kWh",
    source="LLMCarbon Section 4, after Wu et al. 2022",
    formula="experimentation_training_ratio * facility_energy",
    provenance="recalled",
)
def experimentation_facility_energy(experimentation_training_ratio, facility_energy):
    """Energy that the facility uses for experiments.

    Parameters
    ----------
    experimentation_training_ratio : 1
    facility_energy : kWh

    Returns
    -------
    kWh

    Notes
    -----
    LLMCarbon, as recalled; unverified against the paper: in proportion to training, after Wu et al. 2022.
    """
    return experimentation_training_ratio * facility_energy


@equation(
    unit="kgCO2e",
    source="LLMCarbon Section 4, after Wu et al. 2022",
    formula="experimentation_training_ratio * operational_carbon",
    provenance="recalled",
)
def experimentation_operational_carbon(experimentation_training_ratio, operational_carbon):
    """Carbon of the electricity that experiments use.

    Parameters
    ----------
    experimentation_training_ratio : 1
    operational_carbon : kgCO2e

    Returns
    -------
    kgCO2e

    Notes
    -----
    LLMCarbon, as recalled; unverified against the paper: in proportion to training, after Wu et al. 2022.
    """
    return experimentation_training_ratio * operational_carbon


@equation(
    unit="kgCO2e",
    source="LLMCarbon Section 4, after Wu et al. 2022",
    formula="experimentation_training_ratio * embodied_carbon",
    provenance="recalled",
)
def experimentation_embodied_carbon(experimentation_training_ratio, embodied_carbon):
    """Embodied carbon of experiments.

    Parameters
    ----------
    experimentation_training_ratio : 1
    embodied_carbon : kgCO2e

    Returns
    -------
    kgCO2e

    Notes
    -----
    LLMCarbon, as recalled; unverified against the paper: in proportion to training, after Wu et al. 2022.
    """
    return experimentation_training_ratio * embodied_carbon


@equation(
    unit="kgCO2e",
    source="LLMCarbon Eq. 13",
    formula="experimentation_operational_carbon + experimentation_embodied_carbon",
)
def experimentation_total_carbon(experimentation_operational_carbon, experimentation_embodied_carbon):
    """Operational and embodied carbon of experiments.

    Parameters
    ----------
    experimentation_operational_carbon : kgCO2e
    experimentation_embodied_carbon : kgCO2e

    Returns
    -------
    kgCO2e

    Notes
    -----
    Same site and hardware as training.
    """
    return experimentation_operational_carbon + experimentation_embodied_carbon
