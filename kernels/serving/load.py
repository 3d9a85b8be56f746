"""Steady state at a request rate: replicas, their load, sequences at work, share of time at rest."""

import numpy as np

from carbonsweep.kernels.registry import default, equals, equation
from carbonsweep.kernels.serving.passes import expert_share
from carbonsweep.kernels.units import device, number, per_s, s, sequence, token

LITTLE = "Little 1961; the line between one and all sequences is this project's"
FULL = "a replica that is full, where no request_rate is given"


@equation(
    valid="(0, inf)",
    source="definition",
    formula="ceil(request_rate peak_over_mean / (load_limit replica_capacity))",
    variant="at_rate",
    provenance="extension",
)
def serving_replicas(
    request_rate: per_s, peak_over_mean: number, load_limit: number, replica_capacity: per_s
) -> number:
    """Replicas that serve the highest request rate within the limit of their load."""
    return np.ceil(request_rate * peak_over_mean / (load_limit * replica_capacity))


default(
    "serving_replicas",
    1.0,
    number,
    "One replica, where no request rate is given.",
    source=FULL,
    valid="(0, inf)",
    variant="one",
    provenance="assumed",
)


@equation(
    source="definition",
    formula="ceil(request_rate peak_over_mean prefill_time / prefill_load), 0 unless disaggregated",
    variant="at_rate",
    provenance="extension",
)
def prefill_replicas(
    disaggregated: number, request_rate: per_s, peak_over_mean: number, prefill_time: s, prefill_load: number
) -> number:
    """Replicas that compute prompts alone, of the same layout as the others."""
    if disaggregated <= 0.0:
        return 0.0
    return np.ceil(request_rate * peak_over_mean * prefill_time / prefill_load)


@equation(
    source="definition",
    formula="replica_capacity prefill_time / prefill_load, 0 unless disaggregated",
    quantity="prefill_replicas",
    variant="full",
    provenance="extension",
)
def prefill_replicas_full(
    disaggregated: number, replica_capacity: per_s, prefill_time: s, prefill_load: number
) -> number:
    """Replicas that compute the prompts of one full replica; not rounded."""
    if disaggregated <= 0.0:
        return 0.0
    return replica_capacity * prefill_time / prefill_load


@equation(
    valid="(0, inf)",
    source="definition",
    formula="(serving_replicas + prefill_replicas) replica_devices (1 + reserve_share)",
    provenance="extension",
)
def serving_devices(
    serving_replicas: number, prefill_replicas: number, replica_devices: device, reserve_share: number
) -> device:
    """Accelerators of the service, those in reserve included."""
    return (serving_replicas + prefill_replicas) * replica_devices * (1.0 + reserve_share)


@equation(
    valid="(0, inf)",
    source="definition",
    formula="request_rate / serving_replicas",
    variant="at_rate",
    provenance="extension",
)
def replica_rate(request_rate: per_s, serving_replicas: number) -> per_s:
    """Requests that come to one replica in a second, mean over time."""
    return request_rate / serving_replicas


equals(
    "replica_rate",
    "replica_capacity",
    per_s,
    "Requests that a full replica takes in a second.",
    source=FULL,
    variant="full",
    provenance="assumed",
    valid="(0, inf)",
)


@equation(source="definition", formula="replica_rate / replica_capacity", provenance="extension")
def replica_load(replica_rate: per_s, replica_capacity: per_s) -> number:
    """Share of a replica's capacity that is asked of it; 1 in a full one."""
    return replica_rate / replica_capacity


@equation(source=LITTLE, formula="(decode_step_time - lone_step_time) / (n - 1)", provenance="extension")
def step_slope(decode_step_time: s, lone_step_time: s, running_batch: sequence) -> s:
    """Time that a further sequence adds to a step, between one and all."""
    if running_batch <= 1.0:
        return 0.0
    return np.maximum(decode_step_time - lone_step_time, 0.0) / (running_batch - 1.0)


@equation(
    valid="(0, inf)",
    source="Leviathan et al. 2023; the parts are this project's",
    formula="(lone_decode_time (1 + g draft_cost) + g draft_token_time + further experts) / tokens_per_step",
    provenance="extension",
)
def lone_step_time(
    lone_decode_time: s,
    draft_tokens: token,
    draft_cost: number,
    draft_token_time: s,
    lone_draft_experts_time: s,
    tokens_per_step: token,
) -> s:
    """Time of a token of an answer that is alone on a replica."""
    draft = draft_tokens * (draft_cost * lone_decode_time + draft_token_time) + lone_draft_experts_time
    return (lone_decode_time + draft) / tokens_per_step


@equation(
    source="expectation of uniform routing",
    formula="experts hit by g + 1 tokens less those by one",
    provenance="extension",
)
def lone_draft_experts_time(
    draft_tokens: token, routed_share: number, routing_skew: number, expert_read_time: s, stack_time_factor: number
) -> s:
    """Time in which verifying a lone draft reads experts that one token would not have hit."""
    if draft_tokens <= 0.0:
        return 0.0
    further = expert_share(routed_share, (draft_tokens + 1.0) / routing_skew)
    return stack_time_factor * expert_read_time * (further - expert_share(routed_share, 1.0 / routing_skew))


