"""Inference: its devices, time, energy and carbon."""

from __future__ import annotations

import numpy as np

from carbonsweep.kernels.registry import equation


@equation(
    unit="device",
    valid="(0, inf)",
    source="authors' code of LLMCarbon, inference_co2eq",
    formula="inference_devices = devices",
    variant="training_devices",
    provenance="assumed",
)
def inference_devices(devices):
    """Accelerators that serve the model.

    Parameters
    ----------
    devices : device

    Returns
    -------
    device

    Notes
    -----
    As many as in training unless given. Energy does not depend on it at fixed efficiency.
    """
    return 1.0 * devices


@equation(
    unit="1",
    valid="(0, 1]",
    source="authors' code of LLMCarbon, inference_co2eq",
    formula="inference_efficiency = hardware_efficiency",
    variant="training_efficiency",
    provenance="assumed",
)
def inference_efficiency(hardware_efficiency):
    """Share of the peak rate that inference reaches.

    Parameters
    ----------
    hardware_efficiency : 1

    Returns
    -------
    1

    Notes
    -----
    As in training unless given; decoding usually reaches far less.
    """
    return 1.0 * hardware_efficiency


@equation(
    unit="1",
    valid="(0, 1]",
    source="LLMCarbon Eq. 6",
    formula="Eq. 6 with the number of inference devices",
    quantity="inference_efficiency",
    variant="llmcarbon",
    provenance="recalled",
)
def inference_efficiency_llmcarbon(
    inference_devices,
    optimal_devices,
    optimal_efficiency,
    efficiency_gamma0,
    efficiency_gamma1,
    efficiency_gamma2,
):
    """Share of the peak rate that inference reaches, by the number of devices that serve.

    Parameters
    ----------
    inference_devices : device
    optimal_devices : device
    optimal_efficiency : 1
    efficiency_gamma0 : 1
    efficiency_gamma1 : 1
    efficiency_gamma2 : 1

    Returns
    -------
    1

    Notes
    -----
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


@equation(
    unit="W",
    valid="(0, inf)",
    source="authors' code of LLMCarbon, inference_co2eq",
    formula="inference_device_power = device_power",
    provenance="assumed",
)
def inference_device_power(device_power):
    """Mean power for each accelerator in inference, host share included.

    Parameters
    ----------
    device_power : W

    Returns
    -------
    W

    Notes
    -----
    As in training unless given.
    """
    return 1.0 * device_power


@equation(
    unit="day",
    source="LLMCarbon Eq. 7",
    formula="IC / (n_dev FLOP_peak eff) * inference_time_factor",
    variant="computed",
)
def inference_days(inference_flops, inference_devices, peak_flops, inference_efficiency, inference_time_factor):
    """Time that the inference devices work.

    Parameters
    ----------
    inference_flops : FLOP
    inference_devices : device
    peak_flops : FLOP/s
    inference_efficiency : 1
    inference_time_factor : 1

    Returns
    -------
    day

    Notes
    -----
    Busy time: a fleet that waits for requests lasts longer.
    """
    return inference_flops / (inference_devices * peak_flops * inference_efficiency) / 86400.0 * inference_time_factor


@equation(
    unit="day",
    source="Wu et al. 2022 (10 : 20 : 70), as recalled",
    formula="inference_training_ratio * training_days * devices / inference_devices",
    quantity="inference_days",
    variant="proportion",
    provenance="recalled",
)
def inference_days_proportion(inference_training_ratio, training_days, devices, inference_devices):
    """Time that the inference devices work, in proportion to training.

    Parameters
    ----------
    inference_training_ratio : 1
    training_days : day
    devices : device
    inference_devices : device

    Returns
    -------
    day

    Notes
    -----
    LLMCarbon, as recalled; unverified against the paper, takes Wu et al.'s fleet proportions for the life
    cycle; they are shares of power capacity at one company.
    """
    return inference_training_ratio * training_days * devices / inference_devices


@equation(unit="device-hour", source="LLMCarbon Eq. 8", formula="inference_devices * inference_days * 24")
def inference_device_hours(inference_devices, inference_days):
    """Time that all accelerators together work in inference.

    Parameters
    ----------
    inference_devices : device
    inference_days : day

    Returns
    -------
    device-hour

    Notes
    -----
    Busy time.
    """
    return inference_devices * inference_days * 24.0


@equation(
    unit="kWh", source="LLMCarbon Eq. 8", formula="inference_device_hours * inference_device_power * power_factor"
)
def inference_hardware_energy(inference_device_hours, inference_device_power, power_factor):
    """Energy that servers use in inference.

    Parameters
    ----------
    inference_device_hours : device-hour
    inference_device_power : W
    power_factor : 1

    Returns
    -------
    kWh

    Notes
    -----
    Idle power between requests is not counted.
    """
    return inference_device_hours * inference_device_power / 1000.0 * power_factor


@equation(unit="kWh", source="LLMCarbon Eq. 9", formula="inference_hardware_energy * pue")
def inference_facility_energy(inference_hardware_energy, pue):
    """Energy that the facility uses for inference.

    Parameters
    ----------
    inference_hardware_energy : kWh
    pue : 1

    Returns
    -------
    kWh

    Notes
    -----
    Same site as training.
    """
    return inference_hardware_energy * pue


@equation(unit="kgCO2e", source="LLMCarbon Eq. 10", formula="inference_facility_energy * carbon_intensity")
def inference_operational_carbon(inference_facility_energy, carbon_intensity):
    """Carbon of the electricity that inference uses.

    Parameters
    ----------
    inference_facility_energy : kWh
    carbon_intensity : gCO2e/kWh

    Returns
    -------
    kgCO2e

    Notes
    -----
    Same site as training.
    """
    return inference_facility_energy * carbon_intensity / 1000.0


@equation(
    unit="kgCO2e",
    source="LLMCarbon Eq. 12",
    formula="inference_devices device_embodied inference_days / (365 lifetime_years fleet_utilisation)",
)
def inference_embodied_carbon(inference_devices, device_embodied, inference_days, lifetime_years, fleet_utilisation):
    """Embodied carbon of inference.

    Parameters
    ----------
    inference_devices : device
    device_embodied : kgCO2e
    inference_days : day
    lifetime_years : year
    fleet_utilisation : 1

    Returns
    -------
    kgCO2e

    Notes
    -----
    Same kind of servers as in training, charged for busy time.
    """
    share = inference_days / (365.0 * lifetime_years * fleet_utilisation)
    return inference_devices * device_embodied * share


@equation(
    unit="kgCO2e",
    source="LLMCarbon Eq. 13",
    formula="inference_operational_carbon + inference_embodied_carbon",
)
def inference_total_carbon(inference_operational_carbon, inference_embodied_carbon):
    """Operational and embodied carbon of inference.

    Parameters
    ----------
    inference_operational_carbon : kgCO2e
    inference_embodied_carbon : kgCO2e

    Returns
    -------
    kgCO2e

    Notes
    -----
    Training is in total_carbon.
    """
    return inference_operational_carbon + inference_embodied_carbon
