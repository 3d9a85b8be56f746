"""Every equation is named in a test, by its quantity or its function; the few that are not stand in a list."""

from __future__ import annotations

import re
from pathlib import Path

from carbonsweep.kernels import equations

TESTS = Path(__file__).parents[1]
LIST = Path(__file__).with_name("untested_equations.txt")
"""May only shrink: write the test of an equation, and take its line out."""


def test_the_list_of_untested_equations_only_shrinks() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("*.py")))
    words = set(re.findall(r"\w+", text))
    untested = {
        f"{equation.quantity}:{equation.variant}"
        for equation in equations()
        if equation.quantity not in words and equation.function.__name__ not in words
    }
    listed = set(LIST.read_text(encoding="utf-8").split())
    new, tested = sorted(untested - listed), sorted(listed - untested)
    assert not new, f"write a test of {', '.join(new)}"
    assert not tested, f"these are tested or gone, take them out of {LIST.name}: {', '.join(tested)}"
