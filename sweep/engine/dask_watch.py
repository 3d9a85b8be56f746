"""What a run waits for when the workers of a cluster are silent: said in a line, and ended where nothing can come."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from carbonsweep.foundation.sizes import size_text

if TYPE_CHECKING:
    import distributed

SILENCE = 30.0
"""Seconds without a result after which it is said what the workers do."""
PATIENCE = 60.0
"""Seconds without a result after which workers that are all paused are given up."""
AT_WORK = ("executing", "long-running")
"""States of tasks of which results may come."""
MORE_ROOM = "give workers more memory (dask worker --memory-limit), or make chunks smaller (output.chunk_points)"


class Watch:
    """Looks at the workers of a cluster while no result comes.

    Dask pauses a worker whose memory is four fifths full, and does not say so to a client. Workers of ours keep no
    results, so that one that is paused and has nothing to do stays so.

    Parameters
    ----------
    client
        A `distributed.Client`.
    at
        The cluster's name in errors.
    give_up
        Called once no worker can go on.

    Attributes
    ----------
    stuck
        Why no worker can go on; empty while some can.
    """

    def __init__(self, client: distributed.Client, at: str, give_up: Callable[[], None]) -> None:
        self._client, self._at, self._give_up = client, at, give_up
        self.stuck = ""
        self._heard = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def end(self) -> None:
        """Look no more."""
        self._ended.set()

    def heard(self) -> None:
        """A result has come."""
        self._heard = time.monotonic()

    def _look(self) -> None:
        said = ""
        while not self._ended.wait(min(SILENCE, PATIENCE) / 6):
            silent = time.monotonic() - self._heard
            if silent < min(SILENCE, PATIENCE):
                said = ""
                continue
            try:
                workers = list(self._client.scheduler_info(n_workers=-1)["workers"].values())
            except Exception:
                continue  # a scheduler that is lost is reported where results are awaited
            if silent >= PATIENCE and workers and all(map(_cannot_go_on, workers)):
                self.stuck = _full(workers, self._at)
                self._give_up()
                return
            state = _state(workers)
            if silent >= SILENCE and state != said:
                print(f"{self._at}: no result for {silent:.0f} s; {state}", file=sys.stderr)
                said = state


def _paused(worker: dict[str, Any]) -> bool:
    return worker["status"] == "paused"


def _cannot_go_on(worker: dict[str, Any]) -> bool:
    counts = worker["metrics"].get("task_counts", {})
    return _paused(worker) and not any(counts.get(state) for state in AT_WORK)


def _state(workers: list[dict[str, Any]]) -> str:
    if not workers:
        return "there are no workers; the run goes on when one joins"
    paused = sum(map(_paused, workers))
    return f"{len(workers)} workers" + (f", {paused} paused because their memory is full" if paused else "")


def _full(workers: list[dict[str, Any]], at: str) -> str:
    fullest = max(workers, key=lambda worker: float(worker["metrics"].get("memory", 0)))
    used, limit = size_text(fullest["metrics"].get("memory", 0)), size_text(fullest["memory_limit"])
    return (
        f"{at}: all workers are paused because their memory is full ({used} of {limit}), and nothing runs that could "
        f"free it; {MORE_ROOM}"
    )
