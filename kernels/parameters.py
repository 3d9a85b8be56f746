"""How many parameters a Transformer has, all of them and those at work on one token."""

from __future__ import annotations

import numpy as np

from carbonsweep.kernels.registry import equation


@equation(
    unit="parameter",
    valid="(0, inf)",
    source="LLMCarbon appendix (general architectures), generalised here",
    formula="attention + ffn + routed experts + shared experts + routers + embeddings",
    variant="architecture",
    provenance="extension",
)
def parameters(
    attention_parameters,
    ffn_parameters,
    routed_expert_parameters,
    shared_expert_parameters,
    router_parameters,
    embedding_parameters,
):
    """Parameters of the model.

    Parameters
    ----------
    attention_parameters : parameter
    ffn_parameters : parameter
    routed_expert_parameters : parameter
    shared_expert_parameters : parameter
    router_parameters : parameter
    embedding_parameters : parameter

    Returns
    -------
    parameter

    Notes
    -----
    Covers decoder-only, encoder-only and encoder-decoder stacks, grouped-query and latent attention,
    gated networks and mixtures of experts; LLMCarbon's 12 l h^2 + V h is the case of a plain decoder.
    Biases and norms, under 0.3 % above one billion parameters, are left out.
    """
    return (
        attention_parameters
        + ffn_parameters
        + routed_expert_parameters
        + shared_expert_parameters
        + router_parameters
        + embedding_parameters
    )


@equation(
    unit="parameter",
    valid="(0, inf)",
    source="Narayanan et al. 2021 Eq. 2, used by LLMCarbon's code",
    formula="12 l h^2 (1 + 13/(12 h) + (V + s)/(12 l h))",
    quantity="parameters",
    variant="narayanan",
)
def parameters_narayanan(layers, hidden_size, vocabulary_size, sequence_length):
    """Parameters of a plain dense decoder with biases, norms and learned positions.

    Parameters
    ----------
    layers : 1
    hidden_size : 1
    vocabulary_size : 1
    sequence_length : token

    Returns
    -------
    parameter

    Notes
    -----
    Dense only: experts do not enter, so for a mixture of experts it counts the dense counterpart.
    """
    return (
        12.0 * layers * hidden_size * hidden_size
        + 13.0 * layers * hidden_size
        + (vocabulary_size + sequence_length) * hidden_size
    )


@equation(
    unit="parameter",
    valid="(0, inf)",
    source="LLMCarbon Eq. 1",
    formula="12 l h^2 + V h",
    quantity="parameters",
    variant="llmcarbon_paper",
    provenance="recalled",
)
def parameters_llmcarbon_paper(layers, hidden_size, vocabulary_size):
    """Parameters of a plain dense decoder.

    Parameters
    ----------
    layers : 1
    hidden_size : 1
    vocabulary_size : 1

    Returns
    -------
    parameter

    Notes
    -----
    LLMCarbon, as recalled; unverified against the paper. Dense only; within 0.1 % of the Narayanan form
    above 10 billion parameters.
    """
    return 12.0 * layers * hidden_size * hidden_size + vocabulary_size * hidden_size


@equation(
    unit="parameter",
    valid="(0, inf)",
    source="LLMCarbon Eq. 2",
    formula="(1 - rho) P_d + rho l (4 h^2 + 8 h^2 N_e)",
    quantity="parameters",
    variant="llmcarbon_moe",
    provenance="recalled",
)
def parameters_llmcarbon_moe(layers, hidden_size, vocabulary_size, sequence_length, experts, moe_layer_fraction):
    """Parameters of a plain decoder in which a share rho of the layers has N_e experts.

    Parameters
    ----------
    layers : 1
    hidden_size : 1
    vocabulary_size : 1
    sequence_length : token
    experts : 1
    moe_layer_fraction : 1

    Returns
    -------
    parameter

    Notes
    -----
    LLMCarbon, as recalled; unverified against the paper, but the case rho = 1/2 is the authors' notebook.
    P_d is the Narayanan count. The share rho applies to the whole dense count, embeddings included.
    """
    square = hidden_size * hidden_size
    dense = 12.0 * layers * square + 13.0 * layers * hidden_size + (vocabulary_size + sequence_length) * hidden_size
    sparse = layers * (4.0 * square + 8.0 * square * experts)
    return (1.0 - moe_layer_fraction) * dense + moe_layer_fraction * sparse


