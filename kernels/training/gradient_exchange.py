"""What replicas exchange once a step: gradients and weights, and how much of it computation hides."""

import numpy as np

from carbonsweep.kernels.registry import default, equation
from carbonsweep.kernels.units import B, B_per_s, device, number, parameter, s, s_per_B

HYBRID = "Zhao et al. 2023 (hybrid sharding); Zhang et al. 2022 (MiCS)"


def ring_seconds(size, inner, scale_up_devices, inside, outside):
    """Time for each byte that a ring of `size` ranks reduces or gathers, `inner` other ranks packed closer.

    Ranks of one fast domain reduce among themselves first, then each sends its share to the other domains.
    """
    local = np.minimum(np.maximum(np.floor(scale_up_devices / inner), 1.0), size)
    far = np.maximum(size / local, 1.0)
    return (local - 1.0) / local / inside + (far - 1.0) / far / (local * outside)


def far_hops(size, inner, scale_up_devices):
    """Hops between fast domains in a ring of `size` ranks, `inner` other ranks packed closer."""
    near = np.minimum(np.maximum(np.floor(scale_up_devices / inner), 1.0), size)
    return np.maximum(size / near, 1.0) - 1.0


@equation(
    source="Narayanan et al. 2021; Korthikanti et al. 2022",
    formula="(stage_share D + V h (p > 1) or 1.5 V h) / t",
    provenance="extension",
)
def exchanged_dense_parameters(
    stage_share: number,
    dense_layer_parameters: parameter,
    vocabulary_size: number,
    hidden_size: number,
    pipeline_parallel: number,
    tensor_parallel: number,
) -> parameter:
    """Parameters of one device whose gradients are exchanged among data-parallel ranks, routed experts left out.

    Without a pipeline the two embeddings count one and a half times, between tied and not.
    """
    ends = 1.0 if pipeline_parallel > 1.0 else 1.5
    return (stage_share * dense_layer_parameters + ends * vocabulary_size * hidden_size) / tensor_parallel


def domain_group(scale_up_devices):
    """As many replicas as a fast domain has devices, rounded down to a power of two: a group of stage 4."""
    return 2.0 ** np.floor(np.log2(np.maximum(scale_up_devices, 1.0)))


default(
    "sharded_in_groups",
    1.0,
    number,
    "Whether ZeRO shards within groups that hold copies of each other: it does, where their size is given.",
    source=HYBRID,
    valid="[0, 1]",
    variant="group_given",
    when_given=("shard_group",),
)


@equation(valid="[0, 1]", source=HYBRID, formula="1 in stage 4, else 0", variant="by_stage")
def sharded_in_groups(zero_stage: number) -> number:
    """Whether ZeRO shards within groups that hold copies of each other."""
    return 1.0 if zero_stage >= 4.0 else 0.0


@equation(
    valid="[1, inf)",
    source=HYBRID,
    formula="min(2^floor(log2 scale_up_devices), max(d c, 1))",
    variant="domain",
    provenance="extension",
)
def group_shards(data_parallel: number, context_parallel: number, scale_up_devices: device) -> number:
    """Replicas of a group within which ZeRO may shard.

    As many as a fast domain has devices, whatever tensor parallelism is.
    """
    return np.minimum(domain_group(scale_up_devices), np.maximum(data_parallel * context_parallel, 1.0))


@equation(
    valid="[1, inf)",
    source=HYBRID,
    formula="min(shard_group, max(d c, 1))",
    quantity="group_shards",
    variant="given",
    when_given=("shard_group",),
)
def group_shards_given(data_parallel: number, context_parallel: number, shard_group: number) -> number:
    """Replicas of a group within which ZeRO shards."""
    return np.minimum(shard_group, np.maximum(data_parallel * context_parallel, 1.0))


@equation(
    valid="[1, inf)",
    source="definition",
    formula="NaN",
    quantity="group_shards",
    variant="unknown",
    provenance="assumed",
)
def group_shards_unknown(data_parallel: number) -> number:
    """Replicas of a group within which ZeRO may shard: not known without the accelerator's fast domain."""
    return data_parallel * np.nan


