"""How many parameters each part of a Transformer has: attention, feed-forward, experts, embeddings."""

import numpy as np

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import number, parameter, token


@equation(
    source="Vaswani et al. 2017; Dai et al. 2019 (Transformer-XL)",
    formula="(full and windowed blocks x their parameters) ratio + gates + indexers (+ layers h^2 with Transformer-XL "
    "positions)",
)
def attention_parameters(
    attention_parameters_per_block: parameter,
    local_attention_parameters_per_block: parameter,
    attention_blocks: number,
    local_layers: number,
    attention_gate_parameters: parameter,
    indexer_parameters: parameter,
    layers: number,
    hidden_size: number,
    transformer_xl_positions: number,
    attention_parameter_ratio: number,
) -> parameter:
    """Parameters of all attention blocks, cross attention included.

    Transformer-XL positions add one h x h projection for each layer. The ratio is 1 unless matrices are structured.
    NaN if there are more windowed blocks than attention blocks.
    """
    if local_layers > attention_blocks:
        return np.nan
    projections = attention_parameters_per_block * (attention_blocks - local_layers)
    projections = projections + local_attention_parameters_per_block * local_layers
    extra = attention_gate_parameters + indexer_parameters
    return (
        projections * attention_parameter_ratio + extra + transformer_xl_positions * layers * hidden_size * hidden_size
    )


@equation(
    source="Vaswani et al. 2017; Shazeer 2020 (gated)",
    formula="k h ((ffn_blocks - moe_layers) ffn_size + moe_layers parallel_dense_ffn_size) ratio, k = 2 or 3 (gated)",
)
def ffn_parameters(
    ffn_blocks: number,
    moe_layers: number,
    hidden_size: number,
    ffn_size: number,
    gated_ffn: number,
    parallel_dense_ffn_size: number,
    ffn_parameter_ratio: number,
) -> parameter:
    """Parameters of the dense feed-forward networks.

    Layers with a mixture of experts have one only where it runs beside the experts. NaN if there are more
    such layers than feed-forward blocks. Biases are left out. The ratio is 1 unless matrices are structured.
    """
    if moe_layers > ffn_blocks:
        return np.nan
    size = (ffn_blocks - moe_layers) * ffn_size + moe_layers * parallel_dense_ffn_size
    return (2.0 + gated_ffn) * hidden_size * size * ffn_parameter_ratio


@equation(
    source="LLMCarbon Eq. 2 (8 h^2 for a plain expert of 4 h); Shazeer 2020 (gated)",
    formula="k w expert_ffn_size, k = 3 if gated else 2, w = expert_latent or h",
)
def parameters_per_expert(
    hidden_size: number, expert_ffn_size: number, gated_experts: number, expert_latent: number
) -> parameter:
    """Parameters of one routed expert.

    Experts that work in a narrower space than the model have its width. Biases are left out.
    """
    width = expert_latent if expert_latent > 0.0 else hidden_size
    return (2.0 + gated_experts) * width * expert_ffn_size


@equation(
    source="LLMCarbon Eq. 2 and appendix", formula="moe_layers * experts * parameters_per_expert", provenance="recalled"
)
def routed_expert_parameters(moe_layers: number, experts: number, parameters_per_expert: parameter) -> parameter:
    """Parameters of all routed experts.

    LLMCarbon, as recalled; unverified against the paper (it gives the sizes published for GShard, Switch
    and GLaM). NaN with experts but no layer that has them.
    """
    if experts > 0.0 and moe_layers <= 0.0:
        return np.nan
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


@equation(
    source="Shazeer et al. 2017; NVIDIA 2025 (latent experts)",
    formula="moe_layers h (experts + zero_experts + 2 expert_latent)",
)
def router_parameters(
    moe_layers: number, hidden_size: number, experts: number, zero_experts: number, expert_latent: number
) -> parameter:
    """Parameters of the gates that pick experts, and of the way into and out of a narrower space of experts.

    One linear map from the hidden state to a score for each expert, those that do nothing included.
    """
    return moe_layers * hidden_size * (experts + zero_experts + 2.0 * expert_latent)


