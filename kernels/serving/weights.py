"""Parameters of a model by how a pass reads them."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import B, number, parameter


@equation(source="definition", formula="V h", provenance="extension")
def output_head_parameters(vocabulary_size: number, hidden_size: number) -> parameter:
    """Parameters of the output head, which works once a sequence and pass, on the last token alone."""
    return vocabulary_size * hidden_size


@equation(
    valid="(0, inf)",
    source="this project",
    formula="parameters - routed_expert_parameters - V h (1 if tied, else 2)",
    provenance="extension",
)
def common_parameters(
    parameters: parameter,
    routed_expert_parameters: parameter,
    output_head_parameters: parameter,
    tied_embeddings: number,
    has_encoder: number,
) -> parameter:
    """Parameters that every token passes: attention, dense networks, shared experts, routers.

    NaN if `parameters` is too small to hold the experts and embeddings of the shape, and for models with an encoder,
    half of which each token passes.
    """
    if has_encoder > 0.0:
        return np.nan
    common = parameters - routed_expert_parameters - output_head_parameters * (2.0 - tied_embeddings)
    return common if common > 0.0 else np.nan


@equation(valid="[0, 1]", source="definition", formula="experts_per_token / experts; 0 without experts")
def routed_share(experts: number, experts_per_token: number, zero_experts: number) -> number:
    """Share of the routed experts that a token visits."""
    if experts <= 0.0:
        return 0.0
    return np.minimum(experts_per_token / (experts + zero_experts), 1.0)


@equation(
    source="this project",
    formula="(common + V h (1 if tied, else 2)) weight_bytes / (t s) + routed expert_bytes / (t s a)",
    provenance="extension",
)
def weight_bytes_per_device(
    common_parameters: parameter,
    output_head_parameters: parameter,
    tied_embeddings: number,
    weight_bytes: B,
    routed_expert_parameters: parameter,
    expert_bytes: B,
    serving_tensor_parallel: number,
    serving_pipeline_parallel: number,
    serving_data_parallel: number,
) -> B:
    """Weights that one device of a replica holds.

    Ranks of attention data parallelism each have all common weights; experts are spread over all devices.
    """
    split = serving_tensor_parallel * serving_pipeline_parallel
    common = (common_parameters + output_head_parameters * (2.0 - tied_embeddings)) * weight_bytes
    return common / split + routed_expert_parameters * expert_bytes / (split * serving_data_parallel)
