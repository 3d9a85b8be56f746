"""A multimodal model as parts (vision encoder, connector, language model), each dense or a mixture of experts (CuMo).

The language model is that of the sweep: `parameters` and `active_parameters`. All parameters fill memory; those at work
take operations.
"""

from __future__ import annotations

import numpy as np

from carbonsweep.kernels.registry import equation

CUMO = "Li et al. 2024 (CuMo, arXiv 2405.05949), SHI-Labs/CuMo @6cd979a"
OURS = "this project: 2 operations for each parameter at work and token"


@equation(unit="token", source=CUMO, formula="(image_size / patch_size)^2")
def visual_tokens(image_size, patch_size):
    """Tokens that the language model gets for one image.

    Parameters
    ----------
    image_size : 1
    patch_size : 1

    Returns
    -------
    token

    Notes
    -----
    Scales are joined by channel, so that there are no more tokens for more scales.
    """
    side = np.floor(image_size / patch_size)
    return side * side


@equation(unit="1", source=CUMO, formula="1 + scale^2 above 1")
def vision_passes(vision_tile_scale):
    """Passes of the vision encoder for one image.

    Parameters
    ----------
    vision_tile_scale : 1

    Returns
    -------
    1

    Notes
    -----
    The whole image and the tiles of the largest scale: 10 for scales 1 and 3.
    """
    if vision_tile_scale <= 1.0:
        return 1.0
    return 1.0 + vision_tile_scale * vision_tile_scale


@equation(unit="parameter", source=CUMO, formula="2 d f + d + f")
def vision_parameters_per_expert(vision_hidden_size, vision_ffn_size):
    """Parameters of the feed-forward network of one block of the vision encoder, or of one expert.

    Parameters
    ----------
    vision_hidden_size : 1
    vision_ffn_size : 1

    Returns
    -------
    parameter

    Notes
    -----
    With biases.
    """
    return 2.0 * vision_hidden_size * vision_ffn_size + vision_hidden_size + vision_ffn_size


@equation(
    unit="parameter",
    source=CUMO,
    formula="embeddings + L (4 (d^2 + d) + 4 d + max(E, 1) P_mlp + E d)",
)
def vision_parameters(
    vision_hidden_size, vision_layers, patch_size, visual_tokens, vision_experts, vision_parameters_per_expert
):
    """Parameters of the vision encoder.

    Parameters
    ----------
    vision_hidden_size : 1
    vision_layers : 1
    patch_size : 1
    visual_tokens : token
    vision_experts : 1
    vision_parameters_per_expert : parameter

    Returns
    -------
    parameter

    Notes
    -----
    Biases, norms, class token, positions and routers included.
    """
    width = vision_hidden_size
    embeddings = width * (1.0 + 3.0 * patch_size * patch_size + visual_tokens + 1.0 + 2.0)
    block = 4.0 * (width * width + width) + 4.0 * width + vision_experts * width
    return embeddings + vision_layers * (block + np.maximum(vision_experts, 1.0) * vision_parameters_per_expert)


@equation(unit="parameter", source=CUMO, formula="vision_parameters - L (E - K) P_mlp")
def vision_active_parameters(
    vision_parameters, vision_layers, vision_experts, vision_experts_per_token, vision_parameters_per_expert
):
    """Parameters of the vision encoder that work on each token.

    Parameters
    ----------
    vision_parameters : parameter
    vision_layers : 1
    vision_experts : 1
    vision_experts_per_token : 1
    vision_parameters_per_expert : parameter

    Returns
    -------
    parameter

    Notes
    -----
    All of them in a dense one. NaN if more experts work than there are.
    """
    if vision_experts <= 0.0:
        return 1.0 * vision_parameters
    if vision_experts_per_token > vision_experts:
        return np.nan
    return (
        vision_parameters - vision_layers * (vision_experts - vision_experts_per_token) * vision_parameters_per_expert
    )


@equation(unit="1", source=CUMO, formula="vision_hidden_size * number of scales")
def connector_input_size(vision_hidden_size, vision_tile_scale):
    """Width of what the connector gets for each visual token.

    Parameters
    ----------
    vision_hidden_size : 1
    vision_tile_scale : 1

    Returns
    -------
    1

    Notes
    -----
    The whole image and the largest scale, joined by channel.
    """
    if vision_tile_scale <= 1.0:
        return 1.0 * vision_hidden_size
    return 2.0 * vision_hidden_size


@equation(unit="parameter", source=CUMO, formula="c h + h + h^2 + h")
def connector_parameters_per_expert(connector_input_size, hidden_size):
    """Parameters of the two layers of the connector, or of one expert.

    Parameters
    ----------
    connector_input_size : 1
    hidden_size : 1

    Returns
    -------
    parameter

    Notes
    -----
    To the width of the language model, with biases.
    """
    return connector_input_size * hidden_size + hidden_size * hidden_size + 2.0 * hidden_size


