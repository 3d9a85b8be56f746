"""What `estimate` says first, and how it says it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

import carbonsweep as cs
from carbonsweep.catalogs.model_errors import model_errors
from carbonsweep.foundation.scaled import said

Command = Callable[..., tuple[int, str, str]]
LLAMA = ("model=llama-3-70b", "accelerator=H100", "devices=1024", "tokens=15T")
PLACE = ("pue=1.1", "carbon_intensity=400")


def _lines(text: str) -> dict[str, str]:
    return {line.split()[0]: line for line in text.splitlines() if line and not line.startswith("note")}


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2_385_344.0, "kgCO2e", "2,385 tCO2e"),
        (19_100.0, "kgCO2e", "19.1 tCO2e"),
        (999.9, "kgCO2e", "1 tCO2e"),
        (0.0002, "kgCO2e", "200 mgCO2e"),
        (5_254_154.0, "kWh", "5.25 GWh"),
        (0.24e-3, "kWh", "240 mWh"),
        (1.5e12, "token", "1.5 trillion tokens"),
        (8.0, "1", "8"),
        (0.0, "kWh", "0 kWh"),
        (float("nan"), "kWh", "-"),
        (0.05, "day", "1.2 h"),
    ],
)
def test_units_are_those_that_people_say(value: float, unit: str, text: str) -> None:
    assert said(value, unit) == text


def test_carbon_time_energy_and_layout_come_first(command: Command) -> None:
    code, out, _ = command("estimate", *LLAMA, *PLACE)
    assert code == 0
    lines = _lines(out)
    assert list(lines)[:4] == ["model", "carbon", "time", "energy"]
    found = cs.estimate(model="llama-3-70b", accelerator="H100", devices=1024, tokens=15e12, pue=1.1, carbon_intensity=400)  # fmt: skip  # noqa: E501
    assert said(found["total_carbon"], "kgCO2e") in lines["carbon"]
    assert said(found["embodied_carbon"], "kgCO2e") in lines["carbon"]
    assert f"{found['training_days']:.3g} days on 1,024 devices" in lines["time"]
    assert f"data {found['data_parallel']}" in lines["layout"]
    assert str(model_errors()["training_days"]) in lines["known"]


def test_what_is_missing_is_said_with_the_remedy(command: Command) -> None:
    out = command("estimate", *LLAMA)[1]
    assert "operational carbon needs region=... (or carbon_intensity=, pue=)" in _lines(out)["carbon"]
    out = command("estimate", "parameters=70B", "tokens=15T")[1]
    assert "training time needs accelerator=..." in _lines(out)["time"]


def test_a_model_that_fits_nowhere_says_so(command: Command) -> None:
    code, out, _ = command("estimate", "model=llama-3-70b", "accelerator=H100", "devices=8", "tokens=15T", *PLACE)
    assert code == 0
    lines = _lines(out)
    assert "no value" in lines["carbon"]
    assert "no value" in lines["time"]
    assert "no layout" in out


def test_known_errors_are_not_claimed_of_figures_that_were_given(command: Command) -> None:
    out = command("estimate", *LLAMA, *PLACE, "hardware_efficiency=0.4")[1]
    assert "published trainings" not in out


def test_device_hours_are_enough_for_carbon(command: Command) -> None:
    """LLMCarbon's Eq. 12 needs no model where device-hours are known (case F20)."""
    found = cs.estimate(device_hours=184320, accelerator="A100", pue=1.1, carbon_intensity=423.5)
    whole = cs.estimate(accelerator="A100", quantities=["device_embodied"])["device_embodied"]
    life = cs.estimate(accelerator="A100", device_hours=1.0, quantities=["lifetime_years"])["lifetime_years"]
    assert found["embodied_carbon"] == pytest.approx(184320 / (8760 * life) * whole, rel=1e-12)
    assert found["operational_carbon"] > 0


def test_all_quantities_are_grouped_by_subject(command: Command) -> None:
    code, out, _ = command("estimate", *LLAMA, *PLACE, "--all")
    assert code == 0
    headings = [line for line in out.splitlines() if line and " " not in line.strip()]
    assert headings[:4] == ["Transformer", "Loss", "Hardware", "Layout"]
    shown = {line.split()[0] for line in out.splitlines() if line}
    assert set(json.loads(command("estimate", *LLAMA, *PLACE, "--json")[1])) <= shown


def test_values_are_plain_data() -> None:
    found = cs.estimate(
        model="gpt3-175b", accelerator="v100-sxm2-32gb", devices=8, tokens=1e9,
        quantities=["device_hours", "infeasibility", "devices", "feasible"],
    )  # fmt: skip
    assert found["device_hours"] is None
    assert found["infeasibility"].startswith("no layout")
    assert found["devices"] == 8
    assert "no layout" in found._repr_html_()


def test_a_derivation_is_cut_where_it_is_asked_to_be(command: Command) -> None:
    values = {"model": "gpt3-175b", "accelerator": "V100", "devices": 10000}
    whole = cs.explain(**values, quantity="training_days")
    few = cs.explain(**values, quantity="training_days", depth=1)
    assert [part.name for part in few.parts] == [part.name for part in whole.parts]
    assert all(not part.parts for part in few.parts)
    assert any("values below" in part.source for part in few.parts)
    words = [f"{name}={value}" for name, value in values.items()]
    code, out, _ = command("explain", *words, "-q", "training_days", "--depth", "0", "--json")
    assert code == 0
    assert json.loads(out)["parts"] == []


def test_paths_are_taken_where_plans_are(tmp_path, command: Command) -> None:
    path = tmp_path / "where.toml"
    path.write_text(
        '[axes]\ndevices = [64, 128]\n[constants]\nparameters = 7e9\ntokens = 1e12\naccelerator = "H100"\n'
        'hardware_efficiency = 0.4\npue = 1.1\ncarbon_intensity = 100\n[output]\nquantities = ["total_carbon"]\n'
        'minimize = "total_carbon"\n'
    )
    plan = cs.Plan.load(path)
    for given in (path, str(path)):
        assert cs.to_pandas(given).equals(cs.to_pandas(plan))
        assert cs.search(given).equals(cs.search(plan))
    assert cs.run(str(path), tmp_path / "out").rows == 2
    assert cs.scan(path).read_all().num_rows == 2
    assert cs.sql(path, "select count(*) as n from sweep")["n"].tolist() == [2]
    assert len(cs.to_dask(path)) == 2
    assert len(cs.marginals(path, quantity="total_carbon").table) == 2
    assert len(cs.pareto(path, minimize=["total_carbon", "training_days"])) >= 1
