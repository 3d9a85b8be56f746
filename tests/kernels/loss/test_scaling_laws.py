import numpy as np
import pytest

from carbonsweep.kernels.loss import scaling_laws


@pytest.mark.parametrize(
    ("parameters", "tokens", "expected"),
    [  # Hoffmann constants as LLMCarbon uses them, computed apart
        (175e9, 300e9, 2.00229),
        (70e9, 1.4e12, 1.93665),
        (280e9, 300e9, 1.99326),
        (11e9, 600e9, 2.05348),
        (0.55e9, 7e12, 2.22771),
        (530e9, 270e9, 1.99061),
    ],
)
def test_equation_3(evaluate, parameters, tokens, expected):
    assert evaluate("test_loss", parameters=parameters, tokens=tokens) == pytest.approx(expected, abs=1e-5)


def test_parameters_that_enter():
    assert scaling_laws.loss_parameters(1e9, 1e9, 8.0) == 1e9
    assert scaling_laws.loss_parameters(64e9, 2e9, 8.0) == 8e9


def test_kaplan():
    # ((6.4e13/N)^(0.076/0.103) + 1.8e13/D)^0.103 tends to (6.4e13/N)^0.076 and (1.8e13/D)^0.103
    assert scaling_laws.test_loss_kaplan(1e9, 1e30) == pytest.approx((6.4e13 / 1e9) ** 0.076, rel=1e-9)
    assert scaling_laws.test_loss_kaplan(1e30, 1e9) == pytest.approx((1.8e13 / 1e9) ** 0.103, rel=1e-9)


def test_muennighoff_without_repetition_is_the_plain_law():
    plain = 1.869144 + 520.86 / 1e9**0.3526596 + 1487.84 / 20e9**0.3526596
    assert scaling_laws.test_loss_muennighoff(1e9, 20e9, 20e9) == pytest.approx(plain, rel=1e-12)
    assert scaling_laws.test_loss_muennighoff(1e9, 20e9, 90e9) == pytest.approx(plain, rel=1e-12)


def test_muennighoff_repetition_saturates():
    # Muennighoff et al. 2023: repeated data are worth at most 1 + R_D* = 16.4 times the unique data
    fresh, once, often, endless = (
        scaling_laws.test_loss_muennighoff(1e8, 5e9 * epochs, unique)
        for epochs, unique in ((40, 2e11), (1, 5e9), (40, 5e9), (1e6, 5e9))
    )
    assert fresh < often < once
    assert endless == pytest.approx(1.869144 + 520.86 / 1e8**0.3526596 + 1487.84 / 8.1938780e10**0.3526596)


def test_krajewski():
    # finer experts help; infinitely fine ones leave 18.1 / N^0.115
    coarse, fine = (scaling_laws.test_loss_krajewski(1e9, 1e11, granularity) for granularity in (1.0, 8.0))
    assert fine < coarse
    limit = 0.47 + 18.1 / 1e9**0.115 + 30.8 / 1e11**0.147
    assert scaling_laws.test_loss_krajewski(1e9, 1e11, 1e12) == pytest.approx(limit, rel=1e-6)
    assert np.isnan(scaling_laws.test_loss_krajewski(1e9, 1e11, np.nan))


@pytest.mark.parametrize(
    ("experts", "m", "mu", "n", "nu"),
    [  # Ludziejewski et al. 2025 Table 4: the joint law at fixed numbers of experts
        (1, 30.364, -0.1817, 53.9838, -0.1965),
        (2, 27.7982, -0.178, 66.8401, -0.2065),
        (4, 24.8462, -0.1731, 87.7022, -0.2192),
        (8, 21.833, -0.1676, 119.9126, -0.2338),
        (16, 19.0159, -0.1617, 167.5073, -0.2494),
        (32, 16.5424, -0.1557, 234.6726, -0.2652),
    ],
)
def test_ludziejewski(experts, m, mu, n, nu):
    reduced = m * 1e9**mu + n * 1e11**nu + 1.3637
    assert scaling_laws.test_loss_ludziejewski(1e9, 1e11, 1.0 * experts) == pytest.approx(reduced, rel=4e-3)