@equation(unit="parameter", source=CUMO, formula="max(E, 1) P + E c")
def connector_parameters(connector_experts, connector_parameters_per_expert, connector_input_size):
    """Parameters of the connector.

    Parameters
    ----------
    connector_experts : 1
    connector_parameters_per_expert : parameter
    connector_input_size : 1

    Returns
    -------
    parameter

    Notes
    -----
    The router included.
    """
    experts = np.maximum(connector_experts, 1.0) * connector_parameters_per_expert
    return experts + connector_experts * connector_input_size


@equation(unit="parameter", source=CUMO, formula="connector_parameters - (E - K) P")
def connector_active_parameters(
    connector_parameters, connector_experts, connector_experts_per_token, connector_parameters_per_expert
):
    """Parameters of the connector that work on each token.

    Parameters
    ----------
    connector_parameters : parameter
    connector_experts : 1
    connector_experts_per_token : 1
    connector_parameters_per_expert : parameter

    Returns
    -------
    parameter

    Notes
    -----
    All of them in a dense one. NaN if more experts work than there are.
    """
    if connector_experts <= 0.0:
        return 1.0 * connector_parameters
    if connector_experts_per_token > connector_experts:
        return np.nan
    return connector_parameters - (connector_experts - connector_experts_per_token) * connector_parameters_per_expert


@equation(unit="parameter", source=CUMO, formula="vision + connector + language model")
def multimodal_parameters(vision_parameters, connector_parameters, parameters):
    """Parameters of the multimodal model: what memory holds.

    Parameters
    ----------
    vision_parameters : parameter
    connector_parameters : parameter
    parameters : parameter

    Returns
    -------
    parameter

    Notes
    -----
    Of all experts.
    """
    return vision_parameters + connector_parameters + parameters


@equation(unit="parameter", source=CUMO, formula="vision + connector + language model, at work")
def multimodal_active_parameters(vision_active_parameters, connector_active_parameters, active_parameters):
    """Parameters of the multimodal model that work on a token of their module.

    Parameters
    ----------
    vision_active_parameters : parameter
    connector_active_parameters : parameter
    active_parameters : parameter

    Returns
    -------
    parameter

    Notes
    -----
    Modules see different numbers of tokens: operations are no multiple of this.
    """
    return vision_active_parameters + connector_active_parameters + active_parameters


@equation(
    unit="FLOP",
    source=OURS,
    formula="2 (P_v passes (tokens + 1) + P_c tokens + P_llm (tokens + text))",
    provenance="extension",
)
def image_flops(
    vision_active_parameters,
    vision_passes,
    visual_tokens,
    connector_active_parameters,
    active_parameters,
    sample_text_tokens,
):
    """Operations of inference for one image and its text.

    Parameters
    ----------
    vision_active_parameters : parameter
    vision_passes : 1
    visual_tokens : token
    connector_active_parameters : parameter
    active_parameters : parameter
    sample_text_tokens : token

    Returns
    -------
    FLOP

    Notes
    -----
    Attention scores are left out; a class token is added to each pass of the encoder.
    """
    vision = vision_active_parameters * vision_passes * (visual_tokens + 1.0)
    language = active_parameters * (visual_tokens + sample_text_tokens)
    return 2.0 * (vision + connector_active_parameters * visual_tokens + language)


@equation(
    unit="FLOP",
    source=OURS,
    formula="stage_samples 2 sum over modules of passes * P * tokens",
    provenance="extension",
)
def multimodal_stage_flops(
    stage_samples,
    vision_active_parameters,
    vision_passes,
    vision_training,
    visual_tokens,
    connector_active_parameters,
    connector_training,
    active_parameters,
    llm_training,
    sample_text_tokens,
):
    """Operations of one stage of training a multimodal model.

    Parameters
    ----------
    stage_samples : sequence
    vision_active_parameters : parameter
    vision_passes : 1
    vision_training : 1
    visual_tokens : token
    connector_active_parameters : parameter
    connector_training : 1
    active_parameters : parameter
    llm_training : 1
    sample_text_tokens : token

    Returns
    -------
    FLOP

    Notes
    -----
    A module that is trained costs three forward passes, one that only lets gradients through two, a frozen one
    upstream one.
    """
    vision = vision_active_parameters * vision_passes * (visual_tokens + 1.0) * vision_training
    connector = connector_active_parameters * visual_tokens * connector_training
    language = active_parameters * (visual_tokens + sample_text_tokens) * llm_training
    return stage_samples * 2.0 * (vision + connector + language)


@equation(
    unit="FLOP",
    valid="(0, inf)",
    source=OURS,
    formula="training_flops = multimodal_stage_flops",
    quantity="training_flops",
    variant="multimodal_stage",
    provenance="extension",
)
def training_flops_multimodal(multimodal_stage_flops):
    """Operations of one stage of training a multimodal model.

    Parameters
    ----------
    multimodal_stage_flops : FLOP

    Returns
    -------
    FLOP

    Notes
    -----
    Efficiency and parallelism go by the language model alone.
    """
    return 1.0 * multimodal_stage_flops
