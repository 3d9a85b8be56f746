"""Slow, obvious twins: equations called one by one, choices by trying everything."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numba
import numpy as np
import pandas as pd

import carbonsweep as cs
from carbonsweep.configuration.evaluate import evaluate
from carbonsweep.engine.sweep import Sweep
from carbonsweep.grid.chosen import Chosen, Step
from carbonsweep.grid.resolve import Graph
from carbonsweep.nest.equation_source import called_functions, function_tree

_LIBRARY = {"exp", "log", "log1p", "log2", "sqrt"}


@functools.cache
def _compiled(function: Callable[..., float]) -> Callable[..., float]:
    """The function as Numba has it by itself, where the last digit of NumPy's scalars may differ."""
    functions = (*called_functions(function), function)
    trees = [function_tree(one) for one in functions]
    special = any(
        isinstance(node, ast.Pow) or (isinstance(node, ast.Attribute) and node.attr in _LIBRARY)
        for tree in trees
        for node in ast.walk(tree)
    )
    if not special:
        return function
    compiled: dict[str, Any] = {"np": np}
    for one, tree in zip(functions, trees, strict=True):
        exec(ast.unparse(tree), compiled)  # noqa: S102
        compiled[one.__name__] = numba.njit(error_model="numpy")(compiled[one.__name__])
    found: Callable[..., float] = compiled[function.__name__]
    return found


def _step(step: Step) -> Step:
    if isinstance(step, Chosen):
        return replace(step, steps=tuple(_step(one) for one in step.steps))
    return replace(step, function=_compiled(step.function))


def function_level(graph: Graph) -> Graph:
    """The graph with every equation as a compiled function of its own."""
    return replace(graph, steps=tuple(_step(step) for step in graph.steps))


def points(sweep: Sweep, frame: pd.DataFrame, rows: np.ndarray) -> list[dict[str, float]]:
    """What the function-level twin gives at rows of a frame."""
    graph = function_level(sweep.grid.graph)
    position = {axis.name: {value: i for i, value in enumerate(axis.values)} for axis in sweep.grid.axes}
    found = []
    for row in frame.iloc[rows].to_dict("records"):
        values = dict(sweep.grid.constants)
        for axis in sweep.grid.axes:
            column = axis.matrix[:, position[axis.name][row[axis.name]]]
            values.update(zip(axis.fields, column, strict=True))
        found.append(evaluate(graph, values))
    return found


def best_of_each(data: dict[str, Any], inner: list[str], objective: str, maximize: bool) -> pd.DataFrame:
    """The best point of the inner axes for every point of the others, by a frame of all of them.

    Ties go to the first in the order of the inner axes; a point without a feasible candidate has a row of blanks.
    """
    outer = {name: axis for name, axis in data["axes"].items() if name not in inner}
    every = {**data, "axes": {**outer, **{name: data["axes"][name] for name in inner}}, "order": "plan"}
    frame = cs.to_pandas(cs.Plan(**every)).dropna(subset=[objective])
    key = -frame[objective] if maximize else frame[objective]
    frame = frame.assign(_key=key).sort_values("_key", kind="stable").drop(columns="_key")
    best = frame.groupby(list(outer), observed=True, sort=False).head(1).astype(dict.fromkeys(outer, object))
    whole = cs.to_pandas(cs.Plan(**{**every, "constraints": {}}))[list(outer)].drop_duplicates()
    return whole.astype(object).merge(best, on=list(outer), how="left", validate="1:1")
