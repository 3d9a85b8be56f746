"""One stage of a training besides the final run: its hours from its tokens or as a multiple, and what they cost.

A stage is a row of `training_stage`, or plain inputs. A plan with tables `[[stages]]` repeats these equations for each
of them, with the hardware and the site of the stage, and adds their sums to the life cycle.
"""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import (
    FLOP_per_s,
    W,
    day,
    device,
    device_hour,
    gCO2e_per_kWh,
    kgCO2e,
    kWh,
    litre,
    litre_per_kWh,
    number,
    token,
    year,
)

OWN = "this project"


@equation(
    source=OWN,
    formula="stage_multiple device_hours",
    variant="multiple",
    provenance="extension",
)
def stage_device_hours(stage_multiple: number, device_hours: device_hour) -> device_hour:
    """Time that all accelerators together work in a stage.

    Here as a multiple of the training, or of another stage.
    """
    return stage_multiple * device_hours


@equation(
    source=OWN,
    formula="device_hours stage_tokens / tokens",
    quantity="stage_device_hours",
    variant="tokens",
    provenance="extension",
)
def stage_device_hours_of_tokens(device_hours: device_hour, stage_tokens: token, tokens: token) -> device_hour:
    """Time that all accelerators together work in a stage that learns from its tokens as fast as the training does.

    Mid-training, supervised and preference tuning; not what generates its own tokens (see rl_rollout_energy).
    """
    return device_hours * stage_tokens / tokens


@equation(
    source=OWN,
    formula="device_hours stage_tokens / tokens peak_flops / stage_peak_flops",
    quantity="stage_device_hours",
    variant="other_accelerator",
    provenance="extension",
)
def stage_device_hours_elsewhere(
    device_hours: device_hour,
    stage_tokens: token,
    tokens: token,
    peak_flops: FLOP_per_s,
    stage_peak_flops: FLOP_per_s,
) -> device_hour:
    """Time that all accelerators together work in a stage on accelerators of another kind.

    At the share of the peak rate at which the training runs; a layout of its own may do better or worse.
    """
    return device_hours * stage_tokens / tokens * peak_flops / stage_peak_flops


@equation(source="definition", formula="stage_device_hours / (24 stage_devices)", provenance="extension")
def stage_days(stage_device_hours: device_hour, stage_devices: device) -> day:
    """Time that a stage takes on so many accelerators."""
    return stage_device_hours / (24.0 * stage_devices)


@equation(source="LLMCarbon Eqs. 8 and 9", formula="stage_device_hours device_power / 1000", provenance="extension")
def stage_hardware_energy(stage_device_hours: device_hour, device_power: W) -> kWh:
    """Energy that servers use in a stage, at the power of the training."""
    return stage_device_hours * device_power / 1000.0


@equation(source="LLMCarbon Eq. 9", formula="stage_hardware_energy pue", provenance="extension")
def stage_facility_energy(stage_hardware_energy: kWh, pue: number) -> kWh:
    """Energy that the facility uses for a stage."""
    return stage_hardware_energy * pue


@equation(source="LLMCarbon Eq. 10", formula="stage_facility_energy carbon_intensity", provenance="extension")
def stage_operational_carbon(stage_facility_energy: kWh, carbon_intensity: gCO2e_per_kWh) -> kgCO2e:
    """Carbon of the electricity that a stage uses."""
    return stage_facility_energy * carbon_intensity / 1000.0


@equation(
    source="LLMCarbon Eq. 12",
    formula="stage_device_hours device_embodied / (8760 lifetime_years fleet_utilisation)",
    provenance="extension",
)
def stage_embodied_carbon(
    stage_device_hours: device_hour, device_embodied: kgCO2e, lifetime_years: year, fleet_utilisation: number
) -> kgCO2e:
    """Embodied carbon of a stage."""
    return stage_device_hours * device_embodied / (8760.0 * lifetime_years * fleet_utilisation)


@equation(source="LLMCarbon Eq. 13", formula="stage_operational_carbon + stage_embodied_carbon", provenance="extension")
def stage_total_carbon(stage_operational_carbon: kgCO2e, stage_embodied_carbon: kgCO2e) -> kgCO2e:
    """Operational and embodied carbon of a stage."""
    return stage_operational_carbon + stage_embodied_carbon


@equation(
    source="Li et al. 2023",
    formula="stage_hardware_energy WUE + stage_facility_energy EWIF",
    provenance="extension",
)
def stage_water(
    stage_hardware_energy: kWh, stage_facility_energy: kWh, wue: litre_per_kWh, grid_water_intensity: litre_per_kWh
) -> litre:
    """Water of the electricity of a stage, at the site and at power plants."""
    return stage_hardware_energy * wue + stage_facility_energy * grid_water_intensity


@equation(
    source="LLMCarbon Eq. 13", formula="stages_operational_carbon + stages_embodied_carbon", provenance="extension"
)
def stages_total_carbon(stages_operational_carbon: kgCO2e, stages_embodied_carbon: kgCO2e) -> kgCO2e:
    """Operational and embodied carbon of all stages besides the final run."""
    return stages_operational_carbon + stages_embodied_carbon


@equation(source="definition", formula="stages_device_hours / device_hours", provenance="extension")
def stages_training_ratio(stages_device_hours: device_hour, device_hours: device_hour) -> number:
    """Device-hours of all stages besides the final run for each device-hour of it."""
    return stages_device_hours / device_hours
