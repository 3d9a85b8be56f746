"""Stages of a model's life besides the final run: the tables `[[stages]]` of a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from carbonsweep.kernels.derived import StageKind
from carbonsweep.plan.axes import Number, Range, Records, as_values

SIZES = ("tokens", "device_hours", "multiple")
"""What says how long a stage is: one of them."""
GIVES = {
    "tokens": "stage_tokens",
    "device_hours": "stage_device_hours",
    "multiple": "stage_multiple",
    "devices": "stage_devices",
    "accelerator": "accelerator",
    "region": "region",
}
"""Keys of a stage, and the names of the plan that its values are called after."""
TRAINING = "training"
"""What a stage is a multiple of unless it says otherwise: the plan's final run."""
LEARNED = ("pretrain", "midtrain", "sft", "preference", "distill")
"""Kinds whose tokens are learnt from as those of the training are; the others generate or only read theirs."""
REMEDY = {
    "rl": ", or rl_steps outside of the stages, which the equations of serving count",
    "synthetic_data": ", or synthetic_tokens outside of the stages, which the equations of serving count",
}


def _one_or_many(value: Any) -> Any:
    return as_values(value) if isinstance(value, list | tuple | dict) else value


Value = Annotated[Number | str | Range | Records, BeforeValidator(_one_or_many)]
"""One value, or those of an axis."""


class Stage(BaseModel):
    """One stage besides the final run; a value of several is an axis of the plan.

    Attributes
    ----------
    kind
        What it is; the names of its values end in it (`stage_tokens_sft`), from the second of a kind on with a number.
    tokens
        Tokens that it learns from, at the rate of the final run.
    device_hours
        Its device-hours.
    multiple
        Its device-hours for each device-hour of what `multiple_of` names.
    multiple_of
        Another stage; the final run unless given.
    devices
        Accelerators at work, which say how long it takes.
    accelerator, region
        Where it runs, if not where the final run does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: StageKind
    tokens: Value | None = None
    device_hours: Value | None = None
    multiple: Value | None = None
    multiple_of: str | None = None
    devices: Value | None = None
    accelerator: Value | None = None
    region: Value | None = None

    @model_validator(mode="after")
    def _one_size(self) -> Stage:
        sizes = [name for name in SIZES if getattr(self, name) is not None]
        if len(sizes) != 1:
            given = f"{' and '.join(sizes)} are given" if sizes else "it has no size"
            raise ValueError(f"{self.kind}: {given}; give one of {', '.join(SIZES)}")
        if self.multiple_of is not None and self.multiple is None:
            raise ValueError(f"{self.kind}: multiple_of needs multiple, the number; add it")
        if self.tokens is not None and self.kind not in LEARNED:
            raise ValueError(
                f"{self.kind}: its tokens are not learnt from as those of the training are; give device_hours or "
                f"multiple{REMEDY.get(self.kind, '')}"
            )
        return self


def stage_names(stages: Iterable[Stage]) -> tuple[str, ...]:
    """What stages are called: their kind, from the second of a kind on with its number."""
    seen: Counter[str] = Counter()
    names = []
    for stage in stages:
        seen[stage.kind] += 1
        names.append(stage.kind if seen[stage.kind] == 1 else f"{stage.kind}_{seen[stage.kind]}")
    return tuple(names)


def stage_axes(stages: Iterable[Stage]) -> dict[str, Range | Records]:
    """The values of stages that are axes, by the names that they have in the plan."""
    stages = tuple(stages)
    found = {}
    for name, stage in zip(stage_names(stages), stages, strict=True):
        for key, of in GIVES.items():
            if isinstance(value := getattr(stage, key), Range | Records):
                found[f"{of}_{name}"] = value
    return found


def check_multiples(stages: tuple[Stage, ...]) -> None:
    """Refuse stages that are multiples of what is not there, or of each other."""
    names = stage_names(stages)
    other = {name: stage.multiple_of or TRAINING for name, stage in zip(names, stages, strict=True)}
    for name, of in other.items():
        if of != TRAINING and of not in other:
            raise ValueError(
                f"{name}: there is no stage {of!r} to be a multiple of; there are: {TRAINING}, {', '.join(names)}"
            )
        path = [name]
        while of != TRAINING and of in other:
            if of in path:
                raise ValueError(
                    f"{name}: {' -> '.join([*path, of])} are multiples of each other; give one another size"
                )
            path.append(of)
            of = other[of]
