"""Words of the trade, and numbers as people write them, in plans and estimates."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbonsweep as cs
from carbonsweep.catalogs import RECORDS
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.foundation.measures import NotANumber, read_number
from carbonsweep.kernels import REGISTRY
from carbonsweep.plan.words import AS_INPUT, AS_QUANTITY, COULD_MEAN, MEANS, meant


def test_words_mean_names_that_exist_and_are_none_themselves() -> None:
    names = {*RECORDS, *REGISTRY.names()}
    for table in (MEANS, AS_INPUT, AS_QUANTITY):
        assert set(table.values()) <= names
        assert not set(table) & names
    assert {name for could in COULD_MEAN.values() for name in could} <= names
    assert not set(COULD_MEAN) & (names | set(MEANS))


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("gpu", "accelerator"),
        ("num_gpus", "devices"),
        ("TP", "tensor_parallel"),
        ("pp", "pipeline_parallel"),
        ("dtype", "precision"),
        ("batch_size", "global_batch"),
        ("mfu", "hardware_efficiency"),
        ("n_layers", "layers"),
        ("num_hidden_layers", "layers"),
        ("d_model", "hidden_size"),
        ("tdp_w", "thermal_design_power"),
        ("tokens", "tokens"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_word_means_a_name(word: str, name: str) -> None:
    assert meant(word) == name


def test_columns_in_another_unit_are_not_taken_for_inputs() -> None:
    assert meant("mem_bw_gbs") == "mem_bw_gbs"  # GB/s, where the input is in B/s
    assert meant("training_tokens_b") == "training_tokens_b"


def test_estimates_take_words_and_say_so() -> None:
    given_words = {"gpu": "H100", "num_gpus": "512", "params": "7B", "tokens": "1T", "mfu": "40%"}
    result = evaluate_configuration(given_words, ["days"])
    known = cs.estimate(
        accelerator="h100-sxm5",
        devices=512,
        parameters=7e9,
        tokens=1e12,
        hardware_efficiency=0.4,
        quantities=["training_days"],
    )
    assert result.quantities == known
    assert "gpu is taken as accelerator" in result.notes
    with pytest.raises(cs.PlanError, match="gpu means accelerator, which is given too; remove one"):
        cs.estimate(gpu="H100", accelerator="A100")


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("energy", "did you mean 'facility_energy' or 'hardware_energy'"),
        ("co2", "did you mean 'total_carbon' or 'operational_carbon'"),
        ("power", "did you mean 'device_power' or 'thermal_design_power'"),
        ("xyz", "unknown quantity 'xyz'$"),
    ],
)
def test_words_that_could_mean_several_are_answered_with_them(word: str, says: str) -> None:
    with pytest.raises(cs.PlanError, match=says):
        cs.estimate(tokens=1e12, parameters=7e9, quantities=[word])


def test_plans_take_words() -> None:
    plan = cs.Plan(
        axes={"num_gpus": [8, 16]},
        constants={"gpu": "H100", "n_params": "7B"},
        constraints={"days": "<= 100"},
        output={"quantities": ["days"], "minimize": "days"},
    )
    assert (list(plan.axes), list(plan.constants)) == (["devices"], ["accelerator", "parameters"])
    assert plan.output.quantities == ("training_days",)
    assert (plan.output.minimize, list(plan.constraints)) == ("training_days", ["training_days"])
    with pytest.raises(cs.PlanError, match="axes: devices is given twice, once by another word"):
        cs.Plan(axes={"num_gpus": [8], "devices": [16]}, output={"quantities": ["devices"]})


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("70B", "parameter", 70e9),
        ("15T", "token", 15e12),
        ("15 trillion tokens", "token", 15e12),
        ("8 GPUs", "device", 8),
        ("1,024", "device", 1024),
        ("1_024", "device", 1024),
        ("40%", "1", 0.4),
        ("1.10", "1", 1.1),
        ("2e9", "parameter", 2e9),
        ("60 days", "day", 60),
        ("2 weeks", "day", 14),
        ("0.4 kg/kWh", "gCO2e/kWh", 400),
        ("400 gCO2e/kWh", "gCO2e/kWh", 400),
        ("0.4 tCO2/MWh", "gCO2e/kWh", 400),
        ("700 W", "W", 700),
        ("0.7 kW", "W", 700),
        ("$0.08/kWh", "USD/kWh", 0.08),
        ("$2.5/GPU-hour", "USD/device-hour", 2.5),
        ("184,320 GPU-hours", "device-hour", 184320),
        ("989.4 TFLOPS", "FLOP/s", 989.4e12),
        ("3.35 TB/s", "B/s", 3.35e12),
        ("400 Gbit/s", "B/s", 50e9),
        ("80 GB", "GB", 80),
        ("814 mm2", "cm2", 8.14),
        ("1 GWh", "kWh", 1e6),
        ("3 yr", "year", 3),
        ("1.8 l/kWh", "l/kWh", 1.8),
        ("12 t", "kgCO2e", 12000),
    ],
)
def test_numbers_as_people_write_them(text: str, unit: str, number: float) -> None:
    assert read_number(text, unit) == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "unit", "says"),
    [
        ("many", "token", "is text"),
        ("700 W", "kWh", "is in W"),
        ("60 days", "W", "is in days"),
        ("0.4 kg/kWh", "token", "is in 'kg/kWh'"),
        ("40%", "token", "is a share"),
        ("1,5", "1", "is in ',5'"),
        ("5 furlongs_", "day", "has a unit that is not known"),
        ("1 __import__('os')", "day", "has a unit that is not known"),
        ("1e400", "token", "is too large"),
        ("", "token", "is text"),
        ("e2", "1", "is text"),
    ],
)
def test_what_is_no_number_of_the_unit_is_refused(text: str, unit: str, says: str) -> None:
    with pytest.raises(NotANumber, match=says):
        read_number(text, unit)


@given(st.text(max_size=40), st.sampled_from(sorted({REGISTRY.unit(name) for name in REGISTRY.names()})))
def test_any_text_is_a_number_or_refused(text: str, unit: str) -> None:
    try:
        value = read_number(text, unit)
    except NotANumber:
        return
    assert not math.isnan(value)


@given(st.floats(min_value=1e-30, max_value=1e30), st.sampled_from(["token", "W", "gCO2e/kWh", "1"]))
def test_plain_numbers_are_themselves(number: float, unit: str) -> None:
    assert read_number(repr(number), unit) == number
