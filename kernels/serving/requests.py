"""Latency, energy and carbon of one batch of requests."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import (
    FLOP_per_s,
    W,
    device,
    gCO2e_per_kWh,
    kgCO2e,
    kWh,
    number,
    parameter,
    s,
    sequence,
    token,
)


@equation(
    source="LLMCarbon Eqs. 5 and 7",
    formula="2 (P + structure_reuse) request_batch request_tokens / (n_dev FLOP_peak eff) * inference_time_factor",
)
def request_latency(
    working_parameters: parameter,
    request_batch: sequence,
    request_tokens: token,
    inference_devices: device,
    peak_flops: FLOP_per_s,
    inference_efficiency: number,
    structure_reuse: parameter,
    inference_time_factor: number,
) -> s:
    """Time to serve one batch of requests.

    Operations over rate: memory bandwidth, queueing and network do not enter.
    """
    operations = 2.0 * (working_parameters + structure_reuse) * request_batch * request_tokens
    return operations / (inference_devices * peak_flops * inference_efficiency) * inference_time_factor


@equation(
    source="LLMCarbon Eqs. 8 and 9", formula="request_latency inference_devices inference_device_power power_factor pue"
)
def request_energy(
    request_latency: s, inference_devices: device, inference_device_power: W, pue: number, power_factor: number
) -> kWh:
    """Energy that the facility uses for one batch of requests.

    All serving devices work on this batch alone.
    """
    return request_latency * inference_devices * inference_device_power * pue / 3.6e6 * power_factor


@equation(source="LLMCarbon Eq. 10", formula="request_energy * carbon_intensity")
def request_carbon(request_energy: kWh, carbon_intensity: gCO2e_per_kWh) -> kgCO2e:
    """Operational carbon of one batch of requests.

    Embodied carbon is left out.
    """
    return request_energy * carbon_intensity / 1000.0
