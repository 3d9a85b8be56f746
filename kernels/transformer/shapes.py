"""Shapes of a Transformer that follow from others unless they are given."""

import numpy as np

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import number


@equation(valid="[1, inf)", source="Vaswani et al. 2017", formula="ffn_size = 4 hidden_size")
def ffn_size(hidden_size: number) -> number:
    """Hidden size of the dense feed-forward network.

    The usual ratio; a catalogued model gives its own.
    """
    return 4.0 * hidden_size


equals(
    "kv_heads",
    "attention_heads",
    number,
    "Key-value heads of one attention block.",
    notes="Multi-head attention; grouped-query and multi-query models give their own.",
    valid="[1, inf)",
    source="Vaswani et al. 2017",
)


@equation(valid="(0, inf)", source="Vaswani et al. 2017", formula="head_size = hidden_size / attention_heads")
def head_size(hidden_size: number, attention_heads: number) -> number:
    """Width of one query-key head.

    A catalogued model gives its own where heads do not share out the hidden size.
    """
    return hidden_size / attention_heads


@equation(
    source="Vaswani et al. 2017; LLMCarbon appendix, as recalled",
    formula="attention_layers, else layers - linear_layers, or 2 layers - encoder_layers behind an encoder",
)
def attention_blocks(layers: number, encoder_layers: number, attention_layers: number, linear_layers: number) -> number:
    """Attention blocks of the whole model.

    A decoder layer behind an encoder has two. In a hybrid they are the layers without another mixer, unless
    attention_layers says otherwise (Falcon-H1 has both side by side). NaN unless encoder_layers < layers, and
    with more mixers than layers.
    """
    if encoder_layers >= layers:
        return np.nan
    if attention_layers > 0.0:
        return 1.0 * attention_layers
    if linear_layers > layers:
        return np.nan
    if encoder_layers > 0.0:
        return 2.0 * layers - encoder_layers
    return layers - linear_layers


@equation(source="this project: one a layer unless given", formula="ffn_layers, else layers", provenance="assumed")
def ffn_blocks(layers: number, ffn_layers: number) -> number:
    """Feed-forward networks of the whole model, mixtures of experts counted as one each.

    One a layer, except where layers are of one kind each (Nemotron-H) or have several networks (LongCat).
    """
    if ffn_layers > 0.0:
        return 1.0 * ffn_layers
    return 1.0 * layers


@equation(
    source="this project: experts are in every layer unless said otherwise",
    formula="ffn_blocks if experts > 0 else 0",
    provenance="assumed",
    whole=True,
)
def moe_layers(experts: number, ffn_blocks: number) -> number:
    """Blocks whose feed-forward network is a mixture of experts.

    A catalogued model gives its own.
    """
    if experts > 0.0:
        return 1.0 * ffn_blocks
    return 0.0


equals(
    "gated_experts",
    "gated_ffn",
    number,
    "Whether routed and shared experts are gated (three matrices instead of two).",
    notes="As the dense network of the model unless given.",
    valid="[0, 1]",
    source="Shazeer 2020; every mixture of experts since Mixtral",
    provenance="assumed",
)


@equation(
    valid="[0, 1]",
    source="LLMCarbon Eq. 2 (rho)",
    formula="moe_layer_fraction = moe_layers / layers",
    provenance="recalled",
)
def moe_layer_fraction(moe_layers: number, layers: number) -> number:
    """Share of feed-forward layers that are a mixture of experts.

    LLMCarbon, as recalled; unverified against the paper. NaN if there are more such layers than layers.
    """
    if moe_layers > layers:
        return np.nan
    return moe_layers / layers


@equation(
    valid="(0, inf)",
    source="Krajewski et al. 2024 (arXiv 2402.07871)",
    formula="granularity = ffn_size / expert_ffn_size",
)
def granularity(ffn_size: number, expert_ffn_size: number) -> number:
    """How finely a feed-forward network is cut into experts.

    NaN without experts. The law's authors hold ffn_size at 4 hidden_size.
    """
    if expert_ffn_size <= 0.0:
        return np.nan
    return ffn_size / expert_ffn_size


@equation(
    valid="[1, inf)",
    source="Ludziejewski et al. 2025; this project for more than one expert per token",
    formula="expert_expansion = experts / experts_per_token (1 if dense)",
    provenance="extension",
)
def expert_expansion(experts: number, experts_per_token: number) -> number:
    """Routed experts for each expert at work; 1 for a dense model.

    Equals the number of experts where one works on each token, as in the scaling laws that use it; the
    ratio for more is this project's generalisation. NaN if more experts work than there are.
    """
    if experts <= 0.0:
        return 1.0
    if experts_per_token <= 0.0 or experts_per_token > experts:
        return np.nan
    return experts / experts_per_token
