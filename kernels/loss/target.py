"""What reaches a loss that is asked for: the tokens of a model, or the size for a number of tokens."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import nat_per_token, number, parameter, token

SOURCE = "Hoffmann et al. 2022 Eq. 10"
SOLVED = "Hoffmann et al. 2022 Eq. 10, solved"


@equation(valid="(0, inf)", source=SOURCE, formula="E + A / N^alpha")
def size_limited_loss(
    loss_parameters: parameter,
    loss_irreducible: nat_per_token,
    loss_parameter_coefficient: nat_per_token,
    loss_parameter_exponent: number,
) -> nat_per_token:
    """Test loss that a model tends to with endless data.

    No number of tokens takes it lower.
    """
    return loss_irreducible + loss_parameter_coefficient / loss_parameters**loss_parameter_exponent


@equation(valid="(0, inf)", source=SOURCE, formula="E + B / D^beta")
def data_limited_loss(
    tokens: token,
    loss_irreducible: nat_per_token,
    loss_token_coefficient: nat_per_token,
    loss_token_exponent: number,
) -> nat_per_token:
    """Test loss that ever larger models tend to on these tokens.

    No size takes it lower.
    """
    return loss_irreducible + loss_token_coefficient / tokens**loss_token_exponent


@equation(
    valid="(0, inf)",
    source=SOLVED,
    formula="D = (B / (target_loss - size_limited_loss))^(1 / beta)",
    quantity="tokens",
    variant="target_loss",
    when_given=("target_loss",),
)
def tokens_of_target_loss(
    target_loss: nat_per_token,
    size_limited_loss: nat_per_token,
    loss_token_coefficient: nat_per_token,
    loss_token_exponent: number,
) -> token:
    """Training tokens with which the model reaches the loss that is asked for.

    NaN where the loss is not above size_limited_loss: the model is too small for it.
    """
    if target_loss <= size_limited_loss:
        return np.nan
    return (loss_token_coefficient / (target_loss - size_limited_loss)) ** (1.0 / loss_token_exponent)


@equation(
    valid="(0, inf)",
    source=SOLVED,
    formula="N = (A / (target_loss - data_limited_loss))^(1 / alpha)",
    quantity="parameters",
    variant="target_loss",
    when_given=("target_loss",),
)
def parameters_of_target_loss(
    target_loss: nat_per_token,
    data_limited_loss: nat_per_token,
    loss_parameter_coefficient: nat_per_token,
    loss_parameter_exponent: number,
) -> parameter:
    """Parameters of the dense model that reaches the loss that is asked for.

    Where neither shape nor size is given. NaN where the loss is not above data_limited_loss: the tokens are too few
    for it.
    """
    if target_loss <= data_limited_loss:
        return np.nan
    return (loss_parameter_coefficient / (target_loss - data_limited_loss)) ** (1.0 / loss_parameter_exponent)
