"""Fixtures shared by the tests: a cache of compiled nests for the session, and small plans."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def _nest_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compile into a folder of this session's own, so that no test meets code of another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARBONSWEEP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in this process: arguments in, exit code, output and errors out."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        from carbonsweep.cli.main import main

        monkeypatch.setattr(sys, "argv", ["carbonsweep", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call
