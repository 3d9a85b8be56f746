"""Read a run back with DuckDB: the ten configurations of least carbon that meet a loss target, a deadline and a budget.

Usage: python examples/query.py RUN_FOLDER [LOSS] [DAYS] [BUDGET_USD]
"""

import sys

import duckdb

RENT = {"a100-sxm4-80gb": 1.3, "h100-sxm5": 3.0, "b200": 4.7}
"""USD for an hour of one device on demand: middle of public price pages of specialised clouds in May and June 2026
(mercatus-ai.com, packet.ai). Put your own here."""

folder = sys.argv[1] if len(sys.argv) > 1 else "runs/llama_class"
loss, days, budget = (
    float(sys.argv[place]) if len(sys.argv) > place else usual for place, usual in ((2, 2.0), (3, 30.0), (4, 500_000.0))
)

QUERY = """
select hidden_size, layers, tokens, accelerator, devices, region, lifetime_years,
       round(test_loss, 4) as test_loss, round(training_days, 1) as training_days,
       round(24 * training_days * devices * rent) as rent_usd, round(total_carbon / 1000, 3) as total_tCO2e
from read_parquet($files) join (select unnest($names) as accelerator, unnest($rents) as rent) using (accelerator)
where test_loss <= $loss and training_days <= $days and 24 * training_days * devices * rent <= $budget
order by total_carbon, region
limit 10
"""
files = f"{folder}/*.parquet"
((rows,),) = duckdb.sql("select count(*) from read_parquet($files)", params={"files": files}).fetchall()
print(
    f"{rows:,} rows in {folder}; the ten of least carbon with test_loss <= {loss:g} in {days:g} days "
    f"for {budget:,.0f} USD, read by DuckDB:"
)
given = {"files": files, "loss": loss, "days": days, "budget": budget, "names": [*RENT], "rents": [*RENT.values()]}
duckdb.sql(QUERY, params=given).show(max_width=200)
