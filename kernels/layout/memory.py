"""Memory of one device in training: parameters and their states, activations, buffers."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import GB, B, bit, number, parameter, token, year


@equation(
    source="Narayanan et al. 2021; Korthikanti et al. 2022",
    formula="(stage_share dense_layer_parameters + embeddings of an end stage) / t",
    provenance="extension",
)
def device_dense_parameters(
    dense_layer_parameters: parameter,
    embedding_parameters: parameter,
    vocabulary_size: number,
    hidden_size: number,
    stage_share: number,
    tensor_parallel: number,
    pipeline_parallel: number,
) -> parameter:
    """Parameters on one device of the fullest stage, routed experts left out.

    Before ZeRO shards anything. With a pipeline the first and the last stage hold one embedding each.
    """
    embeddings = 1.0 * embedding_parameters
    if pipeline_parallel > 1.0:
        embeddings = np.minimum(embeddings, vocabulary_size * hidden_size)
    return (stage_share * dense_layer_parameters + embeddings) / tensor_parallel


@equation(
    source="Rajbhandari et al. 2022 (DeepSpeed-MoE)",
    formula="stage_share routed_expert_parameters / (t e)",
    provenance="extension",
)
def device_expert_parameters(
    routed_expert_parameters: parameter, stage_share: number, tensor_parallel: number, expert_parallel: number
) -> parameter:
    """Parameters of routed experts on one device of the fullest stage.

    Experts are split by tensor parallelism as well.
    """
    return stage_share * routed_expert_parameters / (tensor_parallel * expert_parallel)


@equation(
    source="Rajbhandari et al. 2020 (ZeRO)",
    formula="P (weights x share if Z3 + gradients x share if Z2 + states x share if Z1), dense and experts apart",
)
def state_memory(
    device_dense_parameters: parameter,
    device_expert_parameters: parameter,
    dense_shard_share: number,
    expert_shard_share: number,
    zero_stage: number,
    held_weight_bytes: B,
    trained_gradient_bytes: B,
    trained_optimizer_bytes: B,
) -> B:
    """Bytes of weights, gradients and optimiser states on one device.

    Stage 1 shards the states, 2 the gradients too, 3 the weights too. Gradients and states are those of the weights
    that are trained.
    """
    sharded = 0.0
    if zero_stage >= 1.0:
        sharded = 1.0 * trained_optimizer_bytes
    if zero_stage >= 2.0:
        sharded = sharded + trained_gradient_bytes
    if zero_stage >= 3.0:
        sharded = sharded + held_weight_bytes
    whole = held_weight_bytes + trained_gradient_bytes + trained_optimizer_bytes - sharded
    kept = device_dense_parameters * dense_shard_share + device_expert_parameters * expert_shard_share
    return whole * (device_dense_parameters + device_expert_parameters) + sharded * kept


@equation(
    source="Zhao et al. 2023 (FSDP gathers one layer while it computes another)",
    formula="2 bytes (D + R/e) / (l t) with ZeRO 3, else 0",
    provenance="extension",
)
def gathered_memory(
    device_layer_weights: parameter,
    device_expert_weights: parameter,
    layers: number,
    zero_stage: number,
    element_bytes: B,
) -> B:
    """Bytes of two layers whose sharded weights are gathered to compute."""
    if zero_stage < 3.0:
        return 0.0
    return 2.0 * element_bytes * (device_layer_weights + device_expert_weights) / layers


@equation(
    source="Korthikanti et al. 2022 (arXiv 2205.05198), Equations 1 to 6",
    formula="T bytes h (4 + dropout + 2 k moe_layers / l) / (t if sequence parallel)",
    provenance="extension",
)
def stream_activation_memory(
    microbatch_tokens: token,
    hidden_size: number,
    layers: number,
    moe_layers: number,
    experts_per_token: number,
    dropout: number,
    sequence_split: number,
    element_bytes: B,
) -> B:
    """Bytes of full hidden width that one layer keeps from the forward for the backward pass of one microbatch.

    Inputs of norms and products, dropout masks of one byte; each expert that a token visits keeps its copy of input
    and output.
    """
    copies = 2.0 * element_bytes * moe_layers * experts_per_token / layers
    return microbatch_tokens * hidden_size * (4.0 * element_bytes + 2.0 * dropout + copies) / sequence_split


@equation(
    source="Korthikanti et al. 2022 (arXiv 2205.05198), Equations 1 to 6",
    formula="T bytes u / l",
    provenance="extension",
)
def inner_activation_memory(microbatch_tokens: token, matrix_width: number, layers: number, element_bytes: B) -> B:
    """Bytes inside attention and networks that one layer keeps, split by tensor parallelism, scores left out.

    The source's 24 h is 2 bytes for each of 12 h operands: in general active layer parameters / h, which covers
    grouped queries, gated and expert networks.
    """
    return element_bytes * microbatch_tokens * matrix_width / layers


@equation(
    source="Korthikanti et al. 2022 (arXiv 2205.05198), Equations 1 to 6",
    formula="T (2 bytes + dropout) a s blocks / (l t) unless fused",
    provenance="extension",
)
def score_activation_memory(
    microbatch_tokens: token,
    attention_heads: number,
    attention_blocks_per_layer: number,
    sequence_length: token,
    tensor_parallel: number,
    fused_attention: number,
    dropout: number,
    element_bytes: B,
) -> B:
    """Bytes of attention scores that one layer keeps; none with a fused kernel."""
    if fused_attention >= 1.0:
        return 0.0
    scores = microbatch_tokens * attention_heads * sequence_length * attention_blocks_per_layer
    return (2.0 * element_bytes + dropout) * scores / tensor_parallel


@equation(source="definition", formula="attention_blocks / layers", valid="[0, inf)")
def attention_blocks_per_layer(attention_blocks: number, layers: number) -> number:
    """Attention blocks of a layer, on average."""
    return attention_blocks / layers


@equation(
    source="Korthikanti et al. 2022 (arXiv 2205.05198), Equations 1 to 6",
    formula="s b / c h (10 + 24/t + 5 a s / (h t)); sequence parallel: all / t",
)
def layer_activation_memory(stream_activation_memory: B, inner_activation_memory: B, score_activation_memory: B) -> B:
    """Bytes kept from the forward for the backward pass of one microbatch where nothing is computed again.

    Mean of the layers.
    """
    return stream_activation_memory + inner_activation_memory + score_activation_memory


@equation(
    source="Chen et al. 2016 (checkpoints); Korthikanti et al. 2022",
    formula="bytes T h / (t if sequence parallel)",
)
def checkpoint_memory(microbatch_tokens: token, hidden_size: number, sequence_split: number, element_bytes: B) -> B:
    """Bytes of a layer's input, which is kept even if the whole layer is computed again."""
    return element_bytes * microbatch_tokens * hidden_size / sequence_split


