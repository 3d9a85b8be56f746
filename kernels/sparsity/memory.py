"""Memory of N:M-sparse weights (SLoPe): bits for each group of weights, and the whole model over a dense one."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import bit, number, parameter

SLOPE = "Mozaffari et al. 2025 (SLoPe, arXiv 2405.16325), the first author's thesis, chapter 4"


@equation(source=SLOPE, formula="(2 (16 N + index) + 16 N + 64 N + 8 M) / (96 M); 1 if dense")
def sparse_training_memory_ratio(sparse_kept: number, sparse_group: number, sparse_index_bits: bit) -> number:
    """Memory of training sparse weights over dense ones.

    fp16 weights twice (also transposed), gradients, two fp32 moments, a mask of a byte each. The paper prints the
    weights as 2 (16 + 3), which does not give its 68 %.
    """
    if sparse_kept >= sparse_group:
        return 1.0
    sparse = 2.0 * (16.0 * sparse_kept + sparse_index_bits) + 80.0 * sparse_kept + 8.0 * sparse_group
    return sparse / (96.0 * sparse_group)


@equation(source=SLOPE, formula="(16 N + index) / (16 M); 1 if dense")
def sparse_memory_ratio(sparse_kept: number, sparse_group: number, sparse_index_bits: bit) -> number:
    """Memory of sparse fp16 weights over dense ones.

    In inference; activations and caches are left out.
    """
    if sparse_kept >= sparse_group:
        return 1.0
    return (16.0 * sparse_kept + sparse_index_bits) / (16.0 * sparse_group)


@equation(
    valid="[0, 1]",
    source="this project from the terms of SLoPe",
    formula="(attention + feed-forward in scope) / parameters; 0 if dense",
    variant="counted",
    provenance="extension",
)
def sparse_parameter_share(
    sparse_scope: number,
    attention_parameters: parameter,
    ffn_parameters: parameter,
    routed_expert_parameters: parameter,
    shared_expert_parameters: parameter,
    parameters: parameter,
    kept_fraction: number,
) -> number:
    """Share of the parameters that are in sparse matrices.

    Embeddings, heads and routers stay dense.
    """
    if sparse_scope == 0.0 or kept_fraction >= 1.0:
        return 0.0
    linear = ffn_parameters + routed_expert_parameters + shared_expert_parameters
    linear = linear + (attention_parameters if sparse_scope == 2.0 else 0.0)
    return np.minimum(linear / parameters, 1.0)


@equation(
    valid="(0, inf)",
    source="SLoPe's measured table; its accounting elsewhere",
    formula="measured, else 1 - w + w sparse_training_memory_ratio + adapter_parameters / parameters",
    variant="measured_or_computed",
    provenance="extension",
)
def model_training_memory_ratio(
    sparse_measured: number,
    measured_sparse_training_memory: number,
    sparse_parameter_share: number,
    sparse_training_memory_ratio: number,
    adapter_parameters: parameter,
    parameters: parameter,
) -> number:
    """Memory of training the sparse model over the dense one.

    Weights, gradients and optimiser alone, where not measured.
    """
    if sparse_measured > 0.0:
        return 1.0 * measured_sparse_training_memory
    sparse = sparse_parameter_share * sparse_training_memory_ratio
    return 1.0 - sparse_parameter_share + sparse + adapter_parameters / parameters


@equation(
    valid="(0, inf)",
    source="SLoPe's accounting",
    formula="1 - w + w sparse_training_memory_ratio + adapter_parameters / parameters",
    quantity="model_training_memory_ratio",
    variant="computed",
    provenance="extension",
)
def model_training_memory_ratio_computed(
    sparse_parameter_share: number,
    sparse_training_memory_ratio: number,
    adapter_parameters: parameter,
    parameters: parameter,
) -> number:
    """Memory of training the sparse model over the dense one, by its bits.

    Weights, gradients and optimiser alone.
    """
    sparse = sparse_parameter_share * sparse_training_memory_ratio
    return 1.0 - sparse_parameter_share + sparse + adapter_parameters / parameters


@equation(
    valid="(0, inf)",
    source="SLoPe's measured table; its accounting elsewhere",
    formula="measured at rank 0, 1.56 % or 6.25 %, else as computed",
    variant="measured_or_computed",
    provenance="extension",
)
def model_memory_ratio(
    sparse_measured: number,
    adapter_rank_ratio: number,
    measured_sparse_memory: number,
    measured_sparse_memory_rank_156: number,
    measured_sparse_memory_rank_625: number,
    sparse_parameter_share: number,
    sparse_memory_ratio: number,
    adapter_parameters: parameter,
    parameters: parameter,
) -> number:
    """Memory of inference with the sparse model over the dense one.

    Weights alone, where not measured; for OPT-66B that gives 0.55 against 0.63 measured.
    """
    if sparse_measured > 0.0:
        if adapter_rank_ratio == 0.0:
            return 1.0 * measured_sparse_memory
        if 0.0155 <= adapter_rank_ratio <= 0.0157:
            return 1.0 * measured_sparse_memory_rank_156
        if 0.062 <= adapter_rank_ratio <= 0.063:
            return 1.0 * measured_sparse_memory_rank_625
    sparse = sparse_parameter_share * sparse_memory_ratio
    return 1.0 - sparse_parameter_share + sparse + adapter_parameters / parameters


@equation(
    valid="(0, inf)",
    source="SLoPe's accounting",
    formula="1 - w + w sparse_memory_ratio + adapter_parameters / parameters",
    quantity="model_memory_ratio",
    variant="computed",
    provenance="extension",
)
def model_memory_ratio_computed(
    sparse_parameter_share: number, sparse_memory_ratio: number, adapter_parameters: parameter, parameters: parameter
) -> number:
    """Memory of inference with the sparse model over the dense one, by its bits.

    Weights alone; adapters in fp16.
    """
    sparse = sparse_parameter_share * sparse_memory_ratio
    return 1.0 - sparse_parameter_share + sparse + adapter_parameters / parameters
