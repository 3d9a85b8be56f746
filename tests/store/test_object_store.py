"""Runs in an object store: a real S3 protocol over loopback, with a server that fails and hangs."""

from __future__ import annotations

import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import s3fs

import carbonsweep as cs
from carbonsweep.store import filesystem as folder
from carbonsweep.store import writer_lock as lock
from carbonsweep.store.filesystem import Folder
from tests.faults import PLAN, cluster, command, content, disturbed, finish, started
from tests.object_store import BUCKET, KEYS, Judge, proxy, s3_server


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(folder, "FIRST_PAUSE", 0.01)


def _options(address: str, **more: Any) -> dict[str, Any]:
    return {
        "endpoint_url": address,
        "skip_instance_cache": True,
        "config_kwargs": {"retries": {"max_attempts": 0}, **more},
    }


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plan") / "plan.toml"
    path.write_text(PLAN)
    return path


@pytest.fixture(scope="module")
def expected(plan: Path) -> tuple[int, str]:
    cs.run(cs.Plan.load(plan), plan.parent / "local")
    return content(plan.parent / "local")


def _stored(address: str, name: str) -> tuple[int, str]:
    return content(f"{BUCKET}/{name}", s3fs.S3FileSystem(**_options(address)))


def test_a_run_in_a_bucket(server: str, plan: Path, expected: tuple[int, str]) -> None:
    environment = {"AWS_ENDPOINT_URL": server}
    out = f"s3://{BUCKET}/first"
    code, text, error = finish(command("run", plan, "--out", out), **environment)
    assert (code, error) == (0, "")
    assert out in text
    assert _stored(server, "first") == expected
    assert finish(command("verify", out), **environment)[0] == 0
    assert "finished" in finish(command("info", out), **environment)[1]
    code, _, error = finish(command("run", plan, "--out", out), **environment)
    assert code == 2
    assert "already exists" in error
    names = s3fs.S3FileSystem(**_options(server)).ls(f"{BUCKET}/first")
    assert {name.rpartition("/")[2].partition("-")[0] for name in names} == {"_manifest.parquet", "part"}


@pytest.mark.slow
def test_overwrite_resume_and_extend(server: str, plan: Path, expected: tuple[int, str]) -> None:
    out, options = f"s3://{BUCKET}/second", _options(server)
    small = cs.Plan.load(plan)
    cs.run(small.with_output(chunk_points=1000), out, storage_options=options)
    cs.run(small, out, overwrite=True, storage_options=options)
    assert _stored(server, "second") == expected
    files = s3fs.S3FileSystem(**options)
    names = [name for name in files.ls(f"{BUCKET}/second") if "part-" in name]
    files.rm_file(names[0])
    files.pipe_file(names[1], b"half")
    files.rm_file(f"{BUCKET}/second/_manifest.parquet")
    with pytest.raises(cs.StoreError, match="an unfinished run; continue it with --resume"):
        cs.run(small, out, storage_options=options)
    result = cs.run(small, out, resume=True, storage_options=options)
    assert result.points - result.reused == 40_000
    assert _stored(server, "second") == expected
    large = small.model_copy(
        update={
            "axes": {
                **small.axes,
                "devices": cs.Plan(
                    axes={"devices": {"integers": [1, 30]}}, output={"quantities": ["training_days"]}
                ).axes["devices"],
            }
        }
    )
    extended = cs.run(large, out, extend=True, storage_options=options)
    assert extended.points == 720_000
    cs.run(large, f"s3://{BUCKET}/larger", storage_options=options)
    assert _stored(server, "second") == _stored(server, "larger")
    assert cs.verify(out, storage_options=options).whole


def test_a_part_costs_one_request(server: str, plan: Path) -> None:
    """Its size is asked for neither by a request nor in the listing, which s3fs would go through name by name."""
    asked: Counter[str] = Counter()

    def judge(method: str, path: str) -> str:
        asked[f"{method} part" if "/part-" in path else method] += 1
        return "pass"

    out = f"s3://{BUCKET}/counted"
    with proxy(server, judge) as address:
        options = {**_options(address), "use_listings_cache": False}
        steps = {
            "run": lambda: cs.run(plan, out, storage_options=options),
            "verify": lambda: cs.verify(out, storage_options=options),
            "repair": lambda: cs.run(plan, out, resume=True, storage_options=options),
        }
        seen = {}
        for name, step in steps.items():
            asked.clear()
            step()
            seen[name] = dict(asked)
            files = s3fs.S3FileSystem(**_options(server))
            parts = files.glob(f"{BUCKET}/counted/part-*")
            if name == "verify":
                files.rm_file(parts[0])
    many = len(parts)
    assert many > 5
    assert [{kind: one.get(f"{kind} part", 0) for kind in ("PUT", "GET", "HEAD")} for one in seen.values()] == [
        {"PUT": many, "GET": 0, "HEAD": 0},
        {"PUT": 0, "GET": many, "HEAD": 0},
        {"PUT": 1, "GET": many - 1, "HEAD": 0},
    ]


