"""`carbonsweep validate`: the published results, from the equations."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest

from carbonsweep.catalogs import HERE
from carbonsweep.evidence import validation
from carbonsweep.evidence.comparison import Comparison
from carbonsweep.evidence.validation import BARS, validate


@pytest.fixture(scope="module")
def rows() -> list[Comparison]:
    return validate()


def _section(rows: list[Comparison], name: str) -> dict[str, Comparison]:
    return {row.item: row for row in rows if row.section == name}


@pytest.mark.parametrize(
    ("section", "count"),
    [
        ("LLMCarbon Table 4", 5),
        ("LLMCarbon Table 4: steps", 15),
        ("LLMCarbon Table 4: inference", 15),
        ("LLMCarbon Table 5", 5),
        ("LLMCarbon predict_num_throughput", 37 * 7),
    ],
)
def test_the_authors_code_is_reproduced(rows: list[Comparison], section: str, count: int) -> None:
    found = _section(rows, section)
    assert len(found) == count
    for row in found.values():
        assert row.computed == pytest.approx(row.published, rel=1e-12), row.item


def test_parallelism_integers_are_exact(rows: list[Comparison]) -> None:
    for row in rows:
        if row.section in ("LLMCarbon predict_num_throughput", "LLMCarbon second generation") and row.unit in (
            "device",
            "sequence",
        ):
            assert row.computed == row.published, row.item


def test_second_generation(rows: list[Comparison]) -> None:
    for row in _section(rows, "LLMCarbon second generation").values():
        assert row.computed == pytest.approx(row.published, abs=5e-5), row.item


def test_total_embodied(rows: list[Comparison]) -> None:
    found = _section(rows, "LLMCarbon Table 5: total")
    assert found["XLM"].computed == pytest.approx(0.6480454698082192, rel=1e-12)
    assert found["XLM, reference of the authors"].deviation == pytest.approx(-0.018112924533001284, rel=1e-10)


def test_inference_and_storage(rows: list[Comparison]) -> None:
    """Spec 6.4 and 6.5: 3.1013 s, 1.59628 and 1.77358 MWh."""
    assert _section(rows, "LLMCarbon inference")["GPT-3 latency"].computed == pytest.approx(3.1013, abs=5e-5)
    storage = _section(rows, "LLMCarbon storage")
    assert storage["Noor storage"].computed == pytest.approx(1.59628, abs=5e-6)
    assert storage["Noor transfer"].computed == pytest.approx(1.77358, abs=5e-6)


def test_published_arithmetic_closes(rows: list[Comparison]) -> None:
    """Hours x power x PUE is the energy and energy x intensity the carbon, to the rounding of the papers."""
    for section, count in (("Published runs: energy", 10), ("Published runs: carbon", 10)):
        found = _section(rows, section)
        assert len(found) >= count
        for row in found.values():
            assert math.isnan(row.deviation) or abs(row.deviation) < 0.02, row.item


def test_only_the_section_asked_for_is_computed(rows: list[Comparison], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    for name in ("published_predictions", "whole_predictions", "predict_steps"):
        monkeypatch.setattr(validation, name, fail)
    for section in ("LLMCarbon Table 4: steps", "Published runs: carbon", "Activation memory of a layer"):
        found = validate(section)
        assert [row.to_dict() for row in found] == [row.to_dict() for row in rows if row.section == section]
    with pytest.raises(AssertionError):
        validate("left out")


def test_json(
    rows: list[Comparison], command: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The command shows what is computed above, which takes half a minute.
    monkeypatch.setattr(validation, "validate", lambda section: rows)
    code, out, _ = command("validate", "--json")
    assert code == 0
    data = json.loads(out)
    assert [list(row) for row in data] == [
        ["section", "item", "published", "computed", "deviation", "unit", "source", "method"]
    ] * len(rows)
    for row in data:
        if row["published"] and row["computed"] is not None:
            assert row["deviation"] == row["computed"] / row["published"] - 1


def test_one_section_ends_with_its_verdict(command: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = command("validate", "--section", "table 4: STEPS")
    assert code == 0
    *lines, verdict = out.strip().splitlines()
    assert verdict.startswith("verdict: of 15 published values 15 are reproduced exactly, 15 within 5 %")
    assert sum("exact" in line for line in lines) == 15
    assert "Table 5" not in out
    code, _, error = command("validate", "--section", "Table 9")
    assert (code, "validate: no section has 'Table 9' in its name" in error) == (2, True)


@pytest.mark.parametrize(
    ("section", "count", "near"),
    [
        ("Bashir et al. 2024: two servers", 6, 0.06),  # printed to two digits
        ("SLoPe: model against its measured table", 8, 0.14),
        ("CuMo: parameters", 8, 0.002),
        ("Einsum search: taxonomy", 15, 1e-12),
        ("Ren et al. 2024: US resident over Llama-3-70B", 4, 0.01),
    ],
)
def test_related_systems(rows: list[Comparison], section: str, count: int, near: float) -> None:
    found = _section(rows, section)
    assert len(found) == count
    for row in found.values():
        assert row.computed == pytest.approx(row.published, rel=near, abs=1e-12), row.item


def test_what_the_papers_misprint(rows: list[Comparison]) -> None:
    """Three M of Bashir et al.'s cluster and the 2:8 zeros of SLoPe do not follow from their inputs."""
    cluster = _section(rows, "Bashir et al. 2024: cluster")
    assert len(cluster) == 30
    far = {item for item, row in cluster.items() if abs(row.computed - row.published) > 1e-3}
    assert far == {"xeon-e5-2640v4 M", "xeon-e5-2640v3 M", "xeon-e5335 M"}
    terms = _section(rows, "SLoPe: terms")
    far = {item for item, row in terms.items() if abs(row.deviation) > 0.02}
    assert far == {"2:8 zeros of double pruning"}


