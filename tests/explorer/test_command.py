"""The command: the address that it prints, how it ends, and what it says where DuckDB is missing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable

import pytest

PROGRAM = "from carbonsweep.cli.main import main; main()"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_ended(number: signal.Signals, runs: dict[str, str]) -> None:
    words = [sys.executable, "-c", PROGRAM, "explore", runs["one"], "--no-browser"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    with urllib.request.urlopen(url, timeout=20) as answer:
        assert b"carbonsweep" in answer.read()
    os.kill(process.pid, number)
    out, error = process.communicate(timeout=30)
    assert (process.returncode, out.splitlines()[-1], error) == (0, "ended", "")


def test_without_duckdb_it_says_how_to_get_it(
    command: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    code, out, error = command("explore", "run", "--no-browser")
    assert (code, out) == (2, "")
    assert error == "error: pictures need DuckDB: pip install 'carbonsweep[plot]'\n"
