"""The same dataset, and the same points found, from threads, processes and a cluster of processes."""

from __future__ import annotations

from pathlib import Path

import distributed
import pandas as pd
import pytest

import carbonsweep as cs
from carbonsweep.engine.dask_cluster import processes
from tests.faults import PLAN, cluster, content, parts


def _plan(chunk_points: int) -> cs.Plan:
    import tomllib

    return cs.Plan(**tomllib.loads(PLAN)).with_output(chunk_points=chunk_points)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> str:
    with cluster(tmp_path_factory.mktemp("cluster")) as (file, _):
        with distributed.Client(scheduler_file=str(file)) as client:
            client.wait_for_workers(2, timeout=60)
        yield str(file)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    out = tmp_path_factory.mktemp("threads") / "run"
    cs.run(_plan(24_000), out)
    return content(out)


@pytest.mark.parametrize("chunk_points", [6_000, 600_000])
@pytest.mark.parametrize("how", ["threads", pytest.param("processes", marks=pytest.mark.slow), "cluster"])
def test_same_content(how: str, chunk_points: int, scheduler: str, expected: tuple[int, str], tmp_path: Path) -> None:
    """For chunk sizes that differ a hundredfold."""
    plan = _plan(chunk_points)
    where = scheduler if how == "cluster" else how
    result = cs.run(plan, tmp_path / "run", scheduler=where, threads=2 if how == "processes" else None)
    assert content(tmp_path / "run") == expected
    assert result.rows == expected[0]
    assert cs.verify(tmp_path / "run").whole


def test_the_files_are_the_same_too(scheduler: str, tmp_path: Path) -> None:
    plan = _plan(24_000)
    for name, where in (("a", "threads"), ("b", scheduler)):
        cs.run(plan, tmp_path / name, scheduler=where)
    files = [path.name for path in parts(tmp_path / "a")]
    assert files == [path.name for path in parts(tmp_path / "b")]
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_client_of_ones_own(scheduler: str, expected: tuple[int, str], tmp_path: Path) -> None:
    with distributed.Client(scheduler_file=scheduler) as client:
        cs.run(_plan(50_000), tmp_path / "run", client=client)
        assert client.status == "running"
    assert content(tmp_path / "run") == expected


def test_search_and_pareto(scheduler: str) -> None:
    plan = _plan(24_000)
    here = cs.search(plan, minimize="total_carbon", top=50)
    pd.testing.assert_frame_equal(cs.search(plan, minimize="total_carbon", top=50, scheduler=scheduler), here)
    aims = ("total_carbon", "training_days")
    front = cs.pareto(plan, minimize=aims, by="lifetime_years")
    pd.testing.assert_frame_equal(cs.pareto(plan, minimize=aims, by="lifetime_years", scheduler=scheduler), front)


def test_a_folder_that_workers_do_not_share(scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers elsewhere write to a folder of their own of that name: the run says so and is not called finished."""
    from carbonsweep.store.filesystem import Folder
    from carbonsweep.store.part_files import PartWriter

    (tmp_path / "elsewhere").mkdir()
    real = PartWriter.__getstate__

    def sent(self: PartWriter) -> tuple:
        plan, grid, points, _, *rest = real(self)
        return (plan, grid, points, Folder(str(tmp_path / "elsewhere")), *rest)

    monkeypatch.setattr(PartWriter, "__getstate__", sent)
    with pytest.raises(cs.StoreError, match="use a shared filesystem or an object store"):
        cs.run(_plan(24_000), tmp_path / "run", scheduler=scheduler)
    assert not (tmp_path / "run").exists()


def test_nobody_else_reaches_the_processes_of_this_machine() -> None:
    """Whoever reaches a scheduler runs code as its owner: neither it nor a worker answers without the certificate."""
    with processes(1) as client:
        addresses = [client.scheduler.address, *client.scheduler_info()["workers"]]
        assert all(address.startswith("tls://") for address in addresses)
        assert client.submit(abs, -1).result() == 1
        for address in addresses:
            for how in ("tcp", "tls"):
                security = distributed.Security.temporary() if how == "tls" else None
                with pytest.raises(OSError, match="Timed out|handshake|closed|certificate"):
                    distributed.Client(address.replace("tls", how), security=security, timeout=2)
