"""Values that make no sense: refused with the likely mistake, or let pass and noted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import carbonsweep as cs
from carbonsweep.catalogs import RECORDS, load
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.grid.bind import bind
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.plausible import PLAUSIBLE

Command = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("tokens", 300, "tokens = 300 token is implausible: a count of tokens, not of thousands or billions"),
        ("parameters", 70, "parameters = 70 parameter is implausible: a count of parameters"),
        ("pue", 110, "pue = 110 is implausible: a ratio such as 1.1, not per cent"),
        ("carbon_intensity", 0.4, "carbon_intensity = 0.4 gCO2e/kWh is implausible: in gCO2e/kWh: 0.4 kg/kWh are 400"),
        ("device_power", 0.7, "device_power = 0.7 W is implausible: power of one device in W: 0.7 kW are 700"),
        ("hardware_efficiency", 0.97, "hardware_efficiency = 0.97 is implausible: a share of the peak rate"),
        ("devices", 1000.5, "devices = 1000.5 device is implausible: a number of devices is whole"),
        ("die_area", 0.05, "die_area = 0.05 cm2 is implausible"),
        ("peak_flops", 989, "peak_flops = 989 FLOP/s is implausible: a rate in FLOP/s"),
    ],
)
def test_the_likely_mistake_is_named(name: str, value: float, says: str) -> None:
    with pytest.raises(cs.PlanError) as error:
        cs.estimate(**{name: value}, quantities=[name])
    assert says in str(error.value)
    assert str(error.value).endswith("; --allow-implausible (allow_implausible = true) lets it pass")
    result = evaluate_configuration({name: value}, [name], allow_implausible=True)
    assert result.quantities[name] == value
    assert any(note.startswith("implausible: ") for note in result.notes)


def test_limits_stay_possible() -> None:
    assert cs.estimate(hardware_energy=1, pue=1, carbon_intensity=0, quantities=["operational_carbon"]) == {
        "operational_carbon": 0
    }


def test_plausible_values_are_possible_ones() -> None:
    for name, usual in PLAUSIBLE.items():
        assert name in REGISTRY.names()
        valid = REGISTRY.valid(name)
        assert usual.low < usual.high, name
        assert usual.low in valid, name
        assert min(usual.high, valid.high) in valid or valid.high_open, name


def test_rows_of_the_catalogs_are_plausible() -> None:
    for catalog in set(RECORDS.values()):
        for row in load(catalog).rows:
            for name, value in row.inputs.items():
                assert name not in PLAUSIBLE or np.isnan(value) or PLAUSIBLE[name].holds(value), (row.id, name, value)


def test_plans_and_rows_of_one_s_own(tmp_path: Path, command: Command) -> None:
    text = '[axes]\ntokens = [300, 1400]\n[constants]\nparameters = 7e9\n[output]\nquantities = ["training_flops"]\n'
    plan = tmp_path / "plan.toml"
    plan.write_text(text)
    code, _, error = command("check", plan)
    assert code == 2
    assert "plan.toml: axes.tokens: tokens = 300 token is implausible" in error
    allowed = bind(cs.Plan.load(plan, allow_implausible=True))
    assert any(note.startswith("implausible: tokens = 300") for note in allowed.notes)
    plan.write_text("allow_implausible = true\n" + text)
    assert bind(cs.Plan.load(plan)).notes == allowed.notes
    assert command("check", plan)[0] == 0
    mine = tmp_path / "mine.csv"
    mine.write_text("id,tdp_w\nmine,0.7\n")
    with pytest.raises(cs.PlanError, match=r"mine: thermal_design_power = 0.7 W is implausible"):
        cs.estimate(accelerator="mine", catalogs={"accelerators": mine}, quantities=["thermal_design_power"])
