"""Latency with queues: time to the first token, its quantile, limits, and why they cannot be met."""

import numpy as np

from carbonsweep.kernels.registry import default, equation
from carbonsweep.kernels.serving.capacity import SERVING_REASONS
from carbonsweep.kernels.units import B, B_per_s, device, number, per_s, s, sequence, token

FULL = "a replica that is full, where no request_rate is given"


def wait_for_prompts(rate, prefill_replicas, prefill_time, prefill_share_time):
    """Mean wait of a prompt behind those before it, which under load are computed together (M/D/1)."""
    work = rate / prefill_replicas * prefill_time if prefill_replicas > 0.0 else rate * prefill_share_time
    work = np.minimum(work, 0.98)
    return 0.5 * work / (1.0 - work) * prefill_time


@equation(
    source="Pollaczek 1930, Khinchin 1932 (M/D/1)",
    formula="r t_f / (2 (1 - r)), r = x prefill_share_time at most 0.98, t_f of one prompt alone",
    variant="at_rate",
    provenance="recalled",
)
def prompt_wait(
    request_rate: per_s, serving_replicas: number, prefill_replicas: number, prefill_time: s, prefill_share_time: s
) -> s:
    """Time that a prompt waits for those before it."""
    rate = request_rate if prefill_replicas > 0.0 else request_rate / serving_replicas
    return wait_for_prompts(rate, prefill_replicas, prefill_time, prefill_share_time)


@equation(
    source="Pollaczek 1930, Khinchin 1932 (M/D/1); a client that waits for its answer is one less who asks",
    formula="r t_f / (2 (1 - r)), r = (1 - 1 / n) replica_capacity prefill_share_time; static: prompts of the batch",
    quantity="prompt_wait",
    variant="full",
    provenance="extension",
)
def prompt_wait_full(
    replica_capacity: per_s,
    running_batch: sequence,
    prefill_replicas: number,
    prefill_time: s,
    prefill_share_time: s,
    static_prefill_time: s,
    batching: number,
) -> s:
    """Time that a prompt waits for those before it where each client asks again as soon as it has its answer.

    None for a client alone. In a static batch the prompts of all are computed before the first token of any.
    """
    if batching > 0.0 and prefill_replicas <= 0.0:
        return np.maximum(static_prefill_time - prefill_time, 0.0)
    others = 1.0 - 1.0 / np.maximum(running_batch, 1.0)
    return wait_for_prompts(others * replica_capacity, prefill_replicas, prefill_time, prefill_share_time)


@equation(
    source="Sakasegawa 1977 (M/G/c), recalled; 1.25 and 0.58 fitted to simulations of replicas",
    formula="0.58 rho^(1.25 sqrt(2 (n + 1))) / (n (1 - rho)) (1 + cv2) (t_f + O tpot), rho at most 0.98",
    variant="at_rate",
    provenance="extension",
)
def slot_wait(
    request_rate: per_s,
    replica_load: number,
    running_batch: sequence,
    prefill_time: s,
    output_tokens: token,
    tpot: s,
    output_variation: number,
) -> s:
    """Time that a request waits for a place in a batch that is full.

    Sequences slow each other, so that a batch is seldom full at a middling load and fills quickly above it: the
    exponent is a quarter above that of independent servers.
    """
    if request_rate <= 0.0:
        return 0.0
    load = np.minimum(replica_load, 0.98)
    waiting = 0.58 * load ** (1.25 * np.sqrt(2.0 * (running_batch + 1.0))) / (running_batch * (1.0 - load))
    return waiting * (1.0 + output_variation) * (prefill_time + output_tokens * tpot)


default(
    "slot_wait",
    0.0,
    s,
    "No request waits for a place where each takes that of one that ends.",
    source=FULL,
    variant="full",
    provenance="assumed",
)


