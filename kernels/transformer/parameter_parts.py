"""How many parameters each part of a Transformer has: attention, feed-forward, experts, embeddings."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import number, parameter, token


@equation(
    source="Vaswani et al. 2017; Ainslie et al. 2023 (grouped queries); DeepSeek-AI 2024 (latent attention)",
    formula="h d_head (2 a + 2 g), or the compressed projections of multi-head latent attention",
)
def attention_parameters_per_block(
    hidden_size: number,
    attention_heads: number,
    kv_heads: number,
    head_size: number,
    q_lora_rank: number,
    kv_lora_rank: number,
    qk_nope_size: number,
    qk_rope_size: number,
    value_head_size: number,
) -> parameter:
    """Query, key, value and output projections of one attention block.

    Latent attention where kv_lora_rank > 0; its query is compressed where q_lora_rank > 0. Biases and
    norms are left out.
    """
    if kv_lora_rank <= 0.0:
        return hidden_size * head_size * (2.0 * attention_heads + 2.0 * kv_heads)
    query_size = attention_heads * (qk_nope_size + qk_rope_size)
    query = q_lora_rank * (hidden_size + query_size) if q_lora_rank > 0.0 else hidden_size * query_size
    down = hidden_size * (kv_lora_rank + qk_rope_size)
    up = kv_lora_rank * attention_heads * (qk_nope_size + value_head_size)
    return query + down + up + attention_heads * value_head_size * hidden_size


@equation(
    source="Vaswani et al. 2017; Dai et al. 2019 (Transformer-XL)",
    formula="attention_blocks * attention_parameters_per_block * ratio (+ layers h^2 with Transformer-XL positions)",
)
def attention_parameters(
    attention_parameters_per_block: parameter,
    attention_blocks: number,
    layers: number,
    hidden_size: number,
    transformer_xl_positions: number,
    attention_parameter_ratio: number,
) -> parameter:
    """Parameters of all attention blocks, cross attention included.

    Transformer-XL positions add one h x h projection for each layer. The ratio is 1 unless matrices are structured.
    """
    return (
        attention_parameters_per_block * attention_blocks * attention_parameter_ratio
        + transformer_xl_positions * layers * hidden_size * hidden_size
    )


@equation(
    source="Vaswani et al. 2017; Shazeer 2020 (gated)",
    formula="k h ((l - moe_layers) ffn_size + moe_layers parallel_dense_ffn_size) ratio, k = 3 if gated else 2",
)
def ffn_parameters(
    layers: number,
    moe_layers: number,
    hidden_size: number,
    ffn_size: number,
    gated_ffn: number,
    parallel_dense_ffn_size: number,
    ffn_parameter_ratio: number,
) -> parameter:
    """Parameters of the dense feed-forward networks.

    Layers with a mixture of experts have one only where it runs beside the experts. NaN if there are more
    such layers than layers. Biases are left out. The ratio is 1 unless matrices are structured.
    """
    if moe_layers > layers:
        return np.nan
    size = (layers - moe_layers) * ffn_size + moe_layers * parallel_dense_ffn_size
    return (2.0 + gated_ffn) * hidden_size * size * ffn_parameter_ratio


@equation(
    source="LLMCarbon Eq. 2 (8 h^2 for a plain expert of 4 h); Shazeer 2020 (gated)",
    formula="k h expert_ffn_size, k = 3 if gated else 2",
)
def parameters_per_expert(hidden_size: number, expert_ffn_size: number, gated_experts: number) -> parameter:
    """Parameters of one routed expert.

    Biases are left out.
    """
    return (2.0 + gated_experts) * hidden_size * expert_ffn_size


@equation(
    source="LLMCarbon Eq. 2 and appendix", formula="moe_layers * experts * parameters_per_expert", provenance="recalled"
)
def routed_expert_parameters(moe_layers: number, experts: number, parameters_per_expert: parameter) -> parameter:
    """Parameters of all routed experts.

    LLMCarbon, as recalled; unverified against the paper (it gives the sizes published for GShard, Switch
    and GLaM).
    """
    return moe_layers * experts * parameters_per_expert


@equation(
    source="Rajbhandari et al. 2022 (DeepSpeed-MoE); Dai et al. 2024 (DeepSeekMoE)",
    formula="moe_layers k h shared_expert_ffn_size, k = 3 if gated else 2",
)
def shared_expert_parameters(
    moe_layers: number, hidden_size: number, shared_expert_ffn_size: number, gated_experts: number
) -> parameter:
    """Parameters of the experts that work on every token beside the routed ones.

    Biases are left out.
    """
    return moe_layers * (2.0 + gated_experts) * hidden_size * shared_expert_ffn_size


@equation(source="Shazeer et al. 2017", formula="router_parameters = moe_layers * hidden_size * experts")
def router_parameters(moe_layers: number, hidden_size: number, experts: number) -> parameter:
    """Parameters of the gates that pick experts.

    One linear map from the hidden state to a score for each expert.
    """
    return moe_layers * hidden_size * experts


@equation(
    source="LLMCarbon Eq. 1 (V h); Radford et al. 2019 (learned positions)",
    formula="V h (1 if tied else 2) + s h if positions are learned",
)
def embedding_parameters(
    vocabulary_size: number,
    hidden_size: number,
    tied_embeddings: number,
    learned_positions: number,
    sequence_length: token,
) -> parameter:
    """Parameters of token embeddings, output head and position table.

    An encoder-decoder model shares one token embedding between its stacks.
    """
    return hidden_size * (vocabulary_size * (2.0 - tied_embeddings) + learned_positions * sequence_length)


@equation(
    source="count over the architecture",
    formula="moe_layers (experts - experts_per_token) parameters_per_expert",
    provenance="extension",
)
def inactive_expert_parameters(
    moe_layers: number, experts: number, experts_per_token: number, parameters_per_expert: parameter
) -> parameter:
    """Parameters of the routed experts that a token does not visit.

    NaN if more experts work than there are.
    """
    if experts_per_token > experts:
        return np.nan
    return moe_layers * (experts - experts_per_token) * parameters_per_expert
