"""What runs on the workers of a Dask cluster: each gets a task once, then only its items."""

from __future__ import annotations

import functools
import hashlib
import platform
import traceback
from dataclasses import dataclass
from typing import Any

import distributed

from carbonsweep.engine.glibc_memory import keep_freed_memory
from carbonsweep.foundation.errors import CarbonsweepError
from carbonsweep.foundation.version import __version__
from carbonsweep.kernels import REGISTRY
from carbonsweep.nest.equation_source import choice_source, whole_source

_tasks: dict[str, tuple[Any, dict[str, str]]] = {}
"""The tasks this worker has, by key, each with the software of who sent it."""


class TaskPlugin(distributed.WorkerPlugin):
    """Gives a task to every worker there is, and to every one that joins later.

    Parameters
    ----------
    key
        What items call the task.
    task
        The task, see `carbonsweep.engine.workers.Task`.
    """

    def __init__(self, key: str, task: Any) -> None:
        self.name = key
        self._task = task
        self._software = software()

    def setup(self, worker: Any) -> None:
        keep_freed_memory()
        _tasks[self.name] = (self._task, self._software)

    def teardown(self, worker: Any) -> None:
        _tasks.pop(self.name, None)


@functools.cache
def software() -> dict[str, str]:
    """The versions here of everything that must match for numbers and files to match."""
    import numba
    import numpy as np
    import pyarrow as pa

    texts = [
        whole_source(equation.function, quantity)
        for quantity, variants in sorted(REGISTRY.quantities.items())
        for equation in variants
        if not equation.choice
    ]
    texts += map(choice_source, REGISTRY.choices.values())
    return {
        "carbonsweep": __version__,
        "equations": hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12],
        "python": ".".join(platform.python_version_tuple()[:2]),
        "numba": numba.__version__,
        "numpy": np.__version__,
        "pyarrow": pa.__version__,
    }


def difference_here(theirs: dict[str, str]) -> str:
    """How the software here differs from that of a client, in words; empty if it does not."""
    ours = software()
    return ", ".join(f"{name} {ours[name]} (client: {text})" for name, text in theirs.items() if ours[name] != text)


@dataclass(frozen=True)
class Failure:
    """What an item ended with instead of a result.

    Errors are sent as text: a traceback of another machine is no use to a user, and not every error can be sent.
    """

    message: str
    ours: bool
    """Whether the message is one for users; otherwise it is a fault of the program."""


def perform(key: str, item: Any) -> Any:
    """Do a task with an item; returns its result, or a `Failure`. Refuses if the versions here are not the client's."""
    try:
        task, theirs = _tasks[key]
        different = difference_here(theirs)
        if different:
            address = distributed.get_worker().address
            return Failure(f"worker {address} has {different}; install the same versions everywhere", ours=True)
        computed = task.compute(item)
        if task.waits:
            distributed.secede()
        return task.finish(computed)
    except CarbonsweepError as error:
        return Failure(str(error), ours=True)
    except Exception:
        return Failure(traceback.format_exc(), ours=False)
