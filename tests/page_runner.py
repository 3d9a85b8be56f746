"""Follow a page as a reader would: write its files, run its commands and snippets in order, and compare the answers.

What a page shows is fenced. A block with a title (`toml title="where.toml"`) is a file. In `console` blocks a line
with `$` is a command and the lines below it are its answer. A `python` or `sql` block is run, and a `text` block right
after it is its answer. A line of three dots stands for any lines, three dots in a line for any rest of it; numbers
agree to the digits shown.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import math
import re
import runpy
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FENCE = re.compile(r'^``` ?(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"[-+]?\d[\d,]*(\.\d+)?(e[-+]?\d+)?")
_SETUP = {"pip", "make", "git", "cd", "."}
"""What sets up the reader's machine; tests/test_wheel.py installs the package."""


@dataclass
class Page:
    """A page that is followed in a folder."""

    path: Path
    folder: Path
    command: Callable[..., tuple[int, str, str]]
    elsewhere: Iterable[str] = ()
    """Words of commands and snippets that another test runs."""
    names: dict[str, Any] = field(default_factory=dict)
    ran: int = 0

    def follow(self) -> None:
        """Run every block, or cell; an answer that differs from the page's is an assertion that names both."""
        if self.path.suffix == ".ipynb":
            self._notebook()
            return
        answer: str | None = None
        for kind, title, body in _FENCE.findall(self.path.read_text(encoding="utf-8")):
            if kind == "text" and answer is not None:
                _compare(body, answer, self.path)
            answer = None
            if title:
                (self.folder / title).write_text(body, encoding="utf-8")
            elif kind == "console":
                self._console(body)
            elif kind == "python":
                answer = self._python(body)
            elif kind == "sql":
                answer = self._sql(body)

    def _notebook(self) -> None:
        for cell in json.loads(self.path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                answer = self._python("".join(cell["source"]))
                shown = [line for output in cell["outputs"] for line in output["data"]["text/plain"]]
                _compare("".join(shown), answer, self.path)

    def _console(self, body: str) -> None:
        for line, shown in _commands(body):
            if any(word in line for word in self.elsewhere):
                continue
            program, *words = shlex.split(line, comments=True)
            if program in _SETUP or words[:2] == ["-m", "venv"]:
                continue
            if program == "python":
                out = _printed(lambda words=words: runpy.run_path(words[0], run_name="__main__"), words)
            else:
                assert program == "carbonsweep", line
                code, out, error = self.command(*words)
                assert code == 0, f"{self.path.name}: {line}\n{error}"
            self.ran += 1
            if shown.strip():
                _compare(shown, out, f"{self.path.name}: {line}")

    def _python(self, body: str) -> str:
        """What a cell of a notebook would show: what is printed, then the value of the last expression."""
        if any(word in body for word in self.elsewhere):
            return ""
        self.ran += 1
        tree = ast.parse(body)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None

        def run() -> None:
            exec(compile(tree, self.path.name, "exec"), self.names)  # noqa: S102
            if last is not None:
                value = eval(compile(ast.Expression(last.value), self.path.name, "eval"), self.names)  # noqa: S307
                if value is not None:
                    print(value)

        return _printed(run)

    def _sql(self, body: str) -> str:
        import duckdb

        self.ran += 1
        return str(duckdb.sql(body))


def _commands(body: str) -> Iterator[tuple[str, str]]:
    """Each command of a block, with what the page shows below it."""
    for part in re.split(r"^\$ ", body.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        line, _, shown = part.partition("\n")
        yield re.sub(r"\s+", " ", line).strip(), shown


def _printed(run: Callable[[], object], words: list[str] | None = None) -> str:
    before = sys.argv
    with contextlib.redirect_stdout(io.StringIO()) as text:
        sys.argv = words or before
        try:
            run()
        finally:
            sys.argv = before
    return text.getvalue()


def _compare(shown: str, found: str, where: object) -> None:
    expected, actual = ([line for line in text.splitlines() if line.strip()] for text in (shown, found))
    assert _same_lines(expected, actual), f"{where}\nthe page shows\n{shown}\nbut there is\n{found}"


def _same_lines(expected: list[str], actual: list[str]) -> bool:
    if not expected:
        return not actual
    if expected[0].strip() == "...":
        return any(_same_lines(expected[1:], actual[start:]) for start in range(len(actual) + 1))
    return bool(actual) and _same_line(expected[0], actual[0]) and _same_lines(expected[1:], actual[1:])


def _same_line(expected: str, actual: str) -> bool:
    words, others = expected.split(), actual.split()
    if "..." in words:
        others = others[: words.index("...")]
        words = words[: words.index("...")]
    return len(words) == len(others) and all(map(_same_word, words, others))


def _same_word(expected: str, actual: str) -> bool:
    shown, found = _NUMBER.fullmatch(expected), _NUMBER.fullmatch(actual)
    if expected == actual or not (shown and found):
        return expected == actual
    value, other = (float(text.replace(",", "")) for text in (expected, actual))
    digits = len((shown[1] or ".")[1:])
    scale = 10.0 ** (float(shown[2][1:]) if shown[2] else 0)
    return math.isclose(value, other, rel_tol=0, abs_tol=0.5000001 * 10.0**-digits * scale)
