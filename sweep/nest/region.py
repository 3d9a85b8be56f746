"""From operations to statements: every operation outside of all loops that it does not depend on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from carbonsweep.nest.equation_source import looks_up
from carbonsweep.nest.operations import COMPARISONS, LOOK_UP, Node, Operations
from carbonsweep.nest.statements import CURVES, Assign, Value

LONGEST_EXPRESSION = 240
"""Characters of an expression written in one piece; a longer one is cut by naming a part."""


class Region:
    """The statements of some nested loops.

    Parameters
    ----------
    operations
        The graph.
    depth
        Gives the loop of a node, outermost 0, from the bits of its loops; -1 before all loops.
    known
        Source of nodes that are not computed here: look-ups in tables, arguments.
    prefix
        What the names of variables begin with.
    """

    def __init__(
        self,
        operations: Operations,
        depth: Callable[[int], int],
        known: Mapping[Node, Value] | None = None,
        prefix: str = "v",
    ) -> None:
        self.operations = operations
        self.depth = depth
        self.known = known or {}
        self.prefix = prefix

    def statements(self, roots: Sequence[Node], loops: int) -> tuple[dict[int, list[Assign]], dict[Node, Value]]:
        """Assignments for each loop (-1: before all of them), and the text by which the roots are read."""
        operations = self.operations
        order = operations.in_order(roots, self.known.__contains__)
        uses: Counter[Node] = Counter(roots)
        user: dict[Node, Node] = {}
        for node in order:
            if node not in self.known:
                for operand in operations.operands(operations.nodes[node]):
                    uses[operand] += 1
                    user[operand] = node
        by_loop: dict[int, list[Assign]] = {loop: [] for loop in range(-1, loops)}
        texts: dict[Node, str] = {}
        names: dict[Node, frozenset[str]] = {}
        rooted = set(roots)
        for node in order:
            loop = self.depth(operations.loops[node])
            given = self.known.get(node)
            text = self._text(node, texts) if given is None else given.text
            operator = operations.nodes[node][0]
            simple = operator in ("number", "truth")
            inside = [] if node in self.known else operations.operands(operations.nodes[node])
            names[node] = frozenset().union(*(names[operand] for operand in inside))
            if given is not None:
                names[node] = given.uses
            alone = uses[node] == 1 and node not in rooted and self.depth(operations.loops[user[node]]) == loop
            if simple or (alone and len(text) < LONGEST_EXPRESSION and operator != "choose"):
                texts[node] = text
                continue
            name = f"{self.prefix}{len(texts)}"
            texts[node] = name
            by_loop[loop].append(Assign(name, text, names[node], self._empty(node), operator in ("choose", "call")))
            names[node] = frozenset([name])
        return by_loop, {root: Value(texts[root], names[root]) for root in roots}

    def _empty(self, node: Node) -> str:
        operator, *rest = self.operations.nodes[node]
        if operator == "choose":
            return "(" + "0.0, " * rest[0].width + ")"
        return "False" if self.operations.is_truth(node) else "0.0"

    def _text(self, node: Node, texts: Mapping[Node, str]) -> str:
        operations = self.operations
        operator, *rest = operations.nodes[node]
        if operator == "number":
            return _number(float(rest[0]))
        if operator == "truth":
            return str(rest[0])
        if operator == "load":
            return str(rest[0])
        if operator == "pick":
            return f"{texts[rest[0]]}[{rest[1]}]"
        parts = [texts[operand] for operand in operations.operands(operations.nodes[node])]
        if operator in _BINARY:
            return f"({parts[0]} {_BINARY[operator]} {parts[1]})"
        if operator == "negative":
            return f"(-{parts[0]})"
        if operator == "not":
            return f"(not {parts[0]})"
        if operator == "select":
            return f"select({parts[0]}, {parts[1]}, {parts[2]})"
        if operator == LOOK_UP:
            return f"{LOOK_UP}({CURVES}, {', '.join(parts)})"
        if operator in INTRINSICS:
            return f"{operator}({', '.join(parts)})"
        if operator == "choose":
            parts += rest[0].arrays
        if operator == "call" and looks_up(rest[0]):
            parts = [CURVES, *parts]
        name = {"call": lambda: rest[0].__name__, "choose": lambda: rest[0].name}.get(
            operator, lambda: f"np.{operator}"
        )()
        return f"{name}({', '.join(parts)})"


INTRINSICS = ("ceil", "floor", "maximum", "minimum", "rint", "select")
"""Functions of `intrinsics` that nests use."""
_BINARY = {**{sign: sign for sign in ("+", "-", "*", "/", "**", *COMPARISONS)}, "and": "&", "or": "|"}


def _number(value: float) -> str:
    if value != value:
        return "np.nan"
    if value in (float("inf"), float("-inf")):
        return "np.inf" if value > 0 else "(-np.inf)"
    return repr(value) if value >= 0.0 else f"({value!r})"
