"""What long work is at: compiling, filling tables, evaluating. Who does it reports; who shows progress listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str, float], None]
"""Takes what is being done, and the share of it that is done."""

_listeners: list[Listener] = []


def report(what: str, share: float = 0.0) -> None:
    """Say what is being done in this process."""
    for listener in _listeners:
        listener(what, share)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have a listener told what is being done."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
