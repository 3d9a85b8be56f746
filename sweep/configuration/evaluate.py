"""One configuration: the equations evaluated in plain Python, one value at a time.

This is the slow, obvious twin of the compiled nest, and what `estimate` and `explain` use.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from carbonsweep.grid.resolve import Graph


def evaluate(graph: Graph, values: Mapping[str, float]) -> dict[str, float]:
    """Evaluate a graph at one point.

    Parameters
    ----------
    graph
        What to evaluate.
    values
        A value for every name in ``graph.given``.

    Returns
    -------
    dict
        Every given value, default and quantity of the graph, in that order. NaN where an equation has no
        answer; division by zero follows IEEE arithmetic, as in the nest.
    """
    known = {name: np.float64(values[name]) for name in graph.given}
    known.update({name: np.float64(value) for name, value in graph.defaults.items()})
    with np.errstate(all="ignore"):
        for equation in graph.equations:
            known[equation.quantity] = np.float64(equation.function(*(known[name] for name in equation.inputs)))
    return {name: float(value) for name, value in known.items()}
