"""Stages of a plan besides its final run, bound: what each gives, and the equations repeated with its values.

A stage has the inputs and equations of the plan, but for what its accelerator and its region change. Those get names of
their own that end in the stage's: `device_power_sft`. All rows of a plan are settled together, so that stages have the
same basis of power, method of embodied carbon and kind of carbon intensity as the final run.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.available import obtainable, variants_of
from carbonsweep.grid.given import Binder, Given, is_given
from carbonsweep.grid.profiles import HOURLY
from carbonsweep.kernels import Equation, Registry
from carbonsweep.kernels.equations_of_plans import of_plan, of_stage
from carbonsweep.kernels.registry import Input
from carbonsweep.plan.axes import Range, Records
from carbonsweep.plan.plan import Plan
from carbonsweep.plan.stages import GIVES, TRAINING, Stage, stage_axes, stage_names

ROWS = ("accelerator", "region")
"""Keys of a stage that are rows of catalogs."""
QUANTITIES = (
    "stage_hardware_energy",
    "stage_facility_energy",
    "stage_operational_carbon",
    "stage_embodied_carbon",
    "stage_total_carbon",
    "stage_water",
    "stage_days",
)
"""Quantities of each stage beside its device-hours, each after those that it depends on."""
SUMS = ("device_hours", "hardware_energy", "facility_energy", "operational_carbon", "embodied_carbon", "water")
"""Quantities whose sums over the stages are quantities of the plan."""
OF_TRAINING = (
    "device_hours",
    "tokens",
    "training_days",
    "hardware_efficiency",
    "device_utilisation",
    "training_compute_share",
    "training_memory_share",
)
"""What a stage has of the final run, whatever it runs on."""
COUNTED = {
    "experiments": ("pipeline", "experimentation_training_ratio"),
    "rl": ("rl_steps",),
    "synthetic_data": ("synthetic_tokens",),
}
"""Inputs by which the life cycle counts what a stage of some kind is, which would be twice."""
LEFT_OUT = {
    "distill": "the passes of the teacher are not counted",
    "preference": "the passes of a reference model are not counted",
}
"""What the tokens of a stage of some kind do not tell."""


@dataclass(frozen=True)
class Stages:
    """The stages of a plan.

    Attributes
    ----------
    stages
        As the plan gives them, by name.
    given
        What each gives, by the names that have it in the plan: entries `region_sft`, with the plain names of inputs.
    axes
        The entries that are axes.
    at
        What errors call the plan.
    """

    stages: Mapping[str, Stage]
    given: Mapping[str, Given]
    axes: tuple[str, ...]
    at: str

    @classmethod
    def bound(cls, plan: Plan, binder: Binder) -> Stages:
        """The stages of a plan with their values looked up.

        Raises
        ------
        PlanError
            If a value is faulty.
        """
        stages = dict(zip(stage_names(plan.stages or ()), plan.stages or (), strict=True))
        given: dict[str, Given] = {}
        for name, stage in stages.items():
            for key, of in GIVES.items():
                value = getattr(stage, key)
                if value is None:
                    continue
                entry, place = f"{of}_{name}", f"stages.{name}.{key}"
                if isinstance(value, Range | Records):
                    given[entry] = binder.axis(of, value, key=place)
                else:
                    given[entry] = binder.constant(of, value, place)
                if key in ROWS and "devices" in given[entry].fields:
                    raise PlanError(f"{binder.at}: {place}: give the number of accelerators as devices")
        return cls(stages, given, tuple(stage_axes(stages.values())), binder.at)

    def check(self, names: Container[str], pinned: Mapping[str, str]) -> None:
        """Refuse stages that the plan counts by other inputs, or whose hardware or site stands for none of its own.

        Raises
        ------
        PlanError
            Naming the stage, with the remedy.
        """
        for name, stage in self.stages.items():
            at = f"{self.at}: stages.{name}"
            for other in COUNTED.get(stage.kind, ()):
                if other in names:
                    raise PlanError(f"{at}: {other} counts {stage.kind} too; give one of them")
            if stage.kind == "experiments" and pinned.get("experimentation_training_ratio") == "llmcarbon":
                raise PlanError(
                    f"{at}: LLMCarbon's experimentation_training_ratio counts experiments too; leave the stage out, or "
                    "set equations.experimentation_training_ratio to another variant"
                )
            for row in ROWS:
                if getattr(stage, row) is not None and row not in names:
                    raise PlanError(f"{at}.{row}: the final run names no {row}; name it as a constant or an axis")
            if stage.region is not None and (hourly := [one for one in (*HOURLY, "profile", "sites") if one in names]):
                raise PlanError(
                    f"{at}.region: {hourly[0]} is of the hours of the final run, at its site; leave one of them out"
                )

    def pinned(self, pinned: Mapping[str, str]) -> dict[str, str]:
        """Variants asked for; where experiments are a stage, no ratio stands for them."""
        kinds = {stage.kind for stage in self.stages.values()}
        return {**({"experimentation_training_ratio": "none"} if "experiments" in kinds else {}), **pinned}

    def joined(self, entries: Mapping[str, Given]) -> dict[str, Given]:
        """Entries whose accelerators and regions are those of the final run and of the stages, in this order."""
        out = dict(entries)
        for row in ROWS:
            if more := [self.given[entry] for entry in self._entries(row)]:
                out[row] = _join([entries[row], *more])
        return out

    def parted(self, joined: Mapping[str, Given], entries: Mapping[str, Given]) -> tuple[dict[str, Given], Stages]:
        """Entries of the final run, and the stages with theirs, from what was made of them together."""
        out, given = dict(joined), dict(self.given)
        for row in ROWS:
            names = self._entries(row)
            if not names:
                continue
            whole, start = joined[row], 0
            for name, one in ((row, entries[row]), *((name, self.given[name]) for name in names)):
                length = len(one.labels or ())
                part = _part(whole, slice(start, start + length), one.fields)
                start += length
                if name == row:
                    out[row] = part
                else:
                    given[name] = part
        return out, replace(self, given=given)

    def _entries(self, row: str) -> list[str]:
        return [f"{row}_{name}" for name, stage in self.stages.items() if getattr(stage, row) is not None]

    def renamed(self, owner: Mapping[str, str]) -> dict[str, Given]:
        """What the stages give, by names of their own; what the plan gives by itself comes before a row."""
        return {
            entry: replace(one, fields={f"{of}_{name}": values for of, values in fields.items()})
            for name in self.stages
            for entry, one, fields in self._of(name, owner)
        }

    def _of(self, name: str, owner: Mapping[str, str]) -> list[tuple[str, Given, dict[str, np.ndarray]]]:
        """What one stage gives: entry, what it is, and its fields by their plain names."""
        found = []
        for of in GIVES.values():
            entry = f"{of}_{name}"
            if entry in self.given:
                one = self.given[entry]
                fields = {f: values for f, values in one.fields.items() if of not in ROWS or owner.get(f) != f}
                found.append((entry, one, fields))
        return found

    def registry(self, registry: Registry, owner: Mapping[str, str], pinned: Mapping[str, str]) -> Registry:
        """The registry with the equations of every stage, and their sums."""
        if not self.stages:
            return registry
        inputs, quantities = dict(registry.inputs), dict(registry.quantities)
        for name in self.stages:
            one = _Repeated(self, name, registry, owner, pinned)
            one.repeat()
            inputs |= one.inputs
            quantities |= one.quantities
        for of in SUMS:
            parts = tuple(f"stage_{of}_{name}" for name in self.stages)
            text = " + ".join(parts)
            inputs.pop(f"stages_{of}")
            quantities[f"stages_{of}"] = (of_plan(f"stages_{of}", parts, text, text),)
        return replace(registry, inputs=inputs, quantities=quantities)

    def refuse_uncertain(self, uncertain: Iterable[str], registry: Registry) -> None:
        """Refuse draws of what a stage has a value of its own for: they would leave it as it is.

        Raises
        ------
        PlanError
            With the name and the stage.
        """
        for of in uncertain:
            for name in self.stages:
                if (own := f"{of}_{name}") in registry.quantities or own in registry.inputs:
                    raise PlanError(
                        f"{self.at}: uncertainty.{of}: the stage {name} has {of} of its own, which no draw changes; "
                        "leave out its accelerator and region, or let something else be uncertain"
                    )

    def said(self, quantities: Container[str]) -> list[str]:
        """What there is to say of the stages that are used."""
        return [
            f"stages.{name}: {LEFT_OUT[stage.kind]}"
            for name, stage in self.stages.items()
            if stage.kind in LEFT_OUT and stage.tokens is not None and f"stage_device_hours_{name}" in quantities
        ]


class _Repeated:
    """The equations of one stage: those that depend on what it gives, under names of their own."""

    def __init__(
        self, stages: Stages, name: str, registry: Registry, owner: Mapping[str, str], pinned: Mapping[str, str]
    ) -> None:
        self._name, self._registry, self._pinned = name, registry, pinned
        self._stage = stages.stages[name]
        own = stages._of(name, owner)
        self._own = {f for _, _, fields in own for f, values in fields.items() if is_given(f, values)}
        self._elsewhere = any(getattr(self._stage, row) is not None for row in ROWS)
        replaced = {entry.removesuffix(f"_{name}") for entry, _, _ in own}
        self._given = {*(of for of, entry in owner.items() if entry not in replaced), *self._own}
        self._found = obtainable(self._given, pinned, registry)
        self._names = {of: of for of in OF_TRAINING}
        self.inputs: dict[str, Input] = {}
        self.quantities: dict[str, tuple[Equation, ...]] = {}
        for of in self._own:
            self._add_input(of)

    def repeat(self) -> None:
        """Repeat the quantities of a stage."""
        if self._stage.device_hours is None:
            self._add(self._hours(), self._hours_inputs())
        self._names["stage_device_hours"] = f"stage_device_hours_{self._name}"
        for quantity in QUANTITIES:
            if quantity == "stage_days" and self._stage.devices is None:
                continue
            equation = self._registry.quantities[quantity][0]
            self._add(equation, tuple(map(self._named, equation.inputs)))
            self._names[quantity] = f"{quantity}_{self._name}"

    def _hours(self) -> Equation:
        variants = {one.variant: one for one in self._registry.quantities["stage_device_hours"]}
        if self._stage.multiple is not None:
            return variants["multiple"]
        here = self._stage.accelerator is None or self._named("peak_flops") == "peak_flops"
        return variants["tokens" if here else "other_accelerator"]

    def _hours_inputs(self) -> tuple[str, ...]:
        of = self._stage.multiple_of or TRAINING
        equation = self._hours()
        named = {"device_hours": "device_hours" if of == TRAINING else f"stage_device_hours_{of}"}
        if equation.variant == "other_accelerator":
            named |= {"peak_flops": "peak_flops", "stage_peak_flops": self._named("peak_flops")}
        return tuple(named.get(one) or self._named(one) for one in equation.inputs)

    def _named(self, name: str) -> str:
        """What a name is called in this stage: as in the plan, unless what the stage gives changes it."""
        if name in self._names:
            return self._names[name]
        self._names[name] = name  # also while it is looked at: a circle is found elsewhere
        own = f"{name}_{self._name}"
        equation = self._found.get(name)
        if name in self._own:
            self._names[name] = own
        elif name not in self._found and not self._elsewhere:
            pass  # what is missing is missing for the final run too
        elif name not in self._found and name not in self._registry.quantities:
            self._add_input(name)
            self._names[name] = own
        else:
            if name not in self._found:
                equation = variants_of(name, self._pinned, self._given, self._registry)[0]
            if equation is not None and not equation.choice:
                inputs = tuple(map(self._named, equation.inputs))
                if inputs != equation.inputs:
                    self._add(equation, inputs)
                    self._names[name] = own
        return self._names[name]

    def _add(self, equation: Equation, inputs: tuple[str, ...]) -> None:
        name = f"{equation.quantity}_{self._name}"
        self.quantities[name] = (of_stage(equation, name, inputs),)

    def _add_input(self, name: str) -> None:
        own, registry = f"{name}_{self._name}", self._registry
        self.inputs[own] = Input(own, registry.unit(name), registry.description(own), registry.valid(name))


def _join(parts: list[Given]) -> Given:
    """The values of several entries of rows of one catalog, one after the other."""

    def column(one: Given, name: str) -> np.ndarray:
        return one.fields.get(name, np.full(len(one.labels or ()), np.nan))

    names = dict.fromkeys(name for one in parts for name in one.fields)
    return Given(
        tuple(label for one in parts for label in one.labels or ()),
        {name: np.concatenate([column(one, name) for one in parts]) for name in names},
        {name: tuple(kind for one in parts for kind in one.kinds[name]) for name in parts[0].kinds},
        {name: tuple(text for one in parts for text in one.about[name]) for name in parts[0].about},
    )


def _part(whole: Given, rows: slice, had: Container[str]) -> Given:
    """Some rows of joined ones, without columns that they never had."""
    fields = {name: values[rows] for name, values in whole.fields.items()}
    return Given(
        (whole.labels or ())[rows],
        {name: values for name, values in fields.items() if name in had or not np.isnan(values).all()},
        {name: kinds[rows] for name, kinds in whole.kinds.items()},
        {name: texts[rows] for name, texts in whole.about.items()},
    )
