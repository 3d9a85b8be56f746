"""How many parameters a Transformer has, all of them and those at work on one token."""

import numpy as np

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import number, parameter, token


@equation(
    valid="(0, inf)",
    source="LLMCarbon appendix (general architectures), generalised here",
    formula="attention + linear + ffn + routed experts + shared experts + routers + embeddings + other",
    variant="architecture",
    provenance="extension",
)
def parameters(
    attention_parameters: parameter,
    mixer_parameters: parameter,
    ffn_parameters: parameter,
    routed_expert_parameters: parameter,
    shared_expert_parameters: parameter,
    router_parameters: parameter,
    embedding_parameters: parameter,
    other_parameters: parameter,
) -> parameter:
    """Parameters of the model.

    Covers decoder-only, encoder-only and encoder-decoder stacks, grouped-query, latent and windowed attention,
    layers without attention, gated networks and mixtures of experts; LLMCarbon's 12 l h^2 + V h is the case of
    a plain decoder. Biases and norms, under 0.3 % above one billion parameters, are left out.
    """
    return (
        attention_parameters
        + mixer_parameters
        + ffn_parameters
        + routed_expert_parameters
        + shared_expert_parameters
        + router_parameters
        + embedding_parameters
        + other_parameters
    )


@equation(
    valid="(0, inf)",
    source="Narayanan et al. 2021 Eq. 2, used by LLMCarbon's code",
    formula="12 l h^2 (1 + 13/(12 h) + (V + s)/(12 l h))",
    quantity="parameters",
    variant="narayanan",
)
def parameters_narayanan(
    layers: number, hidden_size: number, vocabulary_size: number, sequence_length: token
) -> parameter:
    """Parameters of a plain dense decoder with biases, norms and learned positions.

    Dense only: experts do not enter, so for a mixture of experts it counts the dense counterpart.
    """
    return (
        12.0 * layers * hidden_size * hidden_size
        + 13.0 * layers * hidden_size
        + (vocabulary_size + sequence_length) * hidden_size
    )


@equation(
    valid="(0, inf)",
    source="LLMCarbon Eq. 1",
    formula="12 l h^2 + V h",
    quantity="parameters",
    variant="llmcarbon_paper",
    provenance="recalled",
)
def parameters_llmcarbon_paper(layers: number, hidden_size: number, vocabulary_size: number) -> parameter:
    """Parameters of a plain dense decoder.

    LLMCarbon, as recalled; unverified against the paper. Dense only; within 0.1 % of the Narayanan form
    above 10 billion parameters.
    """
    return 12.0 * layers * hidden_size * hidden_size + vocabulary_size * hidden_size


@equation(
    valid="(0, inf)",
    source="LLMCarbon Eq. 2",
    formula="(1 - rho) P_d + rho l (4 h^2 + 8 h^2 N_e)",
    quantity="parameters",
    variant="llmcarbon_moe",
    provenance="recalled",
)
def parameters_llmcarbon_moe(
    layers: number,
    hidden_size: number,
    vocabulary_size: number,
    sequence_length: token,
    experts: number,
    moe_layer_fraction: number,
) -> parameter:
    """Parameters of a plain decoder in which a share rho of the layers has N_e experts.

    LLMCarbon, as recalled; unverified against the paper, but the case rho = 1/2 is the authors' notebook.
    P_d is the Narayanan count. The share rho applies to the whole dense count, embeddings included.
    """
    square = hidden_size * hidden_size
    dense = 12.0 * layers * square + 13.0 * layers * hidden_size + (vocabulary_size + sequence_length) * hidden_size
    sparse = layers * (4.0 * square + 8.0 * square * experts)
    return (1.0 - moe_layer_fraction) * dense + moe_layer_fraction * sparse


equals(
    "parameters",
    "published_parameters",
    parameter,
    "Parameters as the model's makers state them.",
    notes="Makers differ in whether they count embeddings, and round.",
    valid="(0, inf)",
    variant="published",
    source="the model's makers, through the catalog of models",
)


equals(
    "parameters",
    "compute_optimal_parameters",
    parameter,
    "Parameters that reach the lowest loss for the compute budget.",
    notes="Needs compute_budget to be given.",
    valid="(0, inf)",
    variant="compute_optimal",
    source="Hoffmann et al. 2022",
)


@equation(
    valid="(0, inf)",
    source="count over the architecture",
    formula="parameters - inactive experts - idle structure - other parameters that a token does not use",
    variant="routed",
    provenance="extension",
)
def active_parameters(
    parameters: parameter,
    inactive_expert_parameters: parameter,
    idle_structure_parameters: parameter,
    other_idle_parameters: parameter,
) -> parameter:
    """Parameters that each token touches, the input embedding included.

    All of them in a dense model. NaN if `parameters` is too small to hold the idle experts.
    """
    idle = inactive_expert_parameters + idle_structure_parameters + other_idle_parameters
    if idle >= parameters:
        return np.nan
    return parameters - idle


equals(
    "active_parameters",
    "parameters",
    parameter,
    "Parameters that work on each token of a dense model: all of them.",
    notes="Where only a parameter count is known the model is taken as dense.",
    valid="(0, inf)",
    variant="dense",
    source="definition of a dense model",
)


equals(
    "active_parameters",
    "published_active_parameters",
    parameter,
    "Active parameters as the model's makers state them.",
    notes="Often without embeddings; for GShard, Switch and ST-MoE it names a base model, not a count.",
    valid="(0, inf)",
    variant="published",
    source="the model's makers, through the catalog of models",
)


@equation(
    valid="(0, inf)",
    source="Kaplan et al. 2020 (definition of N)",
    formula="active_parameters - embedding_parameters",
    variant="counted",
)
def non_embedding_parameters(active_parameters: parameter, embedding_parameters: parameter) -> parameter:
    """Active parameters without token embeddings, output head and position table.

    NaN if `active_parameters` is too small to hold the embeddings.
    """
    if embedding_parameters >= active_parameters:
        return np.nan
    return active_parameters - embedding_parameters


equals(
    "non_embedding_parameters",
    "active_parameters",
    parameter,
    "Active parameters, embeddings included, where the architecture is not known.",
    notes="An overestimate: a few per cent above ten billion parameters, a third at 100 million.",
    valid="(0, inf)",
    variant="all",
    source="this project: embeddings are unknown without an architecture",
    provenance="assumed",
)


@equation(
    valid="(0, inf)",
    source="definition: a look-up is no operation",
    formula="active_parameters - lookup_parameters",
    variant="counted",
    provenance="extension",
)
def working_parameters(active_parameters: parameter, lookup_parameters: parameter) -> parameter:
    """Active parameters that multiply something: all but the look-ups of input embedding and positions.

    NaN if `active_parameters` is too small to hold them.
    """
    if lookup_parameters >= active_parameters:
        return np.nan
    return active_parameters - lookup_parameters


@equation(
    valid="(0, inf)",
    source="LLMCarbon Eq. 4",
    formula="active_parameters",
    quantity="working_parameters",
    variant="given",
    when_given=("active_parameters",),
)
def working_parameters_given(active_parameters: parameter) -> parameter:
    """Active parameters as a plan gives them.

    Whoever states N means the N of 6 N D: nothing is taken off it.
    """
    return 1.0 * active_parameters


equals(
    "working_parameters",
    "active_parameters",
    parameter,
    "Active parameters, embeddings included, where the architecture is not known.",
    notes="Exact for LLMCarbon's 6 N D, whose N is the number that its makers state.",
    valid="(0, inf)",
    variant="all",
    source="LLMCarbon Eq. 4",
)
