"""A run directory: an ordinary Parquet dataset and a manifest that says what it is.

On a local disk a run is written to ``<out>.partial`` beside its place and renamed when it is whole, so that a folder
with the run's name is always a finished run. Where files of the user stand in its place, these stay, and the files of
the run are moved among them one by one, the manifest last. An object store has no renaming: there too the manifest,
written last, is the mark of a finished run. Finished parts outlive whatever happens to the process that made them,
and nothing but files of runs is ever moved or removed.
"""

from __future__ import annotations

import contextlib
import glob
import os
import uuid
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from carbonsweep.foundation.errors import StoreError
from carbonsweep.store.filesystem import TEMPORARY, Folder, several
from carbonsweep.store.manifest import is_manifest, manifest_file, manifest_place
from carbonsweep.store.part_files import NAME, Footer, Part, verified
from carbonsweep.store.summary import Summary
from carbonsweep.store.writer_lock import LOCK, hold

REPLACED = ".replaced"
"""The mark of a run that another one has replaced, in a folder that is named ``<out>.replaced-`` and eight digits."""
Finished = dict[tuple[int, int], tuple[Part, Summary]]
"""Finished parts with their summaries, by segment and chunk."""


class Store:
    """The directory of one run while it is written, locked against other writers.

    Parameters
    ----------
    out
        Where the finished run will stand.
    overwrite
        Whether a run already there may be replaced.
    resume
        Whether to go on with an unfinished run.
    extend
        Whether a finished run there is to be added to.

    Raises
    ------
    StoreError
        If something is there already, another process writes it, or the place cannot be written.
    """

    def __init__(self, out: Folder, *, overwrite: bool = False, resume: bool = False, extend: bool = False) -> None:
        self.out = out = out.resolved()
        if out.local and Path.cwd().is_relative_to(out.path):
            raise StoreError(f"{out}: this command runs in it; give the run a folder of its own, such as {out}/run")
        self.staging = out.beside(".partial") if out.local else out
        self._check(overwrite, resume, extend)
        self._closed = False
        self._lock = hold(self.staging)
        try:
            self._begin(overwrite, resume, extend)
            if out.local and out.exists():
                self._remove_replaced()
        except BaseException:
            self.close()
            raise

    def _check(self, overwrite: bool, resume: bool, extend: bool) -> None:
        """Refuse what must not be touched."""
        if self.out.local and resume and self.staging.path.is_dir():
            return  # whatever stands in its place, the run to go on with is the unfinished one
        files = self.out.files()
        if not files and not self.out.exists():
            if extend:
                raise StoreError(f"{self.out}: there is no run to extend; leave out --extend")
            return
        names = [name for name in files if name != LOCK]
        finished = any(map(is_manifest, names))
        parts = any(NAME.fullmatch(name) for name in names)
        if not (finished or parts) and (names or _holds_anything(self.out)) and not self._parts():
            raise StoreError(
                f"{self.out}: exists and is not a carbonsweep run, so it is never overwritten; choose another folder"
            )
        if finished and not (overwrite or resume or extend):
            raise StoreError(
                f"{self.out}: already exists; choose another folder, replace it with --overwrite, or add to it with "
                "--extend"
            )
        if parts and not finished and not (overwrite or resume):
            raise StoreError(
                f"{self.out}: an unfinished run; continue it with --resume, or start over with --overwrite"
            )

    def _begin(self, overwrite: bool, resume: bool, extend: bool) -> None:
        if not self.out.local:
            if overwrite and not resume:
                _remove_manifest(self.staging)
                self._clear()
            return
        parts = self._parts()
        if parts and overwrite and not resume:
            self._clear()
        elif parts and not resume:
            also = " --extend" if extend else ""
            raise StoreError(
                f"{self.staging}: an unfinished run of {len(parts):,} finished parts; continue with{also} --resume, or "
                "start over with --overwrite"
            )

    def _parts(self) -> list[str]:
        return [name for name in self.staging.files() if NAME.fullmatch(name)]

    def _clear(self) -> None:
        """Remove what runs leave behind, and nothing else."""
        for name in self.staging.files():
            if _ours(name):
                self.staging.remove(name)

    def take_back(self, only: Container[str] | None = None) -> None:
        """Make the run in its place an unfinished one again: its parts, or some of them, go back to be completed."""
        if not self.out.local:
            return
        if only is None:
            _remove_manifest(self.out)
        have = set(self._parts())
        for name in self.out.files():
            if NAME.fullmatch(name) and (only is None or (name in only and name not in have)):
                _make_parent(self.staging, name)
                (self.out.path / name).replace(self.staging.path / name)
                self.out.remove(name)
        with contextlib.suppress(OSError):  # files of the user stay
            self.out.path.rmdir()

    def borrow(self, names: Iterable[str]) -> None:
        """Take the parts of the finished run into the new one, by a hard link where possible."""
        if not self.out.local:
            return
        have = set(self._parts())
        for name in names:
            if name in have:
                continue
            _make_parent(self.staging, name)
            finished, target = self.out.path / name, self.staging.path / name
            try:
                os.link(finished, target)
            except FileNotFoundError:
                continue  # verification will miss it, and its chunk is computed again
            except OSError:
                self.staging.put(name, finished.read_bytes())

    def finished(self, identities: Sequence[str], known: Finished) -> Finished:
        """The whole parts in the folder that is written; what is not whole is removed.

        Parameters
        ----------
        identities
            The identity of each segment of the run.
        known
            Parts that were found to be whole before they were taken back.

        Raises
        ------
        StoreError
            If a whole part belongs to another run.
        """
        files = self.staging.files()
        for name in filter(_is_temporary, files):
            self.staging.remove(name)
        whole, damaged = whole_parts(self.staging, identities, known, files)
        for name in damaged:
            self.staging.remove(name)
        return whole

    def check(self) -> None:
        """Raise if another writer has taken over."""
        self._lock.check()

    def publish(self, manifest: dict[str, Any], columns: pa.Schema) -> None:
        """Write the manifest and put the run in its place, replacing an older one only now.

        Parameters
        ----------
        manifest
            Its content.
        columns
            The columns of the part files.

        Raises
        ------
        StoreError
            If a part that the manifest names is not there, or the manifest cannot be written.
        """
        self._lock.check()
        sizes = self.staging.files()
        named = {part["file"]: part["bytes"] for part in manifest["parts"]}
        for name, size in named.items():
            if sizes.get(name) != size:
                raise StoreError(
                    f"{self.staging}: {name} is not here ({sizes.get(name)} bytes, not {size}); workers on other "
                    "machines must write to the same folder: use a shared filesystem or an object store"
                )
        for name in sizes:
            if name not in named and _ours(name) and name != LOCK:
                self.staging.remove(name)
        try:
            self.staging.sync()
            self.staging.put(manifest_place(named), manifest_file(manifest, columns))
            lock_in = self._put_in_place() if self.out.local else self.out
        except OSError as error:
            raise StoreError(
                f"{self.out}: the run is complete in {self.staging} but could not be moved here: {error.strerror}"
            ) from None
        self._close(lock_in)
        if self.out.local:
            with contextlib.suppress(OSError):  # it is gone where it was renamed, and may hold files of the user
                self.staging.path.rmdir()
            self._remove_replaced()

    def _put_in_place(self) -> Folder:
        """Move the finished run to where it belongs; the folder that holds the lock then."""
        self.staging.sync()
        out = self.out.path
        if out.is_dir() and _foreign(self.out):
            self._move_files()
            return self.staging
        if out.is_dir() and any(out.iterdir()):
            (out / REPLACED).touch()
            out.rename(out.with_name(f"{out.name}{REPLACED}-{uuid.uuid4().hex[:8]}"))
        elif out.is_dir():
            out.rmdir()
        self.staging.path.rename(out)
        return self.out

    def _move_files(self) -> None:
        """Put the files of the run in the place of those of an older one, and leave all others alone."""
        _remove_manifest(self.out)
        for name in self.out.files():
            if _ours(name):
                self.out.remove(name)
        names = [name for name in self.staging.files() if _ours(name)]
        for name in sorted(names, key=is_manifest):
            if is_manifest(name):
                self.out.sync()
            _make_parent(self.out, name)
            (self.staging.path / name).replace(self.out.path / name)
            self.staging.remove(name)
        self.out.sync()

    def _remove_replaced(self) -> None:
        """Remove what is left of runs that this one has replaced: their files, and the folder if it is empty then."""
        out = self.out.path
        for path in out.parent.glob(f"{glob.escape(out.name)}{REPLACED}-{'[0-9a-f]' * 8}"):
            if not (path / REPLACED).is_file() and any(path.iterdir()):
                continue
            folder = Folder(str(path))
            for name in sorted(folder.files(), key=REPLACED.__eq__):
                if _ours(name) or name in (LOCK, REPLACED):
                    folder.remove(name)
            with contextlib.suppress(OSError):
                path.rmdir()

    def _close(self, folder: Folder) -> None:
        if not self._closed:
            self._closed = True
            self._lock.release(folder)

    def close(self) -> int:
        """Leave a run that is not published: its finished parts stay, an empty folder does not.

        Returns
        -------
        int
            How many parts stay.
        """
        kept = 0
        if self._closed:
            return kept
        # The folder may be what failed; the error that led here says so.
        with contextlib.suppress(StoreError, OSError):
            for name in self.staging.files():
                if _is_temporary(name):
                    self.staging.remove(name)
            kept = len(self._parts())
        with contextlib.suppress(StoreError, OSError):
            self._close(self.staging)
            if self.staging.local and not kept:
                self.staging.path.rmdir()
        return kept


