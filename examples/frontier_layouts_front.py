"""Carbon against days for two frontier models: the Pareto fronts of examples/frontier_layouts.toml, drawn.

A 405B dense model (Llama 3.1) and a 671B mixture of experts with 37B active (DeepSeek-V3) on H100 and B200 within 90
days: layout, device count, site and lifetime of 1.2 10^8 points are searched without storing them.

Usage: python examples/frontier_layouts_front.py [FILE.png|FILE.svg]      (needs altair and vl-convert-python)
"""

from __future__ import annotations

import sys
from pathlib import Path

import altair as alt

import carbonsweep as cs

PLAN = Path(__file__).parent / "frontier_layouts.toml"
LAYOUT = ["devices", "tensor_parallel", "pipeline_parallel", "data_parallel", "expert_parallel", "interleave"]


def main() -> None:
    file = sys.argv[1] if len(sys.argv) > 1 else "frontier_layouts.png"
    front = cs.pareto(cs.Plan.load(PLAN), minimize=["training_days", "total_carbon"], by=["model", "accelerator"])
    front["carbon"] = front["total_carbon"] / 1000
    front["on"] = front["model"].astype(str) + " on " + front["accelerator"].astype(str)
    least = front.sort_values("total_carbon").groupby("on").first()
    shown = [*LAYOUT, "microbatch", "region", "model_flops_utilisation", "training_days", "carbon"]
    print("Least carbon within 90 days:", least[shown].T.to_string(), sep="\n")
    chart = (
        alt.Chart(front, title="Training carbon against days: Pareto fronts", width=640, height=400)
        .mark_line(point=alt.OverlayMarkDef(size=20))
        .encode(
            x=alt.X("training_days:Q", title="days of training"),
            y=alt.Y("carbon:Q", title="training carbon, operational and embodied (tCO2e)").scale(type="log"),
            color=alt.Color("on:N", title=None),
            order="training_days:Q",
        )
    )
    chart.save(file, **({"scale_factor": 2} if file.endswith(".png") else {}))
    print(f"drawn to {file}")


if __name__ == "__main__":
    main()
