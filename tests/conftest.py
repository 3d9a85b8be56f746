"""Fixtures shared by the tests: the cache of compiled nests, and the command line in this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Two processes test at once: threads of linear algebra in each would wait for each other. NumPy reads it when imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# First calls compile and load, and machines are shared.
settings.register_profile("carbonsweep", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("carbonsweep")


@pytest.fixture(scope="session", autouse=True)
def _nest_cache(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[None]:
    """One cache of compiled nests for all processes of a test run, and for later runs.

    Its keys are the whole text of a nest and the versions of everything that compiles it, so that an old nest is never
    met by new code. CARBONSWEEP_TEST_CACHE names another folder, or asks for an empty one with "empty".
    """
    named = os.environ.get("CARBONSWEEP_TEST_CACHE", "")
    if named == "empty":
        own = tmp_path_factory.getbasetemp()
        # The processes of pytest-xdist have folders of their own in the one of the run.
        folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "nest_cache"
    else:
        folder = Path(named) if named else pytestconfig.rootpath / ".pytest_cache" / "carbonsweep"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARBONSWEEP_CACHE", str(folder))
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
