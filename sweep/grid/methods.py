"""One basis of power and one method of embodied carbon for all accelerators of a plan, chosen and said at binding.

Figures of different bases do not compare: power of a device alone with that of its node, a maker's footprint with a sum
over parts. So a plan takes the best basis that every one of its accelerators has the figures for.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from carbonsweep.catalogs.links import ASSUMED_NODE
from carbonsweep.foundation.errors import PlanError, first_few
from carbonsweep.grid.available import obtainable
from carbonsweep.grid.given import Given

BASES = ("nameplate", "measured", "components", "work")
"""Bases of power; the first three are chosen by themselves, in this order.

Measured is that of the whole node in training. Work is taken where it is asked for: on the measured nodes it errs more
than the share of the server's maximum (benchmarks/fit_power.py).
"""
METHODS = ("product_footprint", "component", "boavizta", "die")
"""Methods of embodied carbon that may be forced; the first two are chosen by themselves."""
LLMCARBON = {
    "device_embodied": "llmcarbon",
    "embodied_carbon": "llmcarbon",
    "accelerator_unit_embodied": "die",
    "cpu_unit_embodied": "llmcarbon",
    "dram_unit_embodied": "llmcarbon",
    "ssd_unit_embodied": "llmcarbon",
    "other_unit_embodied": "llmcarbon",
}
"""Variants of LLMCarbon's embodied carbon, which its boundary picks."""
OF_THE_NODE = ("server_cpus", "cpu_area", "server_dram", "server_ssd")
"""What LLMCarbon has figures of its own for, whatever server an accelerator stands in."""
DERIVED = {
    "die_area": "logic_area",
    "devices_per_node": "node_devices",
    "device_memory": "physical_memory",
    "thermal_design_power": "node_max_power",
}
"""What a row derives from a figure: it gives way where the plan gives the figure by itself."""
OF_PARTS = (
    "die_area",
    "logic_area",
    "yield_defect_share",
    "defect_density",
    "memory_carbon_density",
    "hbm2_carbon_density",
    "hbm2e_carbon_density",
    "hbm3_carbon_density",
    "gddr_carbon_density",
    "fab_carbon_intensity",
    "interposer_carbon",
    "module_carbon_fixed",
    "module_carbon_per_watt",
    "baseboard_carbon_share",
)
"""Figures that embodied carbon by parts has and a product footprint does not: a plan that gives one wants parts."""
OF_COMPONENTS = ("power_fraction", "host_power", "component_power", "cpu_power")
"""The same of power by components."""
OF_THE_CLOCK = ("power_cap_fraction", "clock_fraction")
"""What slows a step and lowers power by work, and no other."""
SAID_BY = {"power_basis": "device_power", "embodied_method": "accelerator_unit_embodied"}
"""Quantities that say which variant of another is taken."""
UNSERVED = ("thermal_design_power", "die_area", "product_footprint", "boavizta_footprint", "accelerator_unit_embodied")
"""Figures of an accelerator made by hand, whose server must be assumed."""


@dataclass(frozen=True)
class Methods:
    """What was chosen.

    Attributes
    ----------
    pinned
        Variants by quantity: those that were asked for, and those chosen here.
    notes
        What to say of each quantity, where something that is asked for uses it.
    """

    pinned: dict[str, str]
    notes: dict[str, str]

    def said(self, used: Iterable[str]) -> list[str]:
        """The notes on quantities that are used."""
        used = set(used)
        return [note for quantity, note in self.notes.items() if quantity in used]


def with_boundary(pinned: Mapping[str, str], entries: Mapping[str, Given], at: str) -> dict[str, str]:
    """The variants asked for, and that of the boundary of embodied carbon that a plan gives.

    Raises
    ------
    PlanError
        If it gives several, or another one by its equations.
    """
    given = entries.get("embodied_boundary")
    if given is None:
        return with_llmcarbon(pinned)
    labels = given.labels or ()
    if len(labels) != 1:
        raise PlanError(
            f"{at}: embodied_boundary: figures of different boundaries do not compare; give one as a constant"
        )
    if pinned.get("device_embodied", labels[0]) != labels[0]:
        raise PlanError(
            f"{at}: embodied_boundary is {labels[0]}, equations.device_embodied {pinned['device_embodied']}; give one"
        )
    return with_llmcarbon({**pinned, "device_embodied": labels[0]})


def with_llmcarbon(pinned: Mapping[str, str]) -> dict[str, str]:
    """The variants asked for; LLMCarbon's embodied carbon of a device takes its parts with it."""
    return {**LLMCARBON, **pinned} if pinned.get("device_embodied") == "llmcarbon" else dict(pinned)


