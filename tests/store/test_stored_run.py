"""A run of an earlier release is read, verified and described by this one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import carbonsweep as cs

RUN = Path(__file__).parent / "stored" / "release_0_1_0"


def test_it_is_whole_and_describes_itself() -> None:
    assert cs.verify(RUN).whole
    about = cs.info(RUN)
    assert (about["state"], about["version"], about["points"], about["rows"]) == ("finished", "0.1.0", 8, 8)
    assert about["plan"]["constraints"] == {"training_days": "<= 60"}
    units = {column["name"]: column["unit"] for column in about["columns"]}
    assert (units["total_carbon"], units["training_days"], units["training_flops"]) == ("kgCO2e", "day", "FLOP")


def test_its_numbers_are_those_that_were_written() -> None:
    frame = pd.read_parquet(RUN)
    assert (frame["training_flops"] == 6.0 * frame["parameters"] * frame["tokens"]).all()
    days = (
        frame["training_flops"]
        / (512 * frame["accelerator"].map({"h100-sxm5": 989e12, "a100-sxm4-80gb": 312e12}).astype(float) * 0.4)
        / 86400
    )
    assert frame["training_days"].to_numpy() == pytest.approx(days.to_numpy(), rel=1e-3)
    assert (frame["meets_constraints"] == (frame["training_days"] <= 60)).all()
