"""LLMCarbon's rule for splitting a model over devices: the degrees at its optimum.

The variant bug_compatible, here and in scale and efficiency, repeats predict_num_throughput of the authors'
code. The default fixes these of its faults:

- devices that are not an 80 GB A100 are told apart by device_count_factor and relative_efficiency of the
  accelerator, not by their memory size, so a 40 GB A100 is no V100;
- the number of devices is a multiple of tensor times pipeline parallelism, so data parallelism is whole;
- a small model gets few devices instead of about 800 (second generation of the regression), and without a
  pipeline its batch is not raised to the number of devices;
- the regressions fitted below 20 billion parameters are not used above, and no regression above 1.01e12.

Kept: tensor parallelism may not divide the server (3, 5, 6, 7); pipeline parallelism follows memory alone.
"""

import numpy as np

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import GB, device, number, parameter

equals(
    "sizing_parameters",
    "active_parameters",
    parameter,
    "Parameters by which the parallelism of a model is chosen.",
    notes="All parameters of a dense model, those of the base (activated) model of a mixture of experts.",
    valid="(0, inf)",
    source="authors' code of LLMCarbon (parameters, or base parameters of a mixture of experts)",
)


@equation(valid="(0, inf)", source="authors' code of LLMCarbon", formula="device_capacity = 3e7 * device_memory")
def device_capacity(device_memory: GB) -> parameter:
    """Parameters that one device can hold in training.

    2.4 billion in 80 GB.
    """
    return 3e7 * device_memory


@equation(
    valid="[1, inf)",
    source="authors' code of LLMCarbon",
    formula="t = ceil(P / capacity) if P < z capacity else z",
    variant="llmcarbon",
)
def optimal_tensor_parallel(
    sizing_parameters: parameter, device_capacity: parameter, devices_per_node: device
) -> number:
    """Devices over which each layer is split.

    May not divide the server (3, 5, 6, 7), as in the authors' code.
    """
    if sizing_parameters < devices_per_node * device_capacity:
        return np.ceil(sizing_parameters / device_capacity)
    return 1.0 * devices_per_node


@equation(
    valid="[1, inf)",
    source="authors' code of LLMCarbon, predict_num_throughput",
    formula="t = ceil(P / cap) if P < z cap else z, cap = 0.03 GB, P in billions",
    quantity="optimal_tensor_parallel",
    variant="bug_compatible",
)
def optimal_tensor_parallel_bug_compatible(
    sizing_parameters: parameter, device_memory: GB, devices_per_node: device
) -> number:
    """Devices over which each layer is split, in the authors' arithmetic.

    The default's rule, rounded as the code rounds.
    """
    billions = sizing_parameters / 1e9
    capacity = 0.03 * device_memory
    if billions < devices_per_node * capacity:
        return np.ceil(billions / capacity)
    return 1.0 * devices_per_node


@equation(
    valid="[1, inf)",
    source="authors' code of LLMCarbon",
    formula="1 if P < z capacity else ceil(P / (z capacity))",
    variant="llmcarbon",
    whole=True,
)
def minimum_pipeline_parallel(
    sizing_parameters: parameter, device_capacity: parameter, devices_per_node: device
) -> number:
    """Fewest pipeline stages with which the model fits in memory.

    Counts parameters only; not checked against the number of layers.
    """
    if sizing_parameters < devices_per_node * device_capacity:
        return 1.0
    return np.ceil(sizing_parameters / (devices_per_node * device_capacity))


@equation(
    valid="[1, inf)",
    source="authors' code of LLMCarbon, predict_num_throughput",
    formula="1 if P < z cap else ceil(P / (z cap)), cap = 0.03 GB, P in billions",
    quantity="minimum_pipeline_parallel",
    variant="bug_compatible",
    whole=True,
)
def minimum_pipeline_parallel_bug_compatible(
    sizing_parameters: parameter, device_memory: GB, devices_per_node: device
) -> number:
    """Fewest pipeline stages with which the model fits in memory, in the authors' arithmetic.

    The default's rule, rounded as the code rounds.
    """
    billions = sizing_parameters / 1e9
    capacity = 0.03 * device_memory
    if billions < devices_per_node * capacity:
        return 1.0
    return np.ceil(billions / (devices_per_node * capacity))


