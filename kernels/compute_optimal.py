"""The size and data that reach the lowest loss for a compute budget."""

from __future__ import annotations

from carbonsweep.kernels.registry import equation


@equation(
    unit="FLOP",
    valid="(0, inf)",
    source="definition",
    formula="compute_budget = training_flops",
    variant="training",
)
def compute_budget(training_flops):
    """Training operations for which the best size is sought.

    Parameters
    ----------
    training_flops : FLOP

    Returns
    -------
    FLOP

    Notes
    -----
    Those of the model itself unless given.
    """
    return 1.0 * training_flops


@equation(
    unit="parameter",
    valid="(0, inf)",
    source="Hoffmann et al. 2022 Eq. 4",
    formula="N* = G (C/6)^(beta/(alpha + beta)), G = (alpha A / (beta B))^(1/(alpha + beta))",
)
def compute_optimal_parameters(
    compute_budget,
    loss_parameter_coefficient,
    loss_token_coefficient,
    loss_parameter_exponent,
    loss_token_exponent,
):
    """Parameters of the dense model of lowest loss for the compute budget.

    Parameters
    ----------
    compute_budget : FLOP
    loss_parameter_coefficient : nat/token
    loss_token_coefficient : nat/token
    loss_parameter_exponent : 1
    loss_token_exponent : 1

    Returns
    -------
    parameter

    Notes
    -----
    Under C = 6 N D and a law of the form L = E + A/N^alpha + B/D^beta.
    """
    total = loss_parameter_exponent + loss_token_exponent
    ratio = (loss_parameter_exponent * loss_parameter_coefficient) / (loss_token_exponent * loss_token_coefficient)
    return ratio ** (1.0 / total) * (compute_budget / 6.0) ** (loss_token_exponent / total)


@equation(
    unit="token",
    valid="(0, inf)",
    source="Hoffmann et al. 2022 Eq. 4",
    formula="D* = (C/6)^(alpha/(alpha + beta)) / G",
)
def compute_optimal_tokens(
    compute_budget,
    loss_parameter_coefficient,
    loss_token_coefficient,
    loss_parameter_exponent,
    loss_token_exponent,
):
    """Training tokens of the dense model of lowest loss for the compute budget.

    Parameters
    ----------
    compute_budget : FLOP
    loss_parameter_coefficient : nat/token
    loss_token_coefficient : nat/token
    loss_parameter_exponent : 1
    loss_token_exponent : 1

    Returns
    -------
    token

    Notes
    -----
    Under C = 6 N D and a law of the form L = E + A/N^alpha + B/D^beta.
    """
    total = loss_parameter_exponent + loss_token_exponent
    ratio = (loss_parameter_exponent * loss_parameter_coefficient) / (loss_token_exponent * loss_token_coefficient)
    return (compute_budget / 6.0) ** (loss_parameter_exponent / total) / ratio ** (1.0 / total)


@equation(
    unit="nat/token",
    valid="(0, inf)",
    source="Hoffmann et al. 2022",
    formula="L* = E + A / N*^alpha + B / D*^beta",
)
def compute_optimal_loss(
    compute_optimal_parameters,
    compute_optimal_tokens,
    loss_irreducible,
    loss_parameter_coefficient,
    loss_token_coefficient,
    loss_parameter_exponent,
    loss_token_exponent,
):
    """Lowest test loss that the compute budget can reach.

    Parameters
    ----------
    compute_optimal_parameters : parameter
    compute_optimal_tokens : token
    loss_irreducible : nat/token
    loss_parameter_coefficient : nat/token
    loss_token_coefficient : nat/token
    loss_parameter_exponent : 1
    loss_token_exponent : 1

    Returns
    -------
    nat/token

    Notes
    -----
    By the dense law, with all of the budget spent on one run.
    """
    return (
        loss_irreducible
        + loss_parameter_coefficient / compute_optimal_parameters**loss_parameter_exponent
        + loss_token_coefficient / compute_optimal_tokens**loss_token_exponent
    )