def with_servers(entries: Mapping[str, Given], pinned: Mapping[str, str]) -> dict[str, Given]:
    """Entries of which each accelerator stands in one server: that of the plan, its usual one, or LLMCarbon's."""
    out = dict(entries)
    if "accelerator" not in entries:
        return out
    gone = {derived for name, derived in DERIVED.items() if name in entries}
    if "system" in entries:
        gone |= set(entries["system"].fields)
    elif pinned.get("device_embodied") == "llmcarbon":
        gone |= set(OF_THE_NODE)
    accelerator = entries["accelerator"]
    fields = {name: values for name, values in accelerator.fields.items() if name not in gone}
    out["accelerator"] = replace(accelerator, fields=fields)
    return out


def needs_system(names: Iterable[str], pinned: Mapping[str, str]) -> bool:
    """Whether a plan describes an accelerator by hand and no server."""
    names = set(names)
    made = names.intersection(UNSERVED) and not names.intersection(("accelerator", "system"))
    return bool(made) and pinned.get("device_embodied") != "llmcarbon"


def choose_methods(
    entries: Mapping[str, Given],
    owner: Mapping[str, str],
    pinned: Mapping[str, str],
    at: str,
    computed: Container[str] = (),
) -> Methods:
    """The basis of power and the method of embodied carbon that every accelerator has the figures for.

    Parameters
    ----------
    entries
        What axes, constants and the choice of a plan give, by name.
    owner
        The entry that sets each name.
    pinned
        Variants asked for.
    at
        What errors call the plan.
    computed
        Names that the plan computes by expressions of its own.

    Raises
    ------
    PlanError
        If a basis or method is asked for that an accelerator lacks the figures for.
    """
    devices = _Devices(entries, owner)
    out = dict(pinned)
    notes: dict[str, str] = {}
    if "device_power" not in owner:
        _power(devices, owner, out, notes, at)
    slowed = next((name for name in OF_THE_CLOCK if owner.get(name) == name or name in computed), "")
    if slowed and out.get("device_power") != "work":
        what = "device_power, which is given," if "device_power" in owner else f"power by {out.get('device_power')}"
        notes["training_clock_fraction"] = (
            f"{slowed} slows training, and {what} does not fall with it; equations.device_power = 'work' does"
        )
    if "accelerator_unit_embodied" not in owner and devices.labels:
        _embodied(devices, owner, out, notes, at)
    found = obtainable(owner, out)
    for said, quantity in SAID_BY.items():
        taken = found.get(quantity)
        out[said] = "given" if taken is None or quantity in computed else taken.variant
    return Methods(out, notes)


def _power(devices: _Devices, owner: Mapping[str, str], out: dict[str, str], notes: dict[str, str], at: str) -> None:
    checks = {basis: devices.without_power(basis) for basis in BASES}
    forced = out.get("device_power")
    if forced in checks:
        _refuse("device_power", forced, checks, at)
    if forced is not None:
        return
    if owner.get("measured_device_power") == "measured_device_power":
        out["device_power"] = "measured"
        return
    if not devices.labels:
        return
    lacks = checks["nameplate"]
    parts = [name for name in OF_COMPONENTS if owner.get(name) == name]
    slowed = [name for name in OF_THE_CLOCK if owner.get(name) == name]
    basis = "components" if parts else next(one for one in BASES if not checks[one] or one == "components")
    why = _lacking(lacks) if lacks else f"{parts[0]} is given" if parts else ""
    if slowed and not parts and not checks["work"]:
        by_work = obtainable(owner, {**out, "device_power": "work"})
        if "device_power" in by_work and "full_clock_work_time" in by_work:
            basis, why = "work", f"{slowed[0]} is given"
    out["device_power"] = basis
    notes["device_power"] = f"power basis: {basis}{f' ({why})' if why else ''}"
    if basis == "components" and (estimated := devices.where("thermal_design_power", _is_estimate)):
        notes["device_power"] += f"; the design power of {first_few(estimated)} is an outside estimate"


def _embodied(devices: _Devices, owner: Mapping[str, str], out: dict[str, str], notes: dict[str, str], at: str) -> None:
    checks = {method: devices.without_method(method) for method in METHODS}
    forced = out.get("accelerator_unit_embodied")
    boundary = out.get("device_embodied", "hardware")
    if forced is not None:
        _refuse("accelerator_unit_embodied", forced, checks, at)
        return
    bases = dict.fromkeys(basis for basis in devices.about("product_footprint") if basis)
    by_itself = owner.get("product_footprint") == "product_footprint"
    parts = [name for name in OF_PARTS if owner.get(name) == name]
    method, why = "product_footprint", ""
    if lacks := checks["product_footprint"]:
        method, why = "component", _lacking(lacks)
    elif parts and not by_itself:
        method, why = "component", f"{parts[0]} is given"
    elif len(bases) > 1 and not by_itself:
        method, why = "component", f"product footprints count different things: {'; '.join(bases)}"
    out["accelerator_unit_embodied"] = method
    text = f"embodied method: {method}{f' ({why})' if why else ''}, boundary: {boundary}"
    if method == "component" and (assumed := devices.where("logic_area", bool)):
        text += f"; the silicon of {first_few(assumed)} is assumed"
    if generic := devices.where("server_cpus", lambda node: node == ASSUMED_NODE):
        text += f"; the server of {first_few(generic)} is assumed ({ASSUMED_NODE})"
    notes["accelerator_unit_embodied"] = text