@equation(
    source="DeepSeek-AI 2024 (inputs of products kept in 8 bits, norms and activation functions computed again); "
    "recalled",
    formula="2 checkpoints + operand bytes (copies for experts + 2/3 of what is inside)",
    provenance="assumed",
)
def lean_activation_memory(
    checkpoint_memory: B,
    microbatch_tokens: token,
    hidden_size: number,
    experts_per_token: number,
    moe_layers: number,
    layers: number,
    matrix_width: number,
    operand_bits: bit,
) -> B:
    """Bytes that a layer keeps where modules that cost little are computed again."""
    inner = hidden_size * moe_layers * experts_per_token + 2.0 / 3.0 * matrix_width
    return 2.0 * checkpoint_memory + operand_bits / 8.0 * microbatch_tokens * inner / layers


@equation(
    source="Korthikanti et al. 2022, Section 5; Chen et al. 2016",
    formula="none: all; scores: all but those; modules: lean; operators: r checkpoint + (1 - r) all; custom: 0; "
    "full, unstated: checkpoint",
    provenance="extension",
)
def kept_activation_memory(
    recomputation_level: number,
    repeated_share: number,
    layer_activation_memory: B,
    score_activation_memory: B,
    lean_activation_memory: B,
    checkpoint_memory: B,
) -> B:
    """Bytes kept of one layer and microbatch with what is computed again left out.

    What a hand-made policy keeps, computes again or sends to the host's memory is made to fit, so nothing of it is
    counted; of one that is not stated the layer's input, which it has to keep. Memory is a lower bound for both.
    """
    if recomputation_level == 0.0:
        return 1.0 * layer_activation_memory
    if recomputation_level == 1.0:
        return layer_activation_memory - score_activation_memory
    if recomputation_level == 2.0:
        return np.minimum(lean_activation_memory, layer_activation_memory)
    if recomputation_level == 3.0:
        return repeated_share * checkpoint_memory + (1.0 - repeated_share) * layer_activation_memory
    return 0.0 if recomputation_level == 5.0 else 1.0 * checkpoint_memory


