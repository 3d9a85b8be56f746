"""Structured linear layers (Einsum search): a matrix as two small tensors, by seven exponents theta.

The input is split in axes of d_in^alpha, d_in^beta, d_in^gamma, the output in d_out^delta, d_out^epsilon, d_out^phi,
and both tensors share a rank of min(d_in, d_out)^rho. A named structure gives theta; `einsum` needs all seven as
values. Axes are rounded to whole sizes; where they miss the width by more than 15 % (the padding that the authors
allow) there is no value.
"""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import FLOP, MAC, number, parameter

EINSUM = "Potapczynski et al. 2024 (arXiv 2410.02117), AndPotap/einsum-search @0a74217"
COUNT = "index structure of AndPotap/einsum-search @0a74217 (Potapczynski et al. 2024), counted by this project"
COUNT = "index structure of AndPotap/einsum-search @0a74217, counted by this project"


@equation(valid="[0, 1]", source=EINSUM, formula="alpha of the named structure")
def theta_alpha(linear_structure: number) -> number:
    """Exponent alpha of a structured matrix: first input axis.

    NaN for dense matrices and for `einsum`, which needs it as a value.
    """
    if linear_structure == 1.0:
        return 1.0
    if linear_structure == 2.0 or linear_structure == 4.0 or linear_structure == 7.0:
        return 1.0 / 2.0
    if linear_structure == 3.0:
        return 1.0 / 3.0
    if linear_structure == 5.0:
        return 4.0 / 5.0
    return np.nan


@equation(valid="[0, 1]", source=EINSUM, formula="beta of the named structure")
def theta_beta(linear_structure: number) -> number:
    """Exponent beta of a structured matrix: second input axis.

    NaN for dense matrices and for `einsum`, which needs it as a value.
    """
    if linear_structure == 1.0 or linear_structure == 4.0 or linear_structure == 5.0 or linear_structure == 7.0:
        return 0.0
    if linear_structure == 2.0:
        return 1.0 / 2.0
    if linear_structure == 3.0:
        return 2.0 / 3.0
    return np.nan


@equation(valid="[0, 1]", source=EINSUM, formula="gamma of the named structure")
def theta_gamma(linear_structure: number) -> number:
    """Exponent gamma of a structured matrix: third input axis.

    NaN for dense matrices and for `einsum`, which needs it as a value.
    """
    if linear_structure == 1.0 or linear_structure == 2.0 or linear_structure == 3.0:
        return 0.0
    if linear_structure == 4.0 or linear_structure == 7.0:
        return 1.0 / 2.0
    if linear_structure == 5.0:
        return 1.0 / 5.0
    return np.nan


@equation(valid="[0, 1]", source=EINSUM, formula="delta of the named structure")
def theta_delta(linear_structure: number) -> number:
    """Exponent delta of a structured matrix: first output axis.

    NaN for dense matrices and for `einsum`, which needs it as a value.
    """
    if linear_structure == 1.0 or linear_structure == 4.0 or linear_structure == 5.0 or linear_structure == 7.0:
        return 0.0
    if linear_structure == 2.0:
        return 1.0 / 2.0
    if linear_structure == 3.0:
        return 3.0 / 4.0
    return np.nan


@equation(valid="[0, 1]", source=EINSUM, formula="epsilon of the named structure")
def theta_epsilon(linear_structure: number) -> number:
    """Exponent epsilon of a structured matrix: second output axis.

    NaN for dense matrices and for `einsum`, which needs it as a value.
    """
    if linear_structure == 1.0:
        return 1.0
    if linear_structure == 2.0 or linear_structure == 4.0 or linear_structure == 7.0:
        return 1.0 / 2.0
    if linear_structure == 3.0:
        return 1.0 / 4.0
    if linear_structure == 5.0:
        return 4.0 / 5.0
    return np.nan


@equation(valid="[0, 1]", source=EINSUM, formula="phi of the named structure")
def theta_phi(linear_structure: number) -> number:
    """Exponent phi of a structured matrix: third output axis.

    NaN for dense matrices and for `einsum`, which needs it as a value.
    """
    if linear_structure == 1.0 or linear_structure == 2.0 or linear_structure == 3.0:
        return 0.0
    if linear_structure == 4.0 or linear_structure == 7.0:
        return 1.0 / 2.0
    if linear_structure == 5.0:
        return 1.0 / 5.0
    return np.nan


@equation(valid="[0, 1]", source=EINSUM, formula="rho of the named structure")
def theta_rho(linear_structure: number) -> number:
    """Exponent rho of a structured matrix: rank, as a power of the smaller side.

    NaN for dense matrices and for `einsum`, which needs it as a value.
    """
    if linear_structure == 1.0:
        return 1.0 / 4.0
    if linear_structure == 2.0 or linear_structure == 3.0 or linear_structure == 4.0 or linear_structure == 7.0:
        return 0.0
    if linear_structure == 5.0:
        return 1.0 / 10.0
    return np.nan


@equation(valid="(-inf, inf)", source=EINSUM, formula="nu = 1 + rho - min(alpha, epsilon); 1 if dense")
def structure_nu(linear_structure: number, theta_alpha: number, theta_epsilon: number, theta_rho: number) -> number:
    """Growth of the operations of a structured d x d matrix: d^(1 + nu).

    One is dense.
    """
    if linear_structure == 0.0:
        return 1.0
    return 1.0 + theta_rho - np.minimum(theta_alpha, theta_epsilon)


