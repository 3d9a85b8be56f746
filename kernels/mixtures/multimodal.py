"""A multimodal model as parts (vision encoder, connector, language model), each dense or a mixture of experts (CuMo).

The language model is that of the sweep: `parameters` and `active_parameters`. All parameters fill memory; those at work
take operations.
"""

import numpy as np

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import FLOP, number, parameter, sequence, token

CUMO = "Li et al. 2024 (CuMo, arXiv 2405.05949), SHI-Labs/CuMo @6cd979a"
OURS = "this project: 2 operations for each parameter at work and token"


@equation(source=CUMO, formula="(image_size / patch_size)^2")
def visual_tokens(image_size: number, patch_size: number) -> token:
    """Tokens that the language model gets for one image.

    Scales are joined by channel, so that there are no more tokens for more scales.
    """
    side = np.floor(image_size / patch_size)
    return side * side


@equation(source=CUMO, formula="1 + scale^2 above 1")
def vision_passes(vision_tile_scale: number) -> number:
    """Passes of the vision encoder for one image.

    The whole image and the tiles of the largest scale: 10 for scales 1 and 3.
    """
    if vision_tile_scale <= 1.0:
        return 1.0
    return 1.0 + vision_tile_scale * vision_tile_scale


@equation(source=CUMO, formula="2 d f + d + f")
def vision_parameters_per_expert(vision_hidden_size: number, vision_ffn_size: number) -> parameter:
    """Parameters of the feed-forward network of one block of the vision encoder, or of one expert.

    With biases.
    """
    return 2.0 * vision_hidden_size * vision_ffn_size + vision_hidden_size + vision_ffn_size


@equation(source=CUMO, formula="embeddings + L (4 (d^2 + d) + 4 d + max(E, 1) P_mlp + E d)")
def vision_parameters(
    vision_hidden_size: number,
    vision_layers: number,
    patch_size: number,
    visual_tokens: token,
    vision_experts: number,
    vision_parameters_per_expert: parameter,
) -> parameter:
    """Parameters of the vision encoder.

    Biases, norms, class token, positions and routers included.
    """
    width = vision_hidden_size
    embeddings = width * (1.0 + 3.0 * patch_size * patch_size + visual_tokens + 1.0 + 2.0)
    block = 4.0 * (width * width + width) + 4.0 * width + vision_experts * width
    return embeddings + vision_layers * (block + np.maximum(vision_experts, 1.0) * vision_parameters_per_expert)


@equation(source=CUMO, formula="vision_parameters - L (E - K) P_mlp")
def vision_active_parameters(
    vision_parameters: parameter,
    vision_layers: number,
    vision_experts: number,
    vision_experts_per_token: number,
    vision_parameters_per_expert: parameter,
) -> parameter:
    """Parameters of the vision encoder that work on each token.

    All of them in a dense one. NaN if more experts work than there are.
    """
    if vision_experts <= 0.0:
        return 1.0 * vision_parameters
    if vision_experts_per_token > vision_experts:
        return np.nan
    return (
        vision_parameters - vision_layers * (vision_experts - vision_experts_per_token) * vision_parameters_per_expert
    )


@equation(source=CUMO, formula="vision_hidden_size * number of scales")
def connector_input_size(vision_hidden_size: number, vision_tile_scale: number) -> number:
    """Width of what the connector gets for each visual token.

    The whole image and the largest scale, joined by channel.
    """
    if vision_tile_scale <= 1.0:
        return 1.0 * vision_hidden_size
    return 2.0 * vision_hidden_size


@equation(source=CUMO, formula="c h + h + h^2 + h")
def connector_parameters_per_expert(connector_input_size: number, hidden_size: number) -> parameter:
    """Parameters of the two layers of the connector, or of one expert.

    To the width of the language model, with biases.
    """
    return connector_input_size * hidden_size + hidden_size * hidden_size + 2.0 * hidden_size


@equation(source=CUMO, formula="max(E, 1) P + E c")
def connector_parameters(
    connector_experts: number, connector_parameters_per_expert: parameter, connector_input_size: number
) -> parameter:
    """Parameters of the connector.

    The router included.
    """
    experts = np.maximum(connector_experts, 1.0) * connector_parameters_per_expert
    return experts + connector_experts * connector_input_size


@equation(source=CUMO, formula="connector_parameters - (E - K) P")
def connector_active_parameters(
    connector_parameters: parameter,
    connector_experts: number,
    connector_experts_per_token: number,
    connector_parameters_per_expert: parameter,
) -> parameter:
    """Parameters of the connector that work on each token.

    All of them in a dense one. NaN if more experts work than there are.
    """
    if connector_experts <= 0.0:
        return 1.0 * connector_parameters
    if connector_experts_per_token > connector_experts:
        return np.nan
    return connector_parameters - (connector_experts - connector_experts_per_token) * connector_parameters_per_expert


@equation(source=CUMO, formula="vision + connector + language model")
def multimodal_parameters(
    vision_parameters: parameter, connector_parameters: parameter, parameters: parameter
) -> parameter:
    """Parameters of the multimodal model: what memory holds.

    Of all experts.
    """
    return vision_parameters + connector_parameters + parameters


@equation(source=CUMO, formula="vision + connector + language model, at work")
def multimodal_active_parameters(
    vision_active_parameters: parameter, connector_active_parameters: parameter, active_parameters: parameter
) -> parameter:
    """Parameters of the multimodal model that work on a token of their module.

    Modules see different numbers of tokens: operations are no multiple of this.
    """
    return vision_active_parameters + connector_active_parameters + active_parameters


@equation(
    source=OURS, formula="2 (P_v passes (tokens + 1) + P_c tokens + P_llm (tokens + text))", provenance="extension"
)
def image_flops(
    vision_active_parameters: parameter,
    vision_passes: number,
    visual_tokens: token,
    connector_active_parameters: parameter,
    active_parameters: parameter,
    sample_text_tokens: token,
) -> FLOP:
    """Operations of inference for one image and its text.

    Attention scores are left out; a class token is added to each pass of the encoder.
    """
    vision = vision_active_parameters * vision_passes * (visual_tokens + 1.0)
    language = active_parameters * (visual_tokens + sample_text_tokens)
    return 2.0 * (vision + connector_active_parameters * visual_tokens + language)


@equation(source=OURS, formula="stage_samples 2 sum over modules of passes * P * tokens", provenance="extension")
def multimodal_stage_flops(
    stage_samples: sequence,
    vision_active_parameters: parameter,
    vision_passes: number,
    vision_training: number,
    visual_tokens: token,
    connector_active_parameters: parameter,
    connector_training: number,
    active_parameters: parameter,
    llm_training: number,
    sample_text_tokens: token,
) -> FLOP:
    """Operations of one stage of training a multimodal model.

    A module that is trained costs three forward passes, one that only lets gradients through two, a frozen one
    upstream one.
    """
    vision = vision_active_parameters * vision_passes * (visual_tokens + 1.0) * vision_training
    connector = connector_active_parameters * visual_tokens * connector_training
    language = active_parameters * (visual_tokens + sample_text_tokens) * llm_training
    return stage_samples * 2.0 * (vision + connector + language)


equals(
    "training_flops",
    "multimodal_stage_flops",
    FLOP,
    "Operations of one stage of training a multimodal model.",
    notes="Efficiency and parallelism go by the language model alone.",
    valid="(0, inf)",
    variant="multimodal_stage",
    source=OURS,
    provenance="extension",
)
