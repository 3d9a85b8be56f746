"""Latency, energy and carbon of one batch of requests."""

from __future__ import annotations

from carbonsweep.kernels.registry import equation


@equation(
    unit="s",
    source="LLMCarbon Eqs. 5 and 7",
    formula="2 (P + structure_reuse) request_batch request_tokens / (n_dev FLOP_peak eff) * inference_time_factor",
)
def request_latency(
    active_parameters,
    request_batch,
    request_tokens,
    inference_devices,
    peak_flops,
    inference_efficiency,
    structure_reuse,
    inference_time_factor,
):
    """Time to serve one batch of requests.

    Parameters
    ----------
    active_parameters : parameter
    request_batch : sequence
    request_tokens : token
    inference_devices : device
    peak_flops : FLOP/s
    inference_efficiency : 1
    structure_reuse : parameter
    inference_time_factor : 1

    Returns
    -------
    s

    Notes
    -----
    Operations over rate: memory bandwidth, queueing and network do not enter.
    """
    operations = 2.0 * (active_parameters + structure_reuse) * request_batch * request_tokens
    return operations / (inference_devices * peak_flops * inference_efficiency) * inference_time_factor


@equation(
    unit="kWh",
    source="LLMCarbon Eqs. 8 and 9",
    formula="request_latency inference_devices inference_device_power power_factor pue",
)
def request_energy(request_latency, inference_devices, inference_device_power, pue, power_factor):
    """Energy that the facility uses for one batch of requests.

    Parameters
    ----------
    request_latency : s
    inference_devices : device
    inference_device_power : W
    pue : 1
    power_factor : 1

    Returns
    -------
    kWh

    Notes
    -----
    All serving devices work on this batch alone.
    """
    return request_latency * inference_devices * inference_device_power * pue / 3.6e6 * power_factor


@equation(unit="kgCO2e", source="LLMCarbon Eq. 10", formula="request_energy * carbon_intensity")
def request_carbon(request_energy, carbon_intensity):
    """Operational carbon of one batch of requests.

    Parameters
    ----------
    request_energy : kWh
    carbon_intensity : gCO2e/kWh

    Returns
    -------
    kgCO2e

    Notes
    -----
    Embodied carbon is left out.
    """
    return request_energy * carbon_intensity / 1000.0
