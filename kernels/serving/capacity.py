"""What fits: sequences beside the weights, and why a replica cannot serve."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import GB, B, FLOP_per_s, device, number, sequence

SERVING_REASONS = (
    "feasible",
    "the weights do not fit in the memory of the replica's devices; give more devices or a smaller format",
    "the cache of one sequence does not fit beside the weights; give more devices or shorter requests",
    "attention heads or layers do not divide over the parallel degrees, or attention data parallelism without experts",
    "the accelerator lacks the number format, or its figures are not known",
    "the request rate is above what the replicas can serve",
    "the limits of latency cannot be met; the values shown are the nearest that can be reached",
    "the engine does not run on the accelerator",
    "the model has an encoder: how it is served is not modelled; give one that is a decoder alone",
)
"""What the codes of `serving_infeasibility` mean, by index."""


@equation(valid="[1, inf)", source="definition", formula="t s a", provenance="extension")
def replica_devices(
    serving_tensor_parallel: number, serving_pipeline_parallel: number, serving_data_parallel: number
) -> device:
    """Accelerators of one replica."""
    return serving_tensor_parallel * serving_pipeline_parallel * serving_data_parallel


@equation(
    valid="(-inf, inf)",
    source="this project",
    formula="device_memory memory_fraction - memory_reserve - weights",
    provenance="extension",
)
def cache_memory(device_memory: GB, memory_fraction: number, memory_reserve: GB, weight_bytes_per_device: B) -> B:
    """Memory of a device that is left for the cache; below zero where the weights do not fit."""
    return 1e9 * (device_memory * memory_fraction - memory_reserve) - weight_bytes_per_device


@equation(
    source="Kwon et al. 2023 (paged cache: no fragments)",
    formula="a cache_memory / kv_bytes_per_sequence",
    provenance="extension",
)
def kv_capacity(cache_memory: B, kv_bytes_per_sequence: B, serving_data_parallel: number) -> sequence:
    """Sequences whose cache fits in a replica; 0 where the weights do not fit.

    A mean: sequences of all ages are there together.
    """
    if cache_memory <= 0.0:
        return 0.0
    return serving_data_parallel * cache_memory / np.maximum(kv_bytes_per_sequence, 1.0)


@equation(valid="[0, 1]", source="definition", formula="kv_capacity >= 1", provenance="extension")
def serving_fits(kv_capacity: sequence) -> number:
    """Whether weights and the cache of a sequence fit in a replica."""
    if np.isnan(kv_capacity):
        return np.nan
    return 1.0 if kv_capacity >= 1.0 else 0.0


@equation(
    valid="[0, 1]",
    source="definition",
    formula="encoder_layers > 0, or stack is encoder or encoder-decoder",
    provenance="extension",
)
def has_encoder(stack: number, encoder_layers: number) -> number:
    """Whether a part of the model does not work on each token of an answer, which the passes here assume."""
    return 1.0 if stack > 1.0 or encoder_layers > 0.0 else 0.0


@equation(
    valid="[0, 8]",
    source="this project",
    formula="code: 0 possible, 1 weights, 2 cache, 3 degrees, 4 format, 7 engine, 8 encoder",
    provenance="extension",
    choices=SERVING_REASONS,
)
def replica_infeasibility(
    serving_fits: number,
    cache_memory: B,
    degrees_divide: number,
    weight_peak_flops: FLOP_per_s,
    expert_peak_flops: FLOP_per_s,
    experts: number,
    stack_time_factor: number,
    has_encoder: number,
) -> number:
    """Why a replica cannot work, whatever the load; 0 where it can."""
    if has_encoder > 0.0:
        return 8.0
    if degrees_divide == 0.0:
        return 3.0
    if np.isnan(weight_peak_flops) or (experts > 0.0 and np.isnan(expert_peak_flops)):
        return 4.0
    if np.isnan(stack_time_factor):
        return 7.0
    if cache_memory <= 0.0:
        return 1.0
    if serving_fits == 0.0:
        return 2.0
    return 0.0


@equation(
    valid="[0, 1]",
    source="this project",
    formula="degrees whole, t <= heads and t | heads, s <= layers, a = 1 without experts",
    provenance="extension",
)
def degrees_divide(
    serving_tensor_parallel: number,
    serving_pipeline_parallel: number,
    serving_data_parallel: number,
    attention_heads: number,
    layers: number,
    experts: number,
) -> number:
    """Whether heads, layers and experts divide over the parallel degrees.

    Attention data parallelism shares experts: without them its ranks are replicas, and are given as such.
    """
    t, s, a = serving_tensor_parallel, serving_pipeline_parallel, serving_data_parallel
    heads = attention_heads / t
    if t < 1.0 or s < 1.0 or a < 1.0 or t != np.floor(t) or s != np.floor(s) or a != np.floor(a):
        return 0.0
    if heads < 1.0 or heads != np.floor(heads) or s > layers or (a > 1.0 and experts <= 0.0):
        return 0.0
    return 1.0


@equation(
    valid="(0, inf)",
    source="this project",
    formula="min(serving_batch, kv_capacity), NaN if a replica is not possible",
    provenance="extension",
)
def running_batch(serving_batch: sequence, kv_capacity: sequence, replica_infeasibility: number) -> sequence:
    """Sequences that a full replica works on at once: as many as allowed, or as fit."""
    if replica_infeasibility != 0.0:
        return np.nan
    return np.minimum(serving_batch, kv_capacity)


@equation(
    valid="[1, inf)",
    source="definition",
    formula="max(running_batch / (a s), 1)",
    provenance="extension",
)
def rank_batch(running_batch: sequence, serving_data_parallel: number, serving_pipeline_parallel: number) -> sequence:
    """Sequences that pass a device together: those of its rank, in as many microbatches as there are stages."""
    return np.maximum(running_batch / (serving_data_parallel * serving_pipeline_parallel), 1.0)
