"""Ren et al. 2024 (Scientific Reports 14:26310): all values through secondary digests but the abstract's ranges."""

import math

import pytest

from tests.kernels.rows import row

SITE = {"pue": 1.17, "wue": 0.55, "grid_water_intensity": 3.14, "carbon_intensity": 385, "embodied_multiplier": 2}
LLAMA = {"page_device_energy": 0.010, "device_energy_share": 0.6, **SITE}  # 0.010 kWh and 385 g are back-solved
GEMMA = {"page_energy": 0.00024, "page_carbon": 0.18, "page_water": 0.0017, "page_cost": 0.01}  # as printed
US = row("human_baselines", "us")
INDIA = row("human_baselines", "india")


def test_llama_page(evaluate):
    assert evaluate("page_energy", **LLAMA) == pytest.approx(0.0195, rel=1e-12)
    assert evaluate("page_carbon", **LLAMA) == pytest.approx(15, abs=0.02)
    assert evaluate("page_water", **LLAMA) == pytest.approx(0.14, abs=0.002)
    assert evaluate("page_water", **LLAMA) == pytest.approx(0.141, abs=0.0005)


@pytest.mark.parametrize(
    ("name", "printed", "near"), [("energy", 44, 0.6), ("carbon", 53, 0.5), ("water", 40, 0.5), ("cost", 150, 1.5)]
)
def test_ratios_of_llama(evaluate, name, printed, near):
    assert evaluate(f"human_{name}_ratio", **LLAMA, page_cost=0.08, **US) == pytest.approx(printed, abs=near)


def test_ratios_span_the_abstract(evaluate):
    """Primary: 40 to 150 for Llama-3-70B in the US."""
    names = ("energy", "carbon", "water", "cost")
    ratios = [evaluate(f"human_{name}_ratio", **LLAMA, page_cost=0.08, **US) for name in names]
    assert (min(ratios), max(ratios)) == pytest.approx((40, 150), rel=0.01)


@pytest.mark.parametrize(("name", "printed"), [("energy", 3500), ("carbon", 4400), ("water", 3300), ("cost", 1200)])
def test_ratios_of_gemma(evaluate, name, printed):
    near = 0.01 if name == "cost" else 0.02
    assert evaluate(f"human_{name}_ratio", **GEMMA, **US) == pytest.approx(printed, rel=near)


def test_india_has_energy_alone(evaluate):
    assert evaluate("human_energy_ratio", **LLAMA, **INDIA) == pytest.approx(3.4, abs=0.03)
    for name in ("carbon", "water", "cost"):
        assert math.isnan(evaluate(f"human_{name}_ratio", **LLAMA, page_cost=0.08, **INDIA))


SERVING = {
    "inference_tokens": 1e9,
    "inference_hardware_energy": 5000,
    "inference_embodied_carbon": 300,
    "tokens_per_page": 667,
    "pue": 1.17,
    "carbon_intensity": 385,
}


def test_embodied_carbon_is_counted_once(evaluate):
    """By the multiplier or by the engine's own model, whatever else is given."""
    operational = evaluate("page_operational_carbon", **SERVING)
    assert operational == pytest.approx(5000 * 667e-9 * 1.17 * 385)
    assert evaluate("page_carbon", **SERVING) == pytest.approx(operational + 300e3 * 667e-9)
    assert evaluate("page_carbon", **SERVING, embodied_multiplier=2) == 2 * operational
    engine = {"page_carbon": "llmcarbon"}
    assert evaluate("page_carbon", engine, **SERVING, embodied_multiplier=2) == evaluate("page_carbon", **SERVING)


def test_page_of_a_sweep(evaluate):
    water = evaluate("page_water", **SERVING, wue=0.55, grid_water_intensity=3.14)
    assert water == pytest.approx(5000 * 667e-9 * (0.55 + 1.17 * 3.14))
    assert evaluate("page_cost", tokens_per_page=500, token_price=2e-6) == pytest.approx(1e-3)
    by_hardware = evaluate("page_cost", inference_cost=1000, inference_tokens=1e9, tokens_per_page=500)
    assert by_hardware == pytest.approx(5e-4)
