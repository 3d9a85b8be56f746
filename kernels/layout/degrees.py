"""The degrees of a layout as the best one has them."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import number, sequence


@equation(
    valid="[1, inf)",
    source="Narayanan et al. 2021; chosen by this project's search",
    formula="2 ** its digit of layout",
    variant="auto",
    provenance="extension",
)
def tensor_parallel(layout: number) -> number:
    """Devices over which each layer is split.

    As the best layout has it, unless given. NaN if no layout is feasible.
    """
    return 2.0 ** (np.floor(layout / 16777216.0))


@equation(
    valid="[1, inf)",
    source="Liu et al. 2023; chosen by this project's search",
    formula="2 ** its digit of layout",
    variant="auto",
    provenance="extension",
)
def context_parallel(layout: number) -> number:
    """Devices over which each sequence is split.

    As the best layout has it, unless given. NaN if no layout is feasible.
    """
    return 2.0 ** (np.floor(layout / 2097152.0) - np.floor(layout / 16777216.0) * 8.0)


@equation(
    valid="[1, inf)",
    source="Lepikhin et al. 2020; chosen by this project's search",
    formula="2 ** its digit of layout",
    variant="auto",
    provenance="extension",
)
def expert_parallel(layout: number) -> number:
    """Devices over which the experts of a layer are spread, among the replicas.

    As the best layout has it, unless given. NaN if no layout is feasible.
    """
    return 2.0 ** (np.floor(layout / 131072.0) - np.floor(layout / 2097152.0) * 16.0)


@equation(
    valid="[1, inf)",
    source="Huang et al. 2019; chosen by this project's search",
    formula="2 ** its digit of layout",
    variant="auto",
    provenance="extension",
)
def microbatch(layout: number) -> sequence:
    """Sequences that pass the pipeline together.

    As the best layout has it, unless given. NaN if no layout is feasible.
    """
    return 2.0 ** (np.floor(layout / 8192.0) - np.floor(layout / 131072.0) * 16.0)


@equation(
    valid="[1, inf)",
    source="Narayanan et al. 2021; chosen by this project's search",
    formula="its digit of layout",
    variant="auto",
    provenance="extension",
)
def interleave(layout: number) -> number:
    """Chunks of layers that each pipeline stage holds.

    As the best layout has it, unless given. NaN if no layout is feasible.
    """
    return np.floor(layout / 512.0) - np.floor(layout / 8192.0) * 16.0


@equation(
    valid="[0, 3]",
    source="Rajbhandari et al. 2020; chosen by this project's search",
    formula="1, or 3 by its digit of layout",
    variant="auto",
    provenance="extension",
)
def zero_stage(layout: number) -> number:
    """Stage of ZeRO: 0 replicas hold everything; 1 optimiser states, 2 also gradients, 3 also weights are sharded.

    As the best layout has it, unless given. NaN if no layout is feasible.
    """
    return 1.0 + 2.0 * (np.floor(layout / 256.0) - np.floor(layout / 512.0) * 2.0)


@equation(
    valid="(0, inf)",
    source="Narayanan et al. 2021; chosen by this project's search",
    formula="its digit of layout",
    variant="auto",
    provenance="extension",
)
def pipeline_parallel(layout: number) -> number:
    """Pipeline stages.

    As the best layout has it, unless given. NaN if no layout is feasible.
    """
    return layout - np.floor(layout / 256.0) * 256.0
