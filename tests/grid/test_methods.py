"""One basis of power and one method of embodied carbon a plan: which is taken, what is said, what is refused."""

from __future__ import annotations

import pytest

import carbonsweep as cs
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.grid.bind import bind
from carbonsweep.grid.grid import Grid
from carbonsweep.grid.methods import SAID_BY
from carbonsweep.kernels import REGISTRY


def grid(accelerators: list[str], equations: dict[str, str] | None = None, **constants: object) -> Grid:
    given = {"devices": 64, "training_days": 10, "pue": 1.1, "carbon_intensity": 400, **constants}
    output = {"quantities": ["operational_carbon", "embodied_carbon"]}
    axes = {"accelerator": accelerators}
    return bind(cs.Plan(axes=axes, constants=given, equations=equations or {}, output=output))


def variant(found: Grid, quantity: str) -> str:
    return next(one.variant for one in found.graph.equations if one.quantity == quantity)


@pytest.mark.parametrize(
    ("accelerators", "basis", "said"),
    [
        (["h100-sxm5", "b200"], "nameplate", "power basis: nameplate"),
        (["h100-sxm5", "mi300x", "l4"], "nameplate", "power basis: nameplate"),
        (
            ["h100-sxm5", "tpu-v4"],
            "measured",
            "power basis: measured (tpu-v4 has no node maximum (node_max_power_w))",
        ),
        (
            ["b200", "tpu-v4"],
            "components",
            "power basis: components (tpu-v4 has no node maximum (node_max_power_w))",
        ),
        (
            ["h100-sxm5", "tpu-v5e"],
            "components",
            "power basis: components (tpu-v5e has no node maximum (node_max_power_w)); "
            "the design power of tpu-v5e is an outside estimate",
        ),
    ],
)
def test_power_has_one_basis(accelerators: list[str], basis: str, said: str) -> None:
    found = grid(accelerators)
    assert variant(found, "device_power") == basis
    assert said in found.notes


@pytest.mark.parametrize(
    ("accelerators", "method", "said"),
    [
        (["h100-sxm5", "b200"], "product_footprint", "embodied method: product_footprint, boundary: hardware"),
        (
            ["h100-sxm5", "mi325x"],
            "component",
            "embodied method: component (mi325x has no product footprint (product_footprint_id)), boundary: hardware",
        ),
        (
            ["h100-sxm5", "a100-sxm4-40gb"],
            "component",
            "embodied method: component (product footprints count different things: cradle to gate, base board share "
            "in; cradle to gate, module alone), boundary: hardware",
        ),
        (
            ["mi355x"],
            "component",
            "embodied method: component (mi355x has no product footprint (product_footprint_id)), boundary: hardware; "
            "the silicon of mi355x is assumed",
        ),
        (
            ["h100-pcie"],
            "component",
            "embodied method: component (h100-pcie has no product footprint (product_footprint_id)), boundary: "
            "hardware; the server of h100-pcie is assumed (generic-8)",
        ),
    ],
)
def test_embodied_carbon_has_one_method(accelerators: list[str], method: str, said: str) -> None:
    found = grid(accelerators)
    assert variant(found, "accelerator_unit_embodied") == method
    assert said in found.notes


@pytest.mark.parametrize(
    ("accelerators", "equations", "says"),
    [
        (
            ["h100-sxm5", "tpu-v4"],
            {"device_power": "nameplate"},
            "equations.device_power = 'nameplate': tpu-v4 has no node maximum (node_max_power_w); "
            "all of them have measured, components",
        ),
        (
            ["h100-sxm5", "mi325x", "l40s"],
            {"accelerator_unit_embodied": "product_footprint"},
            "equations.accelerator_unit_embodied = 'product_footprint': mi325x, l40s have no product footprint "
            "(product_footprint_id); all of them have component, die",
        ),
        (
            ["h100-sxm5", "mi325x"],
            {"accelerator_unit_embodied": "boavizta"},
            "mi325x has no footprint by Boavizta (boavizta_id); all of them have component, die",
        ),
        (["inferentia2"], {"device_power": "nameplate"}, "inferentia2 has no design power (tdp_w)"),
    ],
)
def test_what_a_device_lacks_is_refused(accelerators: list[str], equations: dict[str, str], says: str) -> None:
    with pytest.raises(cs.PlanError) as error:
        grid(accelerators, equations)
    assert says in str(error.value)


def test_what_a_plan_gives_decides() -> None:
    assert variant(grid(["h100-sxm5"], measured_device_power=900), "device_power") == "measured"
    assert variant(grid(["h100-sxm5"], power_fraction=0.7), "device_power") == "components"
    assert variant(grid(["h100-sxm5"], hbm3_carbon_density=2), "accelerator_unit_embodied") == "component"
    assert variant(grid(["mi300x"], product_footprint=400), "accelerator_unit_embodied") == "product_footprint"
    own = grid(["h100-sxm5"], {"device_power": "components", "accelerator_unit_embodied": "component"})
    assert not [note for note in own.notes if note.startswith(("power basis", "embodied method"))]


def test_embodied_carbon_that_cannot_be_known_is_refused_with_its_reason() -> None:
    with pytest.raises(cs.PlanError, match="inferentia2 has no logic_area in its catalog"):
        grid(["h100-sxm5", "inferentia2"])


