"""What the figures of regions count: one kind of carbon intensity a plan, and whose PUE it is."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from carbonsweep.catalogs.intensities import UNSAID
from carbonsweep.catalogs.schema import REGIONS
from carbonsweep.foundation.errors import PlanError, first_few
from carbonsweep.grid.given import Given
from carbonsweep.kernels import REGISTRY

KINDS = REGISTRY.inputs["accounting"].choices
INPUTS = dict(
    zip(
        KINDS,
        (
            "lifecycle_intensity",
            "direct_intensity",
            "residual_intensity",
            "short_run_marginal_intensity",
            "long_run_marginal_intensity",
            "listed_intensity",
        ),
        strict=True,
    )
)
"""The input that a region must have for each kind."""
BY_DEFAULT = ("location_lifecycle", "location_direct")
"""Kinds in the order in which they are taken where a plan names none: the first that all its regions have."""
OTHERS = {
    name for name, group in REGISTRY.quantities.items() if any("carbon_intensity" in one.inputs for one in group)
} - {"operational_carbon", "paused_intensity"}
"""Quantities beside training that a carbon intensity enters: they are not of its hours."""
BY_HOURS = ("window", "paused", "paused_window")
"""Variants by which a carbon intensity is of the hours in which training runs."""
AS_LISTED = "as_listed"
MIXED = "carbon_intensity"
"""The name by which a plan allows figures of several kinds."""


@dataclass(frozen=True)
class Accounting:
    """What a carbon intensity counts in a plan.

    Attributes
    ----------
    variant
        The variant of `carbon_intensity` that gives it; "" where anything will do.
    changed
        Entries to add or to replace.
    notes
        What is to be said if the carbon intensity matters.
    refusal
        Why the plan is refused if it does; "" where it is not.
    timed
        The variant by which it is of the hours in which training runs; "" where it is of the year.
    """

    variant: str = ""
    changed: dict[str, Given] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    refusal: str = ""
    timed: str = ""


def settle_accounting(
    entries: Mapping[str, Given], pinned: Mapping[str, str], allow_mixed: Container[str] = ()
) -> Accounting:
    """Decide what a carbon intensity counts: one kind that all regions of a plan have.

    Parameters
    ----------
    entries
        All that a plan gives, by name.
    pinned
        The variants it asks for.
    allow_mixed
        The names of which it allows values of different kinds.
    """
    region, asked = entries.get("region"), entries.get("accounting")
    wanted = () if asked is None else asked.labels or ()
    by_variant = pinned.get("carbon_intensity", "")
    variant = by_variant or (wanted[0] if len(wanted) == 1 else "by_accounting" if wanted else "")
    if region is None or region.labels is None or "carbon_intensity" in entries:
        return Accounting(variant)
    mixed = _mixed_kinds(region)
    if by_variant == "llmcarbon":
        said = (f"{mixed}; a ranking over them compares unlike figures",) if mixed else ()
        return Accounting(variant, notes=said)
    if by_variant in KINDS:
        wanted = (by_variant,)
    unsaid = np.array([kind == UNSAID for kind in region.kinds["carbon_intensity"]])
    missing = {kind: _without(kind, region, entries, unsaid & (len(wanted) < 2)) for kind in KINDS}
    refusal = next((_lacks(kind, missing) for kind in wanted if missing[kind]), "")
    if not wanted and not unsaid.all():
        wanted = next(((kind,) for kind in BY_DEFAULT if not missing[kind]), ())
    if not wanted:
        wanted = (AS_LISTED,)
        if missing[AS_LISTED]:
            refusal = f"region: {first_few(missing[AS_LISTED])} without {_column(AS_LISTED)}; {_remedy(missing)}"
    if AS_LISTED in wanted and mixed and MIXED not in allow_mixed:
        refusal = refusal or f"{mixed}; {_remedy(missing)}"
    notes = [_said(kind, missing, not variant) for kind in wanted]
    if AS_LISTED in wanted and mixed:
        notes.append(f"{mixed}; a ranking over them compares unlike figures, which allow_mixed lets pass")
    changed: dict[str, Given] = {}
    if asked is None:
        changed["accounting"] = Given(wanted, {"accounting": np.array([float(KINDS.index(wanted[0]))])})
    if unsaid.any() and len(wanted) == 1 and wanted[0] in BY_DEFAULT:
        name = INPUTS[wanted[0]]
        values = np.where(unsaid, region.fields["listed_intensity"], region.fields[name])
        changed["region"] = replace(region, fields={**region.fields, name: values})
        rows = [label for label, one in zip(region.labels, unsaid, strict=True) if one]
        notes.append(f"region {first_few(rows)}: ci_basis is blank; the carbon intensity is taken as {wanted[0]}")
    return Accounting(variant or wanted[0], changed, tuple(notes), refusal)


def _settle_pue(entries: Mapping[str, Given]) -> dict[str, Given]:
    """The regions of a plan without a PUE that is not the site's, where the plan refuses those or gives one itself."""
    region = entries.get("region")
    if region is None or region.labels is None:
        return {}
    fallback = region.fields["pue_is_fallback"]
    if "pue" in entries:
        return {"region": replace(region, fields={**region.fields, "pue_is_fallback": np.full_like(fallback, np.nan)})}
    asked = entries.get("pue_fallback")
    if asked is None or asked.labels != ("refuse",):
        return {}
    return {
        "region": replace(
            region, fields={**region.fields, "pue": np.where(fallback == 1.0, np.nan, region.fields["pue"])}
        )
    }