def test_headlines_close(rows: list[Comparison]) -> None:
    """Each within the tolerance of its paper; bars have no computed value."""
    stated = json.loads((HERE / "headlines.json").read_text(encoding="utf-8"))
    found = {(row.section, row.item): row for row in rows}
    closing = [row for row in stated if "quantity" in row]
    assert len(closing) >= 33
    for row in closing:
        comparison = found[row["paper"], row["item"]]
        assert abs(comparison.deviation) <= row["tolerance"], row["id"]
        assert row["status"] in ("closes", "loose")
    bars = [row for row in rows if row.section == BARS]
    assert len(bars) == len(stated) - len(closing) > 5
    assert all(math.isnan(row.computed) for row in bars)


def test_methods_side_by_side(rows: list[Comparison]) -> None:
    """mlco2 of GPT-3: 3,552,000 h x 300 W = 1,065.6 MWh against 1,287; only runs that state hours have one."""
    energy = [row for row in rows if row.section.startswith("Energy by method")]
    assert len({row.section for row in energy}) == 3  # whole servers, accelerators alone, not stated
    assert len({row.method for row in energy}) == 5
    (gpt3,) = [row for row in energy if row.item == "gpt3-patterson" and row.method.startswith("mlco2")]
    assert gpt3.computed == pytest.approx(1065.6)
    (hourless,) = [row for row in energy if row.item == "olmo-2-7b" and row.method.startswith("mlco2")]
    assert math.isnan(hourless.computed)
    carbon = [row for row in rows if row.section.startswith("Carbon by method")]
    assert len({row.item for row in carbon}) >= 13
    hours = [row for row in rows if row.section in ("Published runs by method", "Whole trainings by method")]
    assert len(hours) == 3 * 30


def test_serving(rows: list[Comparison]) -> None:
    sections = {row.section for row in rows if row.section.startswith("Serving: ")}
    assert len(sections) == 8
    for row in _section(rows, "Serving: key-value cache of a token").values():
        assert row.computed == row.published, row.item
    for row in _section(rows, "Serving: published figures of requests").values():
        assert row.deviation == pytest.approx(0, abs=0.03), row.item
    full, saving = _section(rows, "Serving: MLPerf Inference 4.1, Llama 2 70B offline").values()
    assert saving.computed / full.computed == pytest.approx(saving.published / full.published, abs=0.03)
    assert full.deviation == pytest.approx(0, abs=0.2)
