"""The page of a run: it says what the run has, and nothing hostile in a plan or catalog gets out of its text."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

import carbonsweep as cs
from carbonsweep.pictures import libraries
from tests.pictures.conftest import FORMULA, HOSTILE, plan

PANELS = [
    "What became of the points",
    "Training days against total carbon",
    "What each axis does",
    "Around the best point",
    "Sites",
    "The best 20",
    "Assumptions",
    "Provenance",
]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.shown = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.shown += data


@pytest.fixture(scope="module")
def page(runs: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("page")
    made = cs.report(runs["one"], out / "report.html", figures=out / "figures")
    assert made.bytes == (out / "report.html").stat().st_size < 2_000_000
    names = {path.name for path in made.figures}
    assert {"tornado_column.svg", "map_page.pdf", "front_training_days_total_carbon_page.svg"} <= names
    assert all(path.stat().st_size > 1000 for path in made.figures)
    return (out / "report.html").read_text(encoding="utf-8")


def test_pictures_that_are_there_stay(runs: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "map_column.svg").write_text("mine")
    with pytest.raises(cs.StoreError, match=r"map_column.svg: already exists"):
        cs.report(runs["one"], tmp_path / "report.html", figures=tmp_path)
    assert (tmp_path / "map_column.svg").read_text() == "mine"
    assert not (tmp_path / "report.html").exists()


def test_a_page_needs_no_network_and_runs_one_script_of_its_own(page: str) -> None:
    parsed = _Tags()
    parsed.feed(page)
    kinds = [tag for tag, _ in parsed.tags]
    assert kinds.count("script") == 1
    policy = next(attrs["content"] for tag, attrs in parsed.tags if tag == "meta" and "content" in attrs)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    for tag, attrs in parsed.tags:
        assert not any(name.startswith("on") for name in attrs), (tag, attrs)
        for name in ("src", "href", "xlink:href"):
            assert (attrs.get(name) or "data:").startswith(("data:", "#")), (tag, attrs)
    assert "img" not in kinds  # that of the title is text
    assert HOSTILE in parsed.shown
    ids = [attrs["id"] for _, attrs in parsed.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_panels_come_in_their_order(page: str) -> None:
    heads = [unescape(one) for one in re.findall("<h2>(.*?)</h2>", page)]
    assert heads == PANELS


def test_the_answer_is_the_best_row_of_the_run(page: str, runs: dict[str, str]) -> None:
    frame = pd.read_parquet(runs["one"])
    best = frame.loc[frame["total_carbon"].idxmin()]
    said = unescape(re.search('<p class="answer">(.*?)</p>', page).group(1))
    assert f"Least total carbon: {best['total_carbon'] / 1000:.3g} tCO2e" in said
    assert "accelerator b200" in said
    assert f"{best['devices']} devices" in said
    # The first answer is evaluated again, with the methods of the whole plan: it agrees, so that there is no warning.
    assert "this version of carbonsweep" not in page
    assert f"<td>{best['training_days']:.3g} days on {best['devices']} devices" in page


def test_every_point_is_accounted_for(page: str, runs: dict[str, str]) -> None:
    cells = re.findall(r'<tr><td>((?:(?!</td>).)*)</td><td class="n">([\d,]+)</td>', page)
    counts = {unescape(re.sub("<.*?>", "", what)): int(count.replace(",", "")) for what, count in cells}
    rows = len(pd.read_parquet(runs["one"]))
    assert counts["points of the plan"] == 5 * 3 * 5 * 2
    assert counts["meet all constraints"] == rows
    assert counts["excluded by training_days <= 10"] == 150 - rows
    assert "<li>accelerator v100-sxm2-32gb: none of its points meets the constraints</li>" in page


def _intensities(page: str) -> dict[str, str]:
    """What stands beside the intensity of each region in the table of sites."""
    heads, body = re.search("<h2>Sites</h2>.*?<thead>(.*?)</thead>(.*?)</table>", page, re.DOTALL).groups()
    place = re.findall("<th.*?>(.*?)</th>", heads).index("intensity of")
    rows = [re.findall("<td.*?>(.*?)</td>", row) for row in re.findall("<tr>(.*?)</tr>", body, re.DOTALL)]
    return {cells[0]: unescape(cells[place]) for cells in rows if cells}


def test_of_which_year_and_kind_an_intensity_is_stands_beside_it(page: str, tmp_path: Path) -> None:
    """LLMCarbon's rule takes figures as they are listed, other plans those of one kind."""
    listed = _intensities(page)
    assert listed["country/IND"].startswith("2024, lifecycle, generation-weighted, Ember")
    assert listed["gcp/europe-north1"].startswith("2024, operational gross, location-based, GoogleCloudPlatform")
    plan = cs.Plan(
        axes={"region": ["gcp/europe-north1", "country/IND"], "pue": [1.1, 1.2]},
        constants={"hardware_energy": 1000},
        output={"quantities": ["operational_carbon"], "minimize": "operational_carbon"},
    )
    cs.report(plan, tmp_path / "report.html")
    found = _intensities((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert found["gcp/europe-north1"] == "2024, location lifecycle, Ember, country"
    assert found["country/IND"] == listed["country/IND"]


def test_the_table_of_the_best_is_safe_for_spreadsheets(page: str) -> None:
    text = unquote(re.search(r'download="best.csv" href="data:text/csv;charset=utf-8,(.*?)"', page).group(1))
    table = list(csv.DictReader(io.StringIO(text)))
    assert len(table) == 20
    assert {row["accelerator"] for row in table} <= {"b200", "h100-sxm5", f"'{FORMULA}"}


def test_the_plan_on_the_page_makes_the_same_run(page: str, runs: dict[str, str], tmp_path: Path) -> None:
    text = unquote(re.search(r'download="plan.toml" href="data:text/plain;charset=utf-8,(.*?)"', page).group(1))
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    assert cs.Plan.load(tmp_path / "plan.toml").content_hash == cs.info(runs["one"])["plan_hash"]


def test_a_page_is_not_replaced_unasked_and_a_missing_library_is_named(
    runs: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(cs.StoreError, match="already exists"):
        cs.report(runs["one"], tmp_path / "report.html")
    with pytest.raises(cs.StoreError, match="not a finished run"):
        cs.report(tmp_path, tmp_path / "new.html")
    with pytest.raises(cs.PlanError, match="no quantity 'total_carbom'; did you mean 'total_carbon'"):
        cs.report(runs["one"], tmp_path / "new.html", minimize="total_carbom")

    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(libraries, "import_module", absent)
    with pytest.raises(cs.StoreError, match=r"pictures need Altair: pip install 'carbonsweep\[plot\]'"):
        cs.report(runs["one"], tmp_path / "new.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_plan_that_keeps_failing_points_and_has_values_missing(tmp_path: Path) -> None:
    """Only points that meet the constraints are drawn, and why points have no value is kept with the run."""
    given = plan(tmp_path).canonical()
    given["output"] |= {"infeasible": "flag"}
    given["constants"] |= {"carbon_intensity": 400}
    given["axes"] = {"accelerator": given["axes"]["accelerator"], "devices": {"values": [512, 1024]}}
    source = tmp_path / "mine.csv"
    lines = list(csv.DictReader(io.StringIO(source.read_text(encoding="utf-8"))))
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(
            [{**row, "tdp_w": "", "power_id": "", "system_id": "", "node_max_power_w": ""} for row in lines]
        )
    cs.report(cs.Plan(**given), tmp_path / "flagged.html")
    text = unescape((tmp_path / "flagged.html").read_text(encoding="utf-8"))
    assert "accelerator v100-sxm2-32gb: none of its points meets the constraints" in text
    assert "Why points cannot be evaluated:" in text
    assert f"accelerator {FORMULA}: " in text
    assert "not known" in text


def test_what_a_plan_chose_is_part_of_the_answer(tmp_path: Path) -> None:
    given = plan(tmp_path).canonical()
    given["axes"] = {"devices": [256, 512]}
    given["choose"] = {"minimize": "total_carbon", "accelerator": ["H100", "B200"], "lifetime_years": [4, 6]}
    given["constants"] |= {"carbon_intensity": 400}
    cs.run(cs.Plan(**given), tmp_path / "run")
    cs.report(tmp_path / "run", tmp_path / "chosen.html")
    text = unescape((tmp_path / "chosen.html").read_text(encoding="utf-8"))
    least = pd.read_parquet(tmp_path / "run")["total_carbon"].min() / 1000
    said = re.search('<p class="answer">(.*?)</p>', text).group(1)
    assert f"Least total carbon: {least:.3g} tCO2e" in said
    assert f"<td>{least:.3g} tCO2e in all" in text
    assert "this version of carbonsweep" not in text
