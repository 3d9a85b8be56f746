"""Compiled nests, cached on disk between runs.

The cache key is the whole text of the nest, which holds the text of every equation in it, with the versions
of Numba, llvmlite and NumPy and the processor's name and features: a changed equation can never meet old
machine code.

Compiled code is loaded from the folder, so that nobody else may write to it: the folder and every file of a nest must
be the user's own. A list of checksums tells files that are damaged, which are compiled anew. Numba's own settings of
its cache do not apply. Where nothing can be written, nests live in memory.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import os
import stat
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from carbonsweep.foundation.errors import StoreError

VARIABLE = "CARBONSWEEP_CACHE"
"""Environment variable that names the cache folder."""

_lock = threading.Lock()
_loaded: dict[str, ModuleType] = {}


def cache_folder() -> Path | None:
    """The folder of compiled nests, created if need be, private to the user; None where it cannot be written.

    Raises
    ------
    StoreError
        If the folder belongs to somebody else or others may write to it.
    """
    named = os.environ.get(VARIABLE)
    if named:
        folder = Path(named).expanduser() / "nests"
    else:
        import platformdirs

        folder = Path(platformdirs.user_cache_dir("carbonsweep", appauthor=False)) / "nests"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = folder.stat()
        writable = os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        writable = False
    if not writable:
        _warn(f"cannot write the cache {folder}")
        return None
    if not _is_own(status):
        raise StoreError(
            f"{folder}: compiled code is loaded from here, but others can write to it; "
            f"run chmod 700, or name another folder in {VARIABLE}"
        )
    return folder


def _is_own(status: os.stat_result) -> bool:
    """Whether nobody but the user can write to a file or folder."""
    if not hasattr(os, "getuid"):
        return True
    return status.st_uid == os.getuid() and not stat.S_IMODE(status.st_mode) & (stat.S_IWGRP | stat.S_IWOTH)


def _warn(what: str) -> None:
    warnings.warn(f"{what}: nests are compiled anew; name a writable folder in {VARIABLE}", stacklevel=2)


def _key(text: str) -> str:
    return hashlib.sha256("\0".join([text, *_machine()]).encode()).hexdigest()[:32]


@functools.cache
def _machine() -> tuple[str, ...]:
    """What machine code depends on beside its text: versions, processor and its features."""
    import llvmlite
    import llvmlite.binding as llvm
    import numba
    import numpy as np

    from carbonsweep.nest import intrinsics, lowered_expressions, lowering

    features = sorted(name for name, on in llvm.get_host_cpu_features().items() if on)
    versions = (sys.version, numba.__version__, llvmlite.__version__, np.__version__)
    # What makes instructions of a text is part of what its machine code depends on.
    makers = [inspect.getsource(one) for one in (intrinsics, lowered_expressions, lowering)]
    return (*versions, llvm.get_host_cpu_name(), " ".join(features), *makers)


def load_nest(text: str) -> ModuleType:
    """The module of a nest's text, its functions compiled (or read from the cache).

    Safe to call from many threads and processes at once: the first compiles, the others wait.
    """
    key = _key(text)
    with _lock:
        if key not in _loaded:
            folder = cache_folder()
            try:
                _loaded[key] = _in_memory(text, key) if folder is None else _cached(text, key, folder)
            except OSError as error:
                _warn(f"cannot write the cache {folder}: {error.strerror}")
                _loaded[key] = _in_memory(text, key)
        return _loaded[key]


def _cached(text: str, key: str, folder: Path) -> ModuleType:
    from filelock import FileLock

    path = folder / f"nest_{key}.py"
    with FileLock(folder / f"nest_{key}.lock", mode=0o600):
        _remove_damaged(folder, key)
        if not path.exists() or path.read_bytes() != text.encode():
            _write(path, text)
        with _own_cache_of_numba():
            module = _executed(text, key, str(path))
        _write(_list(folder, key), "".join(f"{_checksum(file)}\n" for file in _files(folder, key)))
    return module


def _executed(text: str, key: str, file: str) -> ModuleType:
    """The module of a text, executed."""
    module = ModuleType(f"carbonsweep_nest_{key}")
    module.__file__ = file
    # Numba finds the functions of a cached nest again by the name of their module.
    sys.modules[module.__name__] = module
    exec(compile(text, file, "exec"), module.__dict__)  # noqa: S102  (written by carbonsweep: known names and numbers)
    return module


def _in_memory(text: str, key: str) -> ModuleType:
    """The module without a file: compiled in this process, for this process."""
    return _executed(text.replace("cache=True", "cache=False"), key, f"<nest {key}>")


@contextlib.contextmanager
def _own_cache_of_numba() -> Iterator[None]:
    """Numba keeps what it compiles beside the text, whatever its environment variables say."""
    import numba.core.config as settings

    before = {
        name: getattr(settings, name) for name in ("CACHE_DIR", "CACHE_LOCATOR_CLASSES") if hasattr(settings, name)
    }
    try:
        for name in before:
            setattr(settings, name, "")
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)


def _files(folder: Path, key: str) -> list[Path]:
    """What Numba has stored of a nest."""
    return sorted((folder / "__pycache__").glob(f"nest_{key}.*"))


def _list(folder: Path, key: str) -> Path:
    return folder / f"nest_{key}.sha256"


def _checksum(file: Path) -> str:
    return f"{hashlib.sha256(file.read_bytes()).hexdigest()} {file.name}"


def _remove_damaged(folder: Path, key: str) -> None:
    """Delete what is stored of a nest unless all of it is the user's own and as it was written.

    A file that is not listed yet is being written by another process.
    """
    compiled = folder / "__pycache__"
    if compiled.exists() and not _is_own(compiled.lstat()):
        raise StoreError(f"{compiled}: compiled code is loaded from here, but others can write to it; remove it")
    files = [*_files(folder, key), *(path for path in (folder / f"nest_{key}.py", _list(folder, key)) if path.exists())]
    listed = _list(folder, key).read_text("ascii", "replace") if _list(folder, key) in files else ""
    damaged = any(one.name in listed and _checksum(one) not in listed for one in files)
    if damaged or not all(_is_own(one.lstat()) and not one.is_symlink() for one in files):
        for one in files:
            one.unlink()


def _write(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