equals(
    "position_rows",
    "sequence_length",
    token,
    "Rows of the table of positions, where positions are learned.",
    notes="One a position of the sequence that is given; a catalogued model has its own table.",
    source="Radford et al. 2019 (learned positions)",
    variant="sequence",
)


@equation(
    source="this project",
    formula="0 if positions are not learned, else unknown",
    quantity="position_rows",
    variant="none",
    provenance="assumed",
)
def position_rows_unknown(learned_positions: number) -> token:
    """Rows of the table of positions where no sequence_length is given: none, or unknown if positions are learned.

    So the length of the sequence is not needed for a model without such a table.
    """
    return np.nan if learned_positions > 0.0 else 0.0


@equation(source="Radford et al. 2019 (learned positions)", formula="h position_rows if positions are learned")
def position_parameters(hidden_size: number, learned_positions: number, position_rows: token) -> parameter:
    """Parameters of a learned table of positions.

    0 for rotary, relative or no positions, whose number does not depend on the sequence.
    """
    if learned_positions <= 0.0:
        return 0.0
    return learned_positions * hidden_size * position_rows


@equation(source="LLMCarbon Eq. 1 (V h)", formula="V h (1 if tied else 2) + positions")
def embedding_parameters(
    vocabulary_size: number, hidden_size: number, tied_embeddings: number, position_parameters: parameter
) -> parameter:
    """Parameters of token embeddings, output head and position table.

    An encoder-decoder model shares one token embedding between its stacks.
    """
    return hidden_size * vocabulary_size * (2.0 - tied_embeddings) + position_parameters


@equation(source="definition", formula="V h if not tied, + positions")
def lookup_parameters(
    vocabulary_size: number, hidden_size: number, tied_embeddings: number, position_parameters: parameter
) -> parameter:
    """Parameters that are only looked up: the input embedding, unless it is the output head too, and positions.

    A look-up is no operation, so these count in no FLOPs; tying does not change the operations.
    """
    return hidden_size * vocabulary_size * (1.0 - tied_embeddings) + position_parameters


@equation(
    source="count over the architecture",
    formula="moe_layers (experts - experts_per_token experts / (experts + zero_experts)) parameters_per_expert",
    provenance="extension",
)
def inactive_expert_parameters(
    moe_layers: number,
    experts: number,
    experts_per_token: number,
    zero_experts: number,
    parameters_per_expert: parameter,
) -> parameter:
    """Parameters of the routed experts that a token does not visit.

    Where some experts do nothing, a mean: the router picks all alike. NaN if more experts work than there
    are, and with experts of which none works.
    """
    if experts_per_token > experts or (experts > 0.0 and experts_per_token <= 0.0):
        return np.nan
    working = experts_per_token
    if zero_experts > 0.0:
        working = experts_per_token * experts / (experts + zero_experts)
    return moe_layers * (experts - working) * parameters_per_expert


@equation(
    source="DeepSeek-AI 2024 (multi-token prediction)",
    formula="mtp_layers (one block + 2 h^2)",
    provenance="extension",
)
def mtp_parameters(
    mtp_layers: number,
    attention_parameters_per_block: parameter,
    attention_gate_parameters: parameter,
    attention_blocks: number,
    hidden_size: number,
    ffn_size: number,
    gated_ffn: number,
    moe_layers: number,
    routed_expert_parameters: parameter,
    shared_expert_parameters: parameter,
    router_parameters: parameter,
) -> parameter:
    """Parameters of the modules that predict further tokens: in no total.

    Each is a block like the last one and a projection of 2 h to h; embeddings are shared with the model. An
    estimate: Step-3.7-Flash and MiniMax-M2.5 are known or likely to have smaller ones.
    """
    if mtp_layers <= 0.0:
        return 0.0
    network = (2.0 + gated_ffn) * hidden_size * ffn_size
    if moe_layers > 0.0:
        network = (routed_expert_parameters + shared_expert_parameters + router_parameters) / moe_layers
    gate = attention_gate_parameters / np.maximum(attention_blocks, 1.0)
    return mtp_layers * (attention_parameters_per_block + gate + network + 2.0 * hidden_size * hidden_size)
