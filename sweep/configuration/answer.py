"""The first answer of an estimate: carbon, time, energy, water, cost and layout in a few lines, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from carbonsweep.foundation.scaled import said
from carbonsweep.kernels import REGISTRY

Values = Mapping[str, float]

_CARBON = ("total_carbon", "operational_carbon", "embodied_carbon")
_LAYOUT = (
    ("tensor_parallel", "tensor"),
    ("pipeline_parallel", "pipeline"),
    ("context_parallel", "context"),
    ("expert_parallel", "expert"),
    ("data_parallel", "data"),
)
"""Degrees by the word that is said for them; a degree of one is left out."""


@dataclass(frozen=True)
class Line:
    """One line of the answer: what it is about, and what there is to say."""

    about: str
    text: str


def first_answer(values: Values, needs: Mapping[str, str], errors: Mapping[str, str]) -> list[Line]:
    """The lines that matter most.

    Parameters
    ----------
    values
        All that is known, by name.
    needs
        What to give for quantities that are not among the values.
    errors
        How far quantities are known to be off, by name.
    """
    lines = [
        Line("model", _model(values)),
        Line("carbon", _carbon(values, needs)),
        Line("time", _time(values, needs)),
        Line("energy", _of(values, ("facility_energy", "with the facility"), ("hardware_energy", "of the servers"))),
        Line("water", _of(values, *_WATER)),
        Line("cost", _of(values, *_COSTS)),
        Line("quality", _quality(values)),
        Line("layout", _layout(values)),
        Line("serving", _serving(values)),
        Line("a request", _request(values)),
    ]
    if "output_tokens" in values:  # a service is asked for
        lines.sort(key=lambda line: line.about not in ("serving", "a request"))
    lines.append(Line("known error", "; ".join(text for name, text in errors.items() if _known(values, name))))
    return [line for line in lines if line.text]


_WATER = (("operational_water", "in all"), ("site_water", "at the site"), ("grid_water", "of the power plants"))
_COSTS = (
    ("total_cost", "in all"),
    ("electricity_cost", "for electricity"),
    ("hardware_cost", "for hardware"),
    ("rental_cost", "for rent"),
)


def _known(values: Values, name: str) -> bool:
    return name in values and not math.isnan(values[name])


def _say(values: Values, name: str) -> str:
    return said(values[name], REGISTRY.unit(name))


def _of(values: Values, *parts: tuple[str, str]) -> str:
    return ", ".join(f"{_say(values, name)} {text}".rstrip() for name, text in parts if _known(values, name))


def _model(values: Values) -> str:
    if not _known(values, "parameters"):
        return ""
    text = f"{_say(values, 'parameters')} parameters"
    if _known(values, "active_parameters") and values["active_parameters"] != values["parameters"]:
        text += f", {_say(values, 'active_parameters')} of them active"
    return f"{text}; {_say(values, 'tokens')}" if _known(values, "tokens") else text


def _carbon(values: Values, needs: Mapping[str, str]) -> str:
    parts = [
        f"{_say(values, name)} {word}"
        for name, word in zip(_CARBON, ("in all", "operational", "embodied"), strict=True)
        if _known(values, name)
    ]
    if len(parts) == 3:
        return f"{parts[0]}: {parts[1]}, {parts[2]}"
    lacks = [f"{name.replace('_', ' ')} needs {needs[name]}" for name in _CARBON[1:] if name in needs]
    without = [name.replace("_", " ") for name in _CARBON[1:] if name in values and math.isnan(values[name])]
    if without:
        lacks.append(f"no value for {' and '.join(without)}")
    return "; ".join([*([", ".join(parts)] if parts else []), *lacks])


def _time(values: Values, needs: Mapping[str, str]) -> str:
    if _known(values, "training_days"):
        devices = f" on {values['devices']:,.0f} devices" if _known(values, "devices") else ""
        hours = f", {_say(values, 'device_hours')}" if _known(values, "device_hours") else ""
        use = ""
        if _known(values, "model_flops_utilisation"):
            use = f", at {100 * values['model_flops_utilisation']:.0f} % of the peak"
        return f"{_say(values, 'training_days')}{devices}{hours}{use}"
    if "training_days" in values:
        return "no value"
    if _known(values, "device_hours"):
        return _say(values, "device_hours")
    return f"training time needs {needs['training_days']}" if "training_days" in needs else ""


def _quality(values: Values) -> str:
    return f"test loss {values['test_loss']:.3f} nat/token" if _known(values, "test_loss") else ""


def _layout(values: Values) -> str:
    if not _known(values, "data_parallel"):
        return ""
    degrees = [f"{word} {values[name]:g}" for name, word in _LAYOUT if _known(values, name) and values[name] > 1]
    text = " x ".join(degrees) or "one device"
    if _known(values, "microbatch") and _known(values, "global_batch"):
        text += f"; microbatch {values['microbatch']:g} of {values['global_batch']:,.0f} sequences"
    if _known(values, "memory_per_device"):
        text += f"; {values['memory_per_device']:.3g} GB a device"
        if _known(values, "usable_memory"):
            text += f" of {values['usable_memory']:.3g}"
    return text


def _serving(values: Values) -> str:
    """Latency and throughput of a service."""
    if not _known(values, "tpot"):
        return ""
    parts = [f"{_say(values, 'ttft')} to the first token, "] if _known(values, "ttft") else []
    text = "".join(parts) + f"{_say(values, 'tpot')} for each further one"
    if _known(values, "replica_throughput"):
        text += f"; {values['replica_throughput']:,.0f} tokens/s of a replica"
    if _known(values, "serving_tensor_parallel"):
        degrees = [
            f"{word} {values[name]:g}"
            for name, word in (
                ("serving_tensor_parallel", "tensor"),
                ("serving_pipeline_parallel", "pipeline"),
                ("serving_data_parallel", "data"),
            )
            if _known(values, name) and values[name] > 1
        ]
        text += f" on {' x '.join(degrees) or 'one device'}"
    if _known(values, "serving_batch"):
        text += f", {values['serving_batch']:,.0f} requests at a time"
    if _known(values, "serving_devices"):
        text += f"; {values['serving_devices']:,.0f} devices in all"
    return text


def _request(values: Values) -> str:
    """What one request takes."""
    return _of(
        values,
        ("energy_per_request", "at the accelerators"),
        ("facility_energy_per_request", "at the facility"),
        ("request_carbon", ""),
        ("request_water", ""),
        ("request_cost", ""),
    )
