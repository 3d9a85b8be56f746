"""Why a value does not exist: the first cause, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from carbonsweep.grid.chosen import Chosen
from carbonsweep.grid.resolve import Graph
from carbonsweep.grid.sampled import Sampled
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.layout.rules import REASONS
from carbonsweep.kernels.serving.capacity import SERVING_REASONS

CODED = {
    "infeasibility": REASONS,
    "replica_infeasibility": SERVING_REASONS,
    "has_encoder": ("", SERVING_REASONS[8]),
}
"""Quantities that say why others have no value, and what their codes mean."""
UNREACHED = {
    "tokens": "target_loss {target_loss:.4f} is not above size_limited_loss {size_limited_loss:.4f}: "
    "no number of tokens reaches it with this model; take a larger one",
    "parameters": "target_loss {target_loss:.4f} is not above data_limited_loss {data_limited_loss:.4f}: "
    "no size reaches it on these tokens; take more",
}
"""What there is to say where a loss that is asked for cannot be reached, by what would reach it."""
MOST_ALTERNATIVES = 2
"""Blank inputs of one equation that are named one by one; of more the quantity itself is said to be not known."""


def why_missing(graph: Graph, values: Mapping[str, float], name: str) -> str:
    """Why a quantity has no value: the first quantity without one whose inputs give no reason themselves.

    Parameters
    ----------
    graph
        What was evaluated.
    values
        Every value of it.
    name
        The quantity.
    """
    equation_of = {equation.quantity: equation for equation in graph.equations}
    chosen = {one: step for step in graph.steps if isinstance(step, Chosen) for one in step.outputs}
    while name in equation_of:
        unknown = [
            one for one in equation_of[name].inputs if math.isnan(values[one]) and (one in equation_of or one in chosen)
        ]
        if not unknown:
            break
        name = unknown[0]
    statistics = (one for step in graph.steps if isinstance(step, Sampled) for one in step.statistics)
    taken = next((one for one in statistics if one.column == name), None)
    if taken is not None:
        return f"{name} has no value: {taken.quantity} has none in too many of the samples"
    code = values.get("infeasibility", math.nan)
    if name in chosen:
        blanks = [one for one in chosen[name].inputs if math.isnan(values.get(one, 0.0)) and one in REGISTRY.inputs]
        if blanks:
            return f"{name} has no value: {', '.join(blanks)} not known"
        return f"{name} has no value: {REASONS[int(code)] if code > 1 else REASONS[1]}"
    if name not in equation_of:
        return f"{name} is not known"
    equation = equation_of[name]
    for reason, texts in CODED.items():
        if values.get(reason, 0.0) > 0.0 and reason in equation.inputs:
            return f"{name} has no value: {texts[int(values[reason])]}"
    if equation.variant == "target_loss" and not any(math.isnan(values[one]) for one in equation.inputs):
        return f"{name} has no value: {UNREACHED[name].format(**values)}"
    inputs = ", ".join(f"{one} = {values[one]:.6g}" for one in equation.inputs)
    with np.errstate(all="ignore"):
        found = float(equation.function(*(np.float64(values[one]) for one in equation.inputs)))
    if math.isnan(found):
        return f"{name} has no value for {inputs}"
    return f"{name} would be {found:.6g}, outside {equation.valid.text}, for {inputs}"


def blanks_below(graph: Graph, values: Mapping[str, float], name: str) -> list[str]:
    """The names not known that leave a quantity without a value: given ones, or a quantity that needs one of many."""
    inputs: dict[str, tuple[str, ...]] = {equation.quantity: equation.inputs for equation in graph.equations}
    for step in graph.steps:
        if isinstance(step, Chosen):
            inputs.update(dict.fromkeys(step.outputs, step.inputs))
    found: dict[str, None] = {}
    pending, seen = [name], {name}
    while pending:
        one = pending.pop()
        if one not in inputs:
            found[one] = None
            continue
        missing = [other for other in inputs[one] if math.isnan(values.get(other, 0.0)) and other not in seen]
        if len(missing) > MOST_ALTERNATIVES and not any(other in inputs for other in missing):
            found[one] = None  # one of several rates, say: which of them is wanted only the equation knows
            continue
        seen.update(missing)
        pending.extend(missing)
    return list(found)
