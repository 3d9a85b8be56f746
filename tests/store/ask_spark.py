"""Questions to Spark about a run: ``ask_spark.py DIR QUERY ...`` prints the single value of each, as JSON.

A process of its own: Spark warns about the pandas it finds, and its Java process outlives a test.
"""

from __future__ import annotations

import json
import sys

from pyspark.sql import SparkSession

session = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .getOrCreate()
)
session.read.parquet(sys.argv[1]).createOrReplaceTempView("run")
print(json.dumps([session.sql(text).first()[0] for text in sys.argv[2:]]))
session.stop()
