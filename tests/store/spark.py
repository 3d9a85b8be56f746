"""Questions to Spark about a run."""

from __future__ import annotations

import atexit
import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest


@functools.cache
def _process() -> tuple[subprocess.Popen[str], Path]:
    """The process of Spark, and the file of what it complains about."""
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        pytest.skip("needs the extra `peers` and Java")
    handle, said = tempfile.mkstemp()
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("spark_process.py"))],
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=handle,
        text=True,
    )
    os.close(handle)

    def end() -> None:
        if process.stdin is not None:
            process.stdin.close()
        process.wait()
        Path(said).unlink()

    atexit.register(end)
    return process, Path(said)


def ask(run: Path, queries: Sequence[str]) -> dict[str, Any]:
    """Types and metadata of the columns of ``spark.read.parquet(RUN)``, and the single value of each query of it."""
    process, said = _process()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"run": str(run), "queries": list(queries)}) + "\n")
    process.stdin.flush()
    for line in process.stdout:
        if line.startswith('{"columns"'):
            found: dict[str, Any] = json.loads(line)
            return found
    pytest.fail(said.read_text(encoding="utf-8", errors="replace")[-2000:])
