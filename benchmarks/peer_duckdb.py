"""The common grid in SQL: DuckDB ``COPY (SELECT ... CROSS JOIN ...) TO ... (FORMAT parquet)``.

The chain up to the energy is evaluated once for each design (architecture, tokens, accelerator, devices) in a
materialised table, then joined with the sites (region and lifetime), so that only the three columns which
differ from row to row are evaluated for every row, as in carbonsweep's loops.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
from common_grid import CODEC, Peers

DESIGNS = """
WITH architectures AS (
    SELECT h AS hidden_size, l AS layers,
        h * (h / {attention_heads}) * (2 * {attention_heads} + 2 * {kv_heads}) * l
        + (2 + {gated_ffn}) * h * l * (4 * h)
        + h * {vocabulary_size} * (2 - {tied_embeddings}) AS parameters
    FROM (SELECT unnest($hidden_size) AS h) CROSS JOIN (SELECT unnest($layers) AS l)
), split AS (
    SELECT *, 3e7 * memory AS capacity, parameters < node * 3e7 * memory AS fits,
        greatest(parameters, 0.5e9) AS size,
        CASE WHEN fits THEN ceil(parameters / capacity) ELSE node END AS tensor,
        CASE WHEN fits THEN 1.0::DOUBLE ELSE ceil(parameters / (node * capacity)) END AS pipeline,
        pipeline <= 1 AND size < 20e9 AS small,
        tensor * pipeline AS grp,
        CASE WHEN small THEN 1.31381254e-08 * size + 1.77462653e01
            ELSE (-3.48420436e-21 * size + 6.13525744e-09) * size + 3.91960713e02 END AS fit,
        greatest(round_even(round_even(fit / grp, 0) * {device_count_factor}, 0), 1.0) * grp AS optimal,
        CASE WHEN small THEN (-8.82079068e-20 * size + 1.68591116e-09) * size + 1.33954735e02
            ELSE (-5.60233749e-23 * size + 8.45435587e-11) * size + 1.34546129e02 END
            / 312.0 * {relative_efficiency} AS best
    FROM architectures CROSS JOIN accelerators
), scaled AS (
    SELECT *, least(best, CASE
        WHEN devices < optimal THEN {efficiency_gamma0} * (devices / optimal) * best
        WHEN devices > optimal THEN {efficiency_gamma1} * (optimal / devices) * best + {efficiency_gamma2}
        ELSE best END) AS efficiency
    FROM split CROSS JOIN (SELECT unnest($devices) AS devices)
)
SELECT hidden_size, layers, accelerator, devices, tokens, parameters,
    {loss_irreducible} + {loss_parameter_coefficient} / parameters ^ {loss_parameter_exponent}
        + {loss_token_coefficient} / tokens ^ {loss_token_exponent} AS test_loss,
    6.0 * parameters * tokens AS training_flops,
    training_flops / (devices * peak * efficiency) / 86400.0 AS training_days,
    devices * training_days * 24.0 * power / 1000.0 AS hardware_energy,
    hardware_energy * {pue} AS facility_energy,
    devices * (unit_embodied + {host_embodied} / node) * training_days
        / (365.0 * {fleet_utilisation}) AS yearly_embodied
FROM scaled CROSS JOIN (SELECT unnest($tokens) AS tokens)
"""

ROWS = """
COPY (
    SELECT hidden_size, layers, accelerator, devices, tokens, lifetime_years, region,
        parameters, test_loss, training_flops, training_days, hardware_energy,
        facility_energy * intensity / 1000.0 AS operational_carbon,
        yearly_embodied / lifetime_years AS embodied_carbon,
        operational_carbon + embodied_carbon AS total_carbon
    FROM designs CROSS JOIN sites
) TO '{out}' (FORMAT parquet, COMPRESSION {codec}_raw)
"""


def write(peers: Peers, out: Path) -> None:
    """Evaluate the grid and write it as one file.

    Enumerations for ids, no order kept and the default row groups: the fastest of the forms tried (others:
    larger row groups, a file for each thread, Parquet version 2).
    """
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2")
        connection.execute("SET preserve_insertion_order = false")
        for name, table in (("accelerator", peers.accelerators), ("region", peers.regions)):
            values = ", ".join(f"'{label}'" for label in table["id"])
            connection.execute(f"CREATE TYPE {name}_id AS ENUM ({values})")
            fields = ", ".join(f"unnest(${key}) AS {key}" for key in table if key != "id")
            connection.execute(f"CREATE TABLE {name}s AS SELECT unnest($id)::{name}_id AS {name}, {fields}", table)
        connection.execute(
            "CREATE TABLE sites AS SELECT * FROM (SELECT unnest($years) AS lifetime_years) CROSS JOIN regions",
            {"years": peers.lifetime_years},
        )
        lists = {name: getattr(peers, name) for name in ("hidden_size", "layers", "devices", "tokens")}
        constants = {name: f"{value!r}::DOUBLE" for name, value in peers.constants.items()}
        connection.execute("CREATE TABLE designs AS " + DESIGNS.format(**constants), lists)
        connection.execute(ROWS.format(out=out / "part.parquet", codec=CODEC))
