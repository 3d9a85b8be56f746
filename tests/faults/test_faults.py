"""Whatever happens to a run, at most `--resume` later its dataset equals that of an undisturbed one.

Real processes; docs/faults.md lists what is tried here.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
from pathlib import Path

import pytest

import carbonsweep as cs
from carbonsweep.engine import dask_watch
from tests.faults import PLAN, cluster, command, content, disturbed, finish, parts, started, wait_for, without_progress
from tests.manifests import manifest_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plan") / "plan.toml"
    path.write_text(PLAN)
    return path


@pytest.fixture(scope="module")
def undisturbed(plan: Path) -> Path:
    out = plan.parent / "undisturbed"
    result = cs.run(cs.Plan.load(plan), out)
    assert len(parts(out)) > 20
    assert result.points == 600_000
    return out


def _resume(plan: Path, out: Path, undisturbed: Path) -> str:
    """Go on, and compare."""
    code, text, error = finish(command("run", plan, "--out", out, "--resume"))
    assert (code, error) == (0, "")
    assert content(out) == content(undisturbed)
    assert cs.verify(out).whole
    assert not out.with_name(out.name + ".partial").exists()
    return text


def _held(marker: Path) -> bool:
    return marker.exists() and marker.read_text() != ""


def test_worker_killed_in_mid_chunk(plan: Path, undisturbed: Path, tmp_path: Path) -> None:
    marker, out = tmp_path / "held", tmp_path / "run"
    with cluster(tmp_path, CARBONSWEEP_TEST_HOLD=str(marker)) as (file, _):
        words = command("run", plan, "--out", out, "--scheduler", file)
        with started(words) as process:
            wait_for(lambda: _held(marker) or process.poll() is not None, "no worker came to the chunk")
            os.kill(int(marker.read_text()), signal.SIGKILL)
            assert process.wait(120) == 0
    assert content(out) == content(undisturbed)
    assert cs.verify(out).whole


def test_scheduler_killed(plan: Path, undisturbed: Path, tmp_path: Path) -> None:
    marker, out = tmp_path / "held", tmp_path / "run"
    with cluster(tmp_path, workers=1, CARBONSWEEP_TEST_HOLD=str(marker)) as (file, scheduler):
        words = command("run", plan, "--out", out, "--scheduler", file)
        with started(words) as process:
            wait_for(lambda: _held(marker) or process.poll() is not None, "no worker came to the chunk")
            scheduler.kill()
            _, error = process.communicate(timeout=120)
            assert process.returncode == 2
    assert "lost the scheduler" in error
    assert "continue with --resume" in error
    assert "Traceback" not in error
    assert "finished before" in _resume(plan, out, undisturbed)


@pytest.mark.long
def test_a_worker_out_of_memory_is_started_anew(plan: Path, undisturbed: Path, tmp_path: Path) -> None:
    marker, out = tmp_path / "taken", tmp_path / "run"
    with cluster(tmp_path, memory_limit="1GB", CARBONSWEEP_TEST_HOG=f"once:{marker}") as (file, _):
        code, _, error = finish(command("run", plan, "--out", out, "--scheduler", file))
    assert marker.exists()
    assert code == 0, error
    assert content(out) == content(undisturbed)


@pytest.mark.long
def test_a_chunk_that_no_worker_has_memory_for(plan: Path, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with cluster(tmp_path, memory_limit="1GB", CARBONSWEEP_TEST_HOG="always") as (file, _):
        code, _, error = finish(command("run", plan, "--out", out, "--scheduler", file))
    assert code == 2
    assert "workers died repeatedly on the same chunk" in error
    assert "dask worker --memory-limit" in error
    assert "Traceback" not in error
    assert "finished before" in _resume(plan, out, undisturbed)


def test_paused_workers_are_given_up(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Dask pauses a worker whose memory is nearly full, here a hundredth, and tells nobody who waits for it."""
    monkeypatch.setattr(dask_watch, "SILENCE", 1.0)
    monkeypatch.setattr(dask_watch, "PATIENCE", 5.0)
    with (
        cluster(tmp_path, memory_limit="4GB", DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE="0.01") as (file, _),
        pytest.raises(cs.StoreError, match="all workers are paused because their memory is full .* of 4 GB"),
    ):
        cs.run(cs.Plan.load(plan), tmp_path / "run", scheduler=str(file))
    # Said once, when the first of them has been paused; given up when both are.
    assert re.search("2 workers, [12] paused because their memory is full", capsys.readouterr().err)