@equation(valid="(-inf, 1]", source=EINSUM, formula="psi = 1 + min(0, 1 + rho - alpha - epsilon); 1 if dense")
def structure_psi(linear_structure: number, theta_alpha: number, theta_epsilon: number, theta_rho: number) -> number:
    """Growth of the rank of a structured d x d matrix: d^psi.

    One is full rank; below it scaling laws are worse.
    """
    if linear_structure == 0.0:
        return 1.0
    return 1.0 + np.minimum(0.0, 1.0 + theta_rho - theta_alpha - theta_epsilon)


@equation(
    valid="(-inf, inf)",
    source=EINSUM,
    formula="omega = min(alpha + delta, beta + epsilon) - min(alpha, epsilon); 0 if dense",
)
def structure_omega(
    linear_structure: number, theta_alpha: number, theta_beta: number, theta_delta: number, theta_epsilon: number
) -> number:
    """How often parameters of a structured d x d matrix are used: operations are d^omega times parameters.

    Zero is no sharing; above it scaling laws are worse.
    """
    if linear_structure == 0.0:
        return 0.0
    shared = np.minimum(theta_alpha + theta_delta, theta_beta + theta_epsilon)
    return shared - np.minimum(theta_alpha, theta_epsilon)


@equation(
    valid="(0, inf)",
    source=EINSUM + ": within omega = 0 and psi = 1 structures are nearly indistinguishable from dense",
    formula="1 if omega = 0 and psi = 1, else NaN",
    provenance="extension",
)
def compute_multiplier(linear_structure: number, structure_psi: number, structure_omega: number) -> number:
    """Dense compute of equal loss over the compute of the structured model.

    No value is published for other structures nor for BTT-MoE: give one, or there is none.
    """
    if linear_structure == 7.0:
        return np.nan
    if np.abs(structure_omega) < 1e-9 and structure_psi > 1.0 - 1e-9:
        return 1.0
    return np.nan


@equation(
    source="definition of the compute multiplier", formula="training_flops * compute_multiplier", provenance="extension"
)
def dense_equivalent_flops(training_flops: FLOP, compute_multiplier: number) -> FLOP:
    """Compute with which a dense model reaches the loss of the structured one.

    NaN where the multiplier is not known.
    """
    return training_flops * compute_multiplier


@equation(source=COUNT, formula="a g d f r + b g e f r; BTT-MoE: E times that + E d_in", provenance="extension")
def linear_parameters(
    linear_structure: number,
    linear_in: number,
    linear_out: number,
    theta_alpha: number,
    theta_beta: number,
    theta_gamma: number,
    theta_delta: number,
    theta_epsilon: number,
    theta_phi: number,
    theta_rho: number,
    btt_moe_experts: number,
) -> parameter:
    """Parameters of one structured matrix.

    A gate of d_in x E is added for BTT-MoE, an expert of which is one rank.
    """
    if linear_structure == 0.0:
        return linear_in * linear_out
    a, b, g = np.rint(linear_in**theta_alpha), np.rint(linear_in**theta_beta), np.rint(linear_in**theta_gamma)
    d, e, f = np.rint(linear_out**theta_delta), np.rint(linear_out**theta_epsilon), np.rint(linear_out**theta_phi)
    r = np.rint(np.minimum(linear_in, linear_out) ** theta_rho)
    missed = np.maximum(np.abs(np.log(a * b * g / linear_in)), np.abs(np.log(d * e * f / linear_out)))
    if missed > 0.14:
        return np.nan
    count = a * g * d * f * r + b * g * e * f * r
    if linear_structure == 7.0:
        return btt_moe_experts * count + btt_moe_experts * linear_in
    return count


@equation(source=COUNT, formula="a b g d f r + b g d e f r; BTT-MoE: k times that + E d_in", provenance="extension")
def linear_operations(
    linear_structure: number,
    linear_in: number,
    linear_out: number,
    theta_alpha: number,
    theta_beta: number,
    theta_gamma: number,
    theta_delta: number,
    theta_epsilon: number,
    theta_phi: number,
    theta_rho: number,
    btt_moe_experts: number,
    btt_moe_top_k: number,
) -> MAC:
    """Multiplications and additions, as pairs, of one structured matrix for one token.

    A dense matrix takes one for each parameter; shared parameters work several times. BTT-MoE adds its gate.
    """
    if linear_structure == 0.0:
        return linear_in * linear_out
    a, b, g = np.rint(linear_in**theta_alpha), np.rint(linear_in**theta_beta), np.rint(linear_in**theta_gamma)
    d, e, f = np.rint(linear_out**theta_delta), np.rint(linear_out**theta_epsilon), np.rint(linear_out**theta_phi)
    r = np.rint(np.minimum(linear_in, linear_out) ** theta_rho)
    missed = np.maximum(np.abs(np.log(a * b * g / linear_in)), np.abs(np.log(d * e * f / linear_out)))
    if missed > 0.14:
        return np.nan
    count = a * b * g * d * f * r + b * g * d * e * f * r
    if linear_structure == 7.0:
        return btt_moe_top_k * count + btt_moe_experts * linear_in
    return count