def _fallback_pue(region: Given) -> list[str]:
    """What to say of regions whose PUE is not their own."""
    rows = [
        label for label, one in zip(region.labels or (), region.fields["pue_is_fallback"], strict=True) if one == 1.0
    ]
    if not rows:
        return []
    regions = len(region.labels or ())
    return [
        f"pue: {len(rows)} of {regions} regions publish none ({first_few(rows)}); a fleet's or an assumed one is taken"
    ]


@dataclass(frozen=True)
class Regions:
    """What a plan gives, with what the figures of its regions count settled.

    Attributes
    ----------
    entries
        All that it gives, by name.
    pinned
        The variants it asks for, and that of `carbon_intensity`.
    accounting
        What was decided.
    added
        The names that the plan does not give.
    """

    entries: dict[str, Given]
    pinned: dict[str, str]
    accounting: Accounting
    added: frozenset[str]

    def said(self, quantities: set[str], used: Container[str], owner: Mapping[str, str], at: str) -> list[str]:
        """What there is to say of the figures that are used.

        Parameters
        ----------
        quantities
            The quantities that are computed.
        used, owner
            Names used that are given, and which entry gives each.
        at
            What errors call the plan.

        Raises
        ------
        PlanError
            If the carbon intensity is used and its figures do not compare.
        """
        notes: list[str] = []
        if "carbon_intensity" in quantities:
            if self.accounting.refusal:
                raise PlanError(f"{at}: {self.accounting.refusal}")
            notes += self.accounting.notes
            if self.accounting.timed in BY_HOURS and (others := sorted(OTHERS.intersection(quantities))):
                notes.append(f"{first_few(others)}: at the carbon intensity of the hours of training")
        if owner.get("pue") == "region" and "pue" in used:
            notes += _fallback_pue(self.entries["region"])
        return notes


def settle_regions(
    entries: Mapping[str, Given], pinned: Mapping[str, str], allow_mixed: Container[str] = ()
) -> Regions:
    """Decide what the carbon intensity and the PUE of a plan's regions count; parameters as of `settle_accounting`."""
    accounting = settle_accounting(entries, pinned, allow_mixed)
    given = {**entries, **accounting.changed}
    given |= _settle_pue(given)
    asked = {**pinned, "carbon_intensity": accounting.variant} if accounting.variant else dict(pinned)
    return Regions(given, asked, accounting, frozenset(given).difference(entries))


def _mixed_kinds(region: Given) -> str:
    """What to say where listed figures count different things; "" where they do not."""
    rows: dict[str, list[str]] = {}
    for label, kind in zip(region.labels or (), region.kinds.get("carbon_intensity", ()), strict=False):
        if kind and kind != UNSAID:
            rows.setdefault(kind, []).append(label)
    if len(rows) < 2:
        return ""
    shown = "; ".join(f"{kind} ({first_few(labels)})" for kind, labels in rows.items())
    return f"region: carbon_intensity is of different kinds: {shown}"


def _without(kind: str, region: Given, entries: Mapping[str, Given], unsaid: np.ndarray) -> list[str]:
    """The regions without a figure of some kind, unless the plan gives it."""
    name = INPUTS[kind]
    if name in entries:
        return []
    absent = np.isnan(region.fields.get(name, np.full(len(unsaid), np.nan)))
    if kind == "market":
        shares = entries["contracted_share"].fields if "contracted_share" in entries else region.fields
        least = shares.get("contracted_share", np.full(len(unsaid), np.nan))
        absent &= ~(least.min() >= 1.0 if "contracted_share" in entries else least >= 1.0)
    elif kind in BY_DEFAULT:
        absent &= ~unsaid
    return [label for label, one in zip(region.labels or (), absent, strict=True) if one]


def _lacks(kind: str, missing: Mapping[str, list[str]]) -> str:
    rows = missing[kind]
    return f"accounting = {kind!r}: {first_few(rows)} without {_column(kind)}; {_remedy(missing)}"


def _remedy(missing: Mapping[str, list[str]]) -> str:
    shared = [kind for kind, rows in missing.items() if not rows and kind != AS_LISTED]
    if shared:
        return f"all of them have {', '.join(shared)}: give accounting one of these"
    lacks = "; ".join(f"{kind} is missing for {first_few(missing[kind])}" for kind in BY_DEFAULT)
    return (
        f"no kind is there for all ({lacks}): leave rows out, add the column in a catalog of your own, or allow unlike "
        f"figures side by side with accounting = {AS_LISTED!r} and allow_mixed = [{MIXED!r}]"
    )


def _said(kind: str, missing: Mapping[str, list[str]], by_default: bool) -> str:
    before = BY_DEFAULT[: BY_DEFAULT.index(kind)] if kind in BY_DEFAULT else BY_DEFAULT
    lacks = next((f" ({first_few(missing[one])} without {_column(one)})" for one in before if missing[one]), "")
    return f"carbon intensity: {kind}{lacks if by_default else ''}"


def _column(kind: str) -> str:
    return next(name for name, column in REGIONS.items() if column.input == INPUTS[kind])
