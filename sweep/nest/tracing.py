"""Equations executed on symbols: the text of a function becomes operations of the graph."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from carbonsweep.nest.equation_source import called_functions, function_tree, is_instruction
from carbonsweep.nest.operations import LOOK_UP, Node, Operations

_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}

Scope = Mapping[str, Node]


def trace_call(operations: Operations, function: Callable[..., float], arguments: Sequence[Node]) -> Node:
    """The node of a function's result; a function that loops stays a call."""
    if is_instruction(function):
        return operations.put(LOOK_UP, *arguments)
    tree = function_tree(function)
    if loops_inside(function):
        return operations.put("call", function, *arguments)
    names = [parameter.arg for parameter in tree.args.args]
    tracer = _Tracer(operations, function.__globals__)
    result = tracer.run(tree.body, dict(zip(names, arguments, strict=True)))
    if result is None:
        raise ValueError(f"{function.__name__} may end without a result")
    return result


def loops_inside(function: Callable[..., float]) -> bool:
    """Whether a function repeats something until it is done, which no graph of operations can say."""
    return any(isinstance(node, ast.While | ast.For) for node in ast.walk(function_tree(function)))


def trace_condition(operations: Operations, tree: ast.expr, names: Scope, numbers: Mapping[ast.Constant, Node]) -> Node:
    """The node of a checked expression of a plan as a true-or-false condition."""
    tracer = _Tracer(operations, {}, numbers)
    return operations.as_truth(tracer.value(tree, dict(names)))


class _Tracer:
    def __init__(
        self, operations: Operations, scope: Mapping[str, Any], numbers: Mapping[ast.Constant, Node] | None = None
    ) -> None:
        self.operations = operations
        self.globals = scope
        self.numbers = numbers or {}

    def run(self, body: Sequence[ast.stmt], names: dict[str, Node]) -> Node | None:
        """What statements return, None where they end without returning; `names` then holds what they assign."""
        operations = self.operations
        for position, statement in enumerate(body):
            if isinstance(statement, ast.Return) and statement.value is not None:
                return self.value(statement.value, names)
            if isinstance(statement, ast.If):
                test = operations.as_truth(self.value(statement.test, names))
                decided = operations.constant(test)
                rest = body[position + 1 :]
                if decided is not None:
                    return self.run([*(statement.body if decided else statement.orelse), *rest], names)
                if _returns(statement):
                    yes = self.run([*statement.body, *rest], dict(names))
                    no = self.run([*statement.orelse, *rest], dict(names))
                    if yes is None or no is None:
                        return None
                    return operations.put("select", test, yes, no)
                self._merge(test, statement, names)
            else:
                self._assign(statement, names)
        return None

    def _merge(self, test: Node, statement: ast.If, names: dict[str, Node]) -> None:
        """Both branches, without returns: a name has the value of the branch that is taken."""
        yes, no = dict(names), dict(names)
        self.run(statement.body, yes)
        self.run(statement.orelse, no)
        for name in {**yes, **no}:
            if name in yes and name in no:
                names[name] = self.operations.put("select", test, yes[name], no[name])
            else:
                names[name] = yes[name] if name in yes else no[name]

    def _assign(self, statement: ast.stmt, names: dict[str, Node]) -> None:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if isinstance(statement, ast.Assign) and isinstance(target, ast.Name):
            names[target.id] = self.value(statement.value, names)
        elif isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):  # type: ignore[attr-defined]
            values = [self.value(part, names) for part in statement.value.elts]  # type: ignore[attr-defined]
            names.update({part.id: value for part, value in zip(target.elts, values, strict=True)})  # type: ignore[attr-defined]
        elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            names[name] = self.operations.put(
                _BINARY[type(statement.op)], names[name], self.value(statement.value, names)
            )
        elif not isinstance(statement, ast.Pass):
            raise ValueError(f"an equation cannot contain {ast.unparse(statement)[:60]!r}")

    def value(self, node: ast.expr, names: Scope) -> Node:
        operations = self.operations
        if isinstance(node, ast.Name):
            return names[node.id]
        if isinstance(node, ast.Constant):
            if node in self.numbers:
                return self.numbers[node]
            known = node.value
            return operations.truth(known) if isinstance(known, bool) else operations.number(float(known))  # type: ignore[arg-type]
        if isinstance(node, ast.Attribute):
            return operations.number(float(node.attr))
        if isinstance(node, ast.BinOp):
            return self._chain(node, names)
        if isinstance(node, ast.UnaryOp):
            operand = self.value(node.operand, names)
            if isinstance(node.op, ast.Not):
                return operations.put("not", operations.as_truth(operand))
            if isinstance(node.op, ast.UAdd):
                return operand
            fixed = operations.constant(operand)
            return operations.put("negative", operand) if fixed is None else operations.number(-float(fixed))
        if isinstance(node, ast.Compare):
            left, tests = self.value(node.left, names), []
            for sign, part in zip(node.ops, node.comparators, strict=True):
                right = self.value(part, names)
                tests.append(operations.put(_COMPARE[type(sign)], left, right))
                left = right
            return self._all("and", tests)
        if isinstance(node, ast.BoolOp):
            parts = [operations.as_truth(self.value(part, names)) for part in node.values]
            return self._all("and" if isinstance(node.op, ast.And) else "or", parts)
        if isinstance(node, ast.IfExp):
            test = operations.as_truth(self.value(node.test, names))
            decided = operations.constant(test)
            if decided is not None:
                return self.value(node.body if decided else node.orelse, names)
            return operations.put("select", test, self.value(node.body, names), self.value(node.orelse, names))
        if isinstance(node, ast.Call):
            arguments = [self.value(argument, names) for argument in node.args]
            if isinstance(node.func, ast.Attribute):
                return self._numpy(node.func.attr, arguments)
            if isinstance(node.func, ast.Name):
                return trace_call(operations, self.globals[node.func.id], arguments)
        raise ValueError(f"an equation cannot contain {ast.unparse(node)[:60]!r}")

    def _chain(self, node: ast.BinOp, names: Scope) -> Node:
        """A sum of thousands of terms is as deep as it is long: go down its left side in a loop."""
        chain: list[ast.BinOp] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            chain.append(left)
            left = left.left
        result = self.value(left, names)
        for part in reversed(chain):
            result = self.operations.put(_BINARY[type(part.op)], result, self.value(part.right, names))
        return result

    def _all(self, operator: str, parts: list[Node]) -> Node:
        result = parts[0]
        for part in parts[1:]:
            result = self.operations.put(operator, result, part)
        return result

    def _numpy(self, name: str, arguments: list[Node]) -> Node:
        if name == "where":
            return self.operations.put("select", self.operations.as_truth(arguments[0]), *arguments[1:])
        return self.operations.put(name, *arguments)


def _returns(statement: ast.If) -> bool:
    return any(
        isinstance(node, ast.Return)
        for part in (statement.body, statement.orelse)
        for s in part
        for node in ast.walk(s)
    )


def called(operations: Operations, nodes: Sequence[Node]) -> list[Callable[..., float]]:
    """The functions that calls among nodes need, callees first."""
    found: dict[Callable[..., float], None] = {}
    for node in nodes:
        if operations.nodes[node][0] == "call":
            function = operations.nodes[node][1]
            found.update(dict.fromkeys([*called_functions(function), function]))
    return list(found)