# Of both ways to shard all is computed that does not depend on the stage of ZeRO, so that a search tries stages fast.


@equation(
    valid="(0, 1]",
    source=f"Rajbhandari et al. 2020 (ZeRO); {HYBRID}",
    formula="1 / max(d c, 1); in groups: 1 / group_shards",
)
def dense_shard_share(
    data_parallel: number, context_parallel: number, group_shards: number, sharded_in_groups: number
) -> number:
    """Share of dense weights, gradients or states that one replica keeps where ZeRO shards them."""
    whole = 1.0 / np.maximum(data_parallel * context_parallel, 1.0)
    group = 1.0 / group_shards
    return group if sharded_in_groups > 0.0 else whole


@equation(
    source="this project (hierarchical rings)",
    formula="max(d c, 1) ranks, inner t: (local - 1)/local / W1 + (far - 1)/far / (local W2)",
    provenance="extension",
)
def whole_dense_ring_time(
    data_parallel: number,
    context_parallel: number,
    tensor_parallel: number,
    scale_up_devices: device,
    sustained_scale_up: B_per_s,
    sustained_scale_out: B_per_s,
) -> s_per_B:
    """Time of a reduction or gathering of dense parameters among all replicas, for each byte; 0 for one replica."""
    replicas = np.maximum(data_parallel * context_parallel, 1.0)
    return ring_seconds(replicas, tensor_parallel, scale_up_devices, sustained_scale_up, sustained_scale_out)


@equation(source=HYBRID, formula="as whole_dense_ring_time for group_shards", provenance="extension")
def group_dense_ring_time(
    group_shards: number,
    tensor_parallel: number,
    scale_up_devices: device,
    sustained_scale_up: B_per_s,
    sustained_scale_out: B_per_s,
) -> s_per_B:
    """The same within a group of replicas."""
    return ring_seconds(group_shards, tensor_parallel, scale_up_devices, sustained_scale_up, sustained_scale_out)


@equation(source=HYBRID, formula="group_dense_ring_time where ZeRO shards in groups, else whole_dense_ring_time")
def dense_ring_time(
    whole_dense_ring_time: s_per_B, group_dense_ring_time: s_per_B, sharded_in_groups: number
) -> s_per_B:
    """Time of a reduction or gathering among the shards of dense parameters, for each byte."""
    return 1.0 * group_dense_ring_time if sharded_in_groups > 0.0 else 1.0 * whole_dense_ring_time


@equation(valid="[1, inf)", source="Rajbhandari et al. 2022 (DeepSpeed-MoE)", formula="max(d c / e, 1)")
def expert_replicas(data_parallel: number, context_parallel: number, expert_parallel: number) -> number:
    """Replicas of each routed expert."""
    return np.maximum(data_parallel * context_parallel / expert_parallel, 1.0)


@equation(valid="[1, inf)", source=HYBRID, formula="max(group_shards / e, 1)")
def expert_group_shards(group_shards: number, expert_parallel: number) -> number:
    """Replicas of each routed expert in a group within which ZeRO may shard."""
    return np.maximum(group_shards / expert_parallel, 1.0)


@equation(
    valid="(0, 1]",
    source=f"Rajbhandari et al. 2022 (DeepSpeed-MoE); {HYBRID}",
    formula="1 / expert_replicas; in groups: 1 / expert_group_shards",
)
def expert_shard_share(expert_replicas: number, expert_group_shards: number, sharded_in_groups: number) -> number:
    """Share of routed experts' weights, gradients or states that one replica keeps where ZeRO shards them."""
    whole = 1.0 / expert_replicas
    group = 1.0 / expert_group_shards
    return group if sharded_in_groups > 0.0 else whole


