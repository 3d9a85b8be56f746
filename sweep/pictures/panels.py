"""The panels of a report, in order: what a manager reads first, what a reviewer checks last."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from carbonsweep.catalogs.catalog import load
from carbonsweep.foundation.errors import CarbonsweepError, PlanError
from carbonsweep.foundation.scaled import said
from carbonsweep.foundation.terminal import number
from carbonsweep.foundation.version import __version__
from carbonsweep.grid.bind import bind
from carbonsweep.grid.grid import Grid
from carbonsweep.kernels import REGISTRY, Equation
from carbonsweep.pictures import charts, page
from carbonsweep.pictures.answer import BestPoint, best_point
from carbonsweep.pictures.citation import citation
from carbonsweep.pictures.plot import svg_of
from carbonsweep.pictures.rows import RunRows, description, quoted, words
from carbonsweep.pictures.scene import Scene, coordinates
from carbonsweep.plan.text import plan_text
from carbonsweep.tabular.export import csv_text

ACROSS, SIDE = 9.6, 3.1
"""Widths of pictures on the page, in inches: one and three in a row."""
LARGEST = 2_000_000
"""Bytes of a report: pictures that would make it larger are left out, which it says."""
INTENSITIES = {
    "location_lifecycle": "lifecycle_intensity",
    "location_direct": "direct_intensity",
    "short_run_marginal": "short_run_marginal_intensity",
    "long_run_marginal": "long_run_marginal_intensity",
    "as_listed": "listed_intensity",
}
"""The inputs of carbon intensity that regions supply, by the kind that their columns are named by."""
SITES = 15
"""Sites in the table below the map; the others are folded away."""


@dataclass
class Page:
    """The panels of a report, in order."""

    scene: Scene
    plan_file: str | None
    drawn: int = 0
    size: int = 0

    @property
    def rows(self) -> RunRows:
        return self.scene.rows

    @functools.cached_property
    def grid(self) -> Grid | str:
        """The plan bound to the catalogs, or why it cannot be any more."""
        try:
            return bind(self.rows.plan)
        except CarbonsweepError as error:
            return str(error)

    @functools.cached_property
    def best(self) -> BestPoint:
        return best_point(self.rows, self.grid)

    def html(self) -> str:
        title = self.rows.plan.title or Path(self.rows.place).name
        panels = (
            self._answer, self._funnel, self._trade, self._sides, self._axes, self._tornado, self._sites, self._top,
            self._assumptions, self._provenance,
        )  # fmt: skip
        body = "".join(panel() for panel in panels)
        under = (
            f"{self.rows.manifest['points']:,} points, {self.rows.manifest['rows']:,} rows; carbonsweep {__version__}"
        )
        return page.document(title, f"<h1>{page.text(title)}</h1>{page.paragraph(under, 'soft')}{body}")

    def _figure(self, draw: Callable[[], Any]) -> str:
        """A picture, or why there is none."""
        try:
            picture = draw()
        except PlanError as error:
            return page.paragraph(str(error).removeprefix(f"{self.rows.place}: "), "soft")
        self.drawn += 1
        found = page.figure(svg_of(picture), self.drawn)
        if self.size + len(found) > LARGEST * 0.9:
            return page.paragraph("left out to keep the page small: carbonsweep plot draws it", "soft")
        self.size += len(found)
        return found

    def _answer(self) -> str:
        scene, best = self.scene, self.rows.best[0]
        aim = self.rows.objective
        parts = [f"{scene.say(name, best[name])} {word}" for name, word in _parts(aim) if best.get(name) is not None]
        inside = f" ({', '.join(parts)})" if parts else ""
        where = "; ".join(scene.named(name, best[name]) for name in self._where())
        sense = "Most" if self.rows.maximize else "Least"
        error = self.best.known_error
        known = (
            f"Known error of the model: {error}."
            if error
            else "No comparison with measurements covers this answer; carbonsweep validate shows those that there are."
        )
        sentence = f"{sense} {words(aim)}: {scene.say(aim, best[aim])}{inside}" + (f", with {where}." if where else ".")
        lines = [(line.about, line.text) for line in self.best.lines if line.about != "known error"]
        facts = page.table(("", ""), lines) if lines else ""
        return (
            page.paragraph(sentence, "answer")
            + page.paragraph(known)
            + facts
            + "".join(page.paragraph(note, "warn") for note in self.best.warnings)
        )

    def _where(self) -> list[str]:
        """Where the best point is: its axes, and what was chosen."""
        return list(dict.fromkeys([*(name for axis in self.rows.axes for name in axis), *self.scene.names]))

    def _funnel(self) -> str:
        manifest = self.rows.manifest
        aim = self.rows.objective
        ((feasible, known),) = self.rows.ask(f"select count(*), count({quoted(aim)}) from points")
        lines: list[tuple[str, int, bool]] = [("points of the plan", manifest["points"], False)]
        for name, count in manifest.get("cannot_be_evaluated", {}).items():
            if count:
                lines.append((f"cannot be evaluated: {name} has no value", count, True))
        for name, count in manifest.get("excluded", {}).items():
            lines.append((f"excluded by {name}", count, True))
        lines.append(("meet all constraints", feasible, False))
        if known < feasible:
            lines.append((f"cannot be evaluated: {words(aim)} has no value", feasible - known, True))
        if self.scene.trade is not None:
            x, y = self.scene.trade
            front = len(self.scene.overall(x, y))
            lines.append((f"on the front of {words(x)} and {words(y)} (equal points once)", front, False))
        survey = manifest.get("survey") or {}
        tried = survey.get("tried", 0)
        reasons = sorted(survey.get("cannot_be_evaluated", {}).items(), key=lambda item: -item[1])
        why = [
            f"{reason}: {100 * count / tried:.3g} % of {tried:,} points looked at" for reason, count in reasons if tried
        ]
        text = page.bars(lines)
        if why:
            text += page.paragraph("Why points cannot be evaluated:", "soft") + page.listed(why)
        return f"<h2>What became of the points</h2>{text}{self._lost(survey.get('never_evaluated', {}))}"

    def _lost(self, reasons: dict[str, dict[str, str]]) -> str:
        """Rows of catalogs that have not one feasible point."""
        if isinstance(self.grid, str):
            return page.paragraph(f"The plan cannot be bound to the catalogs any more: {self.grid}", "warn")
        lost = []
        for axis in self.grid.axes:
            if axis.labels is None:
                continue
            seen = {str(strip.value) for strip in self.scene.strips(axis.name)}
            for label in axis.labels:
                if label not in seen:
                    why = reasons.get(axis.name, {}).get(label, "none of its points meets the constraints")
                    lost.append(f"{words(axis.name)} {label}: {why}")
        if not lost:
            return ""
        head = page.paragraph("Rows of catalogs without one feasible point:", "warn")
        rest = page.details(f"and {len(lost) - 12} more", page.listed(lost[12:], "warn")) if len(lost) > 12 else ""
        return head + page.listed(lost[:12], "warn") + rest

    def _trade(self) -> str:
        if self.scene.trade is None:
            text = f"The run has no quantity for which {words(self.rows.objective)} could be traded."
            return f"<h2>Trade-off</h2>{page.paragraph(text, 'soft')}"
        x, y = self.scene.trade
        inside = self._figure(lambda: charts.trade_off(self.scene, x, y, ACROSS))
        key = "Grey: all points, the darker the more. Lines: the points that no other is better than in both"
        key += f", for each {words(self.scene.colours.column)}." if self.scene.colours is not None else "."
        key += " Red ring: the best point."
        head = page.text(f"{words(x).capitalize()} against {words(y)}")
        return f"<h2>{head}</h2>{page.paragraph(key, 'soft')}{inside}"

    def _sides(self) -> str:
        if not self.scene.sides:
            return ""
        pictures = "".join(
            self._figure(functools.partial(charts.trade_off, self.scene, x, y, SIDE, cloud=False))
            for x, y in self.scene.sides
        )
        return f'<h2>Carbon, time and cost</h2><div class="side">{pictures}</div>'

    def _axes(self) -> str:
        if not self.scene.axes and not self.scene.names:
            return ""
        names = dict.fromkeys([*(axis[0] for axis in self.scene.axes), *self.scene.names])
        pictures = "".join(map(self._axis, names))
        key = (
            "At each value of an axis, over all others. Coloured dot or line: the best that is reached. Thick bar: half"
            " of the points, its gap the median. Thin line: from the best to the worst."
        )
        return f"<h2>What each axis does</h2>{page.paragraph(key, 'soft')}{pictures}"

    def _axis(self, name: str) -> str:
        drawn = self._figure(lambda: charts.along_axis(self.scene, name, ACROSS))
        return f"<h3>{page.text(words(name))}</h3>{page.paragraph(description(name), 'soft')}{drawn}"

    def _tornado(self) -> str:
        key = (
            "One axis at a time leaves the best point (red line), all else held: a dot for each value that the run has"
            " there, the worst named. Values that constraints exclude are missing."
        )
        inside = self._figure(lambda: charts.tornado(self.scene, ACROSS))
        drawn = {arm.axis for arm in self.scene.arms}
        alone = [words(axis[0]) for axis in self.scene.axes if axis[0] not in drawn]
        if alone and drawn:
            inside += page.paragraph(f"Only the best value meets the constraints there: {', '.join(alone)}.", "soft")
        return f"<h2>Around the best point</h2>{page.paragraph(key, 'soft')}{inside}"

    def _sites(self) -> str:
        if "region" not in self.rows.texts:
            return ""
        strips = self.scene.strips("region")
        ranked = sorted(strips, key=lambda strip: -strip.high if self.rows.maximize else strip.low)
        fields = self._site_fields()
        names = list(next(iter(fields.values()), {}))
        of = self._intensity_of(names)
        rows = [
            [
                str(strip.value),
                self.scene.say(self.rows.objective, strip.high if self.rows.maximize else strip.low),
                *(fields.get(str(strip.value), {}).get(name) for name in names),
                *([of.get(str(strip.value), "")] if of else []),
                strip.points,
            ]
            for strip in ranked
        ]
        said = ["intensity of"] if of else []
        heads = ("region", f"best {words(self.rows.objective)}", *map(_with_unit, names), *said, "points")
        text = page.table(heads, rows[:SITES])
        if len(rows) > SITES:
            text += page.details(f"and {len(rows) - SITES} more regions", page.table(heads, rows[SITES:]))
        unknown = [str(s.value) for s in strips if str(s.value).partition("@")[0] not in coordinates()]
        if unknown and len(unknown) < len(strips):
            few = ", ".join(unknown[:6]) + (f" and {len(unknown) - 6} more" if len(unknown) > 6 else "")
            text += page.paragraph(f"Not on the map, since their place is not known: {few}", "soft")
        key = "Dots: the city a region is named after, or a main one of its state or country (GeoNames, CC BY 4.0)."
        drawn = self._figure(lambda: charts.site_map(self.scene, ACROSS))
        legend = page.paragraph(key, "soft") if drawn.startswith("<figure") else ""
        return f"<h2>Sites</h2>{drawn}{legend}{text}"

    def _intensity_of(self, fields: list[str]) -> dict[str, str]:
        """Year, kind and source of the carbon intensity that the equations were given of each region.

        Nothing where they were given none, or several kinds.
        """
        kinds = [kind for kind, field in INTENSITIES.items() if field in fields]
        if len(kinds) != 1:
            return {}
        kind, found = kinds[0], {}
        for row in load("regions", self.rows.plan.catalogs.get("regions")).rows:
            # Where the column of the kind is blank, the listed figure is of that kind.
            own = row.values.get(f"ci_{kind}") is not None
            year, source = (row.values.get(f"ci_{kind}_{one}" if own else one) for one in ("year", "source"))
            what = kind.replace("_", " ") if own else row.values.get("ci_basis")
            found[row.id] = ", ".join(str(word) for word in (year, what, source) if word is not None)
        return found

    def _site_fields(self) -> dict[str, dict[str, float]]:
        """What the equations were given of each region."""
        if isinstance(self.grid, str):
            return {}
        axis = next((axis for axis in self.grid.axes if axis.name == "region" and axis.labels), None)
        if axis is None:
            return {}
        # Which curve a region has is a number that says nothing.
        said = {
            name: values
            for name, values in zip(axis.fields, axis.matrix, strict=True)
            if not name.endswith("_curve") and not np.isnan(values).all()
        }
        return {
            label: {name: float(values[place]) for name, values in said.items()}
            for place, label in enumerate(axis.labels or ())
        }

    def _top(self) -> str:
        best = self.rows.best
        shown = page.table(
            [_with_unit(name, self.rows) for name in best[0]], [list(row.values()) for row in best], True
        )
        saved = page.download("best.csv", csv_text(pd.DataFrame(best)), "Download as CSV")
        return (
            f"<h2>The best {len(best)}</h2>{page.paragraph('A click on a head sorts.', 'soft noprint')}{shown}{saved}"
        )

    def _assumptions(self) -> str:
        manifest, plan = self.rows.manifest, self.rows.plan
        given = [(name, _given(name, value)) for name, value in plan.constants.items()]
        text = "<h3>Given by the plan</h3>" + page.table(("name", "value"), given) if given else ""
        defaults = [
            (
                name,
                _default(name, float(value)),
                _unit(name),
                REGISTRY.inputs[name].provenance,
                REGISTRY.inputs[name].source,
            )
            for name, value in manifest.get("defaults", {}).items()
            if name in REGISTRY.inputs
        ]
        if defaults:
            heads = ("name", "value", "unit", "trust", "source")
            off = [row for row in defaults if row[1] in ("0", "none")]
            text += "<h3>Taken where the plan says nothing</h3>"
            text += page.table(heads, [row for row in defaults if row not in off])
            text += page.details(f"{len(off)} that are zero or none", page.table(heads, off)) if off else ""
        used = [_equation(name, one["variant"]) for name, one in manifest["equations"].items()]
        trust = Counter(one.provenance for one in used if one is not None)
        if trust:
            counts = ", ".join(f"{count} {name}" for name, count in trust.most_common())
            weak = [
                (one.quantity, one.variant, one.provenance, one.formula, one.source)
                for one in used
                if one is not None and one.provenance != "published"
            ]
            text += f"<h3>Equations</h3>{page.paragraph(f'{sum(trust.values())} are used: {counts}.')}"
            heads = ("quantity", "variant", "trust", "formula", "source")
            text += page.details(f"the {len(weak)} that are not published", page.table(heads, weak)) if weak else ""
        notes = list(manifest.get("notes", []))
        text += ("<h3>Notes</h3>" + page.listed(notes)) if notes else ""
        meaning = (
            "published: read in its source; recalled: from memory of it; extension: our own; assumed: a convention."
        )
        return f"<h2>Assumptions</h2>{page.paragraph(meaning, 'soft')}{text}"

    def _provenance(self) -> str:
        manifest = self.rows.manifest
        plan = self.plan_file if self.plan_file is not None else plan_text(self.rows.plan)
        catalogs = manifest.get("catalogs", {})
        facts = [
            ("plan", f"SHA-256 {manifest['plan_hash']}"),
            ("run made by", f"carbonsweep {manifest['version']}"),
            ("report made by", f"carbonsweep {__version__}"),
            *((f"catalog {name}", f"SHA-256 {digest}") for name, digest in sorted(catalogs.items())),
        ]
        again = "carbonsweep run plan.toml --out run\ncarbonsweep report run --out report.html"
        return (
            "<h2>Provenance</h2>"
            f"{page.table(('', ''), facts)}"
            f"<h3>The plan</h3><pre>{page.text(plan)}</pre>"
            f"{page.download('plan.toml', plan, 'Download plan.toml', 'text/plain')}"
            f"<h3>To make it again</h3><pre>{page.text(again)}</pre>"
            f"<h3>To cite</h3><pre>{page.text(citation())}</pre>"
        )


def _parts(aim: str) -> tuple[tuple[str, str], ...]:
    """The parts of a total, if it is one."""
    if aim != "total_carbon":
        return ()
    return (("operational_carbon", "operational"), ("embodied_carbon", "embodied"))


def _unit(name: str) -> str:
    unit = REGISTRY.unit(name) if REGISTRY.knows(name) else ""
    return "" if unit == "1" else unit


def _with_unit(name: str, rows: RunRows | None = None) -> str:
    unit = _unit(name) if rows is None else rows.units.get(name, "")
    return words(name) if unit in ("", "1") else f"{words(name)} ({unit})"


def _given(name: str, value: float | str) -> str:
    return said(value, REGISTRY.unit(name)) if isinstance(value, float) and REGISTRY.knows(name) else str(value)


def _default(name: str, value: float) -> str:
    choices = REGISTRY.choices_of(name)
    return choices[int(value)] if choices else number(value)


def _equation(name: str, variant: str) -> Equation | None:
    return next((one for one in REGISTRY.quantities.get(name, ()) if one.variant == variant), None)
