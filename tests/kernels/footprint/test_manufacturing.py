import pytest

from carbonsweep.kernels.footprint import manufacturing

LLMCARBON = {"*": "llmcarbon"}


@pytest.mark.parametrize(
    ("node", "area", "kilograms"),
    # LLMCarbon Table 3: CPU, TPUv3, V100, TPUv4, H100; A100 and P100 by the same rule
    [
        (16, 1.47, 1.47),
        (16, 7, 7),
        (12, 8.15, 9.78),
        (7, 4, 6.4),
        (4, 8.14, 14.652),
        (7, 8.26, 13.216),
        (14, 6, 6),
    ],
)
def test_table_3(node, area, kilograms):
    unit = manufacturing.accelerator_unit_embodied(area, manufacturing.carbon_per_area(node))
    assert unit == pytest.approx(kilograms, rel=1e-12)


def test_table_3_per_server(evaluate):
    # LLMCarbon Table 3 and its authors' node of 8 devices
    assert evaluate("cpu_unit_embodied", LLMCARBON) == pytest.approx(1.47)
    assert evaluate("dram_unit_embodied", LLMCARBON) == pytest.approx(102.4)
    assert evaluate("ssd_unit_embodied", LLMCARBON) == pytest.approx(589.824)
    assert evaluate("other_unit_embodied", LLMCARBON) == pytest.approx(133.92)
    for node, area, server in ((12, 8.15, 905.854), (16, 7, 883.614), (7, 4, 878.814), (4, 8.14, 944.830)):
        assert 8 * evaluate("device_embodied", LLMCARBON, process_node=node, die_area=area) == pytest.approx(server)


@pytest.mark.parametrize(
    ("epa", "gpa", "cpa"),
    # ACT v2, 28, 7 and 3 nm, Taiwan 2023, 95 % abatement, before yield
    [(0.9, 0.175, 1.2528), (2.15, 0.35, 2.2303), (3.25, 0.47, 3.0565)],
)
def test_act(evaluate, epa, gpa, cpa):
    fab = {"fab_energy_per_area": epa, "fab_gas_per_area": gpa, "fab_material_per_area": 0.5}
    assert evaluate("carbon_per_area", {"*": "act"}, **fab) == pytest.approx(cpa / 0.875, rel=5e-5)


@pytest.mark.parametrize("variant", ["product_footprint", "boavizta"])
def test_footprint_of_the_device_keeps_its_share_of_the_server(evaluate, variant):
    name = variant if variant == "product_footprint" else "boavizta_footprint"
    pin = {**LLMCARBON, "accelerator_unit_embodied": variant}
    host = 1.47 + 102.4 + 589.824 + 133.92  # Table 3: CPU, DRAM, SSD, others
    assert evaluate("device_embodied", pin, **{name: 164}) == pytest.approx(164 + host / 8, rel=1e-12)
