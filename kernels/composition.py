"""How sparsity, structure and experts act together on the time of a step, and whether anyone has tested that.

Factors multiply. No paper tests the combinations: `extrapolated` marks them.
"""

from __future__ import annotations

import numpy as np

from carbonsweep.kernels.registry import equation

OURS = "this project: factors multiply"


@equation(
    unit="1",
    valid="(0, inf)",
    source=OURS,
    formula="sparse_training_time_factor * structure_time_factor",
    provenance="extension",
)
def training_time_factor(sparse_training_time_factor, structure_time_factor):
    """Time of a training step over that of dense kernels with the same training_flops.

    Parameters
    ----------
    sparse_training_time_factor : 1
    structure_time_factor : 1

    Returns
    -------
    1

    Notes
    -----
    One unless sparsity or a structure is given.
    """
    return sparse_training_time_factor * structure_time_factor


@equation(
    unit="1",
    valid="(0, inf)",
    source=OURS,
    formula="sparse_inference_time_factor * structure_time_factor",
    provenance="extension",
)
def inference_time_factor(sparse_inference_time_factor, structure_time_factor):
    """Time of inference over that of dense kernels with the same inference_flops.

    Parameters
    ----------
    sparse_inference_time_factor : 1
    structure_time_factor : 1

    Returns
    -------
    1

    Notes
    -----
    One unless sparsity or a structure is given.
    """
    return sparse_inference_time_factor * structure_time_factor


@equation(
    unit="1",
    valid="[0, 1]",
    source="SLoPe's measured table: one A100-40GB",
    formula="1 if peak_flops is that of the measurement",
    variant="peak",
    provenance="extension",
)
def sparse_device_measured(peak_flops, measured_sparse_peak, kept_fraction):
    """Whether sparse kernels were measured on this accelerator.

    Parameters
    ----------
    peak_flops : FLOP/s
    measured_sparse_peak : FLOP/s
    kept_fraction : 1

    Returns
    -------
    1

    Notes
    -----
    Told by its peak rate.
    """
    if kept_fraction < 1.0 and np.abs(peak_flops / measured_sparse_peak - 1.0) < 1e-3:
        return 1.0
    return 0.0


@equation(
    unit="1",
    valid="[0, 1]",
    source="definition",
    formula="0",
    quantity="sparse_device_measured",
    variant="none",
)
def sparse_device_measured_none():
    """Whether sparse kernels were measured, where accelerator or model are not of the catalogs.

    Returns
    -------
    1

    Notes
    -----
    Not known to be.
    """
    return 0.0


@equation(
    unit="1",
    valid="[0, 1]",
    source="definition",
    formula="1 unless kept_fraction is 1",
    variant="sparse",
)
def is_sparse(kept_fraction):
    """Whether matrices are N:M-sparse.

    Parameters
    ----------
    kept_fraction : 1

    Returns
    -------
    1

    Notes
    -----
    Of the plan's pattern.
    """
    if kept_fraction < 1.0:
        return 1.0
    return 0.0


@equation(unit="1", valid="[0, 1]", source="definition", formula="0", quantity="is_sparse", variant="none")
def is_sparse_none():
    """Whether matrices are N:M-sparse, without a pattern.

    Returns
    -------
    1

    Notes
    -----
    They are not.
    """
    return 0.0


@equation(
    unit="1", valid="[0, 1]", source="definition", formula="1 unless linear_structure is dense", variant="structured"
)
def is_structured(linear_structure):
    """Whether matrices are structured.

    Parameters
    ----------
    linear_structure : 1

    Returns
    -------
    1

    Notes
    -----
    Any structure but dense.
    """
    if linear_structure > 0.0:
        return 1.0
    return 0.0


@equation(unit="1", valid="[0, 1]", source="definition", formula="0", quantity="is_structured", variant="none")
def is_structured_none():
    """Whether matrices are structured, without a structure.

    Returns
    -------
    1

    Notes
    -----
    They are not.
    """
    return 0.0


@equation(
    unit="1",
    valid="[0, 1]",
    source="this project: no paper tests combinations",
    formula="1 for two of sparse, structured and experts; 1 for sparse unless measured on this model and device",
    provenance="extension",
)
def extrapolated(is_sparse, is_structured, experts, sparse_measured, sparse_device_measured):
    """Whether a configuration combines what no paper tested.

    Parameters
    ----------
    is_sparse : 1
    is_structured : 1
    experts : 1
    sparse_measured : 1
    sparse_device_measured : 1

    Returns
    -------
    1

    Notes
    -----
    Mixtures of experts alone, structures alone and sparsity as measured are not marked.
    """
    kinds = is_sparse + is_structured + (1.0 if experts > 0.0 else 0.0)
    if kinds >= 2.0:
        return 1.0
    if is_sparse > 0.0 and sparse_measured * sparse_device_measured == 0.0:
        return 1.0
    return 0.0
