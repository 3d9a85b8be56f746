"""The common grid with Polars: lazy cross joins, expressions and ``sink_parquet``.

The chain up to the energy is evaluated once for each design (architecture, tokens, accelerator, devices), then
cross joined with the sites (region and lifetime), so that only the three columns which differ from row to row
are evaluated for every row, as in carbonsweep's loops.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
from common_grid import CODEC, QUANTITIES, Peers
from polars import col


def designs(peers: Peers) -> pl.LazyFrame:
    """Every design with what does not depend on the site."""
    c = peers.constants

    def axis(name: str) -> pl.LazyFrame:
        return pl.LazyFrame({name: getattr(peers, name)}, schema={name: pl.Float64})

    h, size, best, optimal = col("hidden_size"), col("size"), col("best"), col("optimal")
    ids = pl.Enum(peers.accelerators["id"])
    accelerators = pl.LazyFrame(peers.accelerators).with_columns(col("id").cast(ids)).rename({"id": "accelerator"})
    heads = 2.0 * c["attention_heads"] + 2.0 * c["kv_heads"]
    attention = h * (h / c["attention_heads"]) * heads * col("layers")
    ffn = (2.0 + c["gated_ffn"]) * h * col("layers") * (4.0 * h)
    embeddings = h * c["vocabulary_size"] * (2.0 - c["tied_embeddings"])
    small = (col("pipeline") <= 1.0) & (size < 20e9)
    fits = col("parameters") < col("node") * col("capacity")
    full = (col("parameters") / (col("node") * col("capacity"))).ceil()

    def rint(value: pl.Expr) -> pl.Expr:
        return value.round(0, mode="half_to_even")

    by_loss = c["loss_parameter_coefficient"] / col("parameters") ** c["loss_parameter_exponent"]
    by_tokens = c["loss_token_coefficient"] / col("tokens") ** c["loss_token_exponent"]
    groups = rint(rint(col("fit") / col("group")) * c["device_count_factor"])
    below = c["efficiency_gamma0"] * (col("devices") / optimal) * best
    above = c["efficiency_gamma1"] * (optimal / col("devices")) * best + c["efficiency_gamma2"]
    embodied = col("devices") * (col("unit_embodied") + c["host_embodied"] / col("node")) * col("training_days")
    return (
        axis("hidden_size")
        .join(axis("layers"), how="cross")
        .with_columns(parameters=attention + ffn + embeddings)
        .join(accelerators, how="cross")
        .with_columns(capacity=3e7 * col("memory"), size=pl.max_horizontal("parameters", pl.lit(0.5e9)))
        .with_columns(
            tensor=pl.when(fits).then((col("parameters") / col("capacity")).ceil()).otherwise(col("node")),
            pipeline=pl.when(fits).then(1.0).otherwise(full),
        )
        .with_columns(
            group=col("tensor") * col("pipeline"),
            fit=pl.when(small)
            .then(1.31381254e-08 * size + 1.77462653e01)
            .otherwise((-3.48420436e-21 * size + 6.13525744e-09) * size + 3.91960713e02),
            best=pl.when(small)
            .then((-8.82079068e-20 * size + 1.68591116e-09) * size + 1.33954735e02)
            .otherwise((-5.60233749e-23 * size + 8.45435587e-11) * size + 1.34546129e02)
            / 312.0
            * c["relative_efficiency"],
        )
        .with_columns(optimal=pl.max_horizontal(groups, pl.lit(1.0)) * col("group"))
        .join(axis("devices"), how="cross")
        .with_columns(
            efficiency=pl.min_horizontal(
                best,
                pl.when(col("devices") < optimal)
                .then(below)
                .when(col("devices") > optimal)
                .then(above)
                .otherwise(best),
            )
        )
        .join(axis("tokens"), how="cross")
        .with_columns(
            test_loss=c["loss_irreducible"] + by_loss + by_tokens,
            training_flops=6.0 * col("parameters") * col("tokens"),
        )
        .with_columns(
            training_days=col("training_flops") / (col("devices") * col("peak") * col("efficiency")) / 86400.0
        )
        .with_columns(
            hardware_energy=col("devices") * col("training_days") * 24.0 * col("power") / 1000.0,
            yearly_embodied=embodied / (365.0 * c["fleet_utilisation"]),
        )
        .with_columns(facility_energy=col("hardware_energy") * c["pue"])
    )


def rows(peers: Peers) -> pl.LazyFrame:
    """Every row: designs by sites."""
    ids = pl.Enum(peers.regions["id"])
    regions = pl.LazyFrame(peers.regions).with_columns(col("id").cast(ids)).rename({"id": "region"})
    sites = pl.LazyFrame({"lifetime_years": peers.lifetime_years}).join(regions, how="cross")
    axes = ("hidden_size", "layers", "accelerator", "devices", "tokens", "lifetime_years", "region")
    return (
        # Collected first: a small frame, and the streaming engine then multiplies it out fastest.
        designs(peers)
        .collect()
        .lazy()
        .join(sites.collect().lazy(), how="cross")
        .with_columns(
            operational_carbon=col("facility_energy") * col("intensity") / 1000.0,
            embodied_carbon=col("yearly_embodied") / col("lifetime_years"),
        )
        .with_columns(total_carbon=col("operational_carbon") + col("embodied_carbon"))
        .select(*axes, *QUANTITIES)
    )


def write(peers: Peers, out: Path) -> None:
    """Evaluate the grid and write it as one file.

    Row groups of 2^17 rows: on the large grid faster than Polars' own choice, and than 2^19 and 2^20.
    """
    rows(peers).sink_parquet(
        out / "part.parquet",
        compression=CODEC,
        compression_level=1 if CODEC == "zstd" else None,
        row_group_size=1 << 17,
        maintain_order=False,
    )
