"""Floating-point operations of training and inference."""

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import FLOP, number, parameter, token

equals(
    "tokens",
    "published_tokens",
    token,
    "Training tokens.",
    notes="As published for the model, each token counted as often as it was seen.",
    valid="(0, inf)",
    variant="published",
    source="the model's makers, through the catalog of models",
)


equals(
    "tokens",
    "compute_optimal_tokens",
    token,
    "Training tokens that reach the lowest loss for the compute budget.",
    notes="Needs compute_budget to be given.",
    valid="(0, inf)",
    variant="compute_optimal",
    source="Hoffmann et al. 2022",
)


@equation(
    valid="(0, inf)",
    source="LLMCarbon Eq. 4; Kaplan et al. 2020",
    formula="TC = 2 (1 + backward_passes) (working_parameters + structure_reuse) D",
    variant="kaplan",
)
def training_flops(
    working_parameters: parameter, tokens: token, structure_reuse: parameter, backward_passes: number
) -> FLOP:
    """Operations to train the model: 2 forward and 4 backward for each active parameter and token.

    Leaves out attention scores and, where the architecture is known, embedding look-ups; encoder-decoder
    models, whose tokens pass one stack, are overcounted. structure_reuse is 0 unless matrices are structured.
    """
    return 2.0 * (1.0 + backward_passes) * (working_parameters + structure_reuse) * tokens


@equation(
    valid="(0, inf)",
    source="Narayanan et al. 2021 appendix",
    formula="(1 + backward_passes) (forward_flops_per_token + mtp_flops_per_token) tokens",
    quantity="training_flops",
    variant="per_layer",
)
def training_flops_per_layer(
    forward_flops_per_token: FLOP, mtp_flops_per_token: FLOP, tokens: token, backward_passes: number
) -> FLOP:
    """Operations to train the model, counted layer by layer.

    Model operations: recomputed activations do not count, so a rate made of it is model FLOPs
    utilisation.
    """
    return (1.0 + backward_passes) * (forward_flops_per_token + mtp_flops_per_token) * tokens


@equation(
    valid="(0, inf)",
    source="Narayanan et al. 2021; Korthikanti et al. 2022",
    formula="((1 + backward_passes) (forward_flops_per_token + mtp_flops_per_token) + recomputation) tokens",
)
def hardware_training_flops(
    forward_flops_per_token: FLOP,
    mtp_flops_per_token: FLOP,
    recomputation_flops_per_token: FLOP,
    tokens: token,
    backward_passes: number,
) -> FLOP:
    """Operations that the hardware carries out in training, recomputation included.

    Counted layer by layer whatever the variant of training_flops.
    """
    model = (1.0 + backward_passes) * (forward_flops_per_token + mtp_flops_per_token)
    return (model + recomputation_flops_per_token) * tokens


equals(
    "inference_tokens",
    "tokens",
    token,
    "Tokens processed in inference over the model's life.",
    notes="The authors' code takes as many tokens as in training; a convention, not a forecast. Give the real number.",
    variant="training_tokens",
    source="authors' code of LLMCarbon, inference_co2eq",
    provenance="assumed",
)


@equation(source="LLMCarbon Eq. 5", formula="IC = 2 (working_parameters + structure_reuse) D_inf", variant="kaplan")
def inference_flops(working_parameters: parameter, inference_tokens: token, structure_reuse: parameter) -> FLOP:
    """Operations of inference: 2 for each active parameter and token, look-ups left out where they are known.

    Sequence length and key-value cache do not enter.
    """
    return 2.0 * (working_parameters + structure_reuse) * inference_tokens


@equation(
    source="Narayanan et al. 2021 appendix",
    formula="forward_flops_per_token * inference_tokens",
    quantity="inference_flops",
    variant="per_layer",
)
def inference_flops_per_layer(forward_flops_per_token: FLOP, inference_tokens: token) -> FLOP:
    """Operations of inference, counted layer by layer.

    Every token attends to a full sequence.
    """
    return forward_flops_per_token * inference_tokens
