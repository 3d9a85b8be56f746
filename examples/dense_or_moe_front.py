"""Loss against training carbon, dense models against mixtures of experts: LLMCarbon's case study 4, reconstructed.

Every model of the two lists is trained on 20 billion to 20 trillion tokens, on its own optimal number of V100
(PUE 1.1, 431 gCO2e/kWh). A Pareto front of each family is found without storing points, and drawn. The figures of
the paper are not at hand: this is a reconstruction from its recipe, and the loss of a mixture of experts rests on a
rule recalled from it.

Usage: python examples/dense_or_moe_front.py [FILE.png|FILE.svg]      (needs altair and vl-convert-python)
"""

from __future__ import annotations

import sys

import altair as alt
import pandas as pd

import carbonsweep as cs

DENSE = [
    "t5-11b", "gpt3-175b", "palm-540b", "gopher-280b", "chinchilla-70b", "lamda-137b", "jurassic-1-178b", "mt-nlg-530b",
    "bloom-176b", "yalm-100b", "glm-130b",
]  # fmt: skip
EXPERTS = ["gshard-600b", "switch-c", "glam-64b-64e", "fb-moe-1.1t", "st-moe-32b"]


def plan(models: list[str]) -> cs.Plan:
    """Each model over 500 sizes of data."""
    return cs.Plan(
        axes={"model": models, "tokens": {"geom": [2e10, 2e13, 500]}},
        constants={"accelerator": "V100-32GB", "pue": 1.1, "carbon_intensity": 431},
        equations={"*": "llmcarbon"},
        output={"quantities": ["test_loss", "total_carbon", "training_days", "devices"]},
    )


def main() -> None:
    file = sys.argv[1] if len(sys.argv) > 1 else "dense_or_moe.png"
    fronts = []
    for family, models in (("dense", DENSE), ("mixture of experts", EXPERTS)):
        front = cs.pareto(plan(models), minimize=["test_loss", "total_carbon"])
        print(f"{family}: {len(front)} of {len(models) * 500} points are not dominated")
        fronts.append(front.assign(family=family))
    frame = pd.concat(fronts, ignore_index=True)
    frame["carbon"] = frame["total_carbon"] / 1000
    chart = (
        alt.Chart(frame, title="Test loss against training carbon: Pareto fronts", width=640, height=400)
        .mark_line(point=alt.OverlayMarkDef(size=12))
        .encode(
            x=alt.X("carbon:Q", title="training carbon, operational and embodied (tCO2e)").scale(type="log"),
            y=alt.Y("test_loss:Q", title="test loss (nat/token)").scale(zero=False),
            color=alt.Color("family:N", title=None),
            order="total_carbon:Q",
        )
    )
    chart.save(file, **({"scale_factor": 2} if file.endswith(".png") else {}))
    print(f"drawn to {file}")


if __name__ == "__main__":
    main()
