"""Read a run with Spark: ``read_with_spark.py DIR`` prints rows, and type and metadata of every column, as JSON.

A process of its own: Spark warns about the pandas it finds, and its Java process outlives a test.
"""

from __future__ import annotations

import json
import sys

from pyspark.sql import SparkSession, functions

session = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .getOrCreate()
)
frame = session.read.parquet(sys.argv[1])
total = frame.agg(functions.sum("total_carbon")).first()[0]
columns = {field.name: [field.dataType.simpleString(), field.metadata] for field in frame.schema.fields}
print(json.dumps({"rows": frame.count(), "total": total, "columns": columns}))
session.stop()
