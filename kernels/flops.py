"""Floating-point operations of training and inference."""

from __future__ import annotations

from carbonsweep.kernels.registry import equation


@equation(
    unit="token",
    valid="(0, inf)",
    source="the model's makers, through the catalog of models",
    formula="tokens = published_tokens",
    variant="published",
)
def tokens(published_tokens):
    """Training tokens.

    Parameters
    ----------
    published_tokens : token

    Returns
    -------
    token

    Notes
    -----
    As published for the model, each token counted as often as it was seen.
    """
    return 1.0 * published_tokens


@equation(
    unit="token",
    valid="(0, inf)",
    source="Hoffmann et al. 2022",
    formula="tokens = compute_optimal_tokens",
    quantity="tokens",
    variant="compute_optimal",
)
def tokens_compute_optimal(compute_optimal_tokens):
    """Training tokens that reach the lowest loss for the compute budget.

    Parameters
    ----------
    compute_optimal_tokens : token

    Returns
    -------
    token

    Notes
    -----
    Needs compute_budget to be given.
    """
    return 1.0 * compute_optimal_tokens


@equation(
    unit="FLOP",
    valid="(0, inf)",
    source="LLMCarbon Eq. 4; Kaplan et al. 2020",
    formula="TC = 6 (P + structure_reuse) D",
    variant="kaplan",
)
def training_flops(active_parameters, tokens, structure_reuse):
    """Operations to train the model: 2 forward and 4 backward for each active parameter and token.

    Parameters
    ----------
    active_parameters : parameter
    tokens : token
    structure_reuse : parameter

    Returns
    -------
    FLOP

    Notes
    -----
    Leaves out attention scores and counts embedding look-ups as work; encoder-decoder models, whose
    tokens pass one stack, are overcounted. structure_reuse is 0 unless matrices are structured.
    """
    return 6.0 * (active_parameters + structure_reuse) * tokens


@equation(
    unit="FLOP",
    valid="(0, inf)",
    source="Narayanan et al. 2021 appendix",
    formula="3 forward_flops_per_token * tokens",
    quantity="training_flops",
    variant="per_layer",
)
def training_flops_per_layer(forward_flops_per_token, tokens):
    """Operations to train the model, counted layer by layer.

    Parameters
    ----------
    forward_flops_per_token : FLOP
    tokens : token

    Returns
    -------
    FLOP

    Notes
    -----
    Model operations: recomputed activations do not count, so a rate made of it is model FLOPs
    utilisation.
    """
    return 3.0 * forward_flops_per_token * tokens


@equation(
    unit="FLOP",
    valid="(0, inf)",
    source="Narayanan et al. 2021; Korthikanti et al. 2022",
    formula="(3 forward_flops_per_token + recomputation_flops_per_token) tokens",
)
def hardware_training_flops(forward_flops_per_token, recomputation_flops_per_token, tokens):
    """Operations that the hardware carries out in training, recomputation included.

    Parameters
    ----------
    forward_flops_per_token : FLOP
    recomputation_flops_per_token : FLOP
    tokens : token

    Returns
    -------
    FLOP

    Notes
    -----
    Counted layer by layer whatever the variant of training_flops.
    """
    return (3.0 * forward_flops_per_token + recomputation_flops_per_token) * tokens


@equation(
    unit="token",
    source="authors' code of LLMCarbon, inference_co2eq",
    formula="inference_tokens = tokens",
    variant="training_tokens",
    provenance="assumed",
)
def inference_tokens(tokens):
    """Tokens processed in inference over the model's life.

    Parameters
    ----------
    tokens : token

    Returns
    -------
    token

    Notes
    -----
    The authors' code takes as many tokens as in training; a convention, not a forecast. Give the real
    number.
    """
    return 1.0 * tokens


@equation(unit="FLOP", source="LLMCarbon Eq. 5", formula="IC = 2 (P + structure_reuse) D_inf", variant="kaplan")
def inference_flops(active_parameters, inference_tokens, structure_reuse):
    """Operations of inference: 2 for each active parameter and token.

    Parameters
    ----------
    active_parameters : parameter
    inference_tokens : token
    structure_reuse : parameter

    Returns
    -------
    FLOP

    Notes
    -----
    Sequence length and key-value cache do not enter.
    """
    return 2.0 * (active_parameters + structure_reuse) * inference_tokens


@equation(
    unit="FLOP",
    source="Narayanan et al. 2021 appendix",
    formula="forward_flops_per_token * inference_tokens",
    quantity="inference_flops",
    variant="per_layer",
)
def inference_flops_per_layer(forward_flops_per_token, inference_tokens):
    """Operations of inference, counted layer by layer.

    Parameters
    ----------
    forward_flops_per_token : FLOP
    inference_tokens : token

    Returns
    -------
    FLOP

    Notes
    -----
    Every token attends to a full sequence.
    """
    return forward_flops_per_token * inference_tokens
