import numpy as np
import pytest

import carbonsweep as cs
from carbonsweep.catalogs import load
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.grid.bind import bind
from carbonsweep.kernels.loss import scaling_laws
from carbonsweep.kernels.loss.constants import LAWS


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
    loss = evaluate("test_loss", {"*": "llmcarbon"}, parameters=parameters, tokens=tokens)
    assert loss == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("parameters", "tokens", "expected"),
    [  # Besiroglu's unrounded constants, computed apart
        (175e9, 300e9, 2.008014),
        (70e9, 1.4e12, 1.973416),
        (7e9, 1e12, 2.083257),
    ],
)
def test_the_default_law(evaluate, parameters, tokens, expected):
    assert evaluate("test_loss", parameters=parameters, tokens=tokens) == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("variant", LAWS)
def test_constants_are_those_of_the_catalog(evaluate, variant):
    row = load("scaling_laws").get(LAWS[variant])
    names = [
        "loss_irreducible",
        "loss_parameter_coefficient",
        "loss_token_coefficient",
        "loss_parameter_exponent",
        "loss_token_exponent",
    ]
    assert {name: evaluate(name, {name: variant}) for name in names} == row.inputs


def test_parameters_that_enter():
    assert scaling_laws.loss_parameters(7.3e9, 7.3e9) == 7.3e9
    assert scaling_laws.loss_parameters(64e9, 4e9) == 16e9
    assert scaling_laws.loss_parameters_llmcarbon(1e9, 1e9, 8.0) == 1e9
    assert scaling_laws.loss_parameters_llmcarbon(64e9, 2e9, 8.0) == 8e9


@pytest.mark.parametrize(
    ("active", "total", "tokens", "expansion", "geometric", "joint", "eighth"),
    [  # footprint.md 6.2, in 1e9 parameters; Mixtral at 6e12 tokens
        (2.8, 16.4, 2e12, 64 / 6, 6.8, 5.6, 2.1),
        (0.85, 17.5, 1e12, 256 / 9, 3.9, 2.5, 2.2),
        (12.9, 46.7, 6e12, 4, 24.5, 18.5, 5.8),
        (37.6, 671, 14.8e12, 32, 159, 92, 84),
    ],
)
def test_dense_sizes_of_equal_loss(active, total, tokens, expansion, geometric, joint, eighth):
    active, total = active * 1e9, total * 1e9
    assert scaling_laws.loss_parameters(total, active) / 1e9 == pytest.approx(geometric, rel=0.015)
    found = scaling_laws.loss_parameters_ludziejewski(total, active, tokens, expansion)
    assert found / 1e9 == pytest.approx(joint, rel=0.015)
    assert scaling_laws.loss_parameters_llmcarbon(total, active, 8.0) / 1e9 == pytest.approx(eighth, rel=0.03)


def test_the_joint_law_is_held_between_active_and_all():
    assert scaling_laws.loss_parameters_ludziejewski(5e9, 5e9, 1e12, 1.0) == 5e9
    # no loss is as low as the law's floor for one expert: only all parameters remain
    assert scaling_laws.loss_parameters_ludziejewski(2e15, 1e15, 1e10, 128.0) == 2e15
    assert np.isnan(scaling_laws.loss_parameters_ludziejewski(5e9, 1e9, np.nan, 8.0))


@pytest.fixture(scope="module")
def mixtures() -> list[tuple[str, float, float, float]]:
    """Id, active and all parameters, and experts over those in use, of every mixture of the catalog."""
    names = ["active_parameters", "parameters", "expert_expansion"]
    found = []
    for row in load("models").rows:
        if row.values["n_experts"]:
            values = cs.estimate(model=row.id, quantities=names)
            if None not in values.values():
                found.append((row.id, *(values[name] for name in names)))
    return found


@pytest.mark.slow
def test_a_mixture_is_between_the_dense_models_of_its_sizes(mixtures):
    assert len(mixtures) > 25
    for name, active, total, expansion in mixtures:
        for tokens in np.geomspace(1e11, 2e13, 24):
            for size in (
                scaling_laws.loss_parameters(total, active),
                scaling_laws.loss_parameters_ludziejewski(total, active, tokens, expansion),
            ):
                assert active <= size <= total, name


@pytest.mark.slow
def test_llmcarbon_puts_mixtures_below_their_active_size_and_says_so(mixtures):
    below = [name for name, active, total, _ in mixtures if active < total and total / 8 < active]
    assert "mixtral-8x7b" in below
    assert len(below) >= 13
    found = evaluate_configuration({"model": "mixtral-8x7b", "tokens": 1e12}, ["test_loss"], {"*": "llmcarbon"})
    assert any("worse than a dense model of its active size" in note for note in found.notes)


@pytest.mark.parametrize(
    ("values", "equations", "law"),
    [
        ({}, {}, "besiroglu-2024"),
        ({}, {"*": "llmcarbon"}, "hoffmann-2022-a3"),
        ({"scaling_law": "hoffmann-2022-a3-exact"}, {}, "hoffmann-2022-a3-exact"),
        ({"loss_irreducible": 1.7}, {}, "besiroglu-2024 but for loss_irreducible, given"),
        ({}, {"test_loss": "kaplan"}, "kaplan"),
    ],
)
def test_the_law_is_named(values, equations, law):
    found = evaluate_configuration({"parameters": 7e9, "tokens": 1e12, **values}, ["test_loss"], equations)
    assert [note for note in found.notes if note.startswith("loss by ")] == [f"loss by {law}"]


def test_a_plan_that_bounds_the_loss_names_the_law():
    plan = cs.Plan(
        title="t",
        axes={"parameters": [1e9, 7e9], "tokens": [1e12]},
        constraints={"test_loss": "<= 2.1"},
        output={"quantities": ["training_flops"]},
    )
    assert "loss by besiroglu-2024" in bind(plan).notes


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
