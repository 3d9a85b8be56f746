"""Read a run back with DuckDB: the ten configurations of least carbon that meet a loss target.

Usage: python examples/query.py RUN_FOLDER [LOSS]
"""

import sys

import duckdb

folder = sys.argv[1] if len(sys.argv) > 1 else "runs/llama_class"
loss = float(sys.argv[2]) if len(sys.argv) > 2 else 2.0

QUERY = """
select hidden_size, layers, tokens, accelerator, devices, region, lifetime_years,
       round(test_loss, 4) as test_loss, round(training_days, 1) as training_days,
       round(total_carbon / 1000, 3) as total_tCO2e
from read_parquet($files)
where test_loss <= $loss
order by total_carbon, region
limit 10
"""
files = f"{folder}/*.parquet"
((rows,),) = duckdb.sql("select count(*) from read_parquet($files)", params={"files": files}).fetchall()
print(f"{rows:,} rows in {folder}; the ten of least carbon with test_loss <= {loss}, read by DuckDB:")
duckdb.sql(QUERY, params={"files": files, "loss": loss}).show(max_width=200)
