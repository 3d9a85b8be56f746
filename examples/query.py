"""Read a run back with DuckDB: the ten configurations of least carbon that meet a loss target, a deadline and a budget.

Usage: python examples/query.py RUN_FOLDER [LOSS] [DAYS] [BUDGET_USD]

Rent is that of specialised clouds in the catalog of prices, the middle of what they asked for in 2026.
"""

import sys

import duckdb

import carbonsweep as cs

folder = sys.argv[1] if len(sys.argv) > 1 else "runs/llama_class"
loss, days, budget = (
    float(sys.argv[place]) if len(sys.argv) > place else usual for place, usual in ((2, 2.0), (3, 30.0), (4, 500_000.0))
)

QUERY = """
select hidden_size, layers, tokens, accelerator, devices, region, lifetime_years,
       round(test_loss, 4) as test_loss, round(training_days, 1) as training_days,
       round(24 * training_days * devices * rent) as rent_usd, round(total_carbon / 1000, 3) as total_tCO2e
from read_parquet($files) join
     (select accelerator_id as accelerator, (usd_low + usd_high) / 2 as rent from prices where market = 'specialised')
     using (accelerator)
where test_loss <= $loss and training_days <= $days and rent_usd <= $budget
order by total_carbon, region
limit 10
"""
files = f"{folder}/*.parquet"
prices = cs.catalog("prices").reset_index()
((rows,),) = duckdb.sql("select count(*) from read_parquet($files)", params={"files": files}).fetchall()
print(
    f"{rows:,} rows in {folder}; the ten of least carbon with test_loss <= {loss:g} in {days:g} days "
    f"for {budget:,.0f} USD, read by DuckDB:"
)
given = {"files": files, "loss": loss, "days": days, "budget": budget}
duckdb.sql(QUERY, params=given).show(max_width=200)
