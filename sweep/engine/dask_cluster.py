"""The workers of a Dask cluster: processes of this machine, or a cluster that somebody else runs."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from carbonsweep.engine.dask_watch import MORE_ROOM, Watch
from carbonsweep.engine.workers import AHEAD, Task
from carbonsweep.foundation.errors import PlanError, StoreError, one_line

if TYPE_CHECKING:
    import distributed

QUIET = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.tick.cycle": "10s",
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}
"""Settings of Dask for processes that only compute: it would look at what they do a hundred times a second, and tell
everybody on this machine."""
CONNECT_SECONDS = 15
"""How long to wait for the answer of a scheduler."""


class Cluster:
    """The workers of a Dask cluster.

    Parameters
    ----------
    client
        A `distributed.Client`.
    at
        The cluster's name in errors.

    Raises
    ------
    StoreError
        If a worker has other versions of what the results depend on.
    """

    remote = True

    def __init__(self, client: distributed.Client, at: str) -> None:
        self.client = client
        self._at = at
        threads = client.nthreads()
        self._asked = time.monotonic()
        self.count = max(1, sum(threads.values()))
        if not threads:
            print(f"{at}: no workers yet; the run starts when one joins", file=sys.stderr)
        self._check_software()

    def _check_software(self) -> None:
        from carbonsweep.engine.dask_worker import difference_here, software

        try:
            differences = self.client.run(difference_here, software(), on_error="return")
        except Exception as error:
            raise StoreError(f"{self._at}: {one_line(error)}") from None
        for address, found in differences.items():
            if isinstance(found, BaseException):
                raise StoreError(
                    f"worker {address} cannot load carbonsweep {software()['carbonsweep']}: {one_line(found)}; "
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
        watch = Watch(self.client, self._at, lambda: self.client.cancel(list(futures)))
        watch.start()
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
                    if watch.stuck:
                        raise StoreError(watch.stuck)
                    watch.heard()
                    futures.discard(future)
                    then(self._result(future, result))
        except (distributed.comm.CommClosedError, OSError, TimeoutError) as error:
            raise self._lost(error) from None
        except RuntimeError as error:
            if self.client.status != "running":
                raise self._lost(error) from None
            raise
        finally:
            watch.end()
            with contextlib.suppress(Exception):
                self.client.cancel(list(futures))
            if self.client.status == "running":
                with contextlib.suppress(Exception):
                    self.client.unregister_worker_plugin(key)

    def _slots(self) -> int:
        """Threads of the current workers, asked for once a second: a cluster may grow and shrink."""
        now = time.monotonic()
        if now - self._asked > 1.0:
            self._asked = now
            self.count = max(1, sum(self.client.nthreads().values()))
        return self.count

    def _lost(self, error: BaseException) -> StoreError:
        return StoreError(f"{self._at}: lost the scheduler: {one_line(error)}; start it again")

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
            raise StoreError(
                f"{self._at}: workers died repeatedly on the same chunk, the last {error.last_worker.address}; where "
                f"their logs say that memory was full, {MORE_ROOM}"
            )
        if future.status in ("cancelled", "lost"):
            raise self._lost(RuntimeError("tasks were cancelled"))
        raise StoreError(f"{self._at}: a task ended as {future.status}: {error}")


@contextlib.contextmanager
def processes(count: int) -> Iterator[distributed.Client]:
    """A client of a cluster of this machine, with one thread a process.

    Whoever reaches a scheduler runs code as its owner, so that all connections are encrypted and need the certificate
    of this run, which lives in memory.
    """
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
            scheduler_kwargs={"dashboard": False},
            protocol="tls://",
            security=distributed.Security.temporary(),
            memory_limit=0,
            local_directory=folder,
            silence_logs="CRITICAL",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@contextlib.contextmanager
def connected(scheduler: str) -> Iterator[distributed.Client]:
    """A client of a scheduler that somebody else runs."""
    import distributed

    _quiet()
    if scheduler.endswith(".json"):
        if not os.path.isfile(scheduler):
            raise PlanError(f"--scheduler {scheduler}: there is no such scheduler file")
        address: dict[str, Any] = {"scheduler_file": scheduler}
    elif ":" in scheduler:
        address = {"address": scheduler}
    else:
        raise PlanError(
            f"--scheduler {scheduler!r}: give threads, processes, the address of a Dask scheduler such as "
            "tcp://10.0.0.1:8786, or its scheduler file (.json)"
        )
    try:
        client = distributed.Client(**address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError, TypeError, ImportError, KeyError) as error:
        raise PlanError(f"--scheduler {scheduler}: cannot connect: {one_line(error)}") from None
    with client:
        yield client


def _quiet() -> None:
    """Keep connection faults out of the log: they are reported in one line of ours."""
    for name in [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # Connections that end while a task of theirs is under way are reported by the event loop.
    for name in ("asyncio", "tornado.application"):
        logging.getLogger(name).addFilter(_no_connection_fault)


def _no_connection_fault(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], OSError))
