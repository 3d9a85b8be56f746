"""Potapczynski et al. 2024: taxonomy from the authors' notebooks and teaser figure; counts derived from their code."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from carbonsweep.kernels.structured import exponents

DENSE, LOW_RANK, KRONECKER, TENSOR_TRAIN, MONARCH, BTT, EINSUM, BTT_MOE = range(8)
SQUARE = {"linear_in": 1024, "linear_out": 1024}


@pytest.mark.parametrize(
    ("name", "psi", "nu", "omega"),
    [
        (MONARCH, 1, 1 / 2, 0),
        (KRONECKER, 1, 1 / 2, 1 / 2),
        (TENSOR_TRAIN, 1, 3 / 4, 2 / 3),
        (BTT, 1 / 2, 3 / 10, 0),
        (LOW_RANK, 1 / 4, 1 / 4, 0),
        (DENSE, 1, 1, 0),
    ],
)
def test_taxonomy(evaluate, name, psi, nu, omega):
    found = [evaluate(f"structure_{what}", linear_structure=name) for what in ("psi", "nu", "omega")]
    assert found == pytest.approx([psi, nu, omega], abs=1e-9)


fraction = st.floats(0, 1)


@given(fraction, fraction, fraction, fraction, fraction)
def test_taxonomy_is_the_count_of_dimensions(x, y, u, v, rho):
    """Exponents of parameters and operations of a d x d matrix, for any theta on the two simplices."""
    alpha, beta = x, (1 - x) * y
    delta, epsilon = u, (1 - u) * v
    gamma, phi = 1 - alpha - beta, 1 - delta - epsilon
    parameters = max(alpha + gamma + delta + phi + rho, beta + gamma + epsilon + phi + rho)
    operations = max(1 + delta + phi + rho, 1 + beta + gamma + rho)
    assert exponents.structure_nu(6.0, alpha, epsilon, rho) == pytest.approx(operations - 1, abs=1e-9)
    omega = exponents.structure_omega(6.0, alpha, beta, delta, epsilon)
    assert omega == pytest.approx(operations - parameters, abs=1e-9)
    assert omega >= -1e-9
    assert exponents.structure_psi(6.0, alpha, epsilon, rho) <= 1


@pytest.mark.parametrize(
    ("name", "parameters", "operations"),
    [(DENSE, 1024**2, 1024**2), (MONARCH, 65536, 65536), (KRONECKER, 2048, 65536)],
)
def test_square_matrix(evaluate, name, parameters, operations):
    assert evaluate("linear_parameters", linear_structure=name, **SQUARE) == parameters
    assert evaluate("linear_operations", linear_structure=name, **SQUARE) == operations


def test_rank(evaluate):
    """Both factors sqrt(d), rank r: 2 r d^1.5; low rank: 2 r d."""
    btt = evaluate("linear_parameters", linear_structure=MONARCH, theta_rho=0.3, **SQUARE)
    assert btt == 2 * round(1024**0.3) * 1024**1.5
    low_rank = evaluate("linear_operations", linear_structure=LOW_RANK, theta_rho=0.5, **SQUARE)
    assert low_rank == 2 * 32 * 1024


def test_btt_moe(evaluate):
    """A regression value of this project, from the authors' code: d = 1024, E = 8, k = 2."""
    given = {"linear_structure": BTT_MOE, "btt_moe_experts": 8, "btt_moe_top_k": 2, **SQUARE}
    assert evaluate("linear_parameters", **given) == 524288 + 8192
    assert evaluate("linear_operations", **given) == 131072 + 8192


def test_einsum_takes_any_theta(evaluate):
    theta = dict.fromkeys(("alpha", "beta", "gamma", "delta", "epsilon", "phi"), 1 / 3)
    given = {f"theta_{name}": value for name, value in theta.items()}
    assert math.isnan(evaluate("linear_parameters", linear_structure=EINSUM, **SQUARE))
    found = evaluate(
        "linear_parameters", linear_structure=EINSUM, linear_in=1000, linear_out=1000, theta_rho=0, **given
    )
    assert found == 2 * 10**4


def test_sizes_that_miss_the_width_have_no_value(evaluate):
    assert math.isnan(evaluate("linear_parameters", linear_structure=MONARCH, linear_in=3, linear_out=3))


@given(st.integers(4, 64), st.integers(0, 6))
def test_full_rank_structures_reach_dense(root, wider):
    """Low rank at full rank and one axis for all: never fewer operations than parameters."""
    assume(wider < root)
    width = float(root * root)
    for theta in ((1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0), (0.5, 0.0, 0.5, 0.0, 0.5, 0.5, 0.5)):
        parameters = exponents.linear_parameters(6.0, width, width, *theta, 1.0)
        operations = exponents.linear_operations(6.0, width, width, *theta, 1.0, 1.0)
        assert operations >= parameters
        assert parameters >= width * width  # at full rank nothing is saved


def test_compute_multiplier_is_known_for_full_rank_without_sharing_alone(evaluate):
    assert evaluate("compute_multiplier", linear_structure=MONARCH) == 1
    assert evaluate("compute_multiplier", linear_structure=DENSE) == 1
    for name in (LOW_RANK, KRONECKER, TENSOR_TRAIN, BTT, BTT_MOE):
        assert math.isnan(evaluate("compute_multiplier", linear_structure=name))
    assert evaluate("dense_equivalent_flops", training_flops=1e21, compute_multiplier=4) == 4e21