@equation(
    source="this project (hierarchical rings)",
    formula="as whole_dense_ring_time for expert_replicas, inner t e",
    provenance="extension",
)
def whole_expert_ring_time(
    expert_replicas: number,
    expert_parallel: number,
    tensor_parallel: number,
    scale_up_devices: device,
    sustained_scale_up: B_per_s,
    sustained_scale_out: B_per_s,
) -> s_per_B:
    """Time of a reduction or gathering of routed experts among all their replicas, for each byte."""
    inner = tensor_parallel * expert_parallel
    return ring_seconds(expert_replicas, inner, scale_up_devices, sustained_scale_up, sustained_scale_out)


@equation(source=HYBRID, formula="as whole_expert_ring_time for expert_group_shards", provenance="extension")
def group_expert_ring_time(
    expert_group_shards: number,
    expert_parallel: number,
    tensor_parallel: number,
    scale_up_devices: device,
    sustained_scale_up: B_per_s,
    sustained_scale_out: B_per_s,
) -> s_per_B:
    """The same within a group of replicas."""
    inner = tensor_parallel * expert_parallel
    return ring_seconds(expert_group_shards, inner, scale_up_devices, sustained_scale_up, sustained_scale_out)


@equation(source=HYBRID, formula="group_expert_ring_time where ZeRO shards in groups, else whole_expert_ring_time")
def expert_ring_time(
    whole_expert_ring_time: s_per_B, group_expert_ring_time: s_per_B, sharded_in_groups: number
) -> s_per_B:
    """Time of a reduction or gathering among the shards of experts, for each byte."""
    return 1.0 * group_expert_ring_time if sharded_in_groups > 0.0 else 1.0 * whole_expert_ring_time


@equation(
    source="Rajbhandari et al. 2020; Zhao et al. 2023 (FSDP gathers twice for every microbatch)",
    formula="f (gradient_bytes + bytes); ZeRO 3: bytes (f + 2 m), f = trained_share",
    provenance="extension",
)
def exchanged_bytes(
    zero_stage: number, microbatches: number, gradient_bytes: B, element_bytes: B, trained_share: number
) -> B:
    """Bytes that are exchanged for each parameter in one step.

    Gradients are reduced and updated weights gathered, of what is trained; stage 3 gathers all weights for the
    forward and the backward pass of every microbatch.
    """
    if zero_stage >= 3.0:
        return element_bytes * (trained_share + 2.0 * microbatches)
    return (gradient_bytes + element_bytes) * trained_share


@equation(
    valid="[0, inf)",
    source="this project (hierarchical rings)",
    formula="far - 1, far = max(d c, 1) / those in one fast domain",
    provenance="extension",
)
def whole_exchange_hops(
    data_parallel: number, context_parallel: number, tensor_parallel: number, scale_up_devices: device
) -> number:
    """Hops between fast domains of a ring among all replicas."""
    return far_hops(np.maximum(data_parallel * context_parallel, 1.0), tensor_parallel, scale_up_devices)


@equation(valid="[0, inf)", source=HYBRID, formula="as whole_exchange_hops for group_shards", provenance="extension")
def group_exchange_hops(group_shards: number, tensor_parallel: number, scale_up_devices: device) -> number:
    """Hops between fast domains of a ring within a group of replicas."""
    return far_hops(group_shards, tensor_parallel, scale_up_devices)


@equation(
    valid="[0, inf)",
    source=HYBRID,
    formula="group_exchange_hops where ZeRO shards in groups, else whole_exchange_hops",
)
def exchange_hops(whole_exchange_hops: number, group_exchange_hops: number, sharded_in_groups: number) -> number:
    """Hops between fast domains of the ring among the shards of dense parameters."""
    return 1.0 * group_exchange_hops if sharded_in_groups > 0.0 else 1.0 * whole_exchange_hops


@equation(
    source="NCCL (ring hops between nodes); TPU meshes have none",
    formula="calls l stage_share exchange_hops hop_latency; TPU x 0.05",
    provenance="extension",
)
def exchange_hops_time(
    exchange_hops: number, zero_stage: number, microbatches: number, stage_layers: number, layer_hop_latency: s
) -> s:
    """Time of the hops between fast domains of the exchanges of all layers of a stage."""
    calls = 1.0 + 2.0 * microbatches if zero_stage >= 3.0 else 2.0
    return calls * stage_layers * exchange_hops * layer_hop_latency