@equation(
    source="this project",
    formula="I kv_bytes_per_token / scale_out_bandwidth; 0 unless disaggregated",
    provenance="extension",
)
def cache_transfer_time(
    disaggregated: number,
    input_tokens: token,
    kv_bytes_per_token: B,
    scale_out_bandwidth: B_per_s,
    replica_devices: device,
) -> s:
    """Time to bring the cache of a prompt from the devices that computed it, all of a replica's links together."""
    if disaggregated <= 0.0:
        return 0.0
    return input_tokens * kv_bytes_per_token / (scale_out_bandwidth * replica_devices)


@equation(
    source="definition",
    formula="t_f + prompt_wait + step / 2 + slot_wait + cache_transfer_time + server_overhead",
    provenance="extension",
)
def ttft(
    prefill_time: s,
    prompt_wait: s,
    current_step_time: s,
    slot_wait: s,
    cache_transfer_time: s,
    server_overhead: s,
) -> s:
    """Mean time from a request to its first token.

    Half a step passes until the pass under way ends. A server takes time of its own; give 0 where there is none.
    """
    waits = prompt_wait + 0.5 * current_step_time + slot_wait
    return prefill_time + waits + cache_transfer_time + server_overhead


@equation(source="definition", formula="busy_share (a_0 + b (busy_batch - 1))", provenance="extension")
def current_step_time(lone_step_time: s, step_slope: s, busy_batch: sequence, busy_share: number) -> s:
    """Time of the pass that a request finds under way, times without any included."""
    return busy_share * (lone_step_time + step_slope * (busy_batch - 1.0))


@equation(
    source="exponential tail of waiting times",
    formula="t_f + step + (prompt_wait + slot_wait) ln(1 / (1 - z)) + cache_transfer_time + server_overhead",
    provenance="extension",
)
def ttft_quantile(
    prefill_time: s,
    prompt_wait: s,
    current_step_time: s,
    slot_wait: s,
    cache_transfer_time: s,
    server_overhead: s,
    latency_quantile: number,
) -> s:
    """Time to the first token that all requests but a share of 1 - latency_quantile keep."""
    waits = (prompt_wait + slot_wait) * np.log(1.0 / (1.0 - latency_quantile))
    return prefill_time + current_step_time + waits + cache_transfer_time + server_overhead


@equation(
    valid="[0, 1]",
    source="definition",
    formula="ttft_quantile <= ttft_limit and tpot <= tpot_limit",
    provenance="extension",
)
def slo_met(ttft_quantile: s, tpot: s, ttft_limit: s, tpot_limit: s) -> number:
    """Whether the limits of latency are met."""
    if np.isnan(ttft_quantile) or np.isnan(tpot):
        return 0.0
    return 1.0 if ttft_quantile <= ttft_limit and tpot <= tpot_limit else 0.0


@equation(
    valid="[0, 8]",
    source="this project",
    formula="replica_infeasibility, else 5 with a load above 1, else 6 if limits are not met, else 0",
    provenance="extension",
    choices=SERVING_REASONS,
)
def serving_infeasibility(replica_infeasibility: number, replica_load: number, slo_met: number) -> number:
    """Why the service is not possible as asked: a code, 0 where it is.

    1 weights, 2 cache, 3 degrees, 4 format or unknown figures, 5 overload, 6 limits of latency, 7 engine, 8 encoder.
    With 6 the other quantities are those of what is shown; with 1 to 4, 7 and 8 they have no value.
    """
    if replica_infeasibility != 0.0:
        return 1.0 * replica_infeasibility
    if np.isnan(replica_load):
        return 4.0
    if replica_load > 1.0 + 1e-9:
        return 5.0
    if slo_met == 0.0:
        return 6.0
    return 0.0


@equation(valid="[0, 1]", source="definition", formula="serving_infeasibility = 0", provenance="extension")
def serving_possible(serving_infeasibility: number) -> number:
    """Whether the service is possible as asked."""
    return 1.0 if serving_infeasibility == 0.0 else 0.0
