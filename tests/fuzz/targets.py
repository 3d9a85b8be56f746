"""The parsers that are tried, each with inputs that it takes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
from pyarrow import csv, parquet

import carbonsweep as cs
from carbonsweep import catalogs
from carbonsweep.catalogs.catalog import load
from carbonsweep.catalogs.draws import read_draws
from carbonsweep.catalogs.grid_exports import read_export
from carbonsweep.catalogs.years import years_given
from carbonsweep.grid.bind import bind
from carbonsweep.plan.expression import parse, parse_arithmetic

HERE = Path(__file__).parent
TESTS = HERE.parent
BUILT_IN = Path(catalogs.__file__).parent
CATALOGS = ("accelerators", "models", "regions", "embodied", "servers", "engines")
EXPRESSIONS = (
    b"training_days <= 60 and not (test_loss > 2.1 or feasible == 0)",
    b"where(devices > 64, log2(devices) ** 2, min(layers, 3) / 1.5e3)",
    b"total_carbon + 1000 * (accelerator == 'h100-sxm5') - abs(-pue)",
)
FEW_ROWS = 4
BINDS_ONE_IN = 25
"""Plans that can be read are bound now and then: it takes a hundred times as long as to read one."""


@dataclass(frozen=True)
class Target:
    """A parser: what it reads, and how it is called with the bytes of a file in an empty folder."""

    seeds: Callable[[random.Random, Path], bytes]
    read: Callable[[bytes, Path, random.Random], object]


def _examples(chance: random.Random, folder: Path) -> bytes:
    return chance.choice(sorted((TESTS.parent / "examples").glob("*.toml"))).read_bytes()


def _plan(data: bytes, folder: Path, chance: random.Random) -> object:
    path = folder / "plan.toml"
    path.write_bytes(data)
    plan = cs.Plan.load(path)
    return bind(plan) if chance.randrange(BINDS_ONE_IN) == 0 else plan


def _expression(data: bytes, folder: Path, chance: random.Random) -> object:
    text = data.decode("utf-8", "replace")
    return parse(text, "where") if chance.random() < 0.5 else parse_arithmetic(text, "quantities.x")


def _rows(chance: random.Random, folder: Path) -> bytes:
    """A few rows of a catalog that is shipped, whose name is kept for reading it again."""
    name = chance.choice(CATALOGS)
    (folder / "catalog").write_text(name)
    header, *rows = (BUILT_IN / f"{name}.csv").read_bytes().splitlines(keepends=True)
    return header + b"".join(chance.sample(rows, chance.randint(1, FEW_ROWS)))


def _catalog(data: bytes, folder: Path, chance: random.Random) -> object:
    path = folder / "rows.csv"
    path.write_bytes(data)
    return load((folder / "catalog").read_text(), path)


def _configs(chance: random.Random, folder: Path) -> bytes:
    return chance.choice(sorted((TESTS / "catalogs" / "hf_config").rglob("*.json"))).read_bytes()


def _config(data: bytes, folder: Path, chance: random.Random) -> object:
    path = folder / "config.json"
    path.write_bytes(data)
    return cs.model_from_config(path)


def _hours(chance: random.Random, folder: Path) -> bytes:
    """A year in the format of one's own."""
    start = datetime(2025, 1, 1)
    lines = [f"{start + timedelta(hours=hour):%Y-%m-%dT%H:00Z},{100 + hour % 24}" for hour in range(8760)]
    return "\n".join(["timestamp,value", *lines]).encode()


def _export(data: bytes, folder: Path, chance: random.Random) -> object:
    path = folder / "hours.csv"
    path.write_bytes(data)
    return read_export(path, "location_lifecycle", None, None, None)


def _joint(chance: random.Random, folder: Path) -> bytes:
    """A table of joint draws, as CSV or Parquet, which is kept for reading it again."""
    columns = {"pue": [1.1, 1.2, 1.3], "weight": [1, 2, 3], "note": ["a", "b", "c"]}
    kind = chance.choice(["csv", "parquet"])
    (folder / "kind").write_text(kind)
    table, buffer = pa.table(columns), pa.BufferOutputStream()
    (csv.write_csv if kind == "csv" else parquet.write_table)(table, buffer)
    return buffer.getvalue().to_pybytes()


def _draws(data: bytes, folder: Path, chance: random.Random) -> object:
    path = folder / f"draws.{(folder / 'kind').read_text()}"
    path.write_bytes(data)
    return read_draws(path, ["pue"])


def _years(data: bytes, folder: Path, chance: random.Random) -> object:
    return years_given(data.decode("utf-8", "replace"), "")


def _stored(folder: Path) -> None:
    """A small run, written once for each folder, and its files as they were."""
    run = folder / "run"
    if not run.exists():
        plan = cs.Plan(
            axes={"facility_energy": {"linear": [1, 9, 50]}, "carbon_intensity": [100, 500]},
            output={"quantities": ["operational_carbon"]},
        )
        cs.run(plan, run)
        for path in run.rglob("*"):
            if path.is_file():
                (folder / f"whole-{path.name}").write_bytes(path.read_bytes())


def _manifests(chance: random.Random, folder: Path) -> bytes:
    _stored(folder)
    return next(folder.glob("whole-*manifest*")).read_bytes()


def _parts(chance: random.Random, folder: Path) -> bytes:
    _stored(folder)
    return next(folder.glob("whole-part*")).read_bytes()


def _manifest(data: bytes, folder: Path, chance: random.Random) -> object:
    run = folder / "run"
    next(run.glob("*manifest*")).write_bytes(data)
    return cs.info(run) if chance.random() < 0.5 else cs.verify(run)


def _footer(data: bytes, folder: Path, chance: random.Random) -> object:
    """The ends of a part file are mutated, where its footer is."""
    run = folder / "run"
    whole = next(folder.glob("whole-*manifest*"))
    (run / whole.name.removeprefix("whole-")).write_bytes(whole.read_bytes())
    part = next(run.glob("part*"))
    part.write_bytes(data)
    return cs.info(part) if chance.random() < 0.5 else cs.verify(run)


TARGETS = {
    "plan": Target(_examples, _plan),
    "expression": Target(lambda chance, folder: chance.choice(EXPRESSIONS), _expression),
    "catalog": Target(_rows, _catalog),
    "config.json": Target(_configs, _config),
    "grid export": Target(_hours, _export),
    "draws": Target(_joint, _draws),
    "years": Target(lambda chance, folder: b"2026: 390, 2030: 2.5e2, 2050: 40", _years),
    "manifest": Target(_manifests, _manifest),
    "part footer": Target(_parts, _footer),
}
