"""The degrees of a layout as the best one has them."""

from __future__ import annotations

import numpy as np

from carbonsweep.kernels.registry import equation


@equation(
    unit="1",
    valid="[1, inf)",
    source="Narayanan et al. 2021; chosen by this project's search",
    formula="2 ** its digit of layout",
    variant="auto",
    provenance="extension",
)
def tensor_parallel(layout):
    """Devices over which each layer is split.

    Parameters
    ----------
    layout : 1

    Returns
    -------
    1

    Notes
    -----
    As the best layout has it, unless given. NaN if no layout is feasible.
    """
    return 2.0 ** (np.floor(layout / 16777216.0))


@equation(
    unit="1",
    valid="[1, inf)",
    source="Liu et al. 2023; chosen by this project's search",
    formula="2 ** its digit of layout",
    variant="auto",
    provenance="extension",
)
def context_parallel(layout):
    """Devices over which each sequence is split.

    Parameters
    ----------
    layout : 1

    Returns
    -------
    1

    Notes
    -----
    As the best layout has it, unless given. NaN if no layout is feasible.
    """
    return 2.0 ** (np.floor(layout / 2097152.0) - np.floor(layout / 16777216.0) * 8.0)


@equation(
    unit="1",
    valid="[1, inf)",
    source="Lepikhin et al. 2020; chosen by this project's search",
    formula="2 ** its digit of layout",
    variant="auto",
    provenance="extension",
)
def expert_parallel(layout):
    """Devices over which the experts of a layer are spread, among the replicas.

    Parameters
    ----------
    layout : 1

    Returns
    -------
    1

    Notes
    -----
    As the best layout has it, unless given. NaN if no layout is feasible.
    """
    return 2.0 ** (np.floor(layout / 131072.0) - np.floor(layout / 2097152.0) * 16.0)


@equation(
    unit="sequence",
    valid="[1, inf)",
    source="Huang et al. 2019; chosen by this project's search",
    formula="2 ** its digit of layout",
    variant="auto",
    provenance="extension",
)
def microbatch(layout):
    """Sequences that pass the pipeline together.

    Parameters
    ----------
    layout : 1

    Returns
    -------
    sequence

    Notes
    -----
    As the best layout has it, unless given. NaN if no layout is feasible.
    """
    return 2.0 ** (np.floor(layout / 8192.0) - np.floor(layout / 131072.0) * 16.0)


@equation(
    unit="1",
    valid="[1, inf)",
    source="Narayanan et al. 2021; chosen by this project's search",
    formula="its digit of layout",
    variant="auto",
    provenance="extension",
)
def interleave(layout):
    """Chunks of layers that each pipeline stage holds.

    Parameters
    ----------
    layout : 1

    Returns
    -------
    1

    Notes
    -----
    As the best layout has it, unless given. NaN if no layout is feasible.
    """
    return np.floor(layout / 512.0) - np.floor(layout / 8192.0) * 16.0


@equation(
    unit="1",
    valid="[0, 3]",
    source="Rajbhandari et al. 2020; chosen by this project's search",
    formula="1, or 3 by its digit of layout",
    variant="auto",
    provenance="extension",
)
def zero_stage(layout):
    """Stage of ZeRO: 0 replicas hold everything; 1 optimiser states, 2 also gradients, 3 also weights are sharded.

    Parameters
    ----------
    layout : 1

    Returns
    -------
    1

    Notes
    -----
    As the best layout has it, unless given. NaN if no layout is feasible.
    """
    return 1.0 + 2.0 * (np.floor(layout / 256.0) - np.floor(layout / 512.0) * 2.0)


@equation(
    unit="1",
    valid="(0, inf)",
    source="Narayanan et al. 2021; chosen by this project's search",
    formula="its digit of layout",
    variant="auto",
    provenance="extension",
)
def pipeline_parallel(layout):
    """Pipeline stages.

    Parameters
    ----------
    layout : 1

    Returns
    -------
    1

    Notes
    -----
    As the best layout has it, unless given. NaN if no layout is feasible.
    """
    return layout - np.floor(layout / 256.0) * 256.0
