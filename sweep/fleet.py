"""Which servers of an owned fleet should do the work: picks under each metric, the fleet's footprint, the penalty.

Servers are filled in the order of a metric, each to full load, so that only the last is partly loaded; power goes in
proportion to load. The fleet's footprint is the embodied carbon of all servers and the operational carbon of those
at work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.catalogs import Row, load
from carbonsweep.foundation.errors import PlanError, suggestion
from carbonsweep.foundation.results import Result
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.footprint import sci

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

    from carbonsweep.plan.plan import Plan

METRICS = ("sci", "osci", "tsci")
AT = "place"


@dataclass(frozen=True)
class Placement(Result):
    """What `place` finds.

    Attributes
    ----------
    table
        One row for each amount of work and metric: operational, embodied and whole footprint of the fleet (kgCO2e),
        and how much more that is than the least of the metrics.
    picks
        One row for each amount of work, metric and kind of server at work.
    penalty
        One row for each amount of work: sunk_carbon_penalty.
    """

    table: pd.DataFrame
    picks: pd.DataFrame
    penalty: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name).to_dict("records") for name in ("table", "picks", "penalty")}

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import frame_table, stack

        return stack(
            frame_table("Servers picked", self.picks),
            frame_table("Footprint of the fleet", self.table),
            frame_table("What ranking by SCI costs", self.penalty),
        )


def place(
    fleet: str | Path,
    work: float | str | Sequence[float | str],
    *,
    carbon_intensity: float,
    pue: float,
    years: float = 1.0,
    lifetime_years: float = 5.0,
    amortisation: str = "fixed_life",
) -> Placement:
    """Place work on the servers of an owned fleet under each metric.

    Parameters
    ----------
    fleet
        A CSV file with the columns of the catalog `servers`, or the name of a fleet of that catalog (``"mit"``).
    work
        The rate of work, in the unit of the servers' performance, or a share of what the fleet can do (``"40%"``);
        or several of these.
    carbon_intensity, pue
        Of the site (gCO2e/kWh, 1).
    years
        How long the work lasts.
    lifetime_years, amortisation
        Over how long manufacturing carbon is spread: see the input ``amortisation``.

    Raises
    ------
    PlanError
        If the fleet cannot be read, a value is out of range, or the work is more than the fleet can do.
    """
    import pandas as pd

    servers = _fleet(fleet)
    site = [_checked(name, value) for name, value in (("carbon_intensity", carbon_intensity), ("pue", pue))]
    life = _checked("lifetime_years", lifetime_years)
    if not (np.isfinite(years) and years > 0):
        raise PlanError(f"{AT}: years: {years:g} must be a number above zero")
    choices = REGISTRY.inputs["amortisation"].choices
    if amortisation not in choices:
        hint = suggestion(amortisation, choices) or f"; choose from {', '.join(choices)}"
        raise PlanError(f"{AT}: amortisation has no choice {amortisation!r}{hint}")
    code = float(choices.index(amortisation))

    count = np.array([float(row.values["count"] or 1) for row in servers])
    performance = np.array([row.inputs["server_performance"] for row in servers])
    spread = [float(sci.amortisation_years(code, life, np.nan_to_num(row.inputs["server_age"]))) for row in servers]
    osci = np.array(
        [sci.osci_server(r.inputs["server_power"], site[1], site[0], r.inputs["server_performance"]) for r in servers]
    )
    embodied = np.array(
        [
            sci.embodied_per_unit_server(r.inputs["server_embodied"], s, r.inputs["server_performance"])
            for r, s in zip(servers, spread, strict=True)
        ]
    )
    fleet_embodied = float((count * performance * embodied).sum()) * years / 1000.0
    capacity = float((count * performance).sum())

    given = [work] if isinstance(work, str | int | float) else list(work)
    amounts = [_amount(one, capacity) for one in given]
    if not amounts:
        raise PlanError(f"{AT}: work: the list is empty; give at least one amount")
    tables, picks, penalties = [], [], []
    for amount in amounts:
        keys = {
            "sci": osci + embodied,
            "osci": osci,
            "tsci": osci + 1000.0 * fleet_embodied / (amount * years),
        }
        operational = {}
        for metric in METRICS:
            done = _fill(keys[metric], count * performance, amount)
            operational[metric] = float((done * osci).sum()) * years / 1000.0
            for row, one, key in zip(servers, done, keys[metric], strict=True):
                if one > 0:
                    used = int(np.ceil(one / row.inputs["server_performance"] * (1 - 1e-12)))
                    facts = {"work": amount, "metric": metric, "server": row.id, "gCO2e per unit": float(key)}
                    picks.append({**facts, "servers used": used, "work done": float(one)})
        best = min(operational.values()) + fleet_embodied
        for metric in METRICS:
            total = operational[metric] + fleet_embodied
            facts = {"work": amount, "share of fleet": amount / capacity, "metric": metric}
            facts |= {"operational kgCO2e": operational[metric], "embodied kgCO2e": fleet_embodied}
            tables.append({**facts, "fleet kgCO2e": total, "over the least": total / best - 1.0 if best > 0 else 0.0})
        value = sci.sunk_carbon_penalty(*map(np.float64, (operational["sci"], operational["osci"], fleet_embodied)))
        penalties.append({"work": amount, "share of fleet": amount / capacity, "sunk_carbon_penalty": float(value)})
    return Placement(pd.DataFrame(tables), pd.DataFrame(picks), pd.DataFrame(penalties))


def sunk_carbon(plan: Plan | str | Path, *, among: str) -> pd.DataFrame:
    """The sunk-carbon penalty over every slice of owned hardware of a plan.

    Parameters
    ----------
    plan
        Its points must have ``sci``, ``osci`` and ``embodied_per_unit``; its constraints hold. Only points whose
        ``hardware_status`` is owned, or not said, count.
    among
        The axis whose values are the alternatives, all of them owned (``server``, ``accelerator``, ...). All other axes
        make the slices.

    Returns
    -------
    pandas.DataFrame
        One row a slice: its axes, the picks of SCI and of oSCI, the fleet's embodied carbon for each unit of work
        (gCO2e/unit) and the penalty.

    Raises
    ------
    PlanError
        If there is no such axis, nothing is owned, or the plan lacks an input.
    """
    from carbonsweep.plan.plan import Plan
    from carbonsweep.tabular.stream import to_pandas

    plan = Plan.of(plan)
    if among not in plan.axes:
        raise PlanError(f"{plan.file}: among: no axis {among!r}{suggestion(among, plan.axes)}")
    status = plan.constants.get("hardware_status", "owned")
    if status != "owned":
        raise PlanError(
            f"{plan.file}: constants.hardware_status: {status!r} carbon is not sunk; only owned hardware counts"
        )
    data = plan.canonical()
    wanted = ["osci", "embodied_per_unit", "sci"]
    frame = to_pandas(Plan(**{**data, "output": {"quantities": wanted}}, file=plan.file)).dropna(subset=wanted)
    if "hardware_status" in plan.axes:
        frame = frame[frame["hardware_status"] == "owned"]
    if frame.empty:
        raise PlanError(f"{plan.file}: no point is both owned and within the constraints")
    slices = [axis for axis in plan.axes if axis not in (among, "hardware_status")]
    groups = frame.groupby(slices, observed=True, sort=False) if slices else [((), frame)]
    return _penalties(groups, slices, among)


def _penalties(groups: Any, slices: list[str], among: str) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for key, group in groups:
        by_sci, by_osci = group.loc[group["sci"].idxmin()], group.loc[group["osci"].idxmin()]
        owned = float(group["embodied_per_unit"].sum())
        value = sci.sunk_carbon_penalty(*(np.float64(one) for one in (by_sci["osci"], by_osci["osci"], owned)))
        picked = {"pick of sci": by_sci[among], "pick of osci": by_osci[among], "fleet embodied gCO2e per unit": owned}
        rows.append({**dict(zip(slices, key, strict=True)), **picked, "sunk_carbon_penalty": float(value)})
    return pd.DataFrame(rows)


def _fill(key: np.ndarray, capacity: np.ndarray, amount: float) -> np.ndarray:
    """How much each kind of server does when they fill up in the order of the key, ties in the fleet's order."""
    done = np.zeros_like(capacity)
    left = amount
    for kind in np.argsort(key, kind="stable"):
        done[kind] = min(left, capacity[kind])
        left -= done[kind]
    return done


