"""A catalog file of a user, written for one test."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def user_file(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / f"my_{name}.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
