"""Experimentation before the final run, in proportion to training."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import device_hour, kgCO2e, kWh, number


@equation(
    source="LLMCarbon Section 4, after Wu et al. 2022",
    formula="experimentation_training_ratio * device_hours",
    provenance="recalled",
)
def experimentation_device_hours(experimentation_training_ratio: number, device_hours: device_hour) -> device_hour:
    """Time that all accelerators together work in experiments.

    LLMCarbon, as recalled; unverified against the paper: in proportion to training, after Wu et al. 2022.
    """
    return experimentation_training_ratio * device_hours


@equation(
    source="LLMCarbon Section 4, after Wu et al. 2022",
    formula="experimentation_training_ratio * hardware_energy",
    provenance="recalled",
)
def experimentation_hardware_energy(experimentation_training_ratio: number, hardware_energy: kWh) -> kWh:
    """Energy that servers use in experiments.

    LLMCarbon, as recalled; unverified against the paper: in proportion to training, after Wu et al. 2022.
    """
    return experimentation_training_ratio * hardware_energy


@equation(
    source="LLMCarbon Section 4, after Wu et al. 2022",
    formula="experimentation_training_ratio * facility_energy",
    provenance="recalled",
)
def experimentation_facility_energy(experimentation_training_ratio: number, facility_energy: kWh) -> kWh:
    """Energy that the facility uses for experiments.

    LLMCarbon, as recalled; unverified against the paper: in proportion to training, after Wu et al. 2022.
    """
    return experimentation_training_ratio * facility_energy


@equation(
    source="LLMCarbon Section 4, after Wu et al. 2022",
    formula="experimentation_training_ratio * operational_carbon",
    provenance="recalled",
)
def experimentation_operational_carbon(experimentation_training_ratio: number, operational_carbon: kgCO2e) -> kgCO2e:
    """Carbon of the electricity that experiments use.

    LLMCarbon, as recalled; unverified against the paper: in proportion to training, after Wu et al. 2022.
    """
    return experimentation_training_ratio * operational_carbon


@equation(
    source="LLMCarbon Section 4, after Wu et al. 2022",
    formula="experimentation_training_ratio * embodied_carbon",
    provenance="recalled",
)
def experimentation_embodied_carbon(experimentation_training_ratio: number, embodied_carbon: kgCO2e) -> kgCO2e:
    """Embodied carbon of experiments.

    LLMCarbon, as recalled; unverified against the paper: in proportion to training, after Wu et al. 2022.
    """
    return experimentation_training_ratio * embodied_carbon


@equation(source="LLMCarbon Eq. 13", formula="experimentation_operational_carbon + experimentation_embodied_carbon")
def experimentation_total_carbon(
    experimentation_operational_carbon: kgCO2e, experimentation_embodied_carbon: kgCO2e
) -> kgCO2e:
    """Operational and embodied carbon of experiments.

    Same site and hardware as training.
    """
    return experimentation_operational_carbon + experimentation_embodied_carbon
