"""Who does the work: threads of this process, processes of this machine, or the workers of a Dask cluster."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any, Protocol

from carbonsweep.foundation.errors import PlanError, StoreError

if TYPE_CHECKING:
    import distributed

Progress = Callable[[int, int], None]
"""Called with points evaluated and points in all."""

AHEAD = 2
"""Items handed out beyond those being worked on, for each thread: nobody waits for this process."""
QUIET = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.tick.cycle": "10s",
}
"""Settings of Dask for processes that only compute: it would look at what they do a hundred times a second."""
CONNECT_SECONDS = 15
"""How long to wait for the answer of a scheduler."""


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


class Cluster:
    """The workers of a Dask cluster.

    Parameters
    ----------
    client
        A `distributed.Client`.
    where
        What errors call the cluster.

    Raises
    ------
    StoreError
        If a worker has other versions of what the results depend on.
    """

    remote = True

    def __init__(self, client: distributed.Client, where: str) -> None:
        self.client = client
        self._where = where
        threads = client.nthreads()
        self._asked = time.monotonic()
        self.count = max(1, sum(threads.values()))
        if not threads:
            print(f"{where}: no worker yet; the run begins when one joins", file=sys.stderr)
        self._check_software()

    def _check_software(self) -> None:
        from carbonsweep.engine.dask_worker import difference_here, software

        try:
            differences = self.client.run(difference_here, software(), on_error="return")
        except Exception as error:
            raise StoreError(f"{self._where}: {_line(error)}") from None
        for address, found in differences.items():
            if isinstance(found, BaseException):
                raise StoreError(
                    f"worker {address} cannot load carbonsweep {software()['carbonsweep']}: {_line(found)}; "
                    "install the same versions everywhere"
                )
            if found:
                raise StoreError(f"worker {address} has {found}; install the same versions everywhere")

    def map(self, task: Task, items: Iterable[Any], then: Callable[[Any], None]) -> None:
        """See `Workers.map`. Items are handed out in windows, so that the graph stays small for any number."""
        import distributed

        from carbonsweep.engine.dask_worker import TaskPlugin, perform

        key = f"carbonsweep-{uuid.uuid4().hex}"
        futures: set[Any] = set()
        try:
            self.client.register_plugin(TaskPlugin(key, task), name=key)
            left = iter(items)
            completed = distributed.as_completed(with_results=True, raise_errors=False)
            while True:
                room = max(0, (1 + AHEAD) * self._slots() - len(futures))
                drawn = list(itertools.islice(left, room))
                if drawn:
                    new = self.client.map(
                        perform, [key] * len(drawn), drawn, key=[f"{key}-{uuid.uuid4().hex}" for _ in drawn]
                    )
                    futures.update(new)
                    completed.update(new)
                if not futures:
                    return
                for future, result in completed.next_batch(block=True):
                    futures.discard(future)
                    then(self._result(future, result))
        except (distributed.comm.CommClosedError, OSError, TimeoutError) as error:
            raise self._lost(error) from None
        except RuntimeError as error:
            if self.client.status != "running":
                raise self._lost(error) from None
            raise
        finally:
            with contextlib.suppress(Exception):
                self.client.cancel(list(futures))
            if self.client.status == "running":
                with contextlib.suppress(Exception):
                    self.client.unregister_worker_plugin(key)

    def _slots(self) -> int:
        """Threads of the workers there are now: a cluster may grow and shrink. Asked for once a second."""
        now = time.monotonic()
        if now - self._asked > 1.0:
            self._asked = now
            self.count = max(1, sum(self.client.nthreads().values()))
        return self.count

    def _lost(self, error: BaseException) -> StoreError:
        return StoreError(f"{self._where}: lost the scheduler: {_line(error)}; start it again")

    def _result(self, future: Any, result: Any) -> Any:
        """The result of a task, or the error that stands in its place."""
        import distributed

        from carbonsweep.engine.dask_worker import Failure

        if future.status == "finished" and not isinstance(result, Failure):
            return result
        if isinstance(result, Failure):
            raise StoreError(result.message) if result.ours else RuntimeError(result.message)
        error = result[1] if isinstance(result, tuple) else result
        if isinstance(error, distributed.scheduler.KilledWorker):
            raise StoreError(f"{self._where}: workers died again and again at the same task: {_line(error)}")
        if future.status in ("cancelled", "lost"):
            raise self._lost(RuntimeError("tasks were cancelled"))
        raise StoreError(f"{self._where}: a task ended as {future.status}: {error}")


@contextlib.contextmanager
def connect(scheduler: str = "threads", client: Any = None, threads: int | None = None) -> Iterator[Workers]:
    """Whoever is to do the work.

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
        yield Cluster(client, "client")
        return
    if scheduler == "threads":
        yield Threads(count)
        return
    if scheduler == "processes":
        with _processes(count) as own:
            yield Cluster(own, "processes")
        return
    if threads is not None:
        raise PlanError("threads is for this machine; the workers of a cluster say themselves how many they have")
    with _connected(scheduler) as own:
        print(f"dashboard: {own.dashboard_link}", file=sys.stderr)
        yield Cluster(own, f"--scheduler {scheduler}")


@contextlib.contextmanager
def _processes(count: int) -> Iterator[distributed.Client]:
    """A client of a cluster of this machine, with one thread a process."""
    import tempfile

    import dask
    import distributed

    with (
        dask.config.set(QUIET),
        tempfile.TemporaryDirectory(prefix="carbonsweep-") as folder,
        distributed.LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            memory_limit=0,
            local_directory=folder,
            silence_logs="CRITICAL",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@contextlib.contextmanager
def _connected(scheduler: str) -> Iterator[distributed.Client]:
    """A client of a scheduler that somebody else runs."""
    import distributed

    _quiet()
    if scheduler.endswith(".json"):
        if not os.path.isfile(scheduler):
            raise PlanError(f"--scheduler {scheduler}: there is no such scheduler file")
        where: dict[str, Any] = {"scheduler_file": scheduler}
    elif ":" in scheduler:
        where = {"address": scheduler}
    else:
        raise PlanError(
            f"--scheduler {scheduler!r}: give threads, processes, the address of a Dask scheduler such as "
            "tcp://10.0.0.1:8786, or its scheduler file (.json)"
        )
    try:
        client = distributed.Client(**where, timeout=CONNECT_SECONDS)
    except (OSError, ValueError, TypeError, ImportError, KeyError) as error:
        raise PlanError(f"--scheduler {scheduler}: cannot connect: {_line(error)}") from None
    with client:
        yield client


def _quiet() -> None:
    """Keep what goes wrong with a connection out of the log: it is told in a line of ours."""
    for name in [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # Connections that end while a task of theirs is under way are reported by the event loop.
    for name in ("asyncio", "tornado.application"):
        logging.getLogger(name).addFilter(_no_connection_fault)


def _no_connection_fault(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], OSError))


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
