"""Compiled nests, cached on disk between runs.

The cache key is the whole text of the nest, which holds the text of every equation in it, with the versions
of Numba, llvmlite and NumPy and the processor's name and features: a changed equation can never meet old
machine code. The folder is readable and writable by its owner only, since compiled code is loaded from it.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import stat
import sys
import tempfile
import threading
import warnings
from pathlib import Path
from types import ModuleType

from carbonsweep.foundation.errors import StoreError

VARIABLE = "CARBONSWEEP_CACHE"
"""Environment variable that names the cache folder."""

_lock = threading.Lock()
_loaded: dict[str, ModuleType] = {}
_temporary: list[tempfile.TemporaryDirectory[str]] = []


def cache_folder() -> Path:
    """The folder of compiled nests, created if need be, private to the user.

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
        return _without_cache(folder)
    if hasattr(os, "getuid") and (
        status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & (stat.S_IWGRP | stat.S_IWOTH)
    ):
        raise StoreError(
            f"{folder}: compiled code is loaded from here, but others can write to it; "
            f"run chmod 700, or name another folder in {VARIABLE}"
        )
    return folder


def _without_cache(folder: Path) -> Path:
    """A folder for this process alone, when the cache cannot be written."""
    if not _temporary:
        warnings.warn(
            f"cannot write the cache {folder}: nests are compiled anew in every process; "
            f"name a writable folder in {VARIABLE}",
            stacklevel=2,
        )
        _temporary.append(tempfile.TemporaryDirectory(prefix="carbonsweep-"))
    return Path(_temporary[0].name)


def _key(text: str) -> str:
    return hashlib.sha256("\0".join([text, *_machine()]).encode()).hexdigest()[:32]


@functools.cache
def _machine() -> tuple[str, ...]:
    """What machine code depends on beside its text: versions, processor and its features."""
    import llvmlite
    import llvmlite.binding as llvm
    import numba
    import numpy as np

    features = sorted(name for name, on in llvm.get_host_cpu_features().items() if on)
    versions = (sys.version, numba.__version__, llvmlite.__version__, np.__version__)
    return (*versions, llvm.get_host_cpu_name(), " ".join(features))


def load_nest(text: str, name: str | None = None) -> ModuleType:
    """The module of a nest's text, its functions compiled (or read from the cache).

    `name` is what other nests import it by.

    Safe to call from many threads and processes at once: the first compiles, the others wait.
    """
    from filelock import FileLock

    key = _key(text)
    with _lock:
        if key in _loaded:
            return _loaded[key]
        folder = cache_folder()
        path = folder / f"nest_{key}.py"
        with FileLock(folder / f"nest_{key}.lock", mode=0o600):
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                _write(path, text)
            spec = importlib.util.spec_from_file_location(name or f"carbonsweep_nest_{key}", path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            # Numba finds the functions of a cached nest again by the name of their module.
            sys.modules[module.__name__] = module
            spec.loader.exec_module(module)
        _loaded[key] = module
        return module


def _write(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)
