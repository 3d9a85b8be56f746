"""Hourly profiles of a plan: which curves it looks up, of which kind, and how they become its carbon intensity."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from carbonsweep.catalogs import Row
from carbonsweep.catalogs.loads import weights
from carbonsweep.catalogs.profiles import hourly_values
from carbonsweep.catalogs.sites import Sites, sites_row
from carbonsweep.foundation.errors import PlanError, first_few
from carbonsweep.grid.accounting import KINDS, Regions, settle_regions
from carbonsweep.grid.given import Binder, Given
from carbonsweep.kernels.curves import curve_row
from carbonsweep.kernels.lowest_hours import with_ranks

STARTS = ("start_hour", "start_month")
"""Inputs that say when training starts: either makes the carbon intensity one of a window."""
TIMED = (*STARTS, "run_fraction")
"""Inputs that nothing can be made of without a profile."""
HOURLY = (*TIMED, "load_profile")
"""The same, with the daily pattern of power."""
HANDLES = ("profile_curve", "average_curve", "marginal_curve", "purchase_curve")
"""Names whose values are places in the table of curves, which only binding knows."""
COLUMN = {
    "location_lifecycle": ("profile_average", "average_curve"),
    "short_run_marginal": ("profile_marginal", "marginal_curve"),
}
"""Kinds of which regions name profiles: their column, and the input that is its curve."""
SEE = "see `carbonsweep catalog profiles`"


@dataclass(frozen=True)
class Places:
    """What a plan gives, with its regions and its profiles settled.

    Attributes
    ----------
    regions
        What it gives, the variants asked for, and what the figures of regions count.
    curves
        The curves that equations look up, a row each; None where it has none.
    profiles
        The rows of the catalog that they are from, in the same order.
    """

    regions: Regions
    curves: np.ndarray | None = None
    profiles: tuple[Row, ...] = ()

    def said(self) -> tuple[dict[str, Any], ...]:
        """What the manifest of a run says of the profiles."""
        return tuple({name: row.values[name] for name in ("id", "kind", "year", "clock")} for row in self.profiles)


class _Table:
    """The curves of a plan, each once."""

    def __init__(self, binder: Binder) -> None:
        self._binder = binder
        self._place: dict[str, int] = {}
        self.rows: list[Row] = []
        self._load = np.ones(24)

    def row(self, entry: str, label: str) -> Row:
        """The row of a label of an entry."""
        at = f"{self._binder.at}: {entry}: "
        catalog = self._binder.catalog("profiles")
        return sites_row(catalog, label, at) if entry == "sites" else catalog.get(label, at)

    def places(self, rows: list[Row | None]) -> np.ndarray:
        """The place of each row, added where it is new; NaN where there is none."""
        found = np.full(len(rows), np.nan)
        for number, row in enumerate(rows):
            if row is not None:
                if row.id not in self._place:
                    self._place[row.id] = len(self.rows)
                    self.rows.append(row)
                found[number] = self._place[row.id]
        return found

    def weigh(self, given: Given, entries: Container[str], at: str) -> Given:
        """Weigh all hours by a daily pattern of power."""
        for name in ("run_fraction", "purchase_profile"):
            if name in entries:
                raise PlanError(f"{at}: load_profile and {name} are given: {name} takes the same power in every hour")
        labels = given.labels or ()
        if len(labels) != 1:
            raise PlanError(f"{at}: load_profile is one pattern for a whole plan; give it as a constant")
        self._load = weights(labels[0])
        return replace(given, fields={"load_profile": np.zeros(1)})

    def curves(self, ranked: bool) -> np.ndarray | None:
        """A row for each; with the ranks of hours where the lowest of windows are looked for."""
        if not self.rows:
            return None
        load = np.tile(self._load, 365)
        hours = [load * (row.hours() if isinstance(row, Sites) else hourly_values(row)) for row in self.rows]
        rows = [curve_row(one, shortest_window(row)) for one, row in zip(hours, self.rows, strict=True)]
        return np.stack([with_ranks(row, one) for row, one in zip(rows, hours, strict=True)] if ranked else rows)


def shortest_window(row: Row) -> float:
    """The shortest window that a profile tells anything of, in hours."""
    return float(row.values["shortest_window_h"] or 0.0)


def settle_places(
    entries: Mapping[str, Given], pinned: Mapping[str, str], binder: Binder, allow_mixed: Container[str] = ()
) -> Places:
    """Decide what the figures of a plan's regions count, and which hourly profiles stand for them.

    Parameters
    ----------
    entries
        All that a plan gives, by name.
    pinned
        The variants it asks for.
    binder
        What binds it: it has the catalogs, and hears the notes.
    allow_mixed
        The names of which it allows values of different kinds.

    Raises
    ------
    PlanError
        If there is no profile for what is asked, or one of another kind than the plan's accounting.
    """
    at = binder.at
    for name in HANDLES:
        if name in entries:
            raise PlanError(f"{at}: {name} is a place in a table and no input; give profile, {SEE}")
    named = "sites" if "sites" in entries else "profile"
    if named == "sites" and "profile" in entries:
        raise PlanError(f"{at}: profile and sites are given: both say where training runs; give one")
    profile = entries.get(named)
    timed = [name for name in HOURLY if name in entries]
    if profile is None and not timed and not {"purchase_profile", "scale_profile_to"}.intersection(entries):
        return Places(settle_regions(entries, pinned, allow_mixed))
    _check_times(entries, pinned, timed, named if profile is not None else "", at)
    table = _Table(binder)
    given = dict(entries)
    if "load_profile" in given:
        given["load_profile"] = table.weigh(given["load_profile"], entries, at)
    if "purchase_profile" in given:
        given["purchase_profile"] = _purchases(given["purchase_profile"], table, at)
    if profile is not None:
        given |= _named(named, profile, entries.get("accounting"), table, binder)
    regions = settle_regions(given, pinned, allow_mixed)
    asked = dict(regions.pinned)
    accounting = regions.accounting
    if profile is None and timed:
        regions.entries["region"] = _linked(regions.entries, timed[0], table, at)
    scaled = _scaled_to_row(entries, bool(profile or timed), at)
    if profile is not None or timed:
        started, pausing = bool(set(STARTS).intersection(entries)), "run_fraction" in entries
        variant = "window" if started else "profile_mean"
        if pausing:
            variant = "paused_window" if started else "paused"
        asked["carbon_intensity"] = variant
        if started and pausing:
            asked |= dict.fromkeys(("run_threshold", "calendar_intensity", "pause_count"), "window")
        accounting = replace(accounting, variant=variant, timed=variant)
        if scaled:
            if regions.accounting.variant not in KINDS:
                raise PlanError(f"{at}: scale_profile_to = 'row' takes one kind of accounting; give one")
            asked |= {"profile_scale": "row", "row_intensity": regions.accounting.variant}
        else:  # the yearly figures of regions do not matter
            accounting = replace(accounting, refusal="", notes=() if profile is not None else accounting.notes)
    _check_window(entries, table.rows, at)
    for note in _notes(table.rows, variant=asked.get("carbon_intensity", "")):
        if note not in binder.notes:
            binder.notes.append(note)
    added = frozenset(regions.entries).difference(entries)
    ranked = asked.get("carbon_intensity") == "paused_window"
    return Places(Regions(regions.entries, asked, accounting, added), table.curves(ranked), tuple(table.rows))


def _check_times(
    entries: Mapping[str, Given], pinned: Mapping[str, str], timed: list[str], named: str, at: str
) -> None:
    """Refuse times that exclude each other, and a variant of the carbon intensity that has none."""
    timed = [name for name in timed if name in TIMED]
    if set(STARTS).issubset(timed):
        raise PlanError(f"{at}: {' and '.join(STARTS)} are given: both say when training starts; give one")
    if (named or timed) and "carbon_intensity" in pinned:
        name = named or timed[0]
        raise PlanError(
            f"{at}: equations.carbon_intensity = {pinned['carbon_intensity']!r} takes no hourly profile, and {name} is "
            "given; leave one out"
        )


def _scaled_to_row(entries: Mapping[str, Given], profiled: bool, at: str) -> bool:
    """Whether profiles are scaled to the yearly intensity of the region."""
    given = entries.get("scale_profile_to")
    labels = () if given is None else given.labels or ()
    if len(labels) > 1:
        raise PlanError(f"{at}: scale_profile_to is one way for a whole plan; give it as a constant")
    if labels != ("row",):
        return False
    if "load_profile" in entries:
        raise PlanError(
            f"{at}: load_profile and scale_profile_to are given: scaling takes the same power in every hour"
        )
    if not profiled:
        raise PlanError(f"{at}: scale_profile_to is given and no profile; give profile, start_month or run_fraction")
    if "region" not in entries:
        raise PlanError(f"{at}: scale_profile_to = 'row' needs the row: give region")
    return True


def _purchases(given: Given, table: _Table, at: str) -> Given:
    rows = [table.row("purchase_profile", label) for label in given.labels or ()]
    for row in rows:
        if row.values["kind"] != "cfe":
            raise PlanError(
                f"{at}: purchase_profile {row.id} is a carbon intensity ({row.values['kind']}); give a profile of kind "
                f"cfe, {SEE} --where \"kind == 'cfe'\""
            )
    return replace(given, fields={"purchase_curve": table.places([*rows])})


def _named(name: str, profile: Given, accounting: Given | None, table: _Table, binder: Binder) -> dict[str, Given]:
    """The profiles that a plan names, of the kind that it counts: theirs, where it names none."""
    rows = [table.row(name, label) for label in profile.labels or ()]
    kinds = dict.fromkeys(str(row.values["kind"]) for row in rows)
    if len(kinds) > 1:
        parts = [f"{kind} ({first_few([r.id for r in rows if r.values['kind'] == kind])})" for kind in kinds]
        raise PlanError(
            f"{binder.at}: {name}: {'; '.join(parts)} do not compare; give those of one kind, or regions that have "
            "profiles of both with accounting as an axis"
        )
    (kind,) = kinds
    if kind not in KINDS:
        raise PlanError(
            f"{binder.at}: profile {rows[0].id} is a share of carbon-free power, no carbon intensity; it may be a "
            f"purchase_profile; {SEE}"
        )
    changed = {name: replace(profile, fields={"profile_curve": table.places([*rows])})}
    if accounting is None:
        binder.notes.append(f"accounting is not given: {kind}, as {name} {first_few([row.id for row in rows])}")
        changed["accounting"] = Given((kind,), {"accounting": np.array([float(KINDS.index(kind))])})
    elif accounting.labels != (kind,):
        labels = ", ".join(accounting.labels or ())
        raise PlanError(
            f"{binder.at}: profile {rows[0].id} is {kind}, accounting {labels}: they do not compare; give accounting = "
            f"{kind!r}, or a profile of that kind ({SEE})"
        )
    return changed


def _linked(entries: Mapping[str, Given], name: str, table: _Table, at: str) -> Given:
    """The regions of a plan with the curves that their rows name."""
    region = entries.get("region")
    if region is None or region.labels is None:
        raise PlanError(f"{at}: {name} needs an hourly profile: give profile, or a region that has one; {SEE}")
    labels = entries["accounting"].labels or () if "accounting" in entries else KINDS[:1]
    fields = region.fields | {field: np.full(len(region.labels), np.nan) for _, field in COLUMN.values()}
    for kind in labels:
        if kind not in COLUMN:
            raise PlanError(
                f"{at}: {name} needs an hourly profile, and regions have none of {kind}; give accounting = "
                f"{' or '.join(map(repr, COLUMN))}, or a profile of your own"
            )
        column, field = COLUMN[kind]
        ids = [table._binder.catalog("regions").get(label).values[column] for label in region.labels]
        if missing := [label for label, one in zip(region.labels, ids, strict=True) if one is None]:
            raise PlanError(
                f"{at}: {name} needs an hourly profile: region {first_few(missing)} without {column} ({kind}); leave "
                f"rows out, or give profile, {SEE}"
            )
        rows = [table.row(f"region {label}", str(one)) for label, one in zip(region.labels, ids, strict=True)]
        if odd := [row.id for row in rows if row.values["kind"] != kind]:
            raise PlanError(f"{at}: {column} {odd[0]} of a region is not {kind}; correct the catalog")
        fields[field] = table.places([*rows])
    return replace(region, fields=fields)


def _check_window(entries: Mapping[str, Given], rows: list[Row], at: str) -> None:
    """Refuse windows that are certain to be shorter than what the profiles tell anything of."""
    days = entries.get("training_days")
    if days is None or not rows or not set(STARTS).intersection(entries) or "training_days" not in days.fields:
        return
    longest = 24.0 * float(np.fmax.reduce(days.fields["training_days"]))
    if "run_fraction" in entries:  # pauses make the window longer
        fractions = entries["run_fraction"].fields.get("run_fraction", np.empty(0))
        longest = longest / float(np.fmin.reduce(fractions)) if len(fractions) else np.inf
    if all(longest < shortest_window(row) for row in rows):
        row = min(rows, key=shortest_window)
        raise PlanError(
            f"{at}: training_days = {longest / 24.0:g}: a window under {shortest_window(row):g} h says nothing in "
            f"{row.id}; give a longer one, or another profile"
        )


def _notes(rows: list[Row], variant: str) -> list[str]:
    """What to say of profiles: what they are, and what they do not tell."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        kind, year, clock = (str(row.values[name] or "?") for name in ("kind", "year", "clock"))
        groups.setdefault((kind, year, clock), []).append(row.id)
    said = groups.items()
    notes = [f"hourly profile {first_few(ids)}: {kind} of {year}, clock {clock}" for (kind, year, clock), ids in said]
    notes += [row.said() for row in rows if isinstance(row, Sites)]
    short = [row for row in rows if shortest_window(row)]
    if short and variant in ("window", "paused_window"):
        most = max(map(shortest_window, short))
        notes.append(f"windows under {most:g} h in {first_few([row.id for row in short])} have no value: too noisy")
    if variant == "paused":
        notes.append("pauses go by thresholds of the whole year: a run shorter than a season meets other hours")
    if variant == "paused_window":
        notes.append("pauses go by the threshold of the hours from start to end, as if these were known beforehand")
    return notes
