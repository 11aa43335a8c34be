"""Fills the store: reads one order as JSON, and writes the tables by LanceDB's own client."""

import json
import sys
import warnings
from typing import Any

import boto3
import numpy
import pyarrow
from lancedb.index import IvfPq

from lance_base import database


def main() -> None:
    # What releases to come will do otherwise is not for a report.
    warnings.simplefilter("ignore")
    order = json.loads(sys.stdin.readline())
    _object(order)
    _tables(order)
    print("RESULT {}", flush=True)


def _object(order: dict[str, Any]) -> None:
    """The small object beside the tables, and the bucket for both."""
    store = boto3.client(
        "s3",
        endpoint_url=order["endpoint"],
        region_name=order["region"],
        aws_access_key_id=order["keys"][0],
        aws_secret_access_key=order["keys"][1],
    )
    store.create_bucket(Bucket=order["bucket"])
    store.put_object(Bucket=order["bucket"], Key=order["small"], Body=b"x" * order["size"])


def _tables(order: dict[str, Any]) -> None:
    """Two of the same vectors, one with an index."""
    count, length = order["count"], order["length"]
    numbers = numpy.random.default_rng(1).random(count * length, dtype="float32")
    vectors = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(numbers), length)
    data = pyarrow.table({"id": range(count), "vector": vectors})
    base, (plain, indexed) = database(order), order["tables"]
    base.create_table(plain, data)
    base.create_table(indexed, data).create_index("vector", config=IvfPq(distance_type="l2"))


if __name__ == "__main__":
    main()