def test_partitions_in_a_bucket(server: str, plan: Path, expected: tuple[int, str]) -> None:
    out, options = f"s3://{BUCKET}/parted", _options(server)
    cs.run(cs.Plan.load(plan).with_output(partition_by=["lifetime_years"]), out, storage_options=options)
    assert _stored(server, "parted")[0] == expected[0]
    assert len(s3fs.S3FileSystem(**options).glob(f"{BUCKET}/parted/lifetime_years=*")) == 10


@pytest.mark.long
def test_workers_of_a_cluster_write_to_the_bucket(
    server: str, plan: Path, expected: tuple[int, str], tmp_path: Path
) -> None:
    environment = {**KEYS, "AWS_ENDPOINT_URL": server}
    with cluster(tmp_path, **environment) as (file, _):
        words = command("run", plan, "--out", f"s3://{BUCKET}/cluster", "--scheduler", file)
        assert finish(words, **environment)[0] == 0
    assert _stored(server, "cluster") == expected


def _first_of_each(verdict: str) -> Judge:
    """Every first attempt at a part fails."""
    seen: Counter[str] = Counter()
    guard = threading.Lock()

    def judge(method: str, path: str) -> str:
        with guard:
            seen[path] += 1
            return verdict if method == "PUT" and "/part-" in path and seen[path] == 1 else "pass"

    return judge


@pytest.mark.slow
@pytest.mark.parametrize("verdict", ["500", "hang"])
def test_a_store_that_fails_now_and_then(verdict: str, server: str, plan: Path, expected: tuple[int, str]) -> None:
    with proxy(server, _first_of_each(verdict)) as address:
        options = _options(address, read_timeout=0.5)
        cs.run(cs.Plan.load(plan), f"s3://{BUCKET}/flaky-{verdict}", storage_options=options, threads=8)
    assert _stored(server, f"flaky-{verdict}") == expected


@pytest.mark.parametrize(
    "verdict", [pytest.param("500", marks=pytest.mark.slow), pytest.param("hang", marks=pytest.mark.long)]
)
def test_a_store_whose_listings_fail_and_are_partial(
    verdict: str, server: str, plan: Path, expected: tuple[int, str]
) -> None:
    """A page of names in eight fails, and every other download and removal; names come seven at a time."""
    seen: Counter[str] = Counter()
    guard = threading.Lock()

    def judge(method: str, path: str) -> str:
        listing = "list-type=2" in path
        if method not in ("GET", "DELETE") or not (listing or "/part-00007" in path or "/_manifest" in path):
            return "pass"
        what = "page" if listing else method + path
        with guard:
            seen[what] += 1
            failed = seen[what] % (8 if listing else 2) == 1
        return verdict if failed else "few" if listing else "pass"

    name = f"listed-{verdict}"
    out = f"s3://{BUCKET}/{name}"
    with proxy(server, judge) as address:
        options = _options(address, read_timeout=0.5)
        cs.run(plan, out, storage_options=options)
        assert _stored(server, name) == expected
        assert cs.verify(out, storage_options=options).parts == 30
        files = s3fs.S3FileSystem(**_options(server))
        files.rm_file(files.glob(f"{BUCKET}/{name}/part-*")[3])
        assert len(cs.verify(out, storage_options=options).faults) == 1
        cs.run(plan, out, resume=True, storage_options=options)
    assert seen["page"] > 50
    assert any(one.startswith("DELETE") for one in seen)
    assert _stored(server, name) == expected


def _after(number: int, verdict: str, what: str) -> Judge:
    """From some point on nothing more of a kind is stored."""
    count = itertools.count()

    def judge(method: str, path: str) -> str:
        return verdict if method == "PUT" and what in path and next(count) >= number else "pass"

    return judge


