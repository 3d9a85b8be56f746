"""The catalogs that are shipped: complete, sourced, joined, and as the data were gathered."""

import csv
import json
import math
from collections import Counter

import pytest

from carbonsweep.catalogs import FILES, HERE, RECORDS, SCHEMAS, load
from carbonsweep.catalogs.reference import column_table
from carbonsweep.catalogs.schema import ALIASES, OWN
from carbonsweep.kernels import REGISTRY

ROWS = {
    "accelerators": 119,
    "embodied": 270,
    "engines": 6,
    "human_baselines": 2,
    "instances": 150,
    "models": 276,
    "prices": 16,
    "profiles": 30,
    "nodes": 40,
    "power": 33,
    "published_runs": 49,
    "regions": 1018,
    "scaling_laws": 29,
    "servers": 17,
    "sparse_speedups": 4,
    "training_stages": 3,
    "vision_encoders": 1,
}


@pytest.mark.parametrize("name", FILES)
def test_every_row_loads_with_source_licence_and_confidence(name: str) -> None:
    catalog = load(name)
    assert len(catalog.rows) == ROWS[name]
    assert len(set(catalog.ids)) == len(catalog.rows)
    for row in catalog.rows:
        assert row.source, row.id
        assert row.licence, row.id
        assert row.confidence in ("high", "medium", "low"), row.id
        assert set(row.values) == set(catalog.columns)


@pytest.mark.parametrize("name", FILES)
def test_files_are_small_and_have_just_the_columns_of_the_schema(name: str) -> None:
    path = HERE / f"{name}.csv"
    assert path.stat().st_size < 2**20
    with path.open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == [column for column in SCHEMAS[name] if column not in OWN]


@pytest.mark.parametrize("name", FILES)
def test_cells_survive_parsing(name: str) -> None:
    """Every cell that is not blank has a value, and numbers are those in the text."""
    if name == "scaling_laws":
        pytest.skip("pivoted; see test_laws")
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        for text, row in zip(csv.DictReader(file), load(name).rows, strict=True):
            for column, cell in text.items():
                value = row.values[column]
                if cell == "":
                    assert value is None or name == "models"  # completed by rules: see test_models
                elif SCHEMAS[name][column].kind in ("number", "integer"):
                    assert value == float(cell)
                else:
                    assert str(value) == cell


def test_prices_are_of_accelerators_of_the_catalog_and_given_to_no_equation() -> None:
    known = load("accelerators").ids
    for row in load("prices").rows:
        assert row.values["accelerator_id"] in known
        assert row.values["usd_low"] <= row.values["usd_high"]
        assert not row.inputs


def test_files_are_what_the_record_inputs_take() -> None:
    assert set(RECORDS.values()) <= set(FILES) == set(SCHEMAS)


@pytest.mark.parametrize("name", dict.fromkeys(RECORDS.values()))
def test_rows_supply_numbers_in_the_range_of_the_equations(name: str) -> None:
    for row in load(name).rows:
        for given, value in row.inputs.items():
            if given in REGISTRY.names() and not math.isnan(value):
                assert value in REGISTRY.valid(given), (row.id, given, value)
                declared = REGISTRY.inputs.get(given)
                if declared is not None and declared.integer:
                    assert value == math.floor(value), (row.id, given, value)


def test_published_runs_join_the_other_catalogs() -> None:
    joined = Counter[str]()
    for run in load("published_runs").rows:
        for name in ("model", "accelerator", "region"):
            if (link := run.values[f"{name}_id"]) is not None:
                assert link in load(f"{name}s").ids, run.id
                joined[name] += 1
    assert joined == {"model": 36, "accelerator": 47, "region": 14}


def test_every_place_has_one_default_row() -> None:
    defaults = Counter[tuple[object, ...]]()
    for row in load("regions").rows:
        if row.values["kind"] in ("country", "cloud_region"):
            place = (row.values["kind"], row.values["provider"], row.values["code"])
            defaults[place] += row.values["is_default"] is True
    assert set(defaults.values()) == {1}


