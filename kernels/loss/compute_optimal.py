"""The size and data that reach the lowest loss for a compute budget."""

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import FLOP, nat_per_token, number, parameter, token

equals(
    "compute_budget",
    "training_flops",
    FLOP,
    "Training operations for which the best size is sought.",
    notes="Those of the model itself unless given.",
    valid="(0, inf)",
    variant="training",
    source="definition",
)


@equation(
    valid="(0, inf)",
    source="Hoffmann et al. 2022 Eq. 4",
    formula="N* = G (C/6)^(beta/(alpha + beta)), G = (alpha A / (beta B))^(1/(alpha + beta))",
)
def compute_optimal_parameters(
    compute_budget: FLOP,
    loss_parameter_coefficient: nat_per_token,
    loss_token_coefficient: nat_per_token,
    loss_parameter_exponent: number,
    loss_token_exponent: number,
) -> parameter:
    """Parameters of the dense model of lowest loss for the compute budget.

    Under C = 6 N D and a law of the form L = E + A/N^alpha + B/D^beta.
    """
    total = loss_parameter_exponent + loss_token_exponent
    ratio = (loss_parameter_exponent * loss_parameter_coefficient) / (loss_token_exponent * loss_token_coefficient)
    return ratio ** (1.0 / total) * (compute_budget / 6.0) ** (loss_token_exponent / total)


@equation(valid="(0, inf)", source="Hoffmann et al. 2022 Eq. 4", formula="D* = (C/6)^(alpha/(alpha + beta)) / G")
def compute_optimal_tokens(
    compute_budget: FLOP,
    loss_parameter_coefficient: nat_per_token,
    loss_token_coefficient: nat_per_token,
    loss_parameter_exponent: number,
    loss_token_exponent: number,
) -> token:
    """Training tokens of the dense model of lowest loss for the compute budget.

    Under C = 6 N D and a law of the form L = E + A/N^alpha + B/D^beta.
    """
    total = loss_parameter_exponent + loss_token_exponent
    ratio = (loss_parameter_exponent * loss_parameter_coefficient) / (loss_token_exponent * loss_token_coefficient)
    return (compute_budget / 6.0) ** (loss_parameter_exponent / total) / ratio ** (1.0 / total)


@equation(valid="(0, inf)", source="Hoffmann et al. 2022", formula="L* = E + A / N*^alpha + B / D*^beta")
def compute_optimal_loss(
    compute_optimal_parameters: parameter,
    compute_optimal_tokens: token,
    loss_irreducible: nat_per_token,
    loss_parameter_coefficient: nat_per_token,
    loss_token_coefficient: nat_per_token,
    loss_parameter_exponent: number,
    loss_token_exponent: number,
) -> nat_per_token:
    """Lowest test loss that the compute budget can reach.

    By the dense law, with all of the budget spent on one run.
    """
    return (
        loss_irreducible
        + loss_parameter_coefficient / compute_optimal_parameters**loss_parameter_exponent
        + loss_token_coefficient / compute_optimal_tokens**loss_token_exponent
    )
