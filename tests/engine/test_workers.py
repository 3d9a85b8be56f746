"""Threads and clusters do every item of a task once, and give up cleanly."""

from __future__ import annotations

import threading
from typing import Any

import distributed
import pytest

import carbonsweep as cs
from carbonsweep.engine import dask_watch
from carbonsweep.engine.workers import Threads, connect
from tests.faults import wait_for


class Square:
    """Squares numbers; fails at one of them."""

    waits = True

    def __init__(self, bad: int = -1) -> None:
        self.bad = bad
        self.stopped = threading.Event()
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def compute(self, item: int) -> int:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        if item == self.bad:
            raise cs.StoreError(f"cannot square {item}")
        with self._lock:
            self._now -= 1
        return item * item

    def finish(self, computed: int) -> int:
        return computed

    def stop(self) -> None:
        self.stopped.set()


@pytest.mark.parametrize("count", [1, 3])
def test_threads_do_every_item_once(count: int) -> None:
    task, results = Square(), []
    Threads(count).map(task, range(500), results.append)
    assert sorted(results) == [n * n for n in range(500)]
    assert task.most <= count
    assert not task.stopped.is_set()


def test_items_are_drawn_as_threads_become_free() -> None:
    """A long run never has more than a few chunks in the making: neither memory nor graph grows with it."""
    drawn, done = 0, 0
    ahead = 0

    def items() -> Any:
        nonlocal drawn, ahead
        for n in range(1000):
            drawn += 1
            ahead = max(ahead, drawn - done)
            yield n

    def take(_: int) -> None:
        nonlocal done
        done += 1

    Threads(1).map(Square(), items(), take)
    assert ahead <= 10


def test_the_error_of_an_item_ends_the_run() -> None:
    task = Square(bad=20)
    with pytest.raises(cs.StoreError, match="cannot square 20"):
        Threads(2).map(task, range(1_000_000), lambda _: None)
    assert task.stopped.is_set()


@pytest.mark.parametrize(
    ("scheduler", "message"),
    [
        ("thread", "give threads, processes, the address of a Dask scheduler"),
        ("none.json", "there is no such scheduler file"),
        ("ftp://127.0.0.1:1", "cannot connect"),
    ],
)
def test_bad_scheduler(scheduler: str, message: str) -> None:
    with pytest.raises(cs.PlanError, match=message), connect(scheduler):
        pass


def test_no_scheduler_at_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carbonsweep.engine.dask_cluster.CONNECT_SECONDS", 0.5)
    with (
        pytest.raises(cs.PlanError, match="--scheduler tcp://127.0.0.1:1: cannot connect"),
        connect("tcp://127.0.0.1:1"),
    ):
        pass


def test_threads_are_those_of_this_machine() -> None:
    with pytest.raises(cs.PlanError, match="threads must be at least 1"), connect(threads=0):
        pass


def test_a_paused_worker_that_computes_may_go_on() -> None:
    """What Dask tells of a worker: it is paused, and whether something runs on it."""
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, memory_limit=0, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        event = distributed.Event("released", client=client)
        future = client.submit(lambda: distributed.Event("released").wait(60))
        worker = next(iter(cluster.workers.values()))

        def entry() -> dict[str, Any]:
            return next(iter(client.scheduler_info(n_workers=-1)["workers"].values()))

        wait_for(lambda: bool(entry()["metrics"]["task_counts"].get("executing")), "the task did not begin")
        worker.status = distributed.core.Status.paused
        wait_for(lambda: entry()["status"] == "paused", "the worker was not paused")
        assert not dask_watch._cannot_go_on(entry())
        event.set()
        future.result()
        wait_for(lambda: dask_watch._cannot_go_on(entry()), "the worker is at work still")