@equation(
    source="Korthikanti et al. 2022, Section 5 (a layer is computed again before its backward pass)",
    formula="layer_activation_memory if anything is computed again, else 0",
    provenance="extension",
)
def layer_working_memory(layer_activation_memory: B, repeated_share: number) -> B:
    """Bytes of the layer whose activations are computed again.

    One layer at a time.
    """
    return 1.0 * layer_activation_memory if repeated_share > 0.0 else 0.0


@equation(source="definition", formula="stage_share l")
def stage_layers(stage_share: number, layers: number) -> number:
    """Layers of the fullest stage; not whole where the balance is ideal."""
    return stage_share * layers


@equation(
    source="Narayanan et al. 2021 (1F1B; interleaved: 1 + (p - 1)/(p v)); DualPipe and Llama 3 warm up like 1F1B",
    formula="max(floor(l/p) min(p, m), ceil(l/p) min(p - 1, m)) where stages differ, else l/p min(p, m)",
    provenance="extension",
)
def layers_in_flight(
    layers: number,
    stage_layers: number,
    pipeline_parallel: number,
    interleave: number,
    microbatches: number,
    flexible_schedule: number,
    backward_reach: number,
) -> number:
    """Layers times microbatches whose activations the fullest stage keeps.

    Where stages differ, the first, which holds most microbatches, has a layer less. Without a pipeline, layers that the
    backward pass does not reach keep nothing; a stage of a pipeline is taken to be reached as a whole.
    """
    if pipeline_parallel <= 1.0:
        return layers * backward_reach
    first = np.floor(layers / pipeline_parallel + 1e-9)
    behind = pipeline_parallel - 1.0 if first < stage_layers else 1.0 * pipeline_parallel
    flight = np.maximum(
        first * np.minimum(pipeline_parallel, microbatches), stage_layers * np.minimum(behind, microbatches)
    )
    if interleave > 1.0 and flexible_schedule < 1.0:
        flight = flight * (1.0 + (pipeline_parallel - 1.0) / (pipeline_parallel * interleave))
    return flight


@equation(
    source="Korthikanti et al. 2022, Section 4.3",
    formula="layers_in_flight kept_activation_memory (1 - activation_offload) + layer_working_memory",
    provenance="extension",
)
def activation_memory(
    layers_in_flight: number, kept_activation_memory: B, activation_offload: number, layer_working_memory: B
) -> B:
    """Bytes of activations of the fullest stage, all microbatches in flight, but for those in the host's memory."""
    return layers_in_flight * kept_activation_memory * (1.0 - activation_offload) + layer_working_memory


@equation(
    source="logits in 16 bits, in 32 for the loss, their gradient; in place, then in chunks (Hsu et al. 2024, Liger)",
    formula="10 T V / t before 2023, 6 T V / t since; from mid-2024 of at most 8,192 tokens",
    provenance="extension",
)
def logit_memory(microbatch_tokens: token, vocabulary_size: number, tensor_parallel: number, software_date: year) -> B:
    """Bytes of the logits of one microbatch on the last stage."""
    each = 10.0 if software_date < 2023.0 else 6.0
    tokens = np.minimum(microbatch_tokens, 8192.0) if software_date >= 2024.6 else 1.0 * microbatch_tokens
    return each * tokens * vocabulary_size / tensor_parallel


@equation(
    source="Korthikanti et al. 2022; Rajbhandari et al. 2020",
    formula="framework_memory + states + max(first stage, last stage with logits)",
    provenance="extension",
)
def memory_per_device(
    state_memory: B,
    gathered_memory: B,
    activation_memory: B,
    logit_memory: B,
    pipeline_parallel: number,
    microbatches: number,
    framework_memory: GB,
) -> GB:
    """Memory that the fullest device needs, whether or not it has it.

    The first stage keeps most microbatches, the last one the logits; without a pipeline they are one.
    """
    if pipeline_parallel <= 1.0:
        most = activation_memory + logit_memory
    else:
        flight = np.maximum(np.minimum(pipeline_parallel, microbatches), 1.0)
        most = np.maximum(activation_memory, activation_memory / flight + logit_memory)
    return framework_memory + (state_memory + gathered_memory + most) / 1e9
