"""Experimentation before the final run, in proportion to training."""

from carbonsweep.kernels.registry import default, equation
from carbonsweep.kernels.units import device_hour, kgCO2e, kWh, number


@equation(
    source="Morrison et al. 2025 (OLMo: 159 of 312 tCO2e); Morrison, Smith, Strubell 2026 (Olmo 3: 0.822 of all)",
    formula="base: 0.51; reasoning: 4.62",
    variant="pipeline",
    when_given=("pipeline",),
)
def experimentation_training_ratio(pipeline: number) -> number:
    """Device-hours of experimentation for each device-hour of training.

    One project of each kind: published ratios span 0.5 to 4.6.
    """
    return 0.51 if pipeline == 0.0 else 4.62


default(
    "experimentation_training_ratio",
    0.0,
    number,
    "Device-hours of experimentation for each device-hour of training: none counted, as nothing says how many.",
    source="no ratio is typical of all: 0.5 to 4.6 are published",
    provenance="assumed",
)
default(
    "experimentation_training_ratio",
    0.5,
    number,
    "Device-hours of experimentation for each device-hour of training.",
    source="experimentation : training : inference = 10 : 20 : 70, Wu et al. 2022, as recalled",
    variant="llmcarbon",
    provenance="recalled",
)


@equation(source="definition", formula="r / (1 + r)", valid="[0, 1)")
def development_share(experimentation_training_ratio: number) -> number:
    """Share of development in development and final training together."""
    return experimentation_training_ratio / (1.0 + experimentation_training_ratio)


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
