"""Power of training nodes, predicted beside measured, with the constants of power by work: benchmarks/fit_power.py.

Rows of catalogs/power.csv that were measured on whole nodes while training, on accelerators of whose server the maximum
is known, without switches (network_power_fraction 0). Two bases: a share of the maximum, and the work of the step where
the model is known. The constants of work, node_overhead_fraction and waiting_power_fraction, are fitted with their
priors on the rows of known models: least squares on the logarithm of predicted over measured power.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.evidence.power import by_maximum, measured_servers
from carbonsweep.kernels import REGISTRY

WORKLOADS = {
    "v100-sxm2-32gb-training-gpt3": {"model": "gpt3-175b", "devices": 10000},
    "v100-sxm2-32gb-training-xlm": {"model": "xlm-r-large", "devices": 512},
    "a100-sxm4-80gb-training-bloom": {"model": "bloom-176b", "devices": 384},
    "h100-sxm5-training-newkirk": {"model": "llama-2-13b", "devices": 8},
}
"""What ran, by row; a model of 13e9 parameters on one node stands for the compute-intensive load of Newkirk et al."""
PRIORS = {"node_overhead_fraction": (0.6, 0.5, 0.75, 0.15), "waiting_power_fraction": (0.3, 0.17, 0.45, 0.35)}
"""Mean, bounds and standard deviation of the logarithm."""
SIGMA = 0.10
"""Error of a row, relative."""


@dataclass(frozen=True)
class Node:
    """One measured node: what it draws for each device, and what the two bases say."""

    name: str
    measured: float
    confidence: str
    nameplate: float
    parts: dict[str, float]

    def work(self, overhead: float, waiting: float) -> float:
        """Power by work; NaN where the model is not known."""
        if not self.parts:
            return math.nan
        busy, used = self.parts["training_busy_power"], self.parts["device_utilisation"]
        idle = waiting * self.parts["thermal_design_power"]
        return used * busy + (1.0 - used) * idle + overhead * self.parts["node_overhead_per_device"]


def nodes() -> list[Node]:
    """The measured nodes whose server has a known maximum; those of a rule are not measured."""
    found = []
    for row in measured_servers():
        given = {"accelerator": row.values["accelerator_id"], "network_power_fraction": 0}
        wanted = ["training_busy_power", "device_utilisation", "thermal_design_power", "node_overhead_per_device"]
        run = WORKLOADS.get(row.id)
        parts = evaluate_configuration({**given, **run}, wanted).quantities if run else {}
        found.append(Node(row.id, float(row.values["power_w"]), row.confidence, by_maximum(row), parts))
    return found


def fit(rows: list[Node]) -> tuple[float, float]:
    """The most likely constants on a grid within their bounds."""
    known = [row for row in rows if row.parts]

    def cost(values: tuple[float, ...]) -> float:
        misfit = sum((math.log(row.work(*values) / row.measured) / SIGMA) ** 2 for row in known)
        prior = sum((math.log(v / mean) / sd) ** 2 for v, (mean, _, _, sd) in zip(values, PRIORS.values(), strict=True))
        return misfit + prior

    axes = [np.linspace(low, high, 51) for _, low, high, _ in PRIORS.values()]
    overhead, waiting = min(itertools.product(*axes), key=cost)
    return float(overhead), float(waiting)


def main() -> None:
    rows = nodes()
    fitted = fit(rows)
    for name, value in zip(PRIORS, fitted, strict=True):
        _, low, high, _ = PRIORS[name]
        print(f"{name} = {value:.3g} within [{low}, {high}]; in use: {REGISTRY.inputs[name].default:g}")
    print(f"\n{'node':34} {'measured W':>10} {'nameplate':>10} {'work':>10}")
    for row in rows:
        by_work = row.work(*fitted)
        shown = "" if math.isnan(by_work) else f"{by_work / row.measured - 1:+.1%}"
        print(f"{row.name:34} {row.measured:10.0f} {row.nameplate / row.measured - 1:+10.1%} {shown:>10}")
    high = [row for row in rows if row.confidence == "high"]
    nameplate = [abs(row.nameplate / row.measured - 1) for row in high]
    work = [abs(row.work(*fitted) / row.measured - 1) for row in high if row.parts]
    for name, errors in (("nameplate", nameplate), ("work", work)):
        mean, worst = np.mean(errors), max(errors)
        print(f"{name}: mean error {mean:.1%}, worst {worst:.1%}, {len(errors)} rows of high confidence")


if __name__ == "__main__":
    main()
