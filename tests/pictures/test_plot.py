"""Single pictures: in the widths of journals, as files of four kinds, and refused where there is nothing to draw."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

import carbonsweep as cs
from carbonsweep.pictures.plot import KINDS, save
from carbonsweep.pictures.scene import coordinates
from carbonsweep.pictures.style import NARROW, WIDE, ticks
from tests.pictures.conftest import FORMULA


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_with_marks(kind: str, runs: dict[str, str], tmp_path: Path) -> None:
    file = save(KINDS[kind](runs["one"], width=NARROW), tmp_path / f"{kind}.svg")
    text = file.read_text(encoding="utf-8")
    assert re.search(r'<svg[^>]* width="320"', text)
    marks = re.findall(r'aria-roledescription="(?:circle|line mark)"', text)
    assert len(marks) >= 2
    assert "<script" not in text
    assert "NaN" not in text


def test_files_are_as_wide_as_was_asked(runs: dict[str, str], tmp_path: Path) -> None:
    chart = cs.plot.axis(runs["one"], axis="region", width=WIDE)
    png = save(chart, tmp_path / "axis.png").read_bytes()
    assert struct.unpack(">I", png[16:20])[0] == pytest.approx(WIDE * 300, abs=3)
    pdf = save(chart, tmp_path / "axis.pdf").read_bytes()
    assert float(re.search(rb"MediaBox \[0 0 ([\d.]+)", pdf).group(1)) == pytest.approx(WIDE * 72, abs=1)
    html = save(chart, tmp_path / "axis.html").read_text(encoding="utf-8")
    assert html.count("<script") == 1
    with pytest.raises(cs.StoreError, match=r"end the name in \.svg, \.png, \.pdf or \.html"):
        save(chart, tmp_path / "axis.gif")
    with pytest.raises(cs.StoreError, match="already exists"):
        save(chart, tmp_path / "axis.png")


def test_names_have_one_colour_in_all_pictures(runs: dict[str, str]) -> None:
    def colours(chart: object) -> set[str]:
        found = re.findall(r'"scale": \{"domain": (\[[^\]]*\]), "range": (\[[^\]]*\])\}', chart.to_json(indent=None))
        return {f"{domain} {colours}" for domain, colours in found}

    pictures = [
        cs.plot.front(runs["one"]),
        cs.plot.axis(runs["one"], axis="accelerator"),
        cs.plot.parallel(runs["one"]),
    ]
    (scale,) = set.union(*map(colours, pictures))
    assert FORMULA in scale
    assert scale.index("b200") < scale.index("h100")  # in the order of the best that each reaches


def test_what_cannot_be_drawn_is_refused(runs: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(cs.PlanError, match="a front needs two quantities, got total_carbon twice"):
        cs.plot.front(runs["one"], x="total_carbon")
    with pytest.raises(cs.PlanError, match="no axis 'devises' differs within the run; known here: accelerator"):
        cs.plot.axis(runs["one"], axis="devises")
    with pytest.raises(cs.PlanError, match="no column engine"):
        cs.plot.site_map(runs["one"], column="engine")
    with pytest.raises(cs.PlanError, match="minimize or maximize, not both"):
        cs.plot.tornado(runs["one"], minimize="total_carbon", maximize="total_carbon")


def test_ticks_are_round_and_within() -> None:
    assert ticks(0.03, 4000, 6) == [0.1, 1, 10, 100, 1000]
    assert ticks(150, 900, 6) == [200, 500]
    assert ticks(3.2, 3.4, 6) == [3.2, 3.4]


def test_every_cloud_region_of_the_catalog_has_a_place() -> None:
    known = coordinates()
    regions = cs.catalog("regions")
    cloud = {one.partition("@")[0] for one in regions.index[regions["kind"] == "cloud_region"]}
    assert not cloud - set(known)
    assert all(-60 < latitude < 75 and -180 <= longitude <= 180 for latitude, longitude in known.values())
    assert known["aws/eu-north-1"] == pytest.approx((59.33, 18.07), abs=0.1)