@equation(valid="[1, inf)", source=HYBRID, formula="max(d c / group_shards, 1)")
def shard_copies(data_parallel: number, context_parallel: number, group_shards: number) -> number:
    """Groups that hold copies of the same dense weights, where ZeRO shards in groups."""
    return np.maximum(data_parallel * context_parallel / group_shards, 1.0)


@equation(valid="[1, inf)", source=HYBRID, formula="max(expert_replicas / expert_group_shards, 1)")
def expert_shard_copies(expert_replicas: number, expert_group_shards: number) -> number:
    """Groups that hold copies of the same routed experts, where ZeRO shards in groups."""
    return np.maximum(expert_replicas / expert_group_shards, 1.0)


@equation(
    source=HYBRID, formula="as whole_dense_ring_time for shard_copies, inner t group_shards", provenance="extension"
)
def dense_copies_ring_time(
    shard_copies: number,
    group_shards: number,
    tensor_parallel: number,
    scale_up_devices: device,
    sustained_scale_up: B_per_s,
    sustained_scale_out: B_per_s,
) -> s_per_B:
    """Time of a reduction among the copies of a shard of dense parameters, for each byte."""
    inner = tensor_parallel * group_shards
    return ring_seconds(shard_copies, inner, scale_up_devices, sustained_scale_up, sustained_scale_out)


@equation(source=HYBRID, formula="as dense_ring_time for expert_shard_copies, inner t e shards", provenance="extension")
def expert_copies_ring_time(
    expert_shard_copies: number,
    expert_group_shards: number,
    tensor_parallel: number,
    expert_parallel: number,
    scale_up_devices: device,
    sustained_scale_up: B_per_s,
    sustained_scale_out: B_per_s,
) -> s_per_B:
    """Time of a reduction among the copies of a shard of experts, for each byte."""
    inner = tensor_parallel * expert_parallel * expert_group_shards
    return ring_seconds(expert_shard_copies, inner, scale_up_devices, sustained_scale_up, sustained_scale_out)


@equation(source=HYBRID, formula="2 l stage_share (far - 1) hop_latency", provenance="extension")
def copies_hops_time(
    shard_copies: number,
    group_shards: number,
    tensor_parallel: number,
    scale_up_devices: device,
    stage_layers: number,
    layer_hop_latency: s,
) -> s:
    """Time of the hops between fast domains when the copies of all layers of a stage are reduced."""
    hops = far_hops(shard_copies, tensor_parallel * group_shards, scale_up_devices)
    return 2.0 * stage_layers * hops * layer_hop_latency


@equation(
    source=HYBRID,
    formula="2 gradient_bytes (dense / shards x ring + experts / shards x ring) among copies + hops",
    provenance="extension",
)
def copies_exchange_time(
    trained_gradient_bytes: B,
    exchanged_dense_parameters: parameter,
    group_shards: number,
    dense_copies_ring_time: s_per_B,
    device_expert_parameters: parameter,
    expert_group_shards: number,
    expert_copies_ring_time: s_per_B,
    copies_hops_time: s,
) -> s:
    """Time of adding up gradients among groups that shard apart, before any overlap: an all-reduce of each shard."""
    dense = exchanged_dense_parameters / group_shards * dense_copies_ring_time
    routed = device_expert_parameters / expert_group_shards * expert_copies_ring_time
    return 2.0 * trained_gradient_bytes * (dense + routed) + copies_hops_time


@equation(source=HYBRID, formula="copies_exchange_time where ZeRO shards in groups, else 0")
def group_exchange_time(sharded_in_groups: number, copies_exchange_time: s) -> s:
    """Time of adding up gradients among groups that shard apart, none where all replicas shard together."""
    return 1.0 * copies_exchange_time if sharded_in_groups > 0.0 else 0.0