def whole_parts(
    folder: Folder, identities: Sequence[str], known: Finished, files: Mapping[str, int]
) -> tuple[Finished, list[str]]:
    """The parts of a folder that are whole, and the names of those that are not.

    Parameters
    ----------
    folder
        The folder.
    identities
        The identity of each segment of the run that they must belong to.
    known
        Parts that need not be read, as they were found to be whole.
    files
        What the folder lists.

    Raises
    ------
    StoreError
        If a whole part belongs to another run.
    """

    def look(name: str) -> tuple[str, int, tuple[Footer, str] | None]:
        try:
            data = folder.read(name)
        except FileNotFoundError:
            return name, 0, None
        return name, len(data), verified(name, data)

    whole = {part.file: (key, part, summary) for key, (part, summary) in known.items()}
    sizes = {name: size for name, size in files.items() if NAME.fullmatch(name)}
    found: Finished = {key: (part, summary) for key, part, summary in (whole[name] for name in sizes if name in whole)}
    damaged = []
    unread = ((name, size) for name, size in sizes.items() if name not in whole)
    for name, size, result in several(look, unread):
        if result is None:
            damaged.append(name)
            continue
        footer, digest = result
        if footer.run not in identities:
            raise StoreError(
                f"{folder}: {name} belongs to another plan, or was made with other equations, catalogs or "
                "another version of carbonsweep; resume with those, or start over with --overwrite"
            )
        segment = identities.index(footer.run)
        part = Part(name, segment, footer.index, footer.start, footer.stop, footer.rows, size, digest)
        found[segment, footer.index] = (part, footer.summary)
    return found, damaged


