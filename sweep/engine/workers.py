"""What evaluates: the interface of workers, and the threads of this process; Dask clusters are in dask_cluster.py."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Protocol

from carbonsweep.foundation.errors import PlanError

Progress = Callable[[int, int], None]
"""Called with points evaluated and points in all."""

AHEAD = 2
"""Items handed out beyond those being worked on, for each thread: nobody waits for this process."""


class Task(Protocol):
    """What is done with every item: something to compute, then perhaps something to wait for.

    A task is sent to other processes once, by pickle; items and results are sent each by itself.
    """

    waits: bool
    """Whether `finish` waits for a disk or a network, so that another item may be computed meanwhile."""

    def compute(self, item: Any) -> Any:
        """The part that keeps a processor busy."""

    def finish(self, computed: Any) -> Any:
        """The rest; returns the result."""

    def stop(self) -> None:
        """Give up what is being computed."""


class Workers(Protocol):
    """Does tasks."""

    count: int
    """Items computed at a time."""
    remote: bool
    """Whether tasks run in other processes."""

    def map(self, task: Task, items: Iterable[Any], then: Callable[[Any], None]) -> None:
        """Do a task with every item and hand each result to `then`, in any order.

        Items are drawn as workers become free. `then` is called from several threads.
        """


def default_threads() -> int:
    """The processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_count(threads: int | None) -> int:
    """The threads to use if so many are asked for; None asks for as many as processors.

    Raises
    ------
    PlanError
        If it is no number of threads.
    """
    if threads is not None and threads < 1:
        raise PlanError(f"threads must be at least 1, got {threads}")
    return threads or default_threads()


class Threads:
    """Threads of this process: the compiled nests and the Parquet writer release the GIL."""

    remote = False

    def __init__(self, count: int) -> None:
        self.count = count

    def map(self, task: Task, items: Iterable[Any], then: Callable[[Any], None]) -> None:
        """See `Workers.map`."""
        # Threads that wait for the disk leave their processor to others.
        threads = self.count + (2 if task.waits else 0)
        processors = threading.Semaphore(self.count)

        def work(item: Any) -> None:
            with processors:
                computed = task.compute(item)
            then(task.finish(computed))

        running: set[Future[None]] = set()
        pool = ThreadPoolExecutor(threads)
        try:
            for item in items:
                running.add(pool.submit(work, item))
                if len(running) >= AHEAD * threads:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
            for future in running:
                future.result()
        except BaseException:
            task.stop()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def connect(scheduler: str = "threads", client: Any = None, threads: int | None = None) -> Iterator[Workers]:
    """The workers that a user chose.

    Parameters
    ----------
    scheduler
        ``threads``, ``processes``, the address of a Dask scheduler, or its scheduler file (``*.json``).
    client
        A `distributed.Client` to use instead.
    threads
        Threads, or processes; None takes as many as processors.

    Raises
    ------
    PlanError
        If the scheduler is none of these, or does not answer.
    """
    count = thread_count(threads)
    if client is not None:
        from carbonsweep.engine.dask_cluster import Cluster

        yield Cluster(client, "client")
        return
    if scheduler == "threads":
        yield Threads(count)
        return
    from carbonsweep.engine.dask_cluster import Cluster, connected, processes

    if scheduler == "processes":
        with processes(count) as own:
            yield Cluster(own, "processes")
        return
    if threads is not None:
        raise PlanError("threads applies to this machine only; the workers of a cluster set their own number")
    with connected(scheduler) as own:
        print(f"dashboard: {own.dashboard_link}", file=sys.stderr)
        yield Cluster(own, f"--scheduler {scheduler}")
