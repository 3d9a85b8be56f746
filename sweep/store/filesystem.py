"""A folder on any filesystem that fsspec knows. A file in it appears whole or not at all."""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from carbonsweep.foundation.errors import StoreError, one_line

TEMPORARY = ".tmp"
"""How names of files that are being written end; they begin with a dot, which dataset readers pass over."""
ATOMIC = frozenset({"abfs", "abfss", "az", "gcs", "gs", "memory", "oss", "s3", "s3a"})
"""Protocols whose uploads replace a whole object at once; elsewhere a file is written aside and renamed."""
ATTEMPTS = 4
"""How often an upload or download is tried before the run gives up."""
FIRST_PAUSE = 0.25
"""Seconds before the second attempt; each later pause is four times as long."""
READERS = 8
"""Files read at once where many are looked at."""
HELD = 1 << 28
"""Bytes of them that may be held at once, unless a single file has more."""
WHOLE = {"s3": {"max_concurrency": 1}}
"""By protocol, how a file is read in one request: s3fs would ask for its size first."""

One = TypeVar("One")
Found = TypeVar("Found")


def several(look: Callable[[One], Found], items: Iterable[tuple[One, int]]) -> Iterator[Found]:
    """What `look` finds in each of some files, given with their sizes, in order; few at a time, for want of memory."""
    with ThreadPoolExecutor(READERS) as pool:
        begun: deque[tuple[Future[Found], int]] = deque()
        held = 0
        for item, size in items:
            while begun and (len(begun) == READERS or held + size > HELD):
                future, read = begun.popleft()
                yield future.result()
                held -= read
            begun.append((pool.submit(look, item), size))
            held += size
        for future, _ in begun:
            yield future.result()