def _remove_manifest(folder: Folder) -> None:
    """Make a finished run one that is not: what goes first where it is taken apart."""
    for name in folder.files():
        if is_manifest(name):
            folder.remove(name)


def _ours(name: str) -> bool:
    """Whether a file is one that runs leave behind."""
    return bool(NAME.fullmatch(name)) or is_manifest(name) or _is_temporary(name)


def _is_temporary(name: str) -> bool:
    """Whether a file is a part or manifest that was being written."""
    parent, slash, last = name.rpartition("/")
    final = f"{parent}{slash}{last[1 : -len(TEMPORARY)]}"
    return last.startswith(".") and last.endswith(TEMPORARY) and (bool(NAME.fullmatch(final)) or is_manifest(final))


def _foreign(folder: Folder) -> bool:
    """Whether a local folder holds anything that no run has left: files, links, empty folders."""
    if any(not _ours(name) and name not in (LOCK, REPLACED) for name in folder.files()):
        return True
    return any(path.is_symlink() or (path.is_dir() and not any(path.iterdir())) for path in folder.path.rglob("*"))


def _holds_anything(folder: Folder) -> bool:
    """Whether a local path is a file, or a folder with anything in it but a lock."""
    if not folder.local:
        return False
    try:
        return not folder.path.is_dir() or any(entry.name != LOCK for entry in folder.path.iterdir())
    except OSError as error:
        raise StoreError(f"{folder}: cannot read: {error.strerror}") from None


def _make_parent(folder: Folder, name: str) -> None:
    parent, _, _ = name.rpartition("/")
    folder.make(parent)
