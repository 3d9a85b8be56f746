"""The plans of examples/ are plans, and do what is said of them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pandas as pd
import pytest

import carbonsweep as cs
from carbonsweep.engine.sweep import Sweep

ROOT = Path(__file__).parent.parent
PLANS = sorted((ROOT / "examples").glob("*.toml"))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_plan(path: Path) -> None:
    sweep = Sweep(cs.Plan.load(path))
    assert sweep.plan.title
    assert sweep.plan.output.objective
    # Every axis matters.
    assert not [note for note in sweep.grid.notes if "changes no requested quantity" in note]


def test_the_demo_has_a_million_points() -> None:
    assert Sweep(cs.Plan.load(ROOT / "examples" / "llama_class.toml")).grid.points >= 1_000_000


@pytest.mark.long
@pytest.mark.slow
def test_cloud_placement_meets_its_deadline() -> None:
    frame = cs.search(cs.Plan.load(ROOT / "examples" / "place_70b.toml"), top=3)
    assert (frame["training_days"] <= 60).all()
    assert frame["total_carbon"].is_monotonic_increasing


def search(name: str, **options: object) -> pd.DataFrame:
    return cs.search(cs.Plan.load(ROOT / "examples" / f"{name}.toml"), **options)


def test_page_reproduces_the_ratios() -> None:
    """Ren et al. 2024 in the US: 44 / 53 / 40 / 150; India: 3.4 for energy and nothing else."""
    frame = search("page", where="pue == 1.17").set_index("human_baseline")
    names = [f"human_{name}_ratio" for name in ("energy", "carbon", "water", "cost")]
    assert frame.loc["us", names].tolist() == pytest.approx([44, 53, 40, 150], rel=0.02)
    assert frame.loc["india", names[0]] == pytest.approx(3.4, abs=0.03)
    assert frame.loc["india", names[1:]].isna().all()


def test_water_and_carbon_disagree() -> None:
    """The site of least carbon is not that of least water, and site water follows the hardware's energy."""
    dry = search("water_and_carbon", minimize="operational_water", top=1)
    clean = search("water_and_carbon", minimize="operational_carbon", top=1)
    assert dry["region"][0] != clean["region"][0]
    assert dry["operational_carbon"][0] > 2 * clean["operational_carbon"][0]


def test_servers_to_keep() -> None:
    """Owned, the efficient Gold-6326 is second; if it were to be bought its making counts and it is seventh."""
    for status, place in (("owned", 1), ("replacement", 6)):
        frame = search(
            "which_servers", top=15, where=f"embodied_avoidable == {int(place == 6)} and carbon_intensity == 10"
        )
        assert frame["hardware_status"].unique().tolist() == [status]
        assert frame["server"][place] == "mit-xeon-gold-6326"


def test_slope_table_is_the_measured_one() -> None:
    """Mohammad-Mozaffari/slope README, OPT-13B: training 1.25, inference 1.54 / 1.39 / 1.36."""
    frame = search("slope_table", top=24, where="sparse_measured == 1")
    assert len(frame) == 12
    row = frame[frame["model"] == "opt-13b"].sort_values("adapter_rank_ratio")
    assert (1 / row["sparse_training_time_factor"]).tolist() == pytest.approx([1.25] * 3)
    assert (1 / row["sparse_inference_time_factor"]).tolist() == pytest.approx([1.54, 1.39, 1.36])
    assert row["model_memory_ratio"].tolist() == [0.51, 0.62, 0.68]
    assert (frame["extrapolated"] == 0).all()


@pytest.mark.long
@pytest.mark.slow
def test_sparsity_on_other_devices_is_marked() -> None:
    frame = search("slope_sites", top=6000)
    measured = (frame["model"] == "opt-30b") & frame["accelerator"].str.startswith("a100")
    sparse = frame["nm_sparsity"] == "2:4"
    assert (frame["extrapolated"] == (sparse & ~measured)).all()
    keys = ["model", "accelerator", "region", "devices", "sparse_power_factor"]
    both = frame.pivot(index=keys, columns="nm_sparsity", values="total_carbon")
    assert (both["2:4"] < both["dense"]).all()


def test_structures_of_the_teaser_figure() -> None:
    frame = search("structures", top=18, where="linear_in == 4096").set_index("linear_structure")
    expected = {"monarch": (1, 0.5, 0), "tensor_train": (1, 0.75, 2 / 3), "btt": (0.5, 0.3, 0), "dense": (1, 1, 0)}
    for name, values in expected.items():
        found = frame.loc[name, ["structure_psi", "structure_nu", "structure_omega"]].tolist()
        assert found == pytest.approx(values, abs=1e-9)