@equation(
    unit="parameter",
    valid="(0, inf)",
    source="the model's makers, through the catalog of models",
    formula="parameters = published_parameters",
    quantity="parameters",
    variant="published",
)
def parameters_published(published_parameters):
    """Parameters as the model's makers state them.

    Parameters
    ----------
    published_parameters : parameter

    Returns
    -------
    parameter

    Notes
    -----
    Makers differ in whether they count embeddings, and round.
    """
    return 1.0 * published_parameters


@equation(
    unit="parameter",
    valid="(0, inf)",
    source="Hoffmann et al. 2022",
    formula="parameters = compute_optimal_parameters",
    quantity="parameters",
    variant="compute_optimal",
)
def parameters_compute_optimal(compute_optimal_parameters):
    """Parameters that reach the lowest loss for the compute budget.

    Parameters
    ----------
    compute_optimal_parameters : parameter

    Returns
    -------
    parameter

    Notes
    -----
    Needs compute_budget to be given.
    """
    return 1.0 * compute_optimal_parameters


@equation(
    unit="parameter",
    valid="(0, inf)",
    source="count over the architecture",
    formula="parameters - inactive_expert_parameters - idle_structure_parameters",
    variant="routed",
    provenance="extension",
)
def active_parameters(parameters, inactive_expert_parameters, idle_structure_parameters):
    """Parameters that work on each token.

    Parameters
    ----------
    parameters : parameter
    inactive_expert_parameters : parameter
    idle_structure_parameters : parameter

    Returns
    -------
    parameter

    Notes
    -----
    All of them in a dense model. NaN if `parameters` is too small to hold the idle experts.
    """
    idle = inactive_expert_parameters + idle_structure_parameters
    if idle >= parameters:
        return np.nan
    return parameters - idle


@equation(
    unit="parameter",
    valid="(0, inf)",
    source="definition of a dense model",
    formula="active_parameters = parameters",
    quantity="active_parameters",
    variant="dense",
)
def active_parameters_dense(parameters):
    """Parameters that work on each token of a dense model: all of them.

    Parameters
    ----------
    parameters : parameter

    Returns
    -------
    parameter

    Notes
    -----
    Where only a parameter count is known the model is taken as dense.
    """
    return 1.0 * parameters


@equation(
    unit="parameter",
    valid="(0, inf)",
    source="the model's makers, through the catalog of models",
    formula="active_parameters = published_active_parameters",
    quantity="active_parameters",
    variant="published",
)
def active_parameters_published(published_active_parameters):
    """Active parameters as the model's makers state them.

    Parameters
    ----------
    published_active_parameters : parameter

    Returns
    -------
    parameter

    Notes
    -----
    Often without embeddings; for GShard, Switch and ST-MoE it names a base model, not a count.
    """
    return 1.0 * published_active_parameters


@equation(
    unit="parameter",
    valid="(0, inf)",
    source="Kaplan et al. 2020 (definition of N)",
    formula="active_parameters - embedding_parameters",
    variant="counted",
)
def non_embedding_parameters(active_parameters, embedding_parameters):
    """Active parameters without token embeddings, output head and position table.

    Parameters
    ----------
    active_parameters : parameter
    embedding_parameters : parameter

    Returns
    -------
    parameter

    Notes
    -----
    NaN if `active_parameters` is too small to hold the embeddings.
    """
    if embedding_parameters >= active_parameters:
        return np.nan
    return active_parameters - embedding_parameters


@equation(
    unit="parameter",
    valid="(0, inf)",
    source="this project: embeddings are unknown without an architecture",
    formula="non_embedding_parameters = active_parameters",
    quantity="non_embedding_parameters",
    variant="all",
    provenance="assumed",
)
def non_embedding_parameters_all(active_parameters):
    """Active parameters, embeddings included, where the architecture is not known.

    Parameters
    ----------
    active_parameters : parameter

    Returns
    -------
    parameter

    Notes
    -----
    An overestimate: a few per cent above ten billion parameters, a third at 100 million.
    """
    return 1.0 * active_parameters