def test_client_killed(plan: Path, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with started(disturbed("hold=7", "run", plan, "--out", out)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not out.exists()
    assert len(parts(tmp_path / "run.partial")) >= 4
    code, _, error = finish(command("run", plan, "--out", out))
    assert code == 2
    assert "an unfinished run of " in error
    assert "finished before" in _resume(plan, out, undisturbed)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted(number: signal.Signals, plan: Path, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with started(disturbed("slow=7", "run", plan, "--out", out)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.send_signal(number)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert without_progress(error).startswith("interrupted; ")
    assert "continue with --resume" in error
    assert not out.exists()
    assert "finished before" in _resume(plan, out, undisturbed)


def _cut_power(folder: Path, how: str) -> None:
    """Leave a folder as a machine that lost its power might."""
    files = parts(folder)
    if how == "temporary files":
        (folder / f".{files[0].name}.tmp").write_bytes(b"")
        (folder / f".{files[1].name}.tmp").write_bytes(files[1].read_bytes()[:1000])
        files[1].unlink()
    elif how == "zero-length part":
        files[3].write_bytes(b"")
    elif how == "truncated part":
        files[4].write_bytes(files[4].read_bytes()[:-10])
    elif how == "changed byte":
        data = bytearray(files[5].read_bytes())
        data[len(data) // 2] ^= 1
        files[5].write_bytes(data)
    elif how == "missing part":
        files[-1].unlink()
    elif how == "missing manifest":
        manifest_of(folder).unlink()
    elif how == "torn manifest":
        whole = manifest_of(folder).read_bytes()
        manifest_of(folder).write_bytes(whole[: len(whole) // 2])
    elif how == "empty manifest":
        manifest_of(folder).write_bytes(b"")
    else:
        raise AssertionError(how)


CUTS = [
    "temporary files",
    "zero-length part",
    "truncated part",
    "changed byte",
    "missing part",
    "missing manifest",
    "torn manifest",
    "empty manifest",
]


@pytest.mark.parametrize("how", CUTS)
@pytest.mark.parametrize("where", ["run", "run.partial"])
def test_power_cut(where: str, how: str, plan: Path, undisturbed: Path, tmp_path: Path) -> None:
    """Before and after the folder had its final name; found by `verify`, repaired by `--resume`."""
    shutil.copytree(undisturbed, tmp_path / where)
    _cut_power(tmp_path / where, how)
    out = tmp_path / "run"
    if where == "run" and how != "temporary files":
        code, text, error = finish(command("verify", out))
        assert code == (2 if "manifest" in how else 1), text
        assert "--resume" in text + error or "no _manifest.parquet" in error
    result = cs.run(cs.Plan.load(plan), out, resume=True)
    # At most the part concerned was computed again.
    assert result.points - result.reused <= 24_000
    assert content(out) == content(undisturbed)
    assert cs.verify(out).whole
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def _limited(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("what", ["part", "manifest"])
def test_disk_full(what: str, undisturbed: Path, plan: Path, tmp_path: Path) -> None:
    """The kernel refuses to write more: in a part file, or only in the manifest."""
    if what == "manifest":
        # A plan of whose points few are written: its manifest is longer than its parts.
        plan = tmp_path / "plan.toml"
        plan.write_text(PLAN.replace("<= 1e4", "<= 1"))
        undisturbed = tmp_path / "undisturbed"
        cs.run(cs.Plan.load(plan), undisturbed)
    sizes = [part.stat().st_size for part in parts(undisturbed)]
    manifest = manifest_of(undisturbed).stat().st_size
    limit = max(sizes) - 1 if what == "part" else (max(sizes) + manifest) // 2
    assert manifest > limit or what == "part"
    out = tmp_path / "run"
    script = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); "
    words = command("run", plan, "--out", out)
    words[2] = script + words[2]
    code, _, error = finish(words)
    assert code == 2
    assert "cannot write" in error
    assert "File too large" in error
    assert "Traceback" not in error
    assert not out.exists()
    _resume(plan, out, undisturbed)


def test_read_only_folder(plan: Path, tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o555)
    words = command("run", plan, "--out", folder / "run")
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("root may write everywhere, and there is no setpriv to give that up")
        words = [setpriv, "--inh-caps=-all", "--bounding-set=-all", *words]
    try:
        code, _, error = finish(words)
    finally:
        folder.chmod(0o755)
    assert code == 2
    assert "cannot write here: Permission denied; choose a folder that you can write to" in error
    assert list(folder.iterdir()) == []


def test_two_writers_at_once(plan: Path, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with started(disturbed("hold=3", "run", plan, "--out", out)) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        before = parts(tmp_path / "run.partial")
        for more in ([], ["--resume"], ["--overwrite"]):
            code, _, error = finish(command("run", plan, "--out", out, *more))
            assert code == 2
            assert "another process is writing this run" in error
        assert set(before) <= set(parts(tmp_path / "run.partial"))
    _resume(plan, out, undisturbed)


def test_clock_jump(plan: Path, undisturbed: Path, tmp_path: Path) -> None:
    """Nothing is decided by the time of day: neither by the machine's clock nor by the times of files."""
    out = tmp_path / "run"
    with started(disturbed("hold=7", "run", plan, "--out", out)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
        process.wait()
    for number, part in enumerate(parts(tmp_path / "run.partial")):
        os.utime(part, (0, 0) if number % 2 else (4e9, 4e9))
    code, text, error = finish(disturbed("clock", "run", plan, "--out", out, "--resume"))
    assert (code, error) == (0, "")
    assert "finished before" in text
    assert content(out) == content(undisturbed)


def test_parts_of_another_version_are_refused(plan: Path, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    shutil.copytree(undisturbed, out)
    code, _, error = finish(disturbed("old", "run", plan, "--out", out, "--resume"))
    assert code == 2
    assert "another version of carbonsweep" in error
    assert content(out) == content(undisturbed)


def test_another_plan_is_refused(plan: Path, undisturbed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(PLAN.replace("pue = 1.1", "pue = 1.2"))
    shutil.copytree(undisturbed, tmp_path / "run")
    code, _, error = finish(command("run", other, "--out", tmp_path / "run", "--resume"))
    assert code == 2
    assert "a finished run of another plan" in error
    shutil.copytree(undisturbed, tmp_path / "new.partial")
    code, _, error = finish(command("run", other, "--out", tmp_path / "new", "--resume"))
    assert code == 2
    assert "belongs to another plan" in error
    assert len(parts(tmp_path / "new.partial")) == len(parts(undisturbed))


def test_worker_of_another_version(plan: Path, tmp_path: Path) -> None:
    with cluster(tmp_path, workers=1) as (file, _):
        code, _, error = finish(disturbed("old", "run", plan, "--out", tmp_path / "run", "--scheduler", file))
    assert code == 2
    assert "carbonsweep 0.1.0 (client: 0.0.1); install the same versions everywhere" in error
    assert not (tmp_path / "run").exists()


def test_resumed_summary_is_that_of_the_whole(plan: Path, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "run.partial"
    shutil.copytree(undisturbed, out)
    for part in parts(out)[::2]:
        part.unlink()
    manifest_of(out).unlink()
    code, text, _ = finish(command("run", plan, "--out", tmp_path / "run", "--resume", "--json"))
    assert code == 0
    resumed = json.loads(text)
    whole = json.loads(finish(command("run", plan, "--out", tmp_path / "anew", "--json"))[1])
    for key in ("points", "rows", "bytes", "excluded", "columns", "best"):
        assert resumed[key] == whole[key], key
    assert resumed["reused"] > 0 == whole["reused"]
