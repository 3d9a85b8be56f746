"""Spark in a process of its own: each line of its input asks about a run, each of its output answers, as JSON.

Spark warns about the pandas it finds, and takes ten seconds to start: one process serves all tests of a worker.
"""

from __future__ import annotations

import json
import sys

from pyspark.sql import SparkSession

session = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.shuffle.partitions", "1")
    .getOrCreate()
)
for line in sys.stdin:
    asked = json.loads(line)
    frame = session.read.parquet(asked["run"])
    frame.createOrReplaceTempView("run")
    columns = {field.name: [field.dataType.simpleString(), field.metadata] for field in frame.schema.fields}
    answers = [session.sql(text).first()[0] for text in asked["queries"]]
    print(json.dumps({"columns": columns, "answers": answers}), flush=True)
session.stop()
