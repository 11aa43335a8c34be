"""Many searches at once: the door goes on as before, and whoever is one too many comes again.

By how much a small GET may slow down is measured in release, by `bench/run.py --lance only`. What is
looked at here holds in a debug build on a busy machine, and does not where queries run on the threads
of the proxy.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

import pytest
import requests

from support import rest
from support.boto import Client
from support.tables import Tables, tables
from support.target import Keys, Target

pytestmark = pytest.mark.timed

COUNT, LENGTH = 20_000, 128
NEAR: list[float] = [0.5] * LENGTH
SEARCHERS, GETS = 10, 200
# Default of `lance.max_queries`; so many more than that that some come while all places are taken.
PLACES, CROWD, ROUNDS = 16, 48, 5
SMALL = b"x" * 1024


@dataclass(frozen=True)
class Times:
    """Seconds of requests that came one after the other."""

    found: list[float]

    @property
    def p50(self) -> float:
        return statistics.median(self.found)

    @property
    def p99(self) -> float:
        return sorted(self.found)[int(len(self.found) * 0.99) - 1]


@pytest.fixture(scope="module")
def folder(target: Target, bearer: str, keys: Keys, bucket: str, s3: Client) -> Tables:
    """A folder with one table that has no index, and a small object beside it."""
    folder = tables(target, bearer, keys, bucket, "crowd")
    arrow, numpy = pytest.importorskip("pyarrow"), pytest.importorskip("numpy")
    numbers = numpy.random.default_rng(3).random(COUNT * LENGTH, dtype="float32")
    column = arrow.FixedSizeListArray.from_arrays(arrow.array(numbers), LENGTH)
    folder.database.create_table("heavy", arrow.table({"id": range(COUNT), "vector": column}))
    s3.put_object(Bucket=bucket, Key="small", Body=SMALL)
    return folder


def search(folder: Tables) -> requests.Response:
    """Looks at every vector of the table."""
    place = {"bucket": folder.bucket, "path": folder.path, "table": "heavy"}
    order = {"query_type": "vector", "vector": NEAR, "select": ["id"], "limit": 10}
    return rest.post(folder.target, "/lance/search", folder.bearer, place | order)


def times(folder: Tables, s3: Client) -> Times:
    """Small GETs through the S3 door, one after the other."""
    found = []
    for _ in range(GETS):
        begun = time.perf_counter()
        body = s3.get_object(Bucket=folder.bucket, Key="small")["Body"].read()
        found.append(time.perf_counter() - begun)
        assert body == SMALL
    return Times(found)


@contextmanager
def searches(folder: Tables) -> Iterator[list[Future[list[int]]]]:
    """So many that search again and again, until the block ends; each gives its statuses."""
    enough = Event()

    def one() -> list[int]:
        found = [search(folder).status_code]
        while not enough.is_set():
            found.append(search(folder).status_code)
        return found

    with ThreadPoolExecutor(SEARCHERS) as pool:
        running = [pool.submit(one) for _ in range(SEARCHERS)]
        try:
            yield running
        finally:
            enough.set()


def test_small_gets_while_ten_search(folder: Tables, s3: Client) -> None:
    assert search(folder).status_code == 200
    before = times(folder, s3)
    with searches(folder) as running:
        crowded = times(folder, s3)
        went_on = not any(one.done() for one in running)
    statuses = [status for one in running for status in one.result()]
    assert went_on
    assert set(statuses) == {200}
    told = f"p50 {before.p50:.4f} s, then {crowded.p50:.4f}; p99 {before.p99:.4f}, then {crowded.p99:.4f}"
    # Searches and this client share the processors with the proxy: slower it may be, blocked never.
    assert crowded.p50 < 5 * before.p50 + 0.1, told
    assert crowded.p99 < 10 * before.p99 + 1.0, told


def test_who_comes_beyond_the_last_place_comes_again(folder: Tables, s3: Client) -> None:
    refused = []
    for _ in range(ROUNDS):
        with ThreadPoolExecutor(CROWD) as pool:
            asked = [pool.submit(search, folder) for _ in range(CROWD)]
            # The door knows nothing of it.
            times(folder, s3)
        answers = [one.result() for one in asked]
        found = [answer.status_code for answer in answers]
        assert set(found) <= {200, 429}, found
        assert found.count(200) >= PLACES
        refused = [answer for answer in answers if answer.status_code == 429]
        if refused:
            break
    assert refused, f"{CROWD} at once, and there was room for all of them"
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    answer = search(folder)
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == 10
