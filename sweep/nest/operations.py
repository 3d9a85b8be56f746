"""The graph of operations: what the equations of a sweep compute, each distinct operation once.

Equations are executed on symbols (`tracing`); every addition, comparison or call becomes a node, and a node that
exists already is used again. A node carries the loops it depends on, so that whoever writes a nest can put it outside
of all others. Operations are never reordered: evaluating a node repeats what the equations' functions do, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

Node = int
"""Position of an operation in the graph; operands come before the operations on them."""

COMPARISONS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}
_COSTS = {"/": 4.0, "**": 30.0, "exp": 30.0, "log": 30.0, "log2": 30.0, "sqrt": 6.0, "call": 100.0, "curve_at": 6.0}
LOOK_UP = "curve_at"
"""The operation that reads an element of a curve: operands are its row in the table and the position."""
CHOICE_COST = 100_000.0
"""Assumed cost of one choice, in additions."""


class Operations:
    """A growing graph of operations.

    Attributes
    ----------
    nodes
        Operator and operands of every node; operands are nodes but for leaves (`number`, `truth`, `load`), the function
        of a `call` and the choice of a `choose`.
    loops
        For every node the loops it depends on, as bits.
    """

    def __init__(self) -> None:
        self.nodes: list[tuple[Any, ...]] = []
        self.loops: list[int] = []
        self._logical: list[bool] = []
        self._known: dict[tuple[Any, ...], Node] = {}

    # --- leaves ------------------------------------------------------------------------------------------------

    def number(self, value: float) -> Node:
        return self._add(("number", repr(value)), 0)

    def truth(self, value: bool) -> Node:
        return self._add(("truth", bool(value)), 0)

    def load(self, text: str, loops: int) -> Node:
        """A value that the nest reads: `text` is its source, with the loops it depends on."""
        return self._add(("load", text, loops), loops)

    # --- operations --------------------------------------------------------------------------------------------

    def put(self, operator: str, *operands: Any) -> Node:
        """The node of an operation; constants are folded where the result is exact or the same machine operation."""
        simple = self._simplified(operator, operands)
        if simple is not None:
            return simple
        loops = 0
        for operand in self.operands((operator, *operands)):
            loops |= self.loops[operand]
        return self._add((operator, *operands), loops)

    def choose(self, choice: Any, operands: Iterable[Node]) -> Node:
        """A choice by candidates of its own loops, which depends on the operands only."""
        return self.put("choose", choice, *operands)

    def constant(self, node: Node) -> float | bool | None:
        """The value of a constant node."""
        operator, *rest = self.nodes[node]
        if operator == "number":
            return float(rest[0])
        return rest[0] if operator == "truth" else None

    def is_truth(self, node: Node) -> bool:
        """Whether a node is true or false rather than a number."""
        return self._logical[node]

    def as_truth(self, node: Node) -> Node:
        """A number counts as true where it is not zero, as in Python."""
        return node if self.is_truth(node) else self.put("!=", node, self.number(0.0))

    @staticmethod
    def operands(node: tuple[Any, ...]) -> tuple[Node, ...]:
        """The nodes that a node's operation works on."""
        operator = node[0]
        if operator in _LEAVES:
            return ()
        if operator == "pick":
            return node[1:2]
        return node[2:] if operator in ("call", "choose") else node[1:]

    def cost(self, node: Node) -> float:
        """Rough cost of a node's own operation, in additions."""
        operator = self.nodes[node][0]
        if operator in ("number", "truth", "load", "pick"):
            return 0.0
        return CHOICE_COST if operator == "choose" else _COSTS.get(operator, 1.0)

    def conjuncts(self, node: Node) -> list[Node]:
        """The conditions that all hold where a condition holds."""
        operator, *rest = self.nodes[node]
        if operator == "and":
            return [*self.conjuncts(rest[0]), *self.conjuncts(rest[1])]
        if operator == "not" and self.nodes[rest[0]][0] == "or":
            _, first, second = self.nodes[rest[0]]
            return [*self.conjuncts(self.put("not", first)), *self.conjuncts(self.put("not", second))]
        return [] if self.constant(node) is True else [node]

    def needed(self, roots: Iterable[Node], stop: Callable[[Node], bool] = lambda node: False) -> list[Node]:
        """All nodes that roots depend on, operands first; those at which to `stop` are included, their operands not."""
        found: set[Node] = set()
        pending = list(roots)
        while pending:
            node = pending.pop()
            if node in found:
                continue
            found.add(node)
            if not stop(node):
                pending.extend(self.operands(self.nodes[node]))
        return sorted(found)

    def in_order(self, roots: Iterable[Node], stop: Callable[[Node], bool] = lambda node: False) -> list[Node]:
        """The needed nodes, operands first, in an order that depends on the roots alone and not on other nodes."""
        order: dict[Node, None] = {}
        pending: list[tuple[Node, bool]] = [(root, False) for root in reversed(list(roots))]
        while pending:
            node, ready = pending.pop()
            if node in order:
                continue
            if ready:
                order[node] = None
                continue
            pending.append((node, True))
            if not stop(node):
                pending += [(operand, False) for operand in reversed(self.operands(self.nodes[node]))]
        return list(order)

    # --- inside ------------------------------------------------------------------------------------------------

    def _add(self, key: tuple[Any, ...], loops: int) -> Node:
        node = self._known.get(key)
        if node is None:
            node = self._known[key] = len(self.nodes)
            self.nodes.append(key)
            self.loops.append(loops)
            both = key[0] == "select" and self._logical[key[2]] and self._logical[key[3]]
            self._logical.append(both or key[0] in _LOGICAL)
        return node

    def _simplified(self, operator: str, operands: tuple[Any, ...]) -> Node | None:
        if operator in ("call", "choose", "pick"):
            return None
        values = [self.constant(operand) for operand in operands]
        if operator in _ARITHMETIC:
            return self._folded(operator, operands, values)
        if operator in COMPARISONS:
            if None not in values:
                return self.truth(COMPARISONS[operator](*values))
            return self._compared(operator, operands, values)
        if operator == "not":
            if values[0] is not None:
                return self.truth(not values[0])
            inner = self.nodes[operands[0]]
            return inner[1] if inner[0] == "not" else None
        if operator in ("and", "or"):
            for value, other in ((values[0], operands[1]), (values[1], operands[0])):
                if value is not None:
                    return other if bool(value) == (operator == "and") else self.truth(bool(value))
            return operands[0] if operands[0] == operands[1] else None
        if operator == "select":
            if values[0] is not None:
                return operands[1] if values[0] else operands[2]
            if operands[1] == operands[2]:
                return operands[1]
            return self._decided(operands, values)
        if operator == "isnan" and values[0] is not None:
            return self.truth(math.isnan(values[0]))
        return None

    def _compared(self, operator: str, operands: tuple[Any, ...], values: list[float | bool | None]) -> Node | None:
        """A selection among constants, compared with a constant: the conditions under which it holds."""
        if values[1] is None or self.nodes[operands[0]][0] != "select":
            return None
        _, test, yes, no = self.nodes[operands[0]]
        if self.constant(yes) is None and self.constant(no) is None:
            return None
        return self.put("select", test, self.put(operator, yes, operands[1]), self.put(operator, no, operands[1]))

    def _decided(self, operands: tuple[Any, ...], values: list[float | bool | None]) -> Node | None:
        """A selection between truths of which one is fixed, as `and` and `or`."""
        test, yes, no = operands
        if not (self.is_truth(yes) and self.is_truth(no)):
            return None
        if values[1] is not None:
            return self.put("or", test, no) if values[1] else self.put("and", self.put("not", test), no)
        if values[2] is not None:
            return self.put("or", self.put("not", test), yes) if values[2] else self.put("and", test, yes)
        return None

    def _folded(self, operator: str, operands: tuple[Any, ...], values: list[float | bool | None]) -> Node | None:
        """A constant, or the other operand of a product by one or a quotient through it."""
        first, second = values
        if first is not None and second is not None and not (operator == "/" and second == 0.0):
            return self.number(_ARITHMETIC[operator](float(first), float(second)))
        if operator in "*/" and second == 1.0 and not self.is_truth(operands[0]):
            return operands[0]
        if operator == "*" and first == 1.0 and not self.is_truth(operands[1]):
            return operands[1]
        return None


_LEAVES = ("number", "truth", "load")
_LOGICAL = {"truth", "and", "or", "not", "isnan", *COMPARISONS}