def test_architectures_are_consistent() -> None:
    for row in load("models").rows:
        cell = row.values
        assert not row.assumed, row.id  # built-in rows say all that is not plain
        assert cell["n_heads"] % cell["n_kv_heads"] == 0, row.id
        if cell["n_enc_layers"] is not None:
            assert cell["n_enc_layers"] + cell["n_dec_layers"] == cell["n_layers"]
        if cell["attention"] == "mla":
            assert cell["qk_nope_dim"] + cell["qk_rope_dim"] == cell["d_head"]
        assert cell["n_moe_layers"] <= (cell["ffn_layers"] or cell["n_layers"])
        assert (cell["local_layers"] or 0) <= (cell["attention_layers"] or cell["n_layers"])


def test_llmcarbon_rule_constants() -> None:
    """LLMCarbon's code: r = 7.76/33.46 for the V100, 2.5 times the devices; twice for a 40 GB A100."""
    factors = {
        row.id: (row.values["relative_efficiency"], row.values["device_count_factor"])
        for row in load("accelerators").rows
    }
    given = {name: factor for name, factor in factors.items() if factor != (None, None)}
    assert given == {
        **{name: (1 - 7.76 / 33.46, 2.5) for name in factors if name.startswith("v100")},
        **dict.fromkeys(("a100-pcie-40gb", "a100-sxm4-40gb"), (None, 2.0)),
    }


def test_llmcarbon_values_follow_from_their_inputs() -> None:
    """llmcarbon.json: Table 4 by Eqs 4, 7-10 and Table 5 by Eqs 11-12, in plain arithmetic."""
    data = json.loads((HERE / "llmcarbon.json").read_text(encoding="utf-8"))
    assert len(data["table4"]) == 5
    for row in data["table4"]:
        given, code = row["inputs"], row["authors_code"]
        flops = 6 * given["active_parameters"] * given["tokens"]
        days = flops / (given["devices"] * given["peak_flops"] * given["hardware_efficiency"]) / 86400
        energy = given["device_power"] * given["devices"] * days * 24 / 1e6 * given["pue"]
        found = [flops, days, energy, energy * given["carbon_intensity"] / 1000]
        assert found == pytest.approx([code[k] for k in ("total_FLOPs", "days", "energy_MWh", "tCO2eq")], rel=1e-12)
    table = data["table5"]
    share = table["days"] / table["lifetime_days"]
    for row in table["rows"]:
        assert row["tCO2eq"] == pytest.approx(row["kg_per_unit"] * row["num"] * share / 1000, rel=1e-12)
    assert table["total"] == pytest.approx(sum(row["tCO2eq"] for row in table["rows"]), rel=1e-12)


@pytest.mark.parametrize("name", [*SCHEMAS, "aliases"])
def test_readme_shows_the_schema(name: str) -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    table = text.partition(f"<!-- columns: {name} -->\n")[2].partition("\n<!-- end -->")[0]
    assert table == column_table({**SCHEMAS, "aliases": ALIASES}[name]), "run `make pages` and commit it"


def test_readme_names_the_row_counts_and_attributions() -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    for name, rows in ROWS.items():
        shown = "128 (29 laws)" if name == "scaling_laws" else str(rows)
        assert f"| `{name}.csv` | {shown} |" in text
    for owner in ("Ember", "Our World in Data", "Epoch AI", "ACT", "MLCarbon", "CodeCarbon", "EcoLogits", "Boavizta"):
        assert owner in text


def test_cloud_regions_of_one_grid_have_one_intensity_of_each_kind() -> None:
    """Whoever the provider is: Paris of Google and of Amazon differed by a factor of 2.7."""
    kinds = ("ci_location_lifecycle", "ci_location_direct", "ci_short_run_marginal", "ci_long_run_marginal")
    found: dict[tuple[object, str], set[object]] = {}
    for row in load("regions").rows:
        if row.values["kind"] == "cloud_region" and row.values["is_default"]:
            for kind in kinds:
                found.setdefault((row.values["grid_zone"], kind), set()).add(row.values[kind])
    assert len(found) > 200
    assert not [key for key, values in found.items() if len(values) > 1]
