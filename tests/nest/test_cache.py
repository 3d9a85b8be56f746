"""The cache of compiled nests: damaged files, files of others, a full or read-only disk, Numba's own settings."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import warnings
from pathlib import Path
from types import ModuleType

import pytest

from carbonsweep.foundation.errors import StoreError
from carbonsweep.nest import cache

TEXT = """
from numba import njit

@njit("float64(float64)", cache=True)
def twice(x):
    return 2.0 * x
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARBONSWEEP_CACHE", str(tmp_path))
    return tmp_path / "nests"


def _load(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """As another process would."""
    monkeypatch.setattr(cache, "_loaded", {})
    return cache.load_nest(TEXT)


def _hits(module: ModuleType) -> int:
    return sum(module.twice.stats.cache_hits.values())


def test_what_was_compiled_is_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _hits(_load(monkeypatch)) == 0
    assert folder.stat().st_mode & 0o777 == 0o700
    assert _hits(_load(monkeypatch)) == 1


@pytest.mark.parametrize("kind", ["nbi", "nbc", "py", "sha256"])
@pytest.mark.parametrize("how", ["empty", "truncated", "flipped"])
def test_damaged_files_are_compiled_anew(how: str, kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _load(monkeypatch)
    (file,) = folder.rglob(f"nest_*.{kind}")
    whole = file.read_bytes()
    flipped = bytes([*whole[: len(whole) // 2], whole[len(whole) // 2] ^ 0xFF, *whole[len(whole) // 2 + 1 :]])
    file.write_bytes({"empty": b"", "truncated": whole[: len(whole) // 2], "flipped": flipped}[how])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _load(monkeypatch).twice(4.0) == 8.0
        again = _load(monkeypatch)
    assert (again.twice(4.0), _hits(again)) == (8.0, 1)


def test_numbas_own_settings_do_not_apply(folder: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o777)
    code = f"from carbonsweep.nest.cache import load_nest; print(load_nest({TEXT!r}).twice(3.0))"
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(shared), "NUMBA_CACHE_LOCATOR_CLASSES": "no.such.Locator"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "6.0\n"
    assert list(shared.iterdir()) == []
    assert list(folder.rglob("*.nbi"))


@pytest.mark.parametrize("what", ["folder", "__pycache__"])
def test_a_folder_that_others_can_write_to_is_refused(what: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _load(monkeypatch)
    (folder if what == "folder" else folder / what).chmod(0o777)
    with pytest.raises(StoreError, match="others can write to it"):
        _load(monkeypatch)


def test_files_of_others_are_not_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _load(monkeypatch)
    (index,) = folder.rglob("*.nbi")
    index.chmod(0o666)
    module = _load(monkeypatch)
    assert (_hits(module), module.twice(1.0)) == (0, 2.0)
    (index,) = folder.rglob("*.nbi")
    assert index.stat().st_mode & 0o022 == 0


def test_a_cache_that_cannot_be_written_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("CARBONSWEEP_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="cannot write the cache") as said:
        assert _load(monkeypatch).twice(4.0) == 8.0
    assert len(said) == 1
    assert sorted(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_full_disk_does_not_stop_anything(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache, "_write", full)
    with pytest.warns(UserWarning, match="No space left on device") as said:
        assert _load(monkeypatch).twice(4.0) == 8.0
    assert len(said) == 1
    assert not list(folder.glob("*.py"))
