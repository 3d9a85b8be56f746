"""How sparsity, structure and experts act together on the time of a step, and whether anyone has tested that.

Factors multiply. No paper tests the combinations: `extrapolated` marks them.
"""

import numpy as np

from carbonsweep.kernels.registry import default, equation
from carbonsweep.kernels.units import FLOP_per_s, number

OURS = "this project: factors multiply"


@equation(
    valid="(0, inf)", source=OURS, formula="sparse_training_time_factor * structure_time_factor", provenance="extension"
)
def training_time_factor(sparse_training_time_factor: number, structure_time_factor: number) -> number:
    """Time of a training step over that of dense kernels with the same training_flops.

    One unless sparsity or a structure is given.
    """
    return sparse_training_time_factor * structure_time_factor


@equation(
    valid="(0, inf)",
    source=OURS,
    formula="sparse_inference_time_factor * structure_time_factor",
    provenance="extension",
)
def inference_time_factor(sparse_inference_time_factor: number, structure_time_factor: number) -> number:
    """Time of inference over that of dense kernels with the same inference_flops.

    One unless sparsity or a structure is given.
    """
    return sparse_inference_time_factor * structure_time_factor


@equation(
    valid="[0, 1]",
    source="SLoPe's measured table: one A100-40GB",
    formula="1 if peak_flops is that of the measurement",
    variant="peak",
    provenance="extension",
)
def sparse_device_measured(peak_flops: FLOP_per_s, measured_sparse_peak: FLOP_per_s, kept_fraction: number) -> number:
    """Whether sparse kernels were measured on this accelerator.

    Told by its peak rate.
    """
    if kept_fraction < 1.0 and np.abs(peak_flops / measured_sparse_peak - 1.0) < 1e-3:
        return 1.0
    return 0.0


default(
    "sparse_device_measured",
    0.0,
    number,
    "Whether sparse kernels were measured, where accelerator or model are not of the catalogs.",
    valid="[0, 1]",
    source="definition",
)


@equation(valid="[0, 1]", source="definition", formula="1 unless kept_fraction is 1", variant="sparse")
def is_sparse(kept_fraction: number) -> number:
    """Whether matrices are N:M-sparse."""
    if kept_fraction < 1.0:
        return 1.0
    return 0.0


default(
    "is_sparse", 0.0, number, "Whether matrices are N:M-sparse, without a pattern.", valid="[0, 1]", source="definition"
)


@equation(valid="[0, 1]", source="definition", formula="1 unless linear_structure is dense", variant="structured")
def is_structured(linear_structure: number) -> number:
    """Whether matrices are structured."""
    if linear_structure > 0.0:
        return 1.0
    return 0.0


default(
    "is_structured",
    0.0,
    number,
    "Whether matrices are structured, without a structure.",
    valid="[0, 1]",
    source="definition",
)


@equation(
    valid="[0, 1]",
    source="this project: no paper tests combinations",
    formula="1 for two of sparse, structured and experts; 1 for sparse unless measured on this model and device",
    provenance="extension",
)
def extrapolated(
    is_sparse: number, is_structured: number, experts: number, sparse_measured: number, sparse_device_measured: number
) -> number:
    """Whether a configuration combines what no paper tested.

    Mixtures of experts alone, structures alone and sparsity as measured are not marked.
    """
    kinds = is_sparse + is_structured + (1.0 if experts > 0.0 else 0.0)
    if kinds >= 2.0:
        return 1.0
    if is_sparse > 0.0 and sparse_measured * sparse_device_measured == 0.0:
        return 1.0
    return 0.0