@equation(
    valid="(-inf, inf)",
    source=HYBRID,
    formula="exchange of ZeRO 3 among all replicas - within groups - copies_exchange_time",
    provenance="extension",
)
def group_saving(
    whole_dense_ring_time: s_per_B,
    group_dense_ring_time: s_per_B,
    whole_expert_ring_time: s_per_B,
    group_expert_ring_time: s_per_B,
    whole_exchange_hops: number,
    group_exchange_hops: number,
    exchanged_dense_parameters: parameter,
    device_expert_parameters: parameter,
    element_bytes: B,
    trained_share: number,
    microbatches: number,
    stage_layers: number,
    layer_hop_latency: s,
    copies_exchange_time: s,
) -> s:
    """Time by which the exchange is shorter where ZeRO shards weights in groups, before any overlap.

    Where it is not, groups are never faster: they hold and update more.
    """
    dense = whole_dense_ring_time - group_dense_ring_time
    routed = whole_expert_ring_time - group_expert_ring_time
    hops = whole_exchange_hops - group_exchange_hops
    moved = exchanged_dense_parameters * dense + device_expert_parameters * routed
    passes = element_bytes * (trained_share + 2.0 * microbatches) * moved
    return passes + (1.0 + 2.0 * microbatches) * stage_layers * hops * layer_hop_latency - copies_exchange_time


@equation(source="NCCL (recalled); TPU meshes assumed", formula="hop_latency; TPU x 0.05", provenance="assumed")
def layer_hop_latency(hop_latency: s, is_tpu: number) -> s:
    """Time of one hop of a ring between fast domains of this accelerator."""
    return 0.05 * hop_latency if is_tpu >= 1.0 else 1.0 * hop_latency


@equation(
    source="Narayanan et al. 2021 (ring); Rajbhandari et al. 2020 (ZeRO volumes)",
    formula="exchanged_bytes (dense x ring + experts x ring) + hops + group_exchange_time",
    provenance="extension",
)
def gradient_exchange_time(
    exchanged_bytes: B,
    exchanged_dense_parameters: parameter,
    dense_ring_time: s_per_B,
    device_expert_parameters: parameter,
    expert_ring_time: s_per_B,
    exchange_hops_time: s,
    group_exchange_time: s,
) -> s:
    """Time of reducing gradients and gathering weights between replicas, before any overlap."""
    dense = exchanged_dense_parameters * dense_ring_time
    moved = exchanged_bytes * (dense + device_expert_parameters * expert_ring_time)
    return moved + exchange_hops_time + group_exchange_time


@equation(
    valid="[0, 1]",
    source="fitted on measured training steps by benchmarks/fit_step.py",
    formula="ZeRO 3: exposed_gathers; gradient_overlap: exposed_gradients; else 1",
    provenance="extension",
)
def exposed_exchange_share(
    zero_stage: number, gradient_overlap: number, exposed_gathers: number, exposed_gradients: number
) -> number:
    """Share of the exchange that is not hidden even where there is computation enough."""
    if zero_stage >= 3.0:
        return 1.0 * exposed_gathers
    return 1.0 * exposed_gradients if gradient_overlap > 0.0 else 1.0


@equation(
    source="Rajbhandari et al. 2020; Zhao et al. 2023 (FSDP)",
    formula="x min(exchange, window) + max(exchange - window, 0); window 0.6 work, ZeRO 3: 0.9 m work",
    provenance="extension",
)
def exposed_exchange_time(
    gradient_exchange_time: s,
    stage_work_time: s,
    microbatches: number,
    zero_stage: number,
    exposed_exchange_share: number,
) -> s:
    """Time of the exchange between replicas that computation does not hide.

    Gradients are complete only in the backward pass of the last microbatch, so no more than that can hide
    them; the gathers of stage 3 run beside all work.
    """
    window = 0.6 * stage_work_time
    if zero_stage >= 3.0:
        window = 0.9 * microbatches * stage_work_time
    beside = exposed_exchange_share * np.minimum(gradient_exchange_time, window)
    return beside + np.maximum(gradient_exchange_time - window, 0.0)
