"""The wheel by itself: built from a copy of the sources, installed outside the checkout, run from elsewhere."""

from __future__ import annotations

import json
import shutil
import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("source")
    for name in ("sweep", "kernels", "catalogs"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(out), str(source)]
    subprocess.run(command, check=True)
    (built,) = out.glob("*.whl")
    return built


def test_data_and_licences_are_inside(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in [*(ROOT / "catalogs").glob("*.csv"), *(ROOT / "catalogs").glob("*.json")]:
        assert f"carbonsweep/catalogs/{path.name}" in names
    assert "carbonsweep/catalogs/README.md" in names
    assert "carbonsweep/py.typed" in names
    for name in (
        "explorer/static/explore.js",
        "explorer/static/index.html",
        "explorer/static/LICENSES.txt",
        "pictures/coordinates.csv",
        "pictures/land-110m.json",
        "plan/plan.schema.json",
        "plan/begin_train.toml",
    ):
        assert f"carbonsweep/{name}" in names
    assert any(name.endswith("licenses/NOTICE") for name in names)
    assert not any(name.startswith(("tests", "benchmarks", "examples")) for name in names)


@pytest.mark.slow
def test_the_demo_plan_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "venv"
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    # Dependencies of this environment, but not its editable install: .pth files there are not read.
    packages = subprocess.run(
        [python, "-c", "import site; print(site.getsitepackages()[0])"], capture_output=True, text=True, check=True
    )
    (Path(packages.stdout.strip()) / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    shutil.copy(ROOT / "examples" / "llama_class.toml", tmp_path)
    done = subprocess.run(
        [place / "bin" / "carbonsweep", "run", "llama_class.toml", "--out", "run", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] > 1_000_000
    where = subprocess.run(
        [python, "-c", "import carbonsweep; print(carbonsweep.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(place) in where.stdout
