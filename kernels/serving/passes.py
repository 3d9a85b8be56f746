"""Passes through the model: of a prompt, of one token for every sequence, of a draft's tokens; tokens a step."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.serving.cache import windowed
from carbonsweep.kernels.units import number, s, sequence, token

PARTS = "this project: the sum of the parts, on measured serving"


def expert_share(routed_share, meeting_tokens):
    """Share of the experts that some tokens hit when each picks its own at random."""
    if routed_share <= 0.0:
        return 0.0
    if routed_share >= 1.0:
        return 1.0
    return 1.0 - (1.0 - routed_share) ** meeting_tokens


@equation(
    valid="[0, 1]",
    source="expectation of uniform routing",
    formula="1 - (1 - k / E)^(T / skew), T = running_batch / s",
    provenance="extension",
)
def experts_hit(
    routed_share: number, running_batch: sequence, serving_pipeline_parallel: number, routing_skew: number
) -> number:
    """Share of the routed experts that a pass of the full batch reads.

    k / E for one token, all of them for many. Experts that some prompts prefer are fewer: routing_skew.
    """
    return expert_share(routed_share, np.maximum(running_batch / serving_pipeline_parallel, 1.0) / routing_skew)


@equation(
    source=PARTS,
    formula="token_pass_time + sequence_extra_time + cache_read_time + scores at I + O / 2",
    provenance="extension",
)
def sequence_pass_time(
    token_pass_time: s,
    sequence_extra_time: s,
    stack_time_factor: number,
    cache_read_time: s,
    key_score_time: s,
    local_key_score_time: s,
    decode_context: token,
    local_window: token,
    index_topk: number,
) -> s:
    """Time that a sequence of the microbatch adds to a pass with one token for each."""
    scores = key_score_time * windowed(decode_context, index_topk)
    scores = scores + local_key_score_time * windowed(decode_context, local_window)
    return token_pass_time + stack_time_factor * sequence_extra_time + cache_read_time + scores


@equation(
    source=PARTS,
    formula="fixed_pass_time + rank_batch sequence_pass_time + stack_time_factor experts_hit expert_read_time",
    provenance="extension",
)
def decode_time(
    fixed_pass_time: s,
    rank_batch: sequence,
    sequence_pass_time: s,
    experts_hit: number,
    expert_read_time: s,
    stack_time_factor: number,
) -> s:
    """Time in which every sequence of a full batch gets a token, at the mean context of an answer."""
    return fixed_pass_time + rank_batch * sequence_pass_time + stack_time_factor * experts_hit * expert_read_time


@equation(source=PARTS, formula="as decode_time with one sequence", provenance="extension")
def lone_decode_time(
    fixed_pass_time: s,
    sequence_pass_time: s,
    routed_share: number,
    routing_skew: number,
    expert_read_time: s,
    stack_time_factor: number,
) -> s:
    """Time in which a sequence that is alone gets a token."""
    hit = expert_share(routed_share, 1.0 / routing_skew)
    return fixed_pass_time + sequence_pass_time + stack_time_factor * hit * expert_read_time


@equation(source="definition", formula="I (1 - prefix_hit)", provenance="extension")
def computed_prompt(input_tokens: token, prefix_hit: number) -> token:
    """Tokens of a prompt that are computed; the others come from the cache of prefixes."""
    return input_tokens * (1.0 - prefix_hit)


@equation(
    source=PARTS,
    formula="q token_pass_time + sequence_extra_time + q scores at (I + h I) / 2 + cache_read_time of a pass",
    provenance="extension",
)
def prompt_pass_time(
    computed_prompt: token,
    input_tokens: token,
    token_pass_time: s,
    sequence_extra_time: s,
    stack_time_factor: number,
    key_score_time: s,
    local_key_score_time: s,
    local_window: token,
    index_topk: number,
) -> s:
    """Time that a prompt of the microbatch adds to the pass that computes it.

    Each token meets half of those that are computed and all of the prefix; what is read of the cache once a pass is
    left out, as it is small against the products.
    """
    context = np.maximum(input_tokens - 0.5 * computed_prompt, 0.0)
    scores = key_score_time * windowed(context, index_topk) + local_key_score_time * windowed(context, local_window)
    extra = stack_time_factor * sequence_extra_time
    return computed_prompt * (token_pass_time + scores) + (extra if computed_prompt > 0.0 else 0.0)


@equation(
    source=PARTS,
    formula="fixed_pass_time + prompt_pass_time + stack_time_factor experts hit by q tokens x expert_read_time",
    provenance="extension",
)
def prefill_time(
    computed_prompt: token,
    fixed_pass_time: s,
    prompt_pass_time: s,
    routed_share: number,
    routing_skew: number,
    expert_read_time: s,
    stack_time_factor: number,
) -> s:
    """Time to compute the prompt of one request alone: 0 where all of it comes from the cache of prefixes."""
    if computed_prompt <= 0.0:
        return 0.0
    hit = expert_share(routed_share, np.maximum(computed_prompt, 1.0) / routing_skew)
    return fixed_pass_time + prompt_pass_time + stack_time_factor * hit * expert_read_time


@equation(
    valid="[1, inf)",
    source="engines compute prompts in chunks of a few thousand tokens (8,192 a rank assumed)",
    formula="max(a s, min(running_batch, 8192 a / q))",
    provenance="assumed",
)
def prompts_per_pass(
    computed_prompt: token, running_batch: sequence, serving_data_parallel: number, serving_pipeline_parallel: number
) -> sequence:
    """Prompts that are computed together under load: each rank has one, or as many as a chunk holds."""
    together = 8192.0 * serving_data_parallel / np.maximum(computed_prompt, 1.0)
    ranks = serving_data_parallel * serving_pipeline_parallel
    return np.maximum(ranks, np.minimum(running_batch, together))


@equation(
    source=PARTS,
    formula="(fixed_pass_time + m / (a s) prompt_pass_time + experts hit x expert_read_time) / m",
    provenance="extension",
)
def prefill_share_time(
    computed_prompt: token,
    prompts_per_pass: sequence,
    fixed_pass_time: s,
    prompt_pass_time: s,
    all_experts_time: s,
    serving_data_parallel: number,
    serving_pipeline_parallel: number,
) -> s:
    """Time of a replica that each prompt takes under load, computed with m - 1 others."""
    if computed_prompt <= 0.0:
        return 0.0
    ranks = serving_data_parallel * serving_pipeline_parallel
    return (fixed_pass_time + all_experts_time) / prompts_per_pass + prompt_pass_time / ranks


@equation(source=PARTS, formula="stack_time_factor experts hit by a chunk x expert_read_time", provenance="extension")
def all_experts_time(
    computed_prompt: token,
    prompts_per_pass: sequence,
    routed_share: number,
    routing_skew: number,
    serving_pipeline_parallel: number,
    expert_read_time: s,
    stack_time_factor: number,
) -> s:
    """Time in which a pass of prompts reads the experts that it hits, nearly all of them."""
    tokens = np.maximum(computed_prompt * prompts_per_pass / serving_pipeline_parallel, 1.0)
    return stack_time_factor * expert_share(routed_share, tokens / routing_skew) * expert_read_time


@equation(
    valid="[1, inf)",
    source="Leviathan et al. 2023",
    formula="(1 - acceptance^(g + 1)) / (1 - acceptance)",
    provenance="recalled",
)
def tokens_per_step(draft_tokens: token, acceptance: number) -> token:
    """Tokens that a sequence gets of a pass: one, and those of the draft that are right before the first wrong one."""
    if acceptance >= 1.0:
        return draft_tokens + 1.0
    return (1.0 - acceptance ** (draft_tokens + 1.0)) / (1.0 - acceptance)


@equation(
    valid="(0, inf)",
    source="Leviathan et al. 2023; the parts are this project's",
    formula="decode_time + b g (token_pass_time + scores) + further experts + g draft_cost decode_time, over tokens",
    provenance="extension",
)
def decode_step_time(
    decode_time: s,
    draft_step_time: s,
    tokens_per_step: token,
) -> s:
    """Time that a full batch takes for each token of an answer, prompts of others left out.

    With a draft: a pass that verifies its tokens and the draft's own, over the tokens that they give.
    """
    return (decode_time + draft_step_time) / tokens_per_step


@equation(
    source="Leviathan et al. 2023; the parts are this project's",
    formula="g (b token work + draft_cost decode_time) + experts hit beyond those of one token",
    provenance="extension",
)
def draft_step_time(
    draft_tokens: token,
    rank_batch: sequence,
    draft_token_time: s,
    draft_cost: number,
    decode_time: s,
    further_experts_time: s,
) -> s:
    """Time that drafting and verifying add to a pass: 0 without a draft."""
    return draft_tokens * (rank_batch * draft_token_time + draft_cost * decode_time) + further_experts_time


@equation(source=PARTS, formula="token_pass_time + scores at I + O / 2", provenance="extension")
def draft_token_time(
    token_pass_time: s,
    key_score_time: s,
    local_key_score_time: s,
    decode_context: token,
    local_window: token,
    index_topk: number,
) -> s:
    """Time that one proposed token of a sequence adds to the pass that verifies it; the cache is read once for all."""
    scores = key_score_time * windowed(decode_context, index_topk)
    return token_pass_time + scores + local_key_score_time * windowed(decode_context, local_window)


@equation(source=PARTS, formula="experts hit by (g + 1) T tokens less those by T", provenance="extension")
def further_experts_time(
    draft_tokens: token,
    experts_hit: number,
    expert_read_time: s,
    stack_time_factor: number,
) -> s:
    """Time in which a pass that verifies a draft reads experts that single tokens would not have hit."""
    if draft_tokens <= 0.0:
        return 0.0
    return stack_time_factor * expert_read_time * (1.0 - experts_hit - (1.0 - experts_hit) ** (draft_tokens + 1.0))
