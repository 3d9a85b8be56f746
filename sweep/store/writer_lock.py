"""One writer at a time for a run directory, on local disks and on object stores."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
import uuid
from typing import Any

from carbonsweep.foundation.errors import StoreError
from carbonsweep.store.filesystem import Folder

LOCK = ".lock"
"""Name of the lock in the folder that is written."""
BEAT = 5.0
"""Seconds between signs of life of a writer on an object store."""
PATIENCE = 3.5
"""Beats without a sign of life after which a writer is taken for dead."""


def hold(folder: Folder) -> LocalLock | ObjectLock:
    """Become the only writer of a folder, creating it if need be.

    Raises
    ------
    StoreError
        If another process writes it.
    """
    return LocalLock(folder) if folder.local else ObjectLock(folder)


class LocalLock:
    """A lock that the operating system frees when its process ends, however it ends."""

    def __init__(self, folder: Folder) -> None:
        from filelock import FileLock, Timeout

        self._folder = folder
        path = str(folder.path / LOCK)
        try:
            folder.make()
            self._lock = FileLock(path, blocking=False)
            self._lock.acquire()
            # Between opening the file and locking it, the writer before us may have finished and removed it. A
            # second attempt on the file of that name now must fail, or it is not the file that we hold.
            other = FileLock(path, blocking=False)
            try:
                other.acquire()
            except Timeout:
                return
            other.release()
            self._lock.release()
            raise Timeout(path)
        except Timeout:
            raise StoreError(_taken(folder, "another process")) from None
        except OSError as error:
            raise StoreError(
                f"{folder}: cannot write here: {error.strerror}; choose a folder that you can write to"
            ) from None

    def check(self) -> None:
        """Nobody can take this lock from a living process."""

    def release(self, folder: Folder) -> None:
        """Let others write. `folder` is where the lock is now: it moves with the folder that it is in."""
        folder.remove(LOCK)
        self._lock.release()


class ObjectLock:
    """A lock object that its writer renews while it lives.

    Whether the writer of a lock that is there already still lives is seen by watching it, with this process's own
    monotonic clock: the clocks of the two machines are never compared.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._token = uuid.uuid4().hex
        self._count = 0
        self._lost = False
        self._ended = threading.Event()
        while True:
            try:
                folder.create(LOCK, self._content())
                break
            except FileExistsError:
                if self._replace_dead():
                    break
        self._thread = threading.Thread(target=self._renew, name="carbonsweep-lock", daemon=True)
        self._thread.start()

    def _content(self) -> bytes:
        owner = {"host": socket.gethostname(), "pid": os.getpid(), "token": self._token, "count": self._count}
        return json.dumps(owner).encode()

    def _replace_dead(self) -> bool:
        """Watch a lock that is there; take it over if nobody renews it. False if it goes away meanwhile."""
        try:
            first = self._folder.read(LOCK)
            until = time.monotonic() + PATIENCE * BEAT
            while time.monotonic() < until:
                time.sleep(BEAT / 4)
                if self._folder.read(LOCK) != first:
                    owner = _owner(first)
                    raise StoreError(_taken(self._folder, f"process {owner.get('pid')} on {owner.get('host')}"))
        except FileNotFoundError:
            return False
        # Of several that watch the same dead lock, the last to write it owns it.
        self._folder.put(LOCK, self._content())
        time.sleep(BEAT / 2)
        if _owner(self._folder.read(LOCK)).get("token") != self._token:
            raise StoreError(_taken(self._folder, "another process"))
        return True

    def _renew(self) -> None:
        while not self._ended.wait(BEAT):
            try:
                if _owner(self._folder.read(LOCK)).get("token") != self._token:
                    self._lost = True
                    return
                self._count += 1
                self._folder.put(LOCK, self._content())
            except FileNotFoundError:
                self._lost = True
                return
            except StoreError:
                continue  # the store does not answer; parts fail too, and say so

    def check(self) -> None:
        """Raise if another writer took the lock, which happens only if this process did not run for a while."""
        if self._lost:
            raise StoreError(_taken(self._folder, "another process, which took this one for dead,"))

    def release(self, folder: Folder) -> None:
        """Let others write."""
        self._ended.set()
        self._thread.join()
        with contextlib.suppress(FileNotFoundError):
            if _owner(folder.read(LOCK)).get("token") == self._token:
                folder.remove(LOCK)


def _owner(content: bytes) -> dict[str, Any]:
    try:
        owner = json.loads(content)
    except ValueError:
        return {}
    return owner if isinstance(owner, dict) else {}


def _taken(folder: Folder, who: str) -> str:
    return f"{folder}: {who} is writing this run; wait until it ends, or choose another folder"