@dataclass(frozen=True)
class Folder:
    """A folder by its path or URL, which may be sent to other machines.

    Attributes
    ----------
    url
        A path, or a URL such as ``s3://bucket/run``.
    options
        Settings of the filesystem as fsspec takes them (endpoint, credentials). Never written to any file.
    """

    url: str
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @functools.cached_property
    def _place(self) -> tuple[Any, str]:
        """The fsspec filesystem and the path on it.

        Raises
        ------
        StoreError
            If no installed package knows the protocol.
        """
        import fsspec

        try:
            filesystem, path = fsspec.url_to_fs(self.url, **self.options)
        except (ImportError, ValueError, TypeError) as error:
            raise StoreError(f"{self.url}: cannot open: {error}") from None
        if _protocol(filesystem) == "file":
            path = os.path.abspath(path)
        return filesystem, path.rstrip("/") or "/"

    def __getstate__(self) -> dict[str, Any]:
        """The settings without the open connection: every process makes its own."""
        return {"url": self.url, "options": dict(self.options)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __str__(self) -> str:
        return self.url

    @property
    def local(self) -> bool:
        """Whether this is a folder of the operating system."""
        return _protocol(self._place[0]) == "file"

    @property
    def path(self) -> Path:
        """The path of a local folder."""
        return Path(self._place[1])

    def resolved(self) -> Folder:
        """The folder itself where this is a link to it."""
        linked = self.local and self.path.is_symlink()
        return Folder(os.path.realpath(self.path), self.options) if linked else self

    def beside(self, suffix: str) -> Folder:
        """The folder whose name is this one's and a suffix."""
        return Folder(self.url.rstrip("/") + suffix, self.options)

    def exists(self) -> bool:
        """Whether something is there, folder or not."""
        if self.local:
            return os.path.lexists(self.path)
        return bool(self.files())

    def files(self) -> dict[str, int]:
        """Size in bytes of every file by its path relative to the folder, in order; empty if there is none."""
        if self.local:
            return dict(sorted(_files_below(os.fspath(self.path), "")))
        filesystem, path = self._place

        def find() -> dict[str, Any]:
            filesystem.invalidate_cache()
            found: dict[str, Any] = filesystem.find(path, detail=True)
            filesystem.invalidate_cache()  # a listing that is kept is gone through name by name at each look-up
            return found

        listed: dict[str, Any] = {}
        with contextlib.suppress(FileNotFoundError):
            listed = self._persist("list", find)
        return {name[len(path) + 1 :]: int(info["size"]) for name, info in sorted(listed.items()) if name != path}

    def read(self, name: str) -> bytes:
        """The content of a file.

        Raises
        ------
        FileNotFoundError
            If there is none.
        StoreError
            If it cannot be read.
        """
        if self.local:
            try:
                return (self.path / name).read_bytes()
            except FileNotFoundError:
                raise
            except OSError as error:
                raise StoreError(f"{self.url}: cannot read {name}: {error.strerror}") from None
        filesystem, path = self._place
        how = WHOLE.get(_protocol(filesystem), {})
        data: bytes = self._persist(f"read {name}", lambda: filesystem.cat_file(f"{path}/{name}", **how))
        return data

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[Any]:
        """A file to read parts of.

        Raises
        ------
        StoreError
            If it cannot be read.
        """
        filesystem, path = self._place
        with self._remote(f"read {name}", FileNotFoundError), filesystem.open(f"{path}/{name}", "rb") as file:
            yield file

    def make(self, name: str = "") -> None:
        """Make the folder, or one in it; object stores have none to make."""
        if self.local:
            try:
                (self.path / name).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(
                    f"{self.url}: cannot write here: {error.strerror}; choose a folder that you can write to"
                ) from None

    def put(self, name: str, data: Any) -> None:
        """Write a file whole: it has its name only when all of it is stored.

        Parameters
        ----------
        name
            Its path relative to the folder.
        data
            Bytes, or anything with their buffer.

        Raises
        ------
        StoreError
            If it cannot be stored. A file of that name stays as it was.
        """
        if self.local:
            self._put_local(name, data)
            return
        filesystem, path = self._place
        content = bytes(data)
        if _protocol(filesystem) in ATOMIC:
            with self._remote(f"write {name}", FileNotFoundError):
                self._persist(f"write {name}", lambda: filesystem.pipe_file(f"{path}/{name}", content))
            return
        parent, _, last = f"{path}/{name}".rpartition("/")
        aside = f"{parent}/.{last}{TEMPORARY}"

        def write() -> None:
            filesystem.makedirs(parent, exist_ok=True)
            filesystem.pipe_file(aside, content)
            filesystem.mv(aside, f"{parent}/{last}")

        with self._remote(f"write {name}", FileNotFoundError):
            self._persist(f"write {name}", write)

    def _put_local(self, name: str, data: Any) -> None:
        target = self.path / name
        aside = target.with_name(f".{target.name}{TEMPORARY}")
        try:
            with aside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
        except OSError as error:
            with contextlib.suppress(OSError):
                aside.unlink()
            raise StoreError(f"{self.url}: cannot write {name}: {error.strerror}") from None

    def create(self, name: str, data: bytes) -> None:
        """Write a file that must not be there yet.

        Raises
        ------
        FileExistsError
            If it is, also when another process makes it at the same moment.
        """
        filesystem, path = self._place
        with self._remote(f"write {name}", FileNotFoundError):
            filesystem.pipe_file(f"{path}/{name}", data, mode="create")

    def remove(self, name: str) -> None:
        """Remove a file if it is there, and folders of a local folder that are empty then."""
        if self.local:
            try:
                (self.path / name).unlink(missing_ok=True)
                for parent in (self.path / name).parents:
                    if parent == self.path or any(parent.iterdir()):
                        break
                    parent.rmdir()
            except OSError as error:
                raise StoreError(f"{self.url}: cannot remove {name}: {error.strerror}") from None
            return
        filesystem, path = self._place
        with contextlib.suppress(FileNotFoundError):
            self._persist(f"remove {name}", lambda: filesystem.rm_file(f"{path}/{name}"))

    def sync(self) -> None:
        """Flush a local folder's names to the disk, not only the contents of its files."""
        if self.local and hasattr(os, "O_DIRECTORY"):
            for folder in [self.path, *(path for path in self.path.rglob("*") if path.is_dir())]:
                handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
                try:
                    os.fsync(handle)
                except OSError:  # some network filesystems refuse; contents are flushed already
                    pass
                finally:
                    os.close(handle)

    def _persist(self, what: str, action: Any) -> Any:
        """Do something repeatable, and again after a pause if the other side fails."""
        pause = FIRST_PAUSE
        for attempt in range(ATTEMPTS):
            try:
                return action()
            except (FileNotFoundError, PermissionError):
                with self._remote(what):
                    raise
            except Exception:
                if attempt == ATTEMPTS - 1:
                    with self._remote(what):
                        raise
                time.sleep(pause)
                pause *= 4
        raise AssertionError

    @contextlib.contextmanager
    def _remote(self, what: str, *also: type[Exception]) -> Iterator[None]:
        """Give the errors of whatever package speaks to the other side as one line of ours.

        A file that is missing, or there already, is for the caller to judge, unless it is among `also`.
        """
        try:
            yield
        except StoreError:
            raise
        except Exception as error:
            if isinstance(error, FileNotFoundError | FileExistsError) and not isinstance(error, also):
                raise
            text = one_line(error)
            raise StoreError(f"{self.url}: cannot {what}: {text}") from None


def _files_below(folder: str, before: str) -> Iterator[tuple[str, int]]:
    """Path and size of every file in a folder and those inside it; paths begin with `before`."""
    entries: list[os.DirEntry[str]] = []
    with contextlib.suppress(OSError):  # gone, or not to be read
        entries = list(os.scandir(folder))
    for entry in entries:
        if not entry.is_dir():
            with contextlib.suppress(FileNotFoundError):
                yield before + entry.name, entry.stat().st_size
        elif not entry.is_symlink():
            yield from _files_below(entry.path, f"{before}{entry.name}/")


def _protocol(filesystem: Any) -> str:
    """The protocol of a filesystem; ``file`` for the operating system's own."""
    names = filesystem.protocol
    first: str = names if isinstance(names, str) else names[0]
    return "file" if first == "local" else first
