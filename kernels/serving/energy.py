"""Energy of a request and of a token: at the accelerators, at their servers, at the facility's meter."""

import numpy as np

from carbonsweep.kernels.hardware.power import share_of_design_power
from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import FLOP, B, B_per_s, FLOP_per_s, J, W, Wh, device, number, per_s, s, token

MEASURED = "this project, fitted on ML.ENERGY's measurements of accelerators alone"


@equation(
    valid="(0, inf)",
    source=MEASURED,
    formula="TDP min(cap, p_0 + p_m (1 + clock^2) / 2 u_m^x + p_c clock^2.4 u_c^x) over the pass of a prompt",
    provenance="extension",
)
def prompt_power(
    thermal_design_power: W,
    power_cap_fraction: number,
    static_power_share: number,
    memory_power_share: number,
    compute_power_share: number,
    power_exponent: number,
    prompt_memory_share: number,
    prompt_compute_share: number,
    serving_clock_fraction: number,
) -> W:
    """Mean power of a device while it computes prompts alone."""
    memory = memory_power_share * prompt_memory_share**power_exponent
    compute = compute_power_share * prompt_compute_share**power_exponent
    share = share_of_design_power(static_power_share, memory, compute, serving_clock_fraction)
    return thermal_design_power * np.minimum(power_cap_fraction, share)


@equation(
    valid="[0, 1]",
    source="definition",
    formula="(common + routed bytes) / (prefill_time bandwidth), at most 1",
    provenance="extension",
)
def prompt_memory_share(
    common_read_bytes: B, routed_read_bytes: B, prefill_time: s, memory_bandwidth: B_per_s
) -> number:
    """Share of memory bandwidth that computing a prompt alone uses."""
    if prefill_time <= 0.0:
        return 0.0
    return np.minimum((common_read_bytes + routed_read_bytes) / (prefill_time * memory_bandwidth), 1.0)


@equation(
    valid="[0, 1]",
    source="definition",
    formula="prompt_flops_per_device / (prefill_time peak), at most 1",
    provenance="extension",
)
def prompt_compute_share(prompt_flops_per_device: FLOP, prefill_time: s, weight_peak_flops: FLOP_per_s) -> number:
    """Share of the peak rate that computing a prompt alone uses."""
    if prefill_time <= 0.0:
        return 0.0
    return np.minimum(prompt_flops_per_device / (prefill_time * weight_peak_flops), 1.0)


@equation(
    source="definition",
    formula="prompt_power replica_devices t / 3600, t = prefill_time if alone, else its share",
    provenance="extension",
)
def prefill_energy_per_request(
    prompt_power: W, replica_devices: device, disaggregated: number, prefill_time: s, prefill_share_time: s
) -> Wh:
    """Energy of the accelerators for the prompt of a request."""
    time = prefill_time if disaggregated > 0.0 else prefill_share_time
    return prompt_power * replica_devices * time / 3600.0


@equation(source="definition", formula="energy_per_request - prefill_energy_per_request", provenance="extension")
def decode_energy_per_request(energy_per_request: Wh, prefill_energy_per_request: Wh) -> Wh:
    """Energy of the accelerators for the answer to a request, and for waiting."""
    rest = energy_per_request - prefill_energy_per_request
    return np.maximum(rest, 0.0)


@equation(valid="(0, inf)", source="definition", formula="replica_rate serving_replicas", provenance="extension")
def served_rate(replica_rate: per_s, serving_replicas: number) -> per_s:
    """Requests that the whole service takes in a second."""
    return replica_rate * serving_replicas


@equation(
    source="definition",
    formula="(prefill_replicas n - x prefill_time n) idle / x + prefill_energy_per_request, 0 unless disaggregated",
    provenance="extension",
)
def prefill_pool_energy(
    disaggregated: number,
    prefill_replicas: number,
    replica_devices: device,
    served_rate: per_s,
    prefill_time: s,
    serving_idle_power: W,
    prefill_energy_per_request: Wh,
) -> Wh:
    """Energy, for each request, of accelerators that compute prompts alone, their waiting included."""
    if disaggregated <= 0.0:
        return 0.0
    waiting = prefill_replicas / served_rate - prefill_time
    waiting = np.maximum(waiting, 0.0)
    return prefill_energy_per_request + waiting * replica_devices * serving_idle_power / 3600.0


@equation(
    source="definition",
    formula="serving_devices reserve_share / (1 + reserve_share) idle / (3600 served_rate)",
    provenance="extension",
)
def reserve_energy(serving_devices: device, reserve_share: number, serving_idle_power: W, served_rate: per_s) -> Wh:
    """Energy, for each request, of accelerators in reserve."""
    return serving_devices * reserve_share / (1.0 + reserve_share) * serving_idle_power / (3600.0 * served_rate)


@equation(
    valid="(0, inf)",
    source="definition",
    formula="serving_power replica_devices / (3600 replica_rate) + prefill_pool_energy + reserve_energy",
    provenance="extension",
)
def energy_per_request(
    serving_power: W, replica_devices: device, replica_rate: per_s, prefill_pool_energy: Wh, reserve_energy: Wh
) -> Wh:
    """Energy of the accelerators for one request, times without requests included; servers and cooling are left out."""
    return serving_power * replica_devices / (3600.0 * replica_rate) + prefill_pool_energy + reserve_energy


@equation(valid="(0, inf)", source="definition", formula="3600 energy_per_request / O", provenance="extension")
def energy_per_output_token(energy_per_request: Wh, output_tokens: token) -> J:
    """Energy of the accelerators for each token of an answer, its share of the prompt included."""
    return 3600.0 * energy_per_request / output_tokens


@equation(
    valid="(0, inf)",
    source="definition",
    formula="energy_per_request + host_power serving_devices / (3600 served_rate)",
    provenance="extension",
)
def server_energy_per_request(energy_per_request: Wh, host_power: W, serving_devices: device, served_rate: per_s) -> Wh:
    """Energy of the servers for one request, accelerators included.

    The rest of a server draws its power whether there are requests or not.
    """
    return energy_per_request + host_power * serving_devices / (3600.0 * served_rate)


@equation(
    valid="(0, inf)",
    source="definition",
    formula="server_energy_per_request pue",
    variant="served",
    provenance="extension",
)
def facility_energy_per_request(server_energy_per_request: Wh, pue: number) -> Wh:
    """Energy of the facility for one request, servers, cooling and power conversion included."""
    return server_energy_per_request * pue


@equation(source="definition", formula="3600 served_rate facility_energy_per_request", provenance="extension")
def serving_facility_power(served_rate: per_s, facility_energy_per_request: Wh) -> W:
    """Mean power of the whole service at the facility's meter."""
    return served_rate * facility_energy_per_request * 3600.0
