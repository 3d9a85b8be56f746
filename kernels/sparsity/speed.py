"""How much faster N:M-sparse matrices are (SLoPe): as measured where the model is in the table, else by Amdahl's law.

`sparse_measured` says which. The paper measures time and memory, no power.
"""

import numpy as np

from carbonsweep.kernels.registry import default, equals, equation
from carbonsweep.kernels.units import number

TABLE = "SLoPe's measured table, through the catalog of sparse speed-ups"
OURS = "this project from the terms of SLoPe"


equals(
    "sparse_time_share",
    "sparse_flops_share",
    number,
    "Share of the dense step's time that is in the matrices made sparse.",
    notes="Attention scores, norms and communication take more of the time than of the operations: an upper bound.",
    valid="[0, 1]",
    source="this project: time as operations",
    provenance="assumed",
)


@equation(valid="[0, 1]", source=TABLE, formula="1 for 2:4 in all matrices of a model in the table", variant="table")
def sparse_measured(
    sparse_kept: number, sparse_group: number, sparse_scope: number, measured_sparse_training_speedup: number
) -> number:
    """Whether speed and memory of the sparse model are measured.

    On one A100; see sparse_device_measured.
    """
    if sparse_kept == 2.0 and sparse_group == 4.0 and sparse_scope == 2.0:
        return 0.0 if np.isnan(measured_sparse_training_speedup) else 1.0
    return 0.0


default(
    "sparse_measured",
    0.0,
    number,
    "Whether speed and memory are measured, without a model of the catalog.",
    valid="[0, 1]",
    source="definition",
)


@equation(
    valid="(0, inf)",
    source="SLoPe's measured table; Amdahl's law elsewhere",
    formula="1 / measured speed-up, else (1 - p) + p (1 + 2/S) / 3; 1 if dense",
    variant="measured_or_amdahl",
    provenance="extension",
)
def sparse_training_time_factor(
    kept_fraction: number,
    sparse_measured: number,
    measured_sparse_training_speedup: number,
    sparse_time_share: number,
    spmm_speedup: number,
) -> number:
    """Time of a sparse training step over that of a dense one.

    Measured where the model is in the table; Amdahl's law is 2 to 5 % too fast there.
    """
    if kept_fraction >= 1.0:
        return 1.0
    if sparse_measured > 0.0:
        return 1.0 / measured_sparse_training_speedup
    return 1.0 - sparse_time_share + sparse_time_share * (1.0 + 2.0 / spmm_speedup) / 3.0


@equation(
    valid="(0, inf)",
    source=TABLE,
    formula="1 / measured speed-up; 1 if dense",
    quantity="sparse_training_time_factor",
    variant="measured",
)
def sparse_training_time_factor_measured(
    kept_fraction: number, sparse_measured: number, measured_sparse_training_speedup: number
) -> number:
    """Time of a sparse training step over that of a dense one, as measured.

    NaN for a model or pattern that was not measured: give spmm_speedup.
    """
    if kept_fraction >= 1.0:
        return 1.0
    if sparse_measured > 0.0:
        return 1.0 / measured_sparse_training_speedup
    return np.nan


@equation(
    valid="(0, inf)",
    source=OURS,
    formula="(1 - p) + p (1 + 2/S) / 3; 1 if dense",
    quantity="sparse_training_time_factor",
    variant="amdahl",
    provenance="extension",
)
def sparse_training_time_factor_amdahl(
    kept_fraction: number, sparse_time_share: number, spmm_speedup: number
) -> number:
    """Time of a sparse training step over that of a dense one, by Amdahl's law.

    Two of three products are sparse. 2 to 5 % too fast against SLoPe's table.
    """
    if kept_fraction >= 1.0:
        return 1.0
    return 1.0 - sparse_time_share + sparse_time_share * (1.0 + 2.0 / spmm_speedup) / 3.0


default(
    "sparse_training_time_factor",
    1.0,
    number,
    "Time of a training step over that of a dense one, without sparsity.",
    valid="(0, inf)",
    source="definition",
)


@equation(
    valid="(0, inf)",
    source=TABLE,
    formula="measured speed-up at rank 0, 1.56 % or 6.25 %; NaN else; 1 if dense",
    variant="table",
)
def sparse_inference_speedup(
    sparse_measured: number,
    adapter_rank_ratio: number,
    measured_sparse_speedup: number,
    measured_sparse_speedup_rank_156: number,
    measured_sparse_speedup_rank_625: number,
    kept_fraction: number,
) -> number:
    """Measured speed of sparse inference over dense.

    NaN for models, patterns and ranks that were not measured.
    """
    if kept_fraction >= 1.0:
        return 1.0
    if sparse_measured > 0.0:
        if adapter_rank_ratio == 0.0:
            return 1.0 * measured_sparse_speedup
        if 0.0155 <= adapter_rank_ratio <= 0.0157:
            return 1.0 * measured_sparse_speedup_rank_156
        if 0.062 <= adapter_rank_ratio <= 0.063:
            return 1.0 * measured_sparse_speedup_rank_625
    return np.nan


default(
    "sparse_inference_speedup",
    np.nan,
    number,
    "Measured speed of sparse inference, without a model of the catalog.",
    valid="(0, inf)",
    source="definition",
)


@equation(
    valid="(0, inf)",
    source="SLoPe's measured table; Amdahl's law elsewhere",
    formula="1 / measured speed-up, else (1 - p) + p / S + adapter_flops_share; 1 if dense",
    variant="measured_or_amdahl",
    provenance="extension",
)
def sparse_inference_time_factor(
    kept_fraction: number,
    sparse_inference_speedup: number,
    sparse_time_share: number,
    spmm_speedup: number,
    adapter_flops_share: number,
) -> number:
    """Time of sparse inference over dense.

    Measured where the model is in the table; adapters at the dense rate elsewhere.
    """
    if kept_fraction >= 1.0:
        return 1.0
    if np.isnan(sparse_inference_speedup):
        return 1.0 - sparse_time_share + sparse_time_share / spmm_speedup + adapter_flops_share
    return 1.0 / sparse_inference_speedup


@equation(
    valid="(0, inf)",
    source=TABLE,
    formula="1 / measured speed-up; 1 if dense",
    quantity="sparse_inference_time_factor",
    variant="measured",
)
def sparse_inference_time_factor_measured(kept_fraction: number, sparse_inference_speedup: number) -> number:
    """Time of sparse inference over dense, as measured.

    NaN for a model, pattern or rank that was not measured: give spmm_speedup.
    """
    if kept_fraction >= 1.0:
        return 1.0
    return 1.0 / sparse_inference_speedup


default(
    "sparse_inference_time_factor",
    1.0,
    number,
    "Time of inference over that of a dense model, without sparsity.",
    valid="(0, inf)",
    source="definition",
)


@equation(
    valid="(0, inf)",
    source="assumption: SLoPe measures no power",
    formula="sparse_power_factor; 1 if dense",
    variant="sparse",
    provenance="assumed",
)
def power_factor(kept_fraction: number, sparse_power_factor: number) -> number:
    """Mean power with the kernels used over that with dense ones.

    Energy is time and power: without a measurement the power is taken as unchanged.
    """
    if kept_fraction >= 1.0:
        return 1.0
    return 1.0 * sparse_power_factor


default(
    "power_factor",
    1.0,
    number,
    "Mean power over that with dense kernels, without sparsity.",
    valid="(0, inf)",
    source="definition",
)
