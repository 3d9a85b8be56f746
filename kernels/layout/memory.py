"""Memory of one device in training: parameters and their states, activations, buffers."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import GB, B, number, parameter, sequence, token


@equation(
    valid="(0, 1]",
    source="Narayanan et al. 2021 (stages of whole layers)",
    formula="v ceil(l / (p v)) / l",
    provenance="extension",
)
def stage_share(layers: number, pipeline_parallel: number, interleave: number) -> number:
    """Share of the layers in the fullest pipeline stage.

    Stages hold whole layers; where they cannot be equal, the fullest sets pace and memory.
    """
    return np.minimum(interleave * np.ceil(layers / (pipeline_parallel * interleave)) / layers, 1.0)


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
    formula="P (weights / d if Z3 + gradients / d if Z2 + states / d if Z1), dense and experts apart",
)
def state_memory(
    device_dense_parameters: parameter,
    device_expert_parameters: parameter,
    data_parallel: number,
    context_parallel: number,
    expert_parallel: number,
    zero_stage: number,
    element_bytes: B,
    gradient_bytes: B,
    optimizer_bytes: B,
) -> B:
    """Bytes of weights, gradients and optimiser states on one device.

    Stage 1 shards the states over the replicas, 2 the gradients too, 3 the weights too. Replicas of the
    dense part are data times context parallel, of an expert that number over e.
    """
    replicas = data_parallel * context_parallel
    expert_replicas = np.maximum(replicas / expert_parallel, 1.0)
    dense = element_bytes + gradient_bytes + optimizer_bytes
    routed = 1.0 * dense
    if zero_stage >= 1.0:
        dense = dense - optimizer_bytes * (1.0 - 1.0 / replicas)
        routed = routed - optimizer_bytes * (1.0 - 1.0 / expert_replicas)
    if zero_stage >= 2.0:
        dense = dense - gradient_bytes * (1.0 - 1.0 / replicas)
        routed = routed - gradient_bytes * (1.0 - 1.0 / expert_replicas)
    if zero_stage >= 3.0:
        dense = dense - element_bytes * (1.0 - 1.0 / replicas)
        routed = routed - element_bytes * (1.0 - 1.0 / expert_replicas)
    return device_dense_parameters * dense + device_expert_parameters * routed


@equation(
    source="Korthikanti et al. 2022 (arXiv 2205.05198), Equations 1 to 6",
    formula="s b / c h (10 + 24/t + 5 a s / (h t)); sequence parallel: all / t; full recomputation: 2 s b h / c",
)
def layer_activation_memory(
    sequence_length: token,
    microbatch: sequence,
    context_parallel: number,
    tensor_parallel: number,
    hidden_size: number,
    attention_heads: number,
    attention_blocks: number,
    layers: number,
    dense_layer_parameters: parameter,
    active_expert_parameters: parameter,
    moe_layers: number,
    experts_per_token: number,
    fused_attention: number,
    sequence_parallel: number,
    recomputation_level: number,
    element_bytes: B,
) -> B:
    """Bytes kept from the forward for the backward pass of one microbatch, mean of the layers.

    The source's 24 h is 2 bytes for each of the 12 h operands that tensor parallelism splits: in general
    active layer parameters / h, which covers grouped queries, gated and expert networks. Each expert that a
    token visits keeps its copy of input and output (4 h). Written for 16 bits; masks are single bytes.
    """
    tokens = sequence_length * microbatch / context_parallel
    if recomputation_level >= 2.0:
        return tokens * hidden_size * element_bytes
    wide = 4.0 * element_bytes * hidden_size + 2.0 * hidden_size
    wide = wide + 2.0 * element_bytes * hidden_size * moe_layers * experts_per_token / layers
    split = element_bytes * (dense_layer_parameters + active_expert_parameters) / (layers * hidden_size)
    if fused_attention < 1.0 and recomputation_level < 1.0:
        split = split + (2.0 * element_bytes + 1.0) * attention_heads * sequence_length * attention_blocks / layers
    if sequence_parallel >= 1.0:
        wide = wide / tensor_parallel
    return tokens * (wide + split / tensor_parallel)


@equation(
    source="Korthikanti et al. 2022, Section 5 (a layer is computed again before its backward pass)",
    formula="layer_activation_memory without recomputation, if full",
    provenance="extension",
)
def layer_working_memory(
    sequence_length: token,
    microbatch: sequence,
    context_parallel: number,
    tensor_parallel: number,
    hidden_size: number,
    attention_heads: number,
    attention_blocks: number,
    layers: number,
    dense_layer_parameters: parameter,
    active_expert_parameters: parameter,
    moe_layers: number,
    experts_per_token: number,
    fused_attention: number,
    sequence_parallel: number,
    recomputation_level: number,
    element_bytes: B,
) -> B:
    """Bytes of the layer whose activations are computed again; zero without full recomputation.

    One layer at a time.
    """
    if recomputation_level < 2.0:
        return 0.0
    return layer_activation_memory(
        sequence_length,
        microbatch,
        context_parallel,
        tensor_parallel,
        hidden_size,
        attention_heads,
        attention_blocks,
        layers,
        dense_layer_parameters,
        active_expert_parameters,
        moe_layers,
        experts_per_token,
        fused_attention,
        sequence_parallel,
        0.0,
        element_bytes,
    )


@equation(
    source="Korthikanti et al. 2022, Section 4.3; Narayanan et al. 2021 (1F1B, interleaved)",
    formula="layers of the stage x min(p, m) (1 + (p - 1) / (p v)) x layer_activation_memory",
)
def activation_memory(
    layer_activation_memory: B,
    layers: number,
    stage_share: number,
    pipeline_parallel: number,
    interleave: number,
    microbatches: number,
) -> B:
    """Bytes of activations that the first pipeline stage keeps, all microbatches in flight.

    One forward, one backward: p microbatches in flight, or all if there are fewer.
    """
    flight = np.minimum(pipeline_parallel, microbatches)
    if interleave > 1.0:
        flight = flight * (1.0 + (pipeline_parallel - 1.0) / (pipeline_parallel * interleave))
    return layers * stage_share * flight * layer_activation_memory


@equation(
    source="Korthikanti et al. 2022, Section 4.3 (output layer: 4 s b h (1 + V/h) / t)",
    formula="4 (s b / c) (h + V) / t",
)
def logit_memory(
    sequence_length: token,
    microbatch: sequence,
    context_parallel: number,
    tensor_parallel: number,
    hidden_size: number,
    vocabulary_size: number,
) -> B:
    """Bytes that the output layer keeps for one microbatch.

    Input of the last norm and of the projection in 16 bits, logits in 32.
    """
    tokens = sequence_length * microbatch / context_parallel
    return 4.0 * tokens * (hidden_size + vocabulary_size) / tensor_parallel


@equation(
    source="Korthikanti et al. 2022; Rajbhandari et al. 2020",
    formula="framework_memory + states + max(first stage, last stage) + one layer's activations if recomputed",
    provenance="extension",
)
def memory_per_device(
    state_memory: B,
    activation_memory: B,
    logit_memory: B,
    layer_working_memory: B,
    layers: number,
    stage_share: number,
    layer_activation_memory: B,
    pipeline_parallel: number,
    framework_memory: GB,
) -> GB:
    """Memory that the fullest device needs.

    The first stage keeps most microbatches, the last one the logits; without a pipeline they are one.
    """
    first = 1.0 * activation_memory
    last = layers * stage_share * layer_activation_memory + logit_memory
    if pipeline_parallel <= 1.0:
        first = first + logit_memory
    return framework_memory + (state_memory + np.maximum(first, last) + layer_working_memory) / 1e9
