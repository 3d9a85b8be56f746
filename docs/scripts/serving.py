"""Run the commands of docs/serving.md again and put their answers below them.

python docs/scripts/serving.py
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[1] / "serving.md"
ROOT = PAGE.parents[1]
COMMAND = "    carbonsweep "


def answer(line: str) -> list[str]:
    """The lines that a command prints, as a block of the page."""
    program = Path(sys.executable).with_name("carbonsweep")
    environment = {**os.environ, "COLUMNS": "240"}
    arguments = [str(program), *shlex.split(line)[1:]]
    done = subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{line.strip()}: {done.stderr}")
    return [f"    {one}".rstrip() for one in done.stdout.rstrip().splitlines()]


def page(text: str) -> str:
    """The page with fresh answers."""
    found: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith(COMMAND):
            found += [line, "", *answer(line)]
            while not found[-1]:
                found.pop()
            inside = True
        elif inside and (not line or line.startswith("    ")):
            continue
        else:
            found += ["", line] if inside else [line]
            inside = False
    return "\n".join(found) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
