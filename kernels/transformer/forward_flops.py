"""Operations of one forward pass for one token, layer by layer."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import FLOP, number, parameter


@equation(source="Narayanan et al. 2021 appendix", formula="2 (attention_parameters + attention_reuse)")
def attention_projection_flops_per_token(attention_parameters: parameter, attention_reuse: parameter) -> FLOP:
    """Forward operations of the attention projections for one token.

    A multiplication and an addition for each parameter, more where a structure shares them. Every token
    passes every layer.
    """
    return 2.0 * (attention_parameters + attention_reuse)


@equation(
    source="Narayanan et al. 2021 appendix; mixture of experts by count",
    formula="2 (ffn + ffn_reuse + router + shared experts + routed experts at work)",
)
def ffn_flops_per_token(
    ffn_parameters: parameter,
    router_parameters: parameter,
    shared_expert_parameters: parameter,
    routed_expert_parameters: parameter,
    inactive_expert_parameters: parameter,
    ffn_reuse: parameter,
) -> FLOP:
    """Forward operations of feed-forward networks, routers and experts for one token.

    No capacity factor: dropped or padded tokens are not counted.
    """
    routed = routed_expert_parameters - inactive_expert_parameters
    return 2.0 * (ffn_parameters + router_parameters + shared_expert_parameters + routed + ffn_reuse)


@equation(source="Narayanan et al. 2021 appendix", formula="2 h V")
def logit_flops_per_token(hidden_size: number, vocabulary_size: number) -> FLOP:
    """Forward operations of the output head for one token.

    The look-up of input embeddings costs none.
    """
    return 2.0 * hidden_size * vocabulary_size


@equation(
    valid="(0, inf)",
    source="Narayanan et al. 2021 appendix",
    formula="projections + scores + layers without attention + feed-forward + logits",
)
def forward_flops_per_token(
    attention_projection_flops_per_token: FLOP,
    attention_score_flops_per_token: FLOP,
    mixer_flops_per_token: FLOP,
    ffn_flops_per_token: FLOP,
    logit_flops_per_token: FLOP,
) -> FLOP:
    """Forward operations of the whole model for one token of a full sequence.

    Every token passes every layer, which overcounts encoder-decoder models. Norms and activations are
    left out.
    """
    return (
        attention_projection_flops_per_token
        + attention_score_flops_per_token
        + mixer_flops_per_token
        + ffn_flops_per_token
        + logit_flops_per_token
    )


@equation(
    source="Megatron-Bridge FLOP counter (logits count 1 + mtp times); DeepSeek-AI 2024",
    formula="mtp_layers ((projections + scores + networks) / layers + 4 h^2 + 2 h V)",
    provenance="extension",
)
def mtp_flops_per_token(
    mtp_layers: number,
    layers: number,
    hidden_size: number,
    vocabulary_size: number,
    attention_projection_flops_per_token: FLOP,
    causal_score_flops_per_token: FLOP,
    ffn_flops_per_token: FLOP,
) -> FLOP:
    """Forward operations of the modules that predict further tokens, for one token of training.

    Each is a layer like the others on average, a projection of 2 h to h, and the output head again. Inference does
    without them.
    """
    if mtp_layers <= 0.0:
        return 0.0
    layer = attention_projection_flops_per_token + causal_score_flops_per_token + ffn_flops_per_token
    own = 4.0 * hidden_size * hidden_size + 2.0 * hidden_size * vocabulary_size
    return mtp_layers * (layer / layers + own)
