"""Exports of grid data become profiles: by names of columns, in UTC, with gaps and leap days as documented."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import carbonsweep as cs
from carbonsweep.catalogs import load
from carbonsweep.catalogs.grid_exports import Imported, read_export
from carbonsweep.catalogs.hourly import hourly_mean, year_of_hours
from carbonsweep.catalogs.profiles import hourly_values, profile_file
from carbonsweep.foundation.errors import CatalogError

TIMES = pd.date_range("2023-01-01", periods=8760, freq="h")
VALUES = 300 + 100 * np.sin(np.arange(8760) / 24 * 2 * np.pi) + np.arange(8760) / 100


def _read(tmp_path: Path, frame: pd.DataFrame | None, kind: str = "location_lifecycle", **options: object) -> Imported:
    """What is made of a frame as a file; without one, of the file that was written last."""
    path = tmp_path / "file.csv"
    if frame is not None:
        text = frame.to_csv(index=False, sep=str(options.pop("sep", ",")))
        path.write_text(str(options.pop("head", "")) + text, encoding="utf-8")
    return read_export(path, kind, *(options.get(name) for name in ("column", "zone", "year")))


def _own(times: pd.DatetimeIndex = TIMES, values: np.ndarray = VALUES) -> pd.DataFrame:
    return pd.DataFrame({"timestamp": times.strftime("%Y-%m-%dT%H:%M:%SZ"), "value": values})


def test_own_file(tmp_path: Path) -> None:
    found = _read(tmp_path, _own().sample(frac=1, random_state=1))
    assert (found.export, found.hours.year, found.hours.filled) == ("own file", 2023, 0)
    assert found.hours.values == pytest.approx(VALUES)
    shares = _own().assign(cfe=0.5)
    assert _read(tmp_path, shares, "cfe").hours.values == pytest.approx(0.5)
    assert _read(tmp_path, _own().assign(mine=VALUES * 2), column="mine").hours.values == pytest.approx(2 * VALUES)
    path = tmp_path / "own.parquet"
    pd.DataFrame({"timestamp": TIMES.tz_localize("UTC"), "value": VALUES}).to_parquet(path)
    assert read_export(path, "market", None, None, None).hours.values == pytest.approx(VALUES)


def test_times_with_their_offset(tmp_path: Path) -> None:
    """A year of Berlin: its first hour is the last of the year before in UTC, which comes round at the end."""
    frame = _own().assign(timestamp=TIMES.strftime("%Y-%m-%dT%H:%M:%S+01:00"))
    hours = _read(tmp_path, frame).hours
    assert hours.values[:-1] == pytest.approx(VALUES[1:])
    assert hours.values[-1] == pytest.approx(VALUES[0])
    assert hours.filled == 0


def test_quarters_of_hours_and_leap_days(tmp_path: Path) -> None:
    times = pd.date_range("2024-01-01", periods=8784 * 4, freq="15min")
    values = np.arange(len(times)) / 100.0
    hours = _read(tmp_path, _own(times, values)).hours
    expected = np.delete(values.reshape(-1, 4).mean(axis=1), np.arange(1416, 1440))
    assert hours.values == pytest.approx(expected)
    seconds = np.array(["2023-01-01T00:00", "2023-01-01T00:10", "2023-01-01T01:00"], dtype="datetime64[s]")
    _, means = hourly_mean(seconds, np.array([60.0, 120.0, 1.0]), "file")
    assert means[0] == pytest.approx((10 * 60 + 50 * 120) / 60)


def test_short_gaps_are_filled_and_long_ones_listed(tmp_path: Path) -> None:
    """Six hours on a line between their neighbours, the ends of the year included; seven are refused."""
    line = np.linspace(100, 500, 8760)
    hours = _read(tmp_path, _own(values=line).drop(range(1000, 1006))).hours
    assert hours.filled == 6
    assert hours.values == pytest.approx(line)
    ends = _read(tmp_path, _own(values=line).drop([0, 8759])).hours.values
    assert ends[[8759, 0]] == pytest.approx([line[8758] + (line[1] - line[8758]) / 3 * i for i in (1, 2)])
    with pytest.raises(CatalogError, match=r"1 gaps of more than 6 hours: 2023-02-11 16:00 \(7 h\); fill them"):
        _read(tmp_path, _own().drop(range(1000, 1007)))
    with pytest.raises(CatalogError, match="7,998 hours of 2023; a year must have 8,000 at least"):
        _read(tmp_path, _own().drop(range(0, 8760, 23)).drop(range(1, 8760, 23)))


def test_years_are_chosen(tmp_path: Path) -> None:
    times = pd.date_range("2022-01-01", periods=2 * 8760, freq="h")
    frame = _own(times, np.tile(VALUES, 2))
    with pytest.raises(CatalogError, match="the years 2022, 2023 are whole; choose one with --year"):
        _read(tmp_path, frame)
    assert _read(tmp_path, None, year=2023).hours.year == 2023
    with pytest.raises(CatalogError, match="0 hours of 2021"):
        _read(tmp_path, None, year=2021)


def _electricity_maps(newer: bool) -> pd.DataFrame:
    names = {
        "Carbon Intensity gCO₂eq/kWh (Life cycle)" if newer else "Carbon Intensity gCO₂eq/kWh (LCA)": VALUES,
        "Carbon Intensity gCO₂eq/kWh (direct)": VALUES / 2,
        "Carbon-free energy percentage (CFE%)" if newer else "Low Carbon Percentage": 40.0,
    }
    shown = TIMES.strftime("%Y-%m-%d %H:%M:%S")
    return pd.DataFrame({"Datetime (UTC)": shown, "Country": "Germany", "Zone Id": "DE", **names})


@pytest.mark.parametrize("newer", [False, True])
def test_electricity_maps(tmp_path: Path, newer: bool) -> None:
    frame = _electricity_maps(newer)
    _read(tmp_path, frame)
    for kind, expected in (("location_lifecycle", VALUES), ("location_direct", VALUES / 2), ("cfe", 0.4 + 0 * VALUES)):
        found = _read(tmp_path, None, kind)
        assert found.export == "Electricity Maps"
        assert found.hours.values == pytest.approx(expected)
    with pytest.raises(CatalogError, match="--kind short_run_marginal is not in this file"):
        _read(tmp_path, None, "short_run_marginal")
    both = pd.concat([frame, frame.assign(**{"Zone Id": "FR"})])
    with pytest.raises(CatalogError, match=r"2 zones in column 'Zone Id' \(DE, FR\); choose one with --zone"):
        _read(tmp_path, both)
    assert _read(tmp_path, None, zone="fr").hours.values == pytest.approx(VALUES)
    with pytest.raises(CatalogError, match="no zone 'IT'; there are DE, FR"):
        _read(tmp_path, None, zone="IT")


def test_watttime_is_in_pounds_a_megawatt_hour(tmp_path: Path) -> None:
    times = pd.date_range("2023-01-01", periods=8760 * 12, freq="5min")
    frame = pd.DataFrame({"point_time": times.strftime("%Y-%m-%dT%H:%M:%S+00:00"), "value": 1000.0})
    assert _read(tmp_path, frame, "short_run_marginal").hours.values == pytest.approx(453.59237)
    path = tmp_path / "moer.json"
    rows = frame.iloc[::12].to_dict("records")
    path.write_text(json.dumps({"data": rows, "meta": {"signal_type": "co2_moer"}}))
    assert read_export(path, "short_run_marginal", None, None, None).hours.values == pytest.approx(453.59237)


def _entsoe(name: str = "DE") -> pd.DataFrame:
    made = {
        "Fossil Hard coal": 30.0,
        "Fossil Gas": 20.0,
        "Hydro Pumped Storage": -5.0,
        "Wind Onshore": 40.0,
        "Waste": 10.0,
    }
    parts = [
        pd.DataFrame(
            {
                "DateTime(UTC)": TIMES.strftime("%Y-%m-%d %H:%M:%S"),
                "ResolutionCode": "PT60M",
                "AreaTypeCode": level,
                "AreaMapCode": name,
                "ProductionType": plant,
                "ActualGenerationOutput[MW]": megawatts,
            }
        )
        for plant, megawatts in made.items()
        for level in ("CTY", "BZN")
    ]
    return pd.concat(parts)


def test_entsoe_by_kind_of_plant(tmp_path: Path) -> None:
    expected = (30 * 820 + 20 * 490 + 40 * 11 + 10 * 230) / 100
    found = _read(tmp_path, _entsoe(), sep="\t")
    assert found.export == "ENTSO-E 16.1.B&C"
    assert found.hours.values == pytest.approx(expected)
    assert _read(tmp_path, None, "cfe").hours.values == pytest.approx(0.4)
    with pytest.raises(CatalogError, match="location_direct is not in this file; it has location_lifecycle, cfe"):
        _read(tmp_path, None, "location_direct")


def test_eia_930_ends_its_hours(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "Balancing Authority": "CISO",
            "UTC Time at End of Hour": (TIMES + pd.Timedelta(1, "h")).strftime("%m/%d/%Y %I:%M:%S %p"),
            "Net Generation (MW) from Coal": 999.0,
            "Net Generation (MW) from Coal (Adjusted)": np.where(np.arange(8760) < 24, 100.0, 0.0),
            "Net Generation (MW) from Solar": [f"{value:,}" for value in np.full(8760, 1000.0)],
        }
    )
    values = _read(tmp_path, frame).hours.values
    assert values[:24] == pytest.approx((100 * 820 + 1000 * 41) / 1100)
    assert values[24:] == pytest.approx(41)


def test_neso_cambium_and_avert(tmp_path: Path) -> None:
    neso = pd.DataFrame({"DATETIME": TIMES.strftime("%Y-%m-%dT%H:%M:%S"), "GAS": 1.0, "CARBON_INTENSITY": VALUES})
    assert _read(tmp_path, neso, "location_direct").hours.values == pytest.approx(VALUES)
    cambium = pd.DataFrame(
        {
            "timestamp": TIMES.strftime("%Y-%m-%d %H:%M:%S"),
            "timestamp_local": TIMES.strftime("%Y-%m-%d %H:%M:%S"),
            "lrmer_co2e": VALUES,
            "lrmer_co2e_c": VALUES / 2,
            "srmer_co2e": VALUES / 3,
        }
    )
    head = "Project,Cambium\nkg/MWh,,\n"
    hours = _read(tmp_path, cambium, "long_run_marginal", head=head).hours
    assert hours.values[5:] == pytest.approx(VALUES[:-5])
    assert _read(tmp_path, None, "short_run_marginal").hours.values[5] == pytest.approx(VALUES[0] / 3)
    avert = pd.DataFrame(dict.fromkeys(("CA", "CENT", "MIDW", "NCSC"), VALUES / 453.59237))
    found = _read(tmp_path, avert, "short_run_marginal", zone="CA", year=2023)
    assert found.hours.values == pytest.approx(VALUES)
    with pytest.raises(CatalogError, match="rows of AVERT have no times; say of which year they are with --year"):
        _read(tmp_path, None, "short_run_marginal", zone="CA")


@pytest.mark.parametrize(
    ("area", "rms", "worst"),
    [("CISO", 2.7, 8.4), ("ERCO", 2.8, 8.1), ("SOCO", 1.1, 4.2), ("BPAT", 5.6, 17.2), ("PJM", 1.3, 3.6)],
)
def test_months_by_hours_against_hours(tmp_path: Path, area: str, rms: float, worst: float) -> None:
    """What a table of 12 x 24 loses of windows of 30 days, by the specification."""
    hours = hourly_values(load("profiles").get(f"eia930/{area}"))
    table = pd.DataFrame({"month": TIMES.month, "hour": TIMES.hour, "value": hours})
    table = table.groupby(["month", "hour"], as_index=False).mean()
    coarse = _read(tmp_path, table, year=2022).hours.values
    sums = [np.concatenate([[0.0], np.cumsum(np.tile(one, 2))]) for one in (hours, coarse)]
    exact, found = ((one[720 : 720 + 8760] - one[:8760]) / 720 for one in sums)
    errors = 100 * (found / exact - 1)
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(rms, abs=0.06)
    assert np.abs(errors).max() == pytest.approx(worst, abs=0.06)
    with pytest.raises(CatalogError, match="287 rows; give one for each month"):
        _read(tmp_path, table[1:], year=2022)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (_own().assign(timestamp="noon"), "column 'timestamp': 'noon' is no time; write it as"),
        (_own().assign(value="much"), "column 'value': 'much' is no number"),
        (pd.concat([_own(), _own()]), "8,760 times are there twice, first 2023-01-01 00:00; give one zone"),
        (_own(pd.date_range("2023-01-01", periods=2920, freq="3h"), VALUES[:2920]), "times are 3 h apart; give hours"),
        (_own(values=VALUES / 1000), "look like kgCO2e/kWh; give the file in gCO2e/kWh"),
        (_own(values=VALUES * 1000), "are no gCO2e/kWh"),
        (pd.DataFrame({"when": [1], "what": [2]}), "the columns when, what are of no file that is known"),
    ],
)
def test_refused(tmp_path: Path, frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(CatalogError) as error:
        _read(tmp_path, frame)
    assert str(error.value).startswith(str(tmp_path / "file.csv"))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_shares_are_shares(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="give shares from 0 to 1"):
        _read(tmp_path, _own(), "cfe")
    with pytest.raises(CatalogError, match="no hours|2 times|1 times"):
        year_of_hours(*hourly_mean(TIMES[:1].to_numpy(), VALUES[:1], "1 times"), None, "file")


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that the command has written, in the folder that it was run in."""
    folder = tmp_path_factory.mktemp("grid")
    _own().to_csv(folder / "mine.csv", index=False)
    command = ["carbonsweep.cli.main", "grid", "add", "mine.csv", "--id", "mine/DE", "--kind", "location_lifecycle"]
    text = "import sys; from carbonsweep.cli.main import main; sys.argv = sys.argv[1:]; main()"
    done = subprocess.run(
        [sys.executable, "-c", text, *command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert 'profile = "mine/DE", and [catalogs] profiles = ["mine_DE.parquet"]' in done.stdout
    again = subprocess.run(
        [sys.executable, "-c", text, *command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert again.returncode == 2
    assert again.stderr == "error: mine_DE.parquet: there is such a file; remove it, or name another one with --out\n"
    return folder / "mine_DE.parquet"


def test_a_plan_takes_what_was_added(profile: Path) -> None:
    row = load("profiles", profile).get("mine/DE")
    assert row.source == "own file: mine.csv"
    assert hourly_values(row) == pytest.approx(VALUES, rel=1e-6)
    given = {"catalogs": {"profiles": profile}, "quantities": ["carbon_intensity"]}
    found = cs.estimate(profile="mine/DE", training_days=10, start_hour=100, **given)
    assert found["carbon_intensity"] == pytest.approx(VALUES[100:340].mean(), rel=1e-6)
    plan = profile.with_name("plan.toml")
    plan.write_text(
        '[axes]\nprofile = ["mine/DE", "eia930/CISO"]\n[constants]\nfacility_energy = 1e6\n'
        '[output]\nquantities = ["operational_carbon"]\n[catalogs]\nprofiles = ["mine_DE.parquet"]\n'
    )
    frame = cs.search(plan, minimize="operational_carbon", top=2)
    assert frame["profile"].tolist() == ["eia930/CISO", "mine/DE"]
    assert frame["operational_carbon"][1] == pytest.approx(1e3 * VALUES.mean(), rel=1e-6)


def test_other_files_are_no_profiles(tmp_path: Path, profile: Path) -> None:
    table = tmp_path / "table.parquet"
    pd.DataFrame({"value": [1.0]}).to_parquet(table)
    text = tmp_path / "rows.csv"
    text.write_text("id,kind\nmine,cfe\n")
    short = tmp_path / "short.parquet"
    short.write_bytes(profile_file(VALUES[:100], {"id": "a", "kind": "market"}))
    kind = tmp_path / "kind.parquet"
    kind.write_bytes(profile_file(VALUES, {"id": "a", "kind": "clean"}))
    said = {table: "not a profile", text: "not a profile", short: "100 values", kind: "kind 'clean' is none of"}
    for path, reason in said.items():
        with pytest.raises(CatalogError) as error:
            load("profiles", path)
        assert str(error.value).startswith(f"{path}: {reason}")
        assert "give a file that `carbonsweep grid add` has written" in str(error.value)