@pytest.mark.long
@pytest.mark.slow
def test_slow_kernels_decide_over_structures() -> None:
    """At equal compute a structure saves nothing: kernels of half the rate double its carbon."""
    best = {
        rate: search("structured_gpt", top=1, where=f"kernel_efficiency == {rate} and is_structured == 1")
        for rate in (0.5, 1)
    }
    assert best[1]["linear_structure"][0] == "monarch"
    assert best[0.5]["total_carbon"][0] == pytest.approx(2 * best[1]["total_carbon"][0], rel=0.01)
    dense = search("structured_gpt", top=1, where="is_structured == 0")
    assert dense["total_carbon"][0] == pytest.approx(best[1]["total_carbon"][0], rel=0.02)


def test_cumo_parameters_of_table_7() -> None:
    """NeurIPS Table 7 in billions: total and activated."""
    frame = search("cumo_parameters", top=8).set_index(["model", "vision_experts", "connector_experts"])
    names = ["multimodal_parameters", "multimodal_active_parameters"]
    for key, printed in {
        ("mistral-7b", 0, 0): (7.58, 7.58),
        ("mistral-7b", 0, 4): (7.65, 7.60),
        ("mistral-7b", 4, 4): (8.26, 7.80),
        ("mixtral-8x7b", 4, 4): (47.71, 13.45),
    }.items():
        assert (frame.loc[key, names] / 1e9).tolist() == pytest.approx(printed, rel=2e-3)


@pytest.mark.slow
def test_stages_of_cumo() -> None:
    """Each stage costs more than the one before it: more is trained, and on more samples."""
    frame = search("cumo_stages", top=528)
    stages = frame.groupby(["model", "accelerator", "region", "training_stage"], observed=True)["total_carbon"].sum()
    table = stages.unstack()
    assert (table["cumo-pt"] < table["cumo-pft"]).all()
    assert (table["cumo-pft"] < table["cumo-vit"]).all()


@pytest.mark.slow
def test_upcycling_pays_if_the_checkpoint_is_there() -> None:
    frame = search("upcycle", top=2400)
    owned = frame["checkpoint_status"] == "owned"
    saving = frame.loc[owned, "upcycling_saving"].to_numpy()
    assert saving == pytest.approx(1 - frame.loc[owned, "upcycle_fraction"].to_numpy())
    assert (frame.loc[~owned, "upcycling_saving"] < 0).all()
    assert (frame["upcycled_lifecycle_carbon"] >= frame["upcycling_carbon"]).all()
    assert (frame["test_loss"] <= 2.05).all()


@pytest.mark.long
@pytest.mark.slow
def test_the_least_carbon_within_limits() -> None:
    frame = search("serve_70b", top=20)
    assert (frame["serving_possible"] == 1).all()
    assert (frame["ttft_quantile"] <= 1).all()
    assert (frame["tpot"] <= 0.05).all()
    assert frame["request_carbon"].is_monotonic_increasing
    assert Sweep(cs.Plan.load(ROOT / "examples" / "serve_70b.toml")).grid.points >= 10_000_000


@pytest.mark.long
def test_larger_batches_save_energy_until_memory_is_full() -> None:
    frame = search("energy_by_batch", top=2000, where="serving_infeasibility == 0 and input_tokens == 500")
    for _, group in frame.groupby(["model", "accelerator"], observed=True):
        energy = group.sort_values("serving_batch")["energy_per_output_token"].to_numpy()
        assert (energy[1:] <= energy[:-1] * (1 + 1e-9)).all()


@pytest.mark.long
def test_new_devices_pay_sooner_on_a_dirty_grid() -> None:
    frame = search("keep_or_replace", top=200, where="request_rate == 50 and demand_growth == 1")
    table = frame.pivot(index="carbon_intensity", columns="accelerator", values="refresh_years")
    assert (table.diff().iloc[1:] < 0).all().all()
    assert (table.loc[800] < 0.2).all()


@pytest.mark.long
def test_the_commands_of_the_page_on_serving(command) -> None:
    """Each of the questions is answered; what it costs to compute is a second or less, but for the search."""
    text = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    commands = [shlex.split(line.strip()) for line in text.splitlines() if line.startswith("    carbonsweep ")]
    assert len(commands) == 11
    for program, *arguments in commands:
        if {f"examples/{name}.toml" for name in ("serve_70b", "energy_by_batch", "keep_or_replace")} & {*arguments}:
            continue  # these plans are searched above
        code, out, error = command(*(str(ROOT / one) if one.startswith("examples/") else one for one in arguments))
        assert (program, code) == ("carbonsweep", 0), (arguments, error)
        assert out


@pytest.mark.long
@pytest.mark.slow
def test_the_best_time_and_the_best_grid() -> None:
    """Spring in most grids; the grid that is far ahead by averages is the worst but one by marginal intensities."""
    frame = search("when_to_train", by=["region"], top=1).set_index("region")
    assert len(frame) == 8
    assert frame["start_hour"]["zone/US-CAL-CISO"] == pytest.approx(2775, abs=100)
    assert frame["total_carbon"].idxmin() == "zone/US-NW-BPAT"
    assert frame["total_carbon_marginal"].rank()["zone/US-NW-BPAT"] == 7
