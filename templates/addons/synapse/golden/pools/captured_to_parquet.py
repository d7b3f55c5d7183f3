"""Captured topics of pools, from Avro to Parquet, one day at a time.

Event Hubs captures Avro, which serverless SQL does not read; Spark reads it. This script writes what serverless SQL
reads: one folder for each topic and day. A day that is written again replaces itself, so a run may be repeated.

Run it as a Spark job definition of the workspace, once a day, or paste it into a notebook:

    captured_to_parquet.py [--day 2026-11-22] [--topic NAME ...]

Without --day it takes yesterday (UTC), the last day that is whole. Files are named after the time of capture, so a record
that arrived shortly before midnight may be in the next day's folder; `enqueued_at` says when it arrived.

Whoever runs it needs Storage Blob Data Contributor on the account, as does the workspace's identity for pipelines.
"""

import argparse
import re
from datetime import date, datetime, timedelta, timezone

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

TOPICS = [
    "telemetry",
]

CAPTURED = "abfss://raw@stkafkapoolsweu.dfs.core.windows.net"
NAME_FORMAT = "{Namespace}/{EventHub}/date={Year}-{Month}-{Day}/{Hour}-{Minute}-{Second}-{PartitionId}"

# Below the workspace's own container; captured.sql reads from there.
OUTPUT = "captured"


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--day", type=date.fromisoformat, default=datetime.now(timezone.utc).date() - timedelta(days=1))
    parser.add_argument("--topic", action="append", help="one topic; all of them without it")
    # A notebook has arguments of its own.
    return parser.parse_known_args()[0]


def own_container(spark):
    """The root of the workspace's own container, such as abfss://synapse@account.dfs.core.windows.net."""
    return spark.sparkContext._jsc.hadoopConfiguration().get("fs.defaultFS").rstrip("/")


def files_of(topic, day):
    """The glob of all files of a topic and a day, whatever the order of the words in their names."""
    known = {"EventHub": topic, "Year": f"{day:%Y}", "Month": f"{day:%m}", "Day": f"{day:%d}"}
    return re.sub(r"\{(\w+)\}", lambda word: known.get(word[1], "*"), NAME_FORMAT) + ".avro"


def partition_pattern():
    """Finds the partition's number in a file's name."""
    parts = re.split(r"(\{\w+\})", NAME_FORMAT)
    words = {"{PartitionId}": r"(\d+)"}
    return "/" + "".join(words.get(part, "[^/]*?" if part.startswith("{") else re.escape(part)) for part in parts) + r"\.avro$"


def is_any(spark, glob):
    path = spark.sparkContext._jvm.org.apache.hadoop.fs.Path(glob)
    found = path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()).globStatus(path)
    return found is not None and len(found) > 0


def records(spark, glob):
    """One row a record. A property of an event is one of four types: member0 long, 1 double, 2 string, 3 bytes."""
    text = "coalesce(v.member2, decode(v.member3, 'UTF-8'), string(v.member0), string(v.member1))"
    return spark.read.format("avro").load(glob).select(
        F.regexp_extract(F.input_file_name(), partition_pattern(), 1).cast("int").alias("partition"),
        F.col("SequenceNumber").alias("sequence_number"),
        F.col("Offset").alias("offset"),
        F.to_timestamp("EnqueuedTimeUtc", "M/d/yyyy h:mm:ss a").alias("enqueued_at"),
        # The key of a Kafka record travels as a system property, its headers as properties.
        F.expr("decode(try_element_at(SystemProperties, 'x-opt-kafka-key').member3, 'UTF-8')").alias("key"),
        F.expr(f"to_json(transform_values(Properties, (k, v) -> {text}))").alias("headers"),
        F.col("Body").alias("value"),
    )


def main():
    given = options()
    spark = SparkSession.builder.getOrCreate()
    # The times in the files are UTC, whatever the session thinks.
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    for topic in given.topic or TOPICS:
        glob = f"{CAPTURED}/{files_of(topic, given.day)}"
        if not is_any(spark, glob):
            print(f"{topic}: nothing was captured on {given.day}")
            continue
        folder = f"{own_container(spark)}/{OUTPUT}/{topic}/date={given.day}"
        records(spark, glob).write.mode("overwrite").parquet(folder)
        print(f"{topic}: {spark.read.parquet(folder).count()} records of {given.day} in {folder}")


if __name__ == "__main__":
    main()
