"""Functions that a nest calls at a point: choices and statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from carbonsweep.nest.equation_source import looks_up, nest_source
from carbonsweep.nest.operations import LOOK_UP, Node, Operations
from carbonsweep.nest.statements import CURVES, lowered_function


class Inner(Protocol):
    """A function of a nest."""

    @property
    def name(self) -> str:
        """Name of the function."""

    @property
    def width(self) -> int:
        """How many numbers it returns."""

    @property
    def arrays(self) -> tuple[str, ...]:
        """Names of the arrays that it takes after its numbers."""

    def texts(self) -> list[str]:
        """The texts of the equations that it calls, and its own."""

    def inner(self) -> list[Inner]:
        """The functions that it calls itself."""


def functions_among(operations: Operations, nodes: Sequence[Node]) -> list[Inner]:
    """The functions that nodes call, each once."""
    found: dict[str, Inner] = {
        rest[0].name: rest[0] for operator, *rest in map(operations.nodes.__getitem__, nodes) if operator == "choose"
    }
    return list(found.values())


def with_inner(functions: Iterable[Inner]) -> list[Inner]:
    """Functions and those that they call themselves, inner ones first."""
    found: dict[str, Inner] = {}

    def visit(some: Iterable[Inner]) -> None:
        for one in some:
            if one.name not in found:
                visit(one.inner())
                found[one.name] = one

    visit(functions)
    return list(found.values())


def arrays_of(functions: Iterable[Inner]) -> list[str]:
    """Names of the arrays that functions take."""
    return list(dict.fromkeys(name for one in functions for name in one.arrays))


def curves_of(operations: Operations, nodes: Iterable[Node]) -> list[str]:
    """The array of curves, where some of the nodes look one up."""
    return [CURVES] if any(_looks_up(*operations.nodes[node]) for node in nodes) else []


def _looks_up(operator: str, *rest: Any) -> bool:
    return operator == LOOK_UP or (operator == "call" and looks_up(rest[0]))


def called_text(functions: Iterable[Callable[..., float]]) -> list[str]:
    """The texts of functions that loop, as nests call them."""
    return [lowered_function("types.float64", one.__name__, nest_source(one, CURVES)) for one in functions]
