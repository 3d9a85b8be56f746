"""Inference: its devices, time, energy and carbon."""

import numpy as np

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import (
    FLOP,
    FLOP_per_s,
    W,
    day,
    device,
    device_hour,
    gCO2e_per_kWh,
    kgCO2e,
    kWh,
    number,
    year,
)

equals(
    "inference_devices",
    "devices",
    device,
    "Accelerators that serve the model.",
    notes="As many as in training unless given. Energy does not depend on it at fixed efficiency.",
    valid="(0, inf)",
    variant="training_devices",
    source="authors' code of LLMCarbon, inference_co2eq",
    provenance="assumed",
)


equals(
    "inference_efficiency",
    "hardware_efficiency",
    number,
    "Share of the peak rate that inference reaches.",
    notes="As in training unless given; decoding usually reaches far less.",
    valid="(0, 1]",
    variant="training_efficiency",
    source="authors' code of LLMCarbon, inference_co2eq",
    provenance="assumed",
)


@equation(
    valid="(0, 1]",
    source="LLMCarbon Eq. 6",
    formula="Eq. 6 with the number of inference devices",
    quantity="inference_efficiency",
    variant="llmcarbon",
    provenance="recalled",
)
def inference_efficiency_llmcarbon(
    inference_devices: device,
    optimal_devices: device,
    optimal_efficiency: number,
    efficiency_gamma0: number,
    efficiency_gamma1: number,
    efficiency_gamma2: number,
) -> number:
    """Share of the peak rate that inference reaches, by the number of devices that serve.

    LLMCarbon, as recalled; unverified against the paper: its inference check takes 9.26 % for GPT-3 on 16
    A100 from the efficiency model. That figure is one of the two on which the gammas were calibrated.
    """
    if inference_devices < optimal_devices:
        efficiency = efficiency_gamma0 * (inference_devices / optimal_devices) * optimal_efficiency
    elif inference_devices > optimal_devices:
        efficiency = efficiency_gamma1 * (optimal_devices / inference_devices) * optimal_efficiency + efficiency_gamma2
    else:
        efficiency = 1.0 * optimal_efficiency
    return np.minimum(efficiency, optimal_efficiency)


equals(
    "inference_device_power",
    "device_power",
    W,
    "Mean power for each accelerator in inference, host share included.",
    notes="As in training unless given.",
    valid="(0, inf)",
    source="authors' code of LLMCarbon, inference_co2eq",
    provenance="assumed",
)


@equation(source="LLMCarbon Eq. 7", formula="IC / (n_dev FLOP_peak eff) * inference_time_factor", variant="computed")
def inference_days(
    inference_flops: FLOP,
    inference_devices: device,
    peak_flops: FLOP_per_s,
    inference_efficiency: number,
    inference_time_factor: number,
) -> day:
    """Time that the inference devices work.

    Busy time: a fleet that waits for requests lasts longer.
    """
    return inference_flops / (inference_devices * peak_flops * inference_efficiency) / 86400.0 * inference_time_factor


@equation(
    source="Wu et al. 2022 (10 : 20 : 70), as recalled",
    formula="inference_training_ratio * training_days * devices / inference_devices",
    quantity="inference_days",
    variant="proportion",
    provenance="recalled",
)
def inference_days_proportion(
    inference_training_ratio: number, training_days: day, devices: device, inference_devices: device
) -> day:
    """Time that the inference devices work, in proportion to training.

    LLMCarbon, as recalled; unverified against the paper, takes Wu et al.'s fleet proportions for the life
    cycle; they are shares of power capacity at one company.
    """
    return inference_training_ratio * training_days * devices / inference_devices


@equation(source="LLMCarbon Eq. 8", formula="inference_devices * inference_days * 24")
def inference_device_hours(inference_devices: device, inference_days: day) -> device_hour:
    """Time that all accelerators together work in inference.

    Busy time.
    """
    return inference_devices * inference_days * 24.0


@equation(
    source="LLMCarbon Eq. 8",
    formula="inference_device_hours * inference_device_power * power_factor",
    variant="llmcarbon",
)
def inference_hardware_energy(
    inference_device_hours: device_hour, inference_device_power: W, power_factor: number
) -> kWh:
    """Energy that servers use in inference.

    Idle power between requests is not counted.
    """
    return inference_device_hours * inference_device_power / 1000.0 * power_factor


@equation(source="LLMCarbon Eq. 9", formula="inference_hardware_energy * pue")
def inference_facility_energy(inference_hardware_energy: kWh, pue: number) -> kWh:
    """Energy that the facility uses for inference.

    Same site as training.
    """
    return inference_hardware_energy * pue


@equation(source="LLMCarbon Eq. 10", formula="inference_facility_energy * carbon_intensity")
def inference_operational_carbon(inference_facility_energy: kWh, carbon_intensity: gCO2e_per_kWh) -> kgCO2e:
    """Carbon of the electricity that inference uses.

    Same site as training.
    """
    return inference_facility_energy * carbon_intensity / 1000.0


@equation(
    source="LLMCarbon Eq. 12",
    formula="inference_devices device_embodied inference_days / (365 lifetime_years fleet_utilisation)",
    variant="llmcarbon",
)
def inference_embodied_carbon(
    inference_devices: device,
    device_embodied: kgCO2e,
    inference_days: day,
    lifetime_years: year,
    fleet_utilisation: number,
) -> kgCO2e:
    """Embodied carbon of inference.

    Same kind of servers as in training, charged for busy time.
    """
    share = inference_days / (365.0 * lifetime_years * fleet_utilisation)
    return inference_devices * device_embodied * share


@equation(source="LLMCarbon Eq. 13", formula="inference_operational_carbon + inference_embodied_carbon")
def inference_total_carbon(inference_operational_carbon: kgCO2e, inference_embodied_carbon: kgCO2e) -> kgCO2e:
    """Operational and embodied carbon of inference.

    Training is in total_carbon.
    """
    return inference_operational_carbon + inference_embodied_carbon
