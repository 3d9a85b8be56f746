"""What one pass through the layers multiplies, reads and writes: the model's side of the step time."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import parameter


@equation(
    source="count over the architecture",
    formula="attention + linear + feed-forward + router + shared experts",
    provenance="extension",
)
def dense_layer_parameters(
    attention_parameters: parameter,
    mixer_parameters: parameter,
    ffn_parameters: parameter,
    router_parameters: parameter,
    shared_expert_parameters: parameter,
) -> parameter:
    """Parameters of all layers that every token passes, routed experts left out.

    Tensor parallelism splits them; expert parallelism does not.
    """
    return attention_parameters + mixer_parameters + ffn_parameters + router_parameters + shared_expert_parameters


@equation(
    source="count over the architecture",
    formula="routed_expert_parameters - inactive_expert_parameters",
    provenance="extension",
)
def active_expert_parameters(routed_expert_parameters: parameter, inactive_expert_parameters: parameter) -> parameter:
    """Parameters of the routed experts that one token visits.

    Zero for a dense model.
    """
    return routed_expert_parameters - inactive_expert_parameters