def _fleet(fleet: str | Path) -> list[Row]:
    if isinstance(fleet, Path) or str(fleet).endswith(".csv"):
        return [row for row in load("servers", fleet, at=f"{AT}: ").rows if row.file == str(fleet)]
    rows = load("servers").rows
    known = dict.fromkeys(str(row.values["fleet"]) for row in rows if row.values["fleet"])
    if fleet not in known:
        hint = suggestion(fleet, known) or f"; there are: {', '.join(known)}"
        raise PlanError(f"{AT}: no fleet {fleet!r} in catalog servers{hint}; or give a .csv file")
    return [row for row in rows if row.values["fleet"] == fleet]


def _amount(work: float | str, capacity: float) -> float:
    """A rate of work in the fleet's unit."""
    text = str(work).strip()
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        raise PlanError(f"{AT}: work: {text!r} is neither a number nor a share such as 40%") from None
    amount = value / 100.0 * capacity if text.endswith("%") else value
    if not 0.0 < amount <= capacity:
        raise PlanError(f"{AT}: work: {text} is outside (0, {capacity:g}], the fleet's capacity; 100% is all of it")
    return amount


def _checked(name: str, value: float) -> float:
    valid = REGISTRY.valid(name)
    if not np.isfinite(value) or value not in valid:
        raise PlanError(f"{AT}: {name}: {value:g} is outside {valid.text}, its valid range ({REGISTRY.unit(name)})")
    return float(value)
