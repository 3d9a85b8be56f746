"""A replica at work on as many sequences as it may: time between tokens, tokens and requests a second."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import number, per_s, s, sequence, token

ORCA = "Yu et al. 2022 (continuous batching); the sum of the parts is this project's"


@equation(
    valid="(0, inf)",
    source=ORCA,
    formula="decode_step_time + n / O prefill_share_time; without the latter if disaggregated or static",
    provenance="extension",
)
def full_tpot(
    decode_step_time: s,
    running_batch: sequence,
    output_tokens: token,
    prefill_share_time: s,
    disaggregated: number,
    batching: number,
) -> s:
    """Mean time between tokens of an answer in a full replica.

    n / O prompts enter for each token of n sequences, and take their time from all of them, in chunks or not.
    """
    if disaggregated > 0.0 or batching > 0.0:
        return 1.0 * decode_step_time
    return decode_step_time + running_batch / output_tokens * prefill_share_time


@equation(
    valid="(0, inf)",
    source=ORCA,
    formula="n / full_tpot; static: n O / (prompts of all + O decode_step_time)",
    provenance="extension",
)
def full_throughput(
    running_batch: sequence,
    full_tpot: s,
    batching: number,
    output_tokens: token,
    static_prefill_time: s,
    disaggregated: number,
) -> per_s:
    """Tokens of answers that a full replica gives in a second, all its devices together."""
    if batching > 0.0 and disaggregated <= 0.0:
        return running_batch * output_tokens / (static_prefill_time + output_tokens * full_tpot)
    return running_batch / full_tpot


@equation(
    source="this project: the sum of the parts, on measured serving",
    formula="fixed_pass_time + rank_batch prompt_pass_time + experts hit x expert_read_time",
    provenance="extension",
)
def static_prefill_time(
    computed_prompt: token, fixed_pass_time: s, rank_batch: sequence, prompt_pass_time: s, all_experts_time: s
) -> s:
    """Time to compute the prompts of a whole batch before the first token of any."""
    if computed_prompt <= 0.0:
        return 0.0
    return fixed_pass_time + all_experts_time + rank_batch * prompt_pass_time


@equation(valid="(0, inf)", source="definition", formula="full_throughput / O", provenance="extension")
def replica_capacity(full_throughput: per_s, output_tokens: token) -> per_s:
    """Requests a second that a full replica ends: what it can serve at most."""
    return full_throughput / output_tokens
