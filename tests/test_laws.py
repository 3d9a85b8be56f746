"""Laws that faults found in other tools break (the list is in the style page of the project)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbonsweep as cs
from carbonsweep.catalogs import load
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.foundation.sizes import size_text
from carbonsweep.kernels import REGISTRY

BASE = {
    "parameters": 70e9,
    "tokens": 1e12,
    "accelerator": "H100",
    "devices": 1024,
    "hardware_efficiency": 0.4,
    "pue": 1.2,
    "carbon_intensity": 400,
}
_factor = st.floats(0.01, 100)


def _estimate(*wanted: str, **changes: object) -> list[float]:
    # laws hold beyond what makes sense, such as part of a device
    return list(cs.estimate(**{**BASE, **changes}, quantities=wanted, allow_implausible=True).values())


@given(pue=st.floats(1, 3))
def test_facility_energy_is_it_energy_times_pue(pue: float) -> None:
    it, facility = _estimate("hardware_energy", "facility_energy", pue=pue)
    assert facility == it * pue


def test_pue_one_and_intensity_zero() -> None:
    it, facility = _estimate("hardware_energy", "facility_energy", pue=1)
    assert it == facility
    operational, embodied, total = _estimate(
        "operational_carbon", "embodied_carbon", "total_carbon", carbon_intensity=0
    )
    assert operational == 0
    assert total == embodied > 0


@given(_factor)
def test_operational_carbon_is_linear_in_intensity(factor: float) -> None:
    """Grams per kWh are neither kilograms nor tonnes: 1 kWh at 1000 g is 1 kg."""
    (once,) = _estimate("operational_carbon", carbon_intensity=100)
    (more,) = _estimate("operational_carbon", carbon_intensity=100 * factor)
    assert more == pytest.approx(once * factor, rel=1e-12)
    assert cs.estimate(facility_energy=1, carbon_intensity=1000)["operational_carbon"] == 1.0


@given(_factor)
def test_energy_is_linear_in_device_count(factor: float) -> None:
    """At a fixed time every device counts, not one of eight."""
    once = _estimate("hardware_energy", "embodied_carbon", training_days=10, devices=800)
    more = _estimate("hardware_energy", "embodied_carbon", training_days=10, devices=800 * factor)
    assert more == pytest.approx([value * factor for value in once], rel=1e-12)


def test_more_devices_are_faster_at_equal_efficiency() -> None:
    (slow,) = _estimate("training_days", devices=100)
    (fast,) = _estimate("training_days", devices=200)
    assert fast == pytest.approx(slow / 2)


def test_sum_of_parts_is_the_total() -> None:
    parts = ("accelerator", "cpu", "dram", "ssd", "other")
    *embodied, whole = _estimate(*(f"{part}_embodied_carbon" for part in parts), "embodied_carbon")
    moved, share = _estimate("transport_and_end_embodied", "lifetime_share")
    outside = BASE["devices"] * share * (moved + REGISTRY.inputs["network_embodied_per_device"].default)
    assert whole == pytest.approx(sum(embodied) + outside, rel=1e-14)
    by_llmcarbon = evaluate_configuration(
        BASE, [*(f"{part}_embodied_carbon" for part in parts), "embodied_carbon"], {"*": "llmcarbon"}
    )
    *embodied, whole = by_llmcarbon.quantities.values()
    assert whole == pytest.approx(sum(embodied), rel=1e-14)
    operational, embodied_total, total = _estimate("operational_carbon", "embodied_carbon", "total_carbon")
    assert total == operational + embodied_total
    phases = ("", "inference_", "experimentation_", "storage_")
    extra = {"stored_data": 100, "transferred_data": 50, "inference_tokens": 1e12, "pipeline": "base"}
    *carbon, lifecycle = _estimate(*(f"{phase}total_carbon" for phase in phases), "lifecycle_total_carbon", **extra)
    assert min(carbon) > 0
    assert lifecycle == pytest.approx(sum(carbon), rel=1e-12)


def test_predicted_throughput_is_used() -> None:
    """A better accelerator shortens the training; an efficiency that is computed is an efficiency that counts."""
    free = {key: value for key, value in BASE.items() if key != "hardware_efficiency"}
    low = cs.estimate(**free, relative_efficiency=0.5, quantities=["training_days"])["training_days"]
    high = cs.estimate(**free, relative_efficiency=1.0, quantities=["training_days"])["training_days"]
    assert low > high


def test_efficiency_is_a_fraction_not_a_percentage() -> None:
    with pytest.raises(cs.PlanError, match=r"outside \(0, 1\]"):
        _estimate("training_days", hardware_efficiency=40)


def test_causal_attention_is_half_of_the_square() -> None:
    values = {"model": "llama-3-70b", "quantities": ["attention_score_flops_per_token"]}
    full = cs.estimate(**values, causal_attention=0)["attention_score_flops_per_token"]
    causal = cs.estimate(**values, causal_attention=1)["attention_score_flops_per_token"]
    assert full == pytest.approx(2 * causal)


def test_smallest_and_largest_are_not_swapped() -> None:
    for name in REGISTRY.names():
        valid = REGISTRY.valid(name)
        assert valid.low < valid.high, name
    for column in load("embodied").rows:
        low, high = column.values["value_low"], column.values["value_high"]
        if low is not None and high is not None:
            assert low <= high


def test_units_round_trip() -> None:
    """The catalog's TFLOP/s, mm2 and billions reach the equations as FLOP/s, cm2 and ones."""
    row = load("accelerators").get("h100-sxm5")
    assert row.inputs["peak_flops_bf16"] == 989.4e12
    assert row.inputs["die_area"] == 8.14
    assert load("models").get("mt-nlg-530b").inputs["published_parameters"] == 530e9


def test_sizes_are_decimal() -> None:
    assert size_text(1e18) == "1 EB"
    assert size_text(1500) == "1.5 kB"