def sequences_in_flight(rate, prefill, share, output_tokens, step, slope, most):
    """Little's law with a step that is a line in the sequences on a replica, less those who wait for a place.

    The number follows a negative binomial law; the mean of what is above the batch is that of a logistic tail of the
    same mean and variance, and waits outside.
    """
    left = 1.0 - rate * output_tokens * slope - rate * share
    if left <= 0.0:
        return 1.0 * most
    mean = rate * (prefill + output_tokens * step) / left
    spread = np.sqrt(mean / left) / 1.702
    above = (mean - most) / spread
    waiting = spread * (np.maximum(above, 0.0) + np.log1p(np.exp(-np.maximum(above, -above))))
    return np.maximum(mean - waiting, 0.0)


@equation(
    source=LITTLE,
    formula="m = x (t_f + O a_1) / (1 - x O b - x t_p), less what of it is above running_batch",
    variant="at_rate",
    provenance="extension",
)
def mean_batch(
    request_rate: per_s,
    serving_replicas: number,
    prefill_time: s,
    interfering_prefill_time: s,
    output_tokens: token,
    lone_step_time: s,
    step_slope: s,
    running_batch: sequence,
) -> sequence:
    """Sequences on a replica, mean over time, times without any included.

    Each request stays for its prompt and its answer, whose pace falls with those who are there: one that comes adds to
    them itself, so that the step is a_1 of one sequence and a slope (a queue of shared processors, exactly).
    """
    rate = request_rate / serving_replicas
    return sequences_in_flight(
        rate, prefill_time, interfering_prefill_time, output_tokens, lone_step_time, step_slope, running_batch
    )


equals(
    "mean_batch",
    "running_batch",
    sequence,
    "Sequences on a full replica.",
    source=FULL,
    variant="full",
    provenance="assumed",
    valid="[0, inf)",
)


@equation(
    source=LITTLE,
    formula="prefill_share_time; 0 if disaggregated",
    provenance="extension",
)
def interfering_prefill_time(prefill_share_time: s, disaggregated: number) -> s:
    """Time that a prompt takes from the answers of others."""
    return 0.0 if disaggregated > 0.0 else 1.0 * prefill_share_time


@equation(
    valid="[0, 1]",
    source="Cohen 1979 (generalised processor sharing: sequences follow a negative binomial law)",
    formula="1 - (1 - u)^(n (1 - u) / u), u = x (O b + t_p); 1 - e^-n where u is 0",
    variant="at_rate",
    provenance="extension",
)
def busy_share(
    mean_batch: sequence,
    request_rate: per_s,
    serving_replicas: number,
    output_tokens: token,
    step_slope: s,
    interfering_prefill_time: s,
) -> number:
    """Share of time in which a replica has a request."""
    crowding = request_rate / serving_replicas * (output_tokens * step_slope + interfering_prefill_time)
    if crowding >= 1.0:
        return 1.0
    if crowding < 1e-9:
        return 1.0 - np.exp(-mean_batch)
    return 1.0 - (1.0 - crowding) ** (mean_batch * (1.0 - crowding) / crowding)


default(
    "busy_share",
    1.0,
    number,
    "A full replica is never idle.",
    source=FULL,
    valid="[0, 1]",
    variant="full",
    provenance="assumed",
)


@equation(
    valid="[0, inf)",
    source="definition",
    formula="max(mean_batch / busy_share, 1)",
    provenance="extension",
)
def busy_batch(mean_batch: sequence, busy_share: number) -> sequence:
    """Sequences on a replica while it has any."""
    return np.maximum(mean_batch / np.maximum(busy_share, 1e-12), 1.0)


@equation(
    valid="(0, inf)",
    source=LITTLE,
    formula="a_0 + b n + n / O t_p, n = busy_batch",
    variant="at_rate",
    provenance="extension",
)
def tpot(
    request_rate: per_s,
    lone_step_time: s,
    step_slope: s,
    busy_batch: sequence,
    output_tokens: token,
    interfering_prefill_time: s,
) -> s:
    """Mean time between tokens of an answer."""
    line = lone_step_time + step_slope * (busy_batch - 1.0) + busy_batch / output_tokens * interfering_prefill_time
    return line if request_rate > 0.0 else np.nan


equals(
    "tpot",
    "full_tpot",
    s,
    "Mean time between tokens of an answer in a full replica.",
    source=FULL,
    variant="full",
    provenance="assumed",
    valid="(0, inf)",
)


@equation(valid="(0, inf)", source="definition", formula="replica_rate O", variant="at_rate", provenance="extension")
def replica_throughput(request_rate: per_s, serving_replicas: number, output_tokens: token) -> per_s:
    """Tokens of answers that a replica gives in a second, mean over time, all its devices together."""
    return request_rate / serving_replicas * output_tokens


equals(
    "replica_throughput",
    "full_throughput",
    per_s,
    "Tokens of answers that a full replica gives in a second.",
    source=FULL,
    variant="full",
    provenance="assumed",
    valid="(0, inf)",
)
