"""A process that is killed before any of its file operations leaves a folder that the documented commands recover."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

import carbonsweep as cs
from tests.faults import content

OPERATIONS = ("rename", "replace", "link", "unlink", "remove", "rmdir", "mkdir", "fsync")
Action = Callable[[], object]


def _plan(days: int, pue: float = 1.1) -> cs.Plan:
    return cs.Plan(
        axes={"training_days": {"integers": [1, days]}, "carbon_intensity": {"linear": [20, 700, 50]}},
        constants={"devices": 512, "device_power": 700, "pue": pue},
        output={"quantities": ["facility_energy", "operational_carbon"], "chunk_points": 50},
    )


SMALL, LARGE, OTHER = _plan(6), _plan(8), _plan(6, 1.3)


def _killed(action: Action, at: int) -> tuple[bool, str]:
    """Whether an action was killed before its file operation of that number; else how it ended ("" if well)."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        done = 0

        def counted(real: Callable[..., object]) -> Callable[..., object]:
            def operation(*arguments: object, **keywords: object) -> object:
                nonlocal done
                if done == at:
                    os.kill(os.getpid(), signal.SIGKILL)
                done += 1
                return real(*arguments, **keywords)

            return operation

        for name in OPERATIONS:
            setattr(os, name, counted(getattr(os, name)))
        try:
            action()
        except BaseException as error:
            os.write(write, f"{type(error).__name__}: {error}".encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status), said


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Runs that were not disturbed. All nests are compiled by them: threads of a compiler do not survive a fork."""
    folder = tmp_path_factory.mktemp("finished")
    for name, plan in (("small", SMALL), ("large", LARGE), ("other", OTHER)):
        cs.run(plan, folder / name, threads=1)
    cs.run(SMALL, folder / "grown", threads=1)
    cs.run(LARGE, folder / "grown", threads=1, extend=True)
    return {path.name: path for path in folder.iterdir()}


def _run(plan: cs.Plan, out: Path, **how: bool) -> Action:
    return lambda: cs.run(plan, out, threads=1, **how)


@pytest.mark.slow
@pytest.mark.parametrize("notes", [False, True], ids=["", "with files of the user"])
@pytest.mark.parametrize("command", ["run", "repair", "extend", "overwrite"])
def test_every_crash_point(command: str, notes: bool, finished: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "run"
    before = {"run": "", "repair": "small", "extend": "small", "overwrite": "other"}[command]
    after = finished["large" if command == "extend" else "small"]
    plan, how = (LARGE, {"extend": True}) if command == "extend" else (SMALL, {})
    how |= {"repair": {"resume": True}, "overwrite": {"overwrite": True}}.get(command, {})
    if notes and not before:
        pytest.skip("a new run is not written among other files")
    point, killed = 0, True
    while killed:
        for path in tmp_path.iterdir():
            shutil.rmtree(path)
        if before:
            shutil.copytree(finished[before], out)
        if notes:
            (out / "_notes.md").write_text("mine")
            (out / "figures").mkdir()
        if command == "repair":
            next(iter(sorted(out.glob("part-*")))).unlink()
        killed, said = _killed(_run(plan, out, **how), point)
        assert not said, (point, said)
        if killed:
            dead, said = _killed(_run(plan, out, **{**how, "resume": True}), -1)
            assert not dead, point
            assert not said, (point, said)
        assert [path.name for path in tmp_path.iterdir()] == ["run"], point
        assert content(out) == content(after), point
        assert cs.verify(out).whole, point
        if notes:
            assert (out / "_notes.md").read_text() == "mine", point
            assert (out / "figures").is_dir(), point
        point += 1
    assert point > 10
