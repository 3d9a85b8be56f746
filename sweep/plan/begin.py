"""Plans to begin with: commented, for three goals, with a user's own answers in place of the values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from carbonsweep.foundation.errors import PlanError, StoreError, suggestion
from carbonsweep.plan.text import value_text

GOALS = {
    "train": "which accelerators, how many and where, for training a model within a time",
    "serve": "which device, format and batch, for serving a model within limits of latency",
    "place": "where, for a training whose hardware is known",
}
"""What plans are for, by the word for it."""
ASKED = {
    "train": ("model", "tokens", "training_days", "provider"),
    "serve": ("model", "request_rate", "ttft_limit", "provider"),
    "place": ("model", "tokens", "accelerator", "devices", "provider"),
}
"""What is asked for each goal."""
QUESTIONS = {
    "model": "Model, a row of `carbonsweep catalog models`",
    "tokens": "Training tokens",
    "training_days": "Days that training may take",
    "accelerator": "Accelerator, a row of `carbonsweep catalog accelerators`",
    "devices": "Devices",
    "request_rate": "Requests a second",
    "ttft_limit": "Seconds to the first token at most",
    "provider": "Cloud whose regions are compared (gcp, aws, azure, ovhcloud, ...)",
}
"""The questions."""
_LINES = {
    "provider": re.compile(r"""(?m)(?<=provider == ')[a-z]+(?=')"""),
    "training_days": re.compile(r'(?m)(?<=^training_days = "<= )[^"]+(?=")'),
}
"""Where answers stand that are no constants."""


def template(goal: str) -> str:
    """The plan of a goal.

    Raises
    ------
    PlanError
        If there is no such goal.
    """
    if goal not in GOALS:
        raise PlanError(f"init: no goal {goal!r}{suggestion(goal, GOALS)}; known: {', '.join(GOALS)}")
    return (Path(__file__).parent / f"begin_{goal}.toml").read_text(encoding="utf-8")


def answer_in(text: str, name: str) -> str:
    """What a plan has for a question, as a user would type it."""
    found = _place(name).search(text)
    return found[0].strip('"') if found else ""


def with_answers(text: str, answers: Mapping[str, str]) -> str:
    """A plan with other answers.

    Raises
    ------
    PlanError
        If an answer has characters that no name or number has.
    """
    for name, answer in answers.items():
        if not re.fullmatch(r"[\w./@:+,%\- ]{1,100}", answer):
            raise PlanError(f"init: {name} = {answer!r} has characters that no name or number has")
        shown = answer if name in _LINES else answer if _is_number(answer) else value_text(answer)
        text = _place(name).sub(shown.replace("\\", r"\\"), text, count=1)
    return text


def _place(name: str) -> re.Pattern[str]:
    return _LINES.get(name) or re.compile(rf'(?m)(?<=^{name} = )(?:"[^"]*"|[0-9.]+)')


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.lower() not in ("nan", "inf", "-inf", "+inf", "infinity")


def write_plan(text: str, out: Path) -> None:
    """Write a plan to a new file.

    Raises
    ------
    StoreError
        If the file exists or cannot be written.
    """
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise StoreError(f"{out}: already exists; choose another name with --out") from None
    except OSError as error:
        raise StoreError(f"{out}: cannot write: {error.strerror}") from None
