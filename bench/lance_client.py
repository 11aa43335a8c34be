"""LanceDB's own client in a process of its own: reads one order as JSON, prints a line as load.lua does.

By itself, so that its time and its memory are told apart from everybody else's.
"""

import json
import resource
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import lancedb
import numpy
import pyarrow
from lancedb.index import IvfPq

LIMIT = 10
# Of each connection, before anything is measured.
WARM_UP_SECONDS = 1


def main() -> None:
    # What releases to come will do otherwise is not for a report.
    warnings.simplefilter("ignore")
    order = json.load(sys.stdin)
    found = {"fill": fill, "find": find, "measure": measure}[order["task"]](order)
    print("RESULT " + json.dumps(found))


def fill(order: dict[str, Any]) -> dict[str, Any]:
    """Two tables of the same vectors, one with an index; and a small object beside them."""
    endpoint, keys = order["endpoint"], order["keys"]
    store = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=order["region"],
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
    )
    store.create_bucket(Bucket=order["bucket"])
    store.put_object(Bucket=order["bucket"], Key=order["small"], Body=b"x" * 1024)
    count, length = order["count"], order["length"]
    numbers = numpy.random.default_rng(1).random(count * length, dtype="float32")
    vectors = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(numbers), length)
    data = pyarrow.table({"id": range(count), "vector": vectors})
    plain, indexed = order["tables"]
    database(order).create_table(plain, data)
    database(order).create_table(indexed, data).create_index(
        "vector", config=IvfPq(distance_type="l2")
    )
    return {}


def find(order: dict[str, Any]) -> dict[str, Any]:
    """Which rows are found."""
    found = search(database(order).open_table(order["table"]), order)
    return {"ids": [row["id"] for row in found]}


def measure(order: dict[str, Any]) -> dict[str, Any]:
    """So many threads search again and again, with a table that is open, or opened each time."""
    count = order["connections"]
    databases = [database(order) for _ in range(count)]
    # What is opened, loaded and kept by the first searches is before the measurement.
    for base in databases:
        _again(base, order, WARM_UP_SECONDS)
    spent, begun = _spent(), time.perf_counter()
    with ThreadPoolExecutor(count) as pool:
        running = [pool.submit(_again, base, order, order["seconds"]) for base in databases]
        times = sorted(one for each in running for one in each.result())
    seconds = time.perf_counter() - begun

    def percentile(share: float) -> int:
        return round(times[min(int(len(times) * share), len(times) - 1)] * 1e6)

    return {
        "requests": len(times),
        "microseconds": round(seconds * 1e6),
        "p50": percentile(0.5),
        "p99": percentile(0.99),
        "cpu_microseconds": round((_spent() - spent) * 1e6),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def _again(base: Any, order: dict[str, Any], seconds: float) -> list[float]:
    times: list[float] = []
    table, until = base.open_table(order["table"]), time.perf_counter() + seconds
    # However slow the machine is, there is one.
    while not times or time.perf_counter() < until:
        begun = time.perf_counter()
        if order["opens"]:
            table = base.open_table(order["table"])
        search(table, order)
        times.append(time.perf_counter() - begun)
    return times


def _spent() -> float:
    """CPU seconds of this process so far, of all its threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def search(table: Any, order: dict[str, Any]) -> list[dict[str, Any]]:
    """As the order of the REST API says it."""
    found: list[dict[str, Any]] = table.search(order["vector"]).select(["id"]).limit(LIMIT).to_list()
    if len(found) != LIMIT:
        raise ValueError(f"{len(found)} rows")
    return found


def database(order: dict[str, Any]) -> Any:
    """The folder of tables, with a session of its own."""
    access_key, secret_key = order["keys"]
    options = {
        "aws_endpoint": order["endpoint"],
        "aws_access_key_id": access_key,
        "aws_secret_access_key": secret_key,
        "aws_region": order["region"],
        "aws_allow_http": "true",
    }
    return lancedb.connect(f"s3://{order['bucket']}/{order['path']}", storage_options=options)


if __name__ == "__main__":
    main()
