"""The text of an equation, for the compiled nest and for measures of its cost."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import textwrap
from collections.abc import Callable

from carbonsweep.kernels.choice import Choice


@functools.cache
def function_tree(function: Callable[..., float]) -> ast.FunctionDef:
    """The function's syntax tree without decorators, annotations and docstring."""
    text = function.__dict__.get("equation_text") or textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    tree.decorator_list = []
    tree.returns = None
    for parameter in tree.args.args:
        parameter.annotation = None
    if ast.get_docstring(tree) is not None:
        tree.body = tree.body[1:]
    return tree


def function_source(function: Callable[..., float], name: str) -> str:
    """The function's text under another name, normalised so that comments and layout do not count."""
    renamed = copy.copy(function_tree(function))
    renamed.name = name
    return ast.unparse(renamed)


def is_instruction(function: Callable[..., float]) -> bool:
    """Whether nests have an instruction of their own for a function: looking up a curve."""
    return bool(function.__dict__.get("instruction"))


@functools.cache
def called_functions(function: Callable[..., float]) -> tuple[Callable[..., float], ...]:
    """The functions of the model that a function calls, directly or through others, callees first.

    Equations may call each other and plain functions beside them, by name; nothing else. A function that nests have an
    instruction for has no text here.
    """
    found: dict[Callable[..., float], None] = {}
    for node in ast.walk(function_tree(function)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            callee = function.__globals__[node.func.id]
            if is_instruction(callee):
                continue
            found.update(dict.fromkeys([*called_functions(callee), callee]))
    return tuple(found)


@functools.cache
def looks_up(function: Callable[..., float]) -> bool:
    """Whether a function looks up a curve, itself or through others."""
    for node in ast.walk(function_tree(function)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            callee = function.__globals__[node.func.id]
            if is_instruction(callee) or looks_up(callee):
                return True
    return False


def nest_source(function: Callable[..., float], curves: str) -> str:
    """The text of a function that a nest calls: where it looks up a curve it takes the table of curves first."""
    if not looks_up(function):
        return function_source(function, function.__name__)
    tree = copy.deepcopy(function_tree(function))
    tree.args.args.insert(0, ast.arg(curves))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            callee = function.__globals__[node.func.id]
            if is_instruction(callee) or looks_up(callee):
                node.args.insert(0, ast.Name(curves))
    return ast.unparse(tree)


def whole_source(function: Callable[..., float], name: str) -> str:
    """The text of a function under the name `name`, after the text of all that it calls: what its results depend on."""
    called = [function_source(callee, callee.__name__) for callee in called_functions(function)]
    return "\n".join([*called, function_source(function, name)])


def choice_source(choice: Choice) -> str:
    """The text of a choice: what its results depend on beside the equations that it evaluates."""
    parts = [choice.name, choice.minimize, choice.maximize, *choice.where, *choice.at_least]
    for name, candidates in choice.over.items():
        functions = (whole_source(one, one.__name__) for one in candidates.functions)
        parts += [name, candidates.kind, repr(candidates.values), *functions]
    for name, function in (choice.otherwise or {}).items():
        parts += [name, whole_source(function, function.__name__)]
    return "\n".join(parts)
