"""Bashir et al. 2024 (arXiv 2410.15087), read in the authors' LaTeX source; their figures decoded from vector files."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonsweep.catalogs import load
from carbonsweep.kernels.footprint import sci

SITE = {"pue": 1, "carbon_intensity": 14}
A = {**load("servers").get("e-2286g").inputs, **SITE}
B = {**load("servers").get("gold-6538n").inputs, **SITE}


def test_two_servers(evaluate):
    """Section 3, printed to two digits; SCI picks A, oSCI and tSCI pick B."""
    found = {name: [evaluate(name, **server) for server in (A, B)] for name in ("osci", "embodied_per_unit", "sci")}
    assert found["osci"] == pytest.approx([0.83, 0.56], abs=0.005)
    assert found["embodied_per_unit"] == pytest.approx([0.11, 0.45], abs=0.005)
    assert found["sci"] == pytest.approx([0.94, 1.01], abs=0.007)
    owned = sum(found["embodied_per_unit"])
    total = [operational + owned for operational in found["osci"]]
    assert total == pytest.approx([1.39, 1.12], abs=0.015)
    assert found["sci"][0] < found["sci"][1]
    assert found["osci"][1] < found["osci"][0]
    assert total[1] < total[0]
    assert sci.sunk_carbon_penalty(*found["osci"], owned) == pytest.approx(0.2401, abs=5e-5)


def test_penalty_of_the_rounded_table():
    assert 100 * sci.sunk_carbon_penalty(0.83, 0.56, 0.56) == pytest.approx(24.10, abs=0.02)


LIFE = {1: 8.04, 2: 13.77, 3: 18.09, 4: 21.43, 5: 24.11, 6: 26.30, 7: 28.13, 8: 29.66, 9: 30.99, 10: 32.15}


@pytest.mark.parametrize(("years", "printed"), LIFE.items())
def test_penalty_by_life(years, printed):
    """The figure holds the pick of five years; from seven on SCI itself would pick server B."""
    assert 100 * sci.sunk_carbon_penalty(0.83, 0.56, 0.56 * 5 / years) == pytest.approx(printed, abs=0.03)


SHARE = {
    0: 48.2,
    10: 37.79,
    20: 29.75,
    30: 23.36,
    40: 18.16,
    50: 13.84,
    60: 10.20,
    70: 7.09,
    80: 4.42,
    90: 2.06,
    100: 0,
}


@pytest.mark.parametrize(("share", "printed"), SHARE.items())
def test_penalty_by_share_of_embodied_carbon(share, printed):
    fraction = share / 100
    scale = 0.56 * (1 - fraction) / (1.39 * fraction) if share else 1e9
    penalty = sci.sunk_carbon_penalty(scale * 0.83, scale * 0.56, 0.56)
    assert 100 * penalty == pytest.approx(printed, abs=0.03)


def test_idle_servers_of_the_worked_example(evaluate):
    """A: 400 g, 10 y, 40 cores of which 10 used; B: 50 g, 5 y, 10 cores, all used. The job has B for a year: 25 g."""
    own = 50 / 5
    idle = {"idle_fleet_devices": 30 / 40, "device_embodied": 0.4, "training_days": 365, "lifetime_years": 10}
    share = evaluate("idle_embodied_carbon", **idle, usage_share=10 / 20)
    assert own + 1000 * share == pytest.approx(25, abs=1e-9)
    total = evaluate(
        "tsci",
        **idle,
        idle_power_per_device=0,
        usage_share=0.5,
        operational_carbon=0,
        embodied_carbon=0.01,
        functional_units=1,
        pue=1,
        carbon_intensity=0,
    )
    assert total == pytest.approx(25, abs=1e-9)


# printed columns M and O of the case study, in the order of the catalog
PRINTED = [
    (0.234, 0.425), (0.289, 0.508), (0.194, 0.632), (0.183, 0.709), (0.096, 0.844), (0.209, 0.810), (0.573, 0.459),
    (0.251, 1.853), (0.253, 1.952), (0.312, 2.080), (0.253, 2.564), (0.343, 2.777), (0.365, 3.492), (0.542, 4.524),
    (0.639, 5.366),
]  # fmt: skip
MISPRINTED = {"mit-xeon-e5-2640v4": 0.191, "mit-xeon-e5-2640v3": 0.193, "mit-xeon-e5335": 0.511}


def test_the_case_study(evaluate):
    rows = [row for row in load("servers").rows if row.values["fleet"] == "mit"]
    count = [row.values["count"] for row in rows]
    totals = {"embodied_kg": 17632.71, "performance": 8261198, "tdp_w": 74045, "cores": 6204, "threads": 11956}
    for column, total in totals.items():
        assert sum(n * row.values[column] for n, row in zip(count, rows, strict=True)) == pytest.approx(total, rel=1e-9)
    assert sum(count) == 740
    assert (
        sum(n for n, row in zip(count, rows, strict=True) if row.values["age_years"] <= 5) == 236
    )  # printed as younger than 5
    for row, (embodied, operational) in zip(rows, PRINTED, strict=True):
        given = {**row.inputs, "pue": 1, "carbon_intensity": 10, "amortisation": 2, "lifetime_years": 5}
        assert evaluate("osci", **given) == pytest.approx(operational, abs=6e-4)
        expected = MISPRINTED.get(row.id, embodied)
        assert evaluate("embodied_per_unit", **given) == pytest.approx(expected, abs=1e-3)


def test_ranking_of_the_case_study(evaluate):
    """Gold-6326 is second by oSCI and seventh by SCI."""
    rows = [row for row in load("servers").rows if row.values["fleet"] == "mit"]
    site = {"pue": 1, "carbon_intensity": 10, "amortisation": 2}
    for metric, place in (("osci", 1), ("sci", 6)):
        order = sorted(rows, key=lambda row: evaluate(metric, **row.inputs, **site))
        assert order[place].id == "mit-xeon-gold-6326"


def test_amortisation():
    assert sci.amortisation_years(0.0, 5.0, 9.0) == 5
    assert sci.amortisation_years(1.0, 5.0, 5.0) == 5
    assert sci.amortisation_years(1.0, 5.0, 5.1) == math.inf
    assert sci.embodied_per_unit_server(10.0, math.inf, 100.0) == 0
    assert sci.amortisation_years(2.0, 5.0, 9.0) == 9


TRAINING = {"operational_carbon": 100, "embodied_carbon": 30, "functional_units": 1e3}


@pytest.mark.parametrize(("status", "carbon"), [(0, 100), (1, 100), (2, 130), (3, 130)])
def test_status_decides_what_may_be_counted(evaluate, status, carbon):
    """owned, rented, replacement, new"""
    assert evaluate("ranking_carbon", **TRAINING, hardware_status=status) == carbon
    assert evaluate("ranking_sci", **TRAINING, hardware_status=status) == pytest.approx(carbon)
    assert evaluate("sci", **TRAINING) == pytest.approx(130)
    assert evaluate("rsci", **TRAINING, reconciliation_factor=1.5) == pytest.approx(150)


def test_idle_time_is_charged_once(evaluate):
    """Half the fleet idle: fleet_utilisation puts its embodied carbon into the run, or idle_fleet_devices names it."""
    run = {"devices": 8, "training_days": 10, "device_embodied": 200, "functional_units": 1, "pue": 1}
    run |= {"device_power": 0, "idle_power_per_device": 0, "carbon_intensity": 0}
    whole = {"embodied_carbon": 8 * 200 * 10 / 1825 / 0.5, "fleet_utilisation": 0.5, "idle_fleet_devices": 8, **run}
    assert evaluate("tsci", **whole) / 1000 == pytest.approx(whole["embodied_carbon"])
    assert evaluate("fleet_carbon", **whole) == pytest.approx(whole["embodied_carbon"])


positive = st.floats(1e-3, 1e6)


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=8))
def test_penalty_is_never_negative(servers):
    """Whatever the owned servers are: (oSCI, embodied carbon) of each, equal work."""
    by_sci = min(servers, key=sum)
    least = min(operational for operational, _ in servers)
    penalty = sci.sunk_carbon_penalty(by_sci[0], least, sum(embodied for _, embodied in servers))
    assert penalty >= 0
    assert penalty == 0 or by_sci[0] > least