@equation(
    valid="(0, inf)",
    source="authors' code of LLMCarbon; LLMCarbon Figure 4 for mixtures of experts",
    formula="p = minimum; with experts p = n / (t moe_data_parallel)",
    variant="llmcarbon",
    provenance="recalled",
)
def optimal_pipeline_parallel(
    minimum_pipeline_parallel: number,
    optimal_devices: device,
    optimal_tensor_parallel: number,
    experts: number,
    moe_data_parallel: number,
) -> number:
    """Pipeline stages at the optimum.

    LLMCarbon, as recalled; unverified against the paper, for mixtures of experts: they keep one data-
    parallel replica and grow by pipeline stages. The dense rule is the authors' code.
    """
    if experts > 0.0:
        return np.maximum(np.rint(optimal_devices / (optimal_tensor_parallel * moe_data_parallel)), 1.0)
    return 1.0 * minimum_pipeline_parallel


equals(
    "optimal_pipeline_parallel",
    "minimum_pipeline_parallel",
    number,
    "Pipeline stages at the optimum, as the authors' code has them.",
    notes="Mixtures of experts are treated as their base model.",
    valid="(0, inf)",
    variant="bug_compatible",
    formula="p = minimum_pipeline_parallel",
    source="authors' code of LLMCarbon, predict_num_throughput",
)


@equation(valid="(0, inf)", source="authors' code of LLMCarbon", formula="d = n / (t p)")
def optimal_data_parallel(
    optimal_devices: device, optimal_tensor_parallel: number, optimal_pipeline_parallel: number
) -> number:
    """Data-parallel replicas at the optimum.

    A whole number, except with the bug-compatible number of devices.
    """
    return optimal_devices / (optimal_tensor_parallel * optimal_pipeline_parallel)


@equation(
    valid="[1, inf)",
    source="LLMCarbon Figure 4 (after Chen et al. 2023, arXiv 2304.11414)",
    formula="e = moe_expert_parallel with experts, else 1",
    provenance="recalled",
)
def optimal_expert_parallel(experts: number, moe_expert_parallel: number) -> number:
    """Devices over which the experts of a layer are spread at the optimum.

    LLMCarbon, as recalled; unverified against the paper. Does not enter n = t p d.
    """
    if experts > 0.0:
        return 1.0 * moe_expert_parallel
    return 1.0


equals(
    "tensor_parallel",
    "optimal_tensor_parallel",
    number,
    "Devices over which each layer is split.",
    notes="As at LLMCarbon's optimum.",
    valid="[1, inf)",
    variant="llmcarbon",
    formula="optimal_tensor_parallel",
    source="authors' code of LLMCarbon; LLMCarbon Figure 4",
    provenance="extension",
)


equals(
    "pipeline_parallel",
    "optimal_pipeline_parallel",
    number,
    "Pipeline stages.",
    notes="As at LLMCarbon's optimum.",
    valid="(0, inf)",
    variant="llmcarbon",
    formula="optimal_pipeline_parallel",
    source="authors' code of LLMCarbon; LLMCarbon Figure 4",
    provenance="extension",
)


equals(
    "data_parallel",
    "optimal_data_parallel",
    number,
    "Replicas of the model that train on different data.",
    notes="As at LLMCarbon's optimum.",
    valid="[0, inf)",
    variant="llmcarbon",
    formula="optimal_data_parallel",
    source="authors' code of LLMCarbon; LLMCarbon Figure 4",
    provenance="extension",
)


equals(
    "expert_parallel",
    "optimal_expert_parallel",
    number,
    "Devices over which the experts of a layer are spread, among the replicas.",
    notes="As at LLMCarbon's optimum.",
    valid="[1, inf)",
    variant="llmcarbon",
    formula="optimal_expert_parallel",
    source="authors' code of LLMCarbon; LLMCarbon Figure 4",
    provenance="extension",
)