class _Devices:
    """The accelerators of a plan, and which of them lack what."""

    def __init__(self, entries: Mapping[str, Given], owner: Mapping[str, str]) -> None:
        self._given = entries.get("accelerator", Given((), {}))
        self._system = entries.get("system")
        self._owner = owner
        self.labels = self._given.labels or ()

    def about(self, name: str) -> tuple[str, ...]:
        """What the rows say of a figure, one text an accelerator."""
        return self._given.about.get(name, ("",) * len(self.labels))

    def where(self, name: str, holds: Callable[[str], bool]) -> list[str]:
        """The accelerators of whose figure the rows say something that holds; none where the plan gives it."""
        if self._owner.get(name) != "accelerator":
            return []
        return [label for label, text in zip(self.labels, self.about(name), strict=True) if holds(text)]

    def without(self, name: str) -> list[str]:
        """The accelerators of which a figure is not known."""
        if name in self._owner and self._owner[name] != "accelerator":
            return []
        if name not in self._given.fields:
            return list(self.labels)
        blank = np.isnan(self._given.fields[name])
        return [label for label, missing in zip(self.labels, blank, strict=True) if missing]

    def without_maximum(self) -> list[str]:
        """The accelerators of whose server no maximum is known, nor parts that tell it."""
        if self._owner.get("node_max_power") == "node_max_power" or "node_maximum_power" in self._owner:
            return []
        if self._system is not None:
            unknown = "unknown" in self._system.about.get("node_max_power", ())
            return list(self.labels) if unknown else []
        return self.where("node_max_power", lambda basis: basis == "unknown")

    def without_power(self, basis: str) -> dict[str, list[str]]:
        """The accelerators that lack a figure of a basis of power, by what they lack."""
        lacks: dict[str, list[str]] = {}
        if basis == "measured":
            missing = self.without("measured_device_power")
            return {"measured power of a node in training (mean_power_w)": missing} if missing else {}
        if basis != "components":
            lacks["node maximum (node_max_power_w)"] = self.without_maximum()
        unknown = self.without("thermal_design_power")
        if basis == "nameplate":
            published = set(self.where("node_max_power", lambda text: text == "published"))
            unknown = [label for label in unknown if label not in published]
        lacks["design power (tdp_w)"] = unknown
        if basis == "work":
            lacks["memory bandwidth (mem_bw_gbs)"] = self.without("memory_bandwidth")
        return {what: labels for what, labels in lacks.items() if labels}

    def without_method(self, method: str) -> dict[str, list[str]]:
        """The accelerators that lack a figure of a method of embodied carbon, by what they lack."""
        needed = {
            "product_footprint": {"product_footprint": "product footprint (product_footprint_id)"},
            "boavizta": {"boavizta_footprint": "footprint by Boavizta (boavizta_id)"},
            "die": {"die_area": "die area (die_area_mm2)"},
            "component": {
                "logic_area": "die area (die_area_mm2)",
                "fab_energy_per_area": "process (process_nm)",
                "defect_density": "process (process_nm)",
                "memory_kind": "kind of memory (mem_type)",
                "physical_memory": "memory (mem_gb)",
                "thermal_design_power": "design power (tdp_w)",
            },
        }[method]
        if method == "component" and self._owner.get("die_area") == "die_area":
            needed = {name: what for name, what in needed.items() if name != "logic_area"}
        lacks: dict[str, list[str]] = {}
        for name, what in needed.items():
            if labels := self.without(name):
                lacks.setdefault(what, labels)
        return lacks


def _refuse(quantity: str, forced: str, checks: Mapping[str, Mapping[str, list[str]]], at: str) -> None:
    """Refuse a variant that some accelerators lack the figures for, with those that all of them have."""
    lacks = checks.get(forced)
    if not lacks:
        return
    shared = [name for name, missing in checks.items() if not missing]
    rest = f"all of them have {', '.join(shared)}" if shared else "they share no other; leave those out"
    raise PlanError(f"{at}: equations.{quantity} = {forced!r}: {_lacking(lacks)}; {rest}")


def _lacking(lacks: Mapping[str, list[str]]) -> str:
    what, labels = next(iter(lacks.items()))
    return f"{first_few(labels)} {'has' if len(labels) == 1 else 'have'} no {what}"


def _is_estimate(basis: str) -> bool:
    return basis.startswith(("outside estimate", "estimated", "assumed"))