def test_a_system_of_one_s_own_takes_the_place_of_the_usual_one() -> None:
    wanted = ["server_unit_embodied", "device_power", "server_devices"]
    usual = cs.estimate(accelerator="h100-sxm5", quantities=wanted)
    other = cs.estimate(accelerator="h100-sxm5", system="hgx-h20", quantities=wanted)
    assert usual["server_unit_embodied"] == pytest.approx(2211.98, abs=0.01)
    assert other["server_unit_embodied"] != usual["server_unit_embodied"]
    parts = 1.38 * (8 * 700 + 2 * 350 + 2048 * 0.392 + 25 * 10)
    assert other["device_power"] == pytest.approx(0.76 * parts / 8 * 1.05)
    four = cs.estimate(accelerator="h100-sxm5", devices_per_node=4, quantities=["server_devices"])
    assert four["server_devices"] == 4
    cloud = cs.estimate(accelerator="p5.4xlarge", quantities=["server_devices", "devices_per_node"])
    assert (cloud["server_devices"], cloud["devices_per_node"]) == (8, 1)


def test_a_device_made_by_hand_stands_in_a_server_that_is_said() -> None:
    found = evaluate_configuration({"thermal_design_power": 500}, ["device_power"])
    parts = 1.38 * (8 * 500 + 2 * 270 + 1024 * 0.392 + 25 * 8)
    assert found.quantities["device_power"] == pytest.approx(0.76 * parts / 8 * 1.05)
    assert "system is not given: generic-8 is taken" in found.notes


@pytest.mark.parametrize(
    ("accelerator", "power", "embodied"),
    [
        ("v100-sxm2-32gb", 330, 905.854 / 8),
        ("h100-sxm5", 700 + 338.752 / 8, 944.830 / 8),
        ("gh200-96gb", 1000 + 338.752 / 4, 14.652 + 827.614 / 4),
        ("tpu-v3", 220, 7 + 827.614 / 4),
        ("tpu-v4", 170, 6 * 1.6 + 827.614 / 4),
    ],
)
def test_llmcarbon_has_its_own_figures(accelerator: str, power: float, embodied: float) -> None:
    """LLMCarbon's node of 1 processor, 256 GB, 32 TB and 133.92 kg of other chips, whatever the server is."""
    wanted = ["device_power", "device_embodied"]
    found = evaluate_configuration({"accelerator": accelerator}, wanted, {"*": "llmcarbon"})
    assert found.quantities["device_power"] == pytest.approx(power, rel=1e-12)
    assert found.quantities["device_embodied"] == pytest.approx(embodied, rel=1e-9)
    assert not [note for note in found.notes if "basis" in note or "method" in note]


def test_the_boundary_of_embodied_carbon_is_one_a_plan() -> None:
    def embodied(**values: object) -> float:
        site = {"accelerator": "h100-sxm5", "device_power": 969, "storage_per_device": 10}
        return float(cs.estimate(**site, **values, quantities=["device_embodied"])["device_embodied"])

    assert embodied(embodied_boundary="device") == 164
    assert embodied() == embodied(embodied_boundary="hardware") == pytest.approx(495, rel=0.01)
    assert embodied(embodied_boundary="facility") == pytest.approx(998, rel=0.01)
    assert embodied(embodied_boundary="llmcarbon") == pytest.approx(118, rel=0.01)
    with pytest.raises(cs.PlanError, match="figures of different boundaries do not compare"):
        cs.search(
            cs.Plan(
                axes={"accelerator": ["h100-sxm5"], "embodied_boundary": ["device", "hardware"]},
                output={"quantities": ["device_embodied"]},
            ),
            minimize="device_embodied",
        )
    with pytest.raises(cs.PlanError, match="embodied_boundary is device, equations.device_embodied facility"):
        embodied(embodied_boundary="device", equations={"device_embodied": "facility"})


def test_basis_and_method_are_outputs_by_name() -> None:
    asked = ["power_basis", "embodied_method", "fleet_utilisation"]
    assert list(cs.estimate(accelerator="h100-sxm5", quantities=asked).values()) == [
        "nameplate",
        "product_footprint",
        1.0,
    ]
    owned = cs.estimate(accelerator="mi325x", device_power=500, ownership="owned", quantities=asked)
    assert list(owned.values()) == ["given", "component", 0.6]
    found = cs.estimate(accelerator="h100-sxm5", equations={"*": "llmcarbon"}, quantities=asked)
    assert list(found.values()) == ["measured_or_components", "die", 1.0]
    plan = cs.Plan(
        axes={"accelerator": ["h100-sxm5", "tpu-v4"]},
        constants={"device_hours": 1, "device_power": "2 * thermal_design_power"},
        output={"quantities": ["power_basis", "hardware_energy"]},
    )
    assert cs.to_pandas(plan)["power_basis"].tolist() == ["given", "given"]


def test_basis_and_method_have_a_name_for_every_variant() -> None:
    for said, quantity in SAID_BY.items():
        variants = {one.variant for one in REGISTRY.quantities[quantity]}
        assert {one.variant for one in REGISTRY.quantities[said]} == {"given", *variants}
        assert set(REGISTRY.choices_of(said)) == {"given", *variants}


def test_accelerators_in_a_zip_table_have_one_basis_too() -> None:
    """What their rows say of how figures are known is kept: the maximum of a TPU's host is not known."""
    plan = cs.Plan(
        axes={"device_hours": {"zip": {"device_hours": [1, 2, 3], "accelerator": ["b200", "tpu-v4", "b200"]}}},
        output={"quantities": ["power_basis", "hardware_energy"]},
    )
    found = bind(plan)
    assert "power basis: components (tpu-v4 has no node maximum (node_max_power_w))" in found.notes