@pytest.mark.slow
@pytest.mark.parametrize(("verdict", "what"), [("500", "/part-"), ("hang", "/_manifest.parquet")])
def test_a_store_that_fails_for_good(
    verdict: str, what: str, server: str, plan: Path, expected: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends with one line; what was stored stays, and a later run goes on."""
    name = f"dead-{verdict}-{what[1:5]}"
    out = f"s3://{BUCKET}/{name}"
    monkeypatch.setattr(folder, "ATTEMPTS", 2)
    judge = _after(5 if what == "/part-" else 0, verdict, what)
    with proxy(server, judge) as address, pytest.raises(cs.StoreError, match=f"cannot write {what[1:6]}") as caught:
        cs.run(cs.Plan.load(plan), out, storage_options=_options(address, read_timeout=0.5))
    assert "\n" not in str(caught.value)
    assert "continue with --resume" in caught.value.__notes__[0]
    result = cs.run(cs.Plan.load(plan), out, resume=True, storage_options=_options(server))
    assert result.reused > 0
    assert _stored(server, name) == expected


@pytest.mark.slow
def test_two_writers_in_a_bucket(
    server: str, plan: Path, expected: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A living writer is left alone; a dead one's lock is taken over, without comparing clocks."""
    out, environment = f"s3://{BUCKET}/locked", {"AWS_ENDPOINT_URL": server}
    words = disturbed("hold=3", "run", plan, "--out", out)
    with started(words, CARBONSWEEP_TEST_BEAT="0.2", **environment) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        monkeypatch.setattr(lock, "BEAT", 1.0)
        with pytest.raises(cs.StoreError, match=f"process {first.pid} on .* is writing this run"):
            cs.run(cs.Plan.load(plan), out, resume=True, storage_options=_options(server))
        first.kill()
        first.wait()
    result = cs.run(cs.Plan.load(plan), out, resume=True, storage_options=_options(server))
    assert result.reused > 0
    assert _stored(server, "locked") == expected


def test_a_lock_that_was_taken_is_not_taken_back(server: str) -> None:
    place = Folder(f"s3://{BUCKET}/taken", _options(server))
    mine = lock.hold(place)
    place.put(lock.LOCK, json.dumps({"token": "another"}).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lock, "BEAT", 0.05)
        mine.release(place)
    assert json.loads(place.read(lock.LOCK)) == {"token": "another"}


def test_secrets_are_written_nowhere(server: str, plan: Path) -> None:
    out = f"s3://{BUCKET}/secret"
    options = {**_options(server), "key": "my-key-id", "secret": "my-secret-word"}
    cs.run(cs.Plan.load(plan), out, storage_options=options)
    files = s3fs.S3FileSystem(**_options(server))
    for name in files.ls(f"{BUCKET}/secret"):
        assert b"my-secret-word" not in files.cat_file(name)
    assert "my-secret-word" not in repr(Folder(out, options))


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("s3://no-such-bucket/run", "no-such-bucket"),
        ("sftpp://host/run", "cannot open: Protocol not known: sftpp"),
    ],
)
def test_places_that_are_none(
    out: str, message: str, server: str, plan: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[..., Any]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    code, printed, error = command("run", plan, "--out", out)
    assert (code, printed) == (2, "")
    assert error.startswith("error: ")
    assert message in error
    assert error.count("\n") == 1


def test_any_filesystem_of_fsspec(plan: Path, expected: tuple[int, str]) -> None:
    """One without atomic uploads too: there a file is written aside and renamed."""
    import fsspec
    from fsspec.implementations.memory import MemoryFileSystem

    class Plain(MemoryFileSystem):  # type: ignore[misc]
        protocol = "plain"
        store: dict[str, Any] = {}  # noqa: RUF012
        pseudo_dirs: list[str] = [""]  # noqa: RUF012
        moved: list[str] = []  # noqa: RUF012

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            return "/" + path.removeprefix("plain://").strip("/")

        def mv(self, path1: str, path2: str, **more: Any) -> None:
            self.moved.append(path2)
            super().mv(path1, path2, **more)

    fsspec.register_implementation("plain", Plain, clobber=True)
    cs.run(cs.Plan.load(plan), "plain://run")
    assert len(Plain.moved) > 20
    assert cs.verify("plain://run").whole
    assert content("/run", Plain()) == expected
