"""A store with tables of Lance, Portico before it, and LanceDB's own client beside it."""

import argparse
import importlib.util
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcp
import servers
from lance_process import Ordered
from lance_ways import CLIENT, REST
from processes import BenchError, Server, free_port
from servers import Place, Setup
from signing import once, signed_headers
from workloads import EMPTY_HASH, Workload

STORE = Path(__file__).parents[1] / "tests" / "clients" / "weed.py"
BUCKET, FOLDER, SMALL, USER = "vectors", "bench", "small", "bench"
PLAIN, INDEXED = "plain", "indexed"
TABLES, SEARCH = "/api/v1/lance/tables", "/api/v1/lance/search"
# Bytes of the small object.
SIZE = 1024
# Every way searches for the same, and so: without re-reading vectors that the index has found.
SEARCHED = {
    "bucket": BUCKET,
    "path": FOLDER,
    "query_type": "vector",
    "select": ["id"],
    "limit": 10,
    "nprobes": 20,
}
# So many vectors are searched for in turns, and with so many of them the ways must agree first.
QUESTIONS, PROVEN = 64, 4


@dataclass(frozen=True)
class Desk:
    """Portico, somebody who has logged in there, and the store behind it."""

    args: argparse.Namespace
    folder: Path
    server: Server
    s3: Server
    bearer: dict[str, str]
    store: str
    store_keys: tuple[str, str]
    # What is searched for, one after the other.
    vectors: list[list[float]]

    def run(self, program: str, **more: Any) -> Ordered:
        """A program of the bench, at this store and this house."""
        order = {
            "endpoint": self.store,
            "keys": self.store_keys,
            "region": servers.REGION,
            "bucket": BUCKET,
            "path": FOLDER,
            "size": SIZE,
        }
        return Ordered(program, order | more, self.folder, self.args.lance_threads)

    def small(self, address: str, keys: tuple[str, ...]) -> dict[str, Any]:
        """A GET of the small object at this address."""
        path, work = f"/{BUCKET}/{SMALL}", Workload("GET", 0, EMPTY_HASH)
        headers = signed_headers(work, address, path, keys)
        return {"address": address, "path": path, "headers": headers}

    def straight(self) -> dict[str, Any]:
        """A GET of the small object at the store itself."""
        return self.small(self.store.removeprefix("http://"), self.store_keys)

    def storeless(self) -> tuple[dict[str, Any], int]:
        """A GET that Portico answers by itself, and the length of what it brings."""
        path = "/liveness"
        headers = {"Host": self.server.address}
        length = len(once("GET", path, self.server, headers).body)
        return {"address": self.server.address, "path": path, "headers": headers}, length

    def asker(self, task: str, way: str, table: str, **more: Any) -> Ordered:
        """Somebody who searches on one way, or fetches the small object."""
        bearer = {**self.bearer, "Content-Type": "application/json"}
        order = {
            "task": task,
            "way": way,
            "connections": 1,
            "vectors": self.vectors,
            "search": {**SEARCHED, "table": table},
            "rest": {"address": self.server.address, "path": SEARCH, "headers": bearer},
            "get": self.small(self.s3.address, servers.CLIENT_KEYS),
        }
        return self.run("lance_asker.py", **(order | more))


@contextmanager
def opened(args: argparse.Namespace, setup: Setup, say: Callable[[str], None]) -> Iterator[Desk | None]:
    """A house with its tables written; none where Portico or Python have no Lance."""
    if any(importlib.util.find_spec(name) is None for name in ("lancedb", "numpy", "boto3")):
        say("bench: lancedb is not installed (tests/clients/requirements.txt): no part on Lance")
        yield None
        return
    with _store() as weed:
        keys = (weed["access_key"], weed["secret_key"])
        with _portico(args, setup, weed["endpoint"], keys) as (server, s3, bearer):
            if once("GET", TABLES, server, bearer).status == 404:
                say("bench: Portico is built without Lance (run.sh with LANCE=1): no part on it")
                yield None
                return
            vectors = _vectors(args.lance_length)
            desk = Desk(args, setup.folder, server, s3, bearer, weed["endpoint"], keys, vectors)
            _fill(desk, say)
            yield desk


def _vectors(length: int) -> list[list[float]]:
    numbers = random.Random(2)
    return [[numbers.random() for _ in range(length)] for _ in range(QUESTIONS)]


def _fill(desk: Desk, say: Callable[[str], None]) -> None:
    count, length = desk.args.lance_count, desk.args.lance_length
    say(f"lance, {count} vectors of {length} numbers are written, and an index is built")
    order = {"count": count, "length": length, "tables": [PLAIN, INDEXED], "small": SMALL}
    with desk.run("lance_fill.py", **order) as filling:
        filling.result()
    for table in (PLAIN, INDEXED):
        wanted, found = _found(desk, CLIENT, table), _found(desk, REST, table)
        if found != wanted:
            raise BenchError(f"lance, {table}: portico finds {found}, the client {wanted}")


def _found(desk: Desk, way: str, table: str) -> list[list[int]]:
    with desk.asker("find", way, table, vectors=desk.vectors[:PROVEN]) as asker:
        # Rows of one distance may change places.
        return [sorted(ids) for ids in asker.result()["ids"]]


@contextmanager
def _store() -> Iterator[dict[str, str]]:
    """The SeaweedFS of the client suite, which ends when its input closes."""
    command = [sys.executable, "-B", str(STORE)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if process.stdin is None or process.stdout is None:
        raise BenchError("no pipes to the store")
    try:
        line = process.stdout.readline()
        if not line:
            raise BenchError("the store does not start")
        said: dict[str, str] = json.loads(line)
        yield said
    finally:
        process.stdin.close()
        process.wait()


@contextmanager
def _portico(
    args: argparse.Namespace, setup: Setup, store: str, keys: tuple[str, str]
) -> Iterator[tuple[Server, Server, dict[str, str]]]:
    s3, password = f"127.0.0.1:{free_port()}", os.urandom(9).hex()
    folder, address = setup.folder / "lance", f"127.0.0.1:{free_port()}"
    place = Place(setup, folder, address, store.removeprefix("http://"))
    portico = str(setup.binaries / "portico")
    words = {
        "S3": s3,
        "REGION": servers.REGION,
        "ACCESS_KEY": keys[0],
        "SECRET_KEY": keys[1],
        "CLIENT_ACCESS_KEY": servers.CLIENT_KEYS[0],
        "CLIENT_SECRET_KEY": servers.CLIENT_KEYS[1],
        "TOKEN_SECRET": os.urandom(32).hex(),
        "USER": USER,
        "LANCE_THREADS": str(args.lance_threads),
        "LANCE_DATA_CACHE": args.lance_data_cache,
        "PASSWORD_HASH": servers.password_hash(portico, password),
    }

    def command(place: Place) -> list[str]:
        conf = place.fill("portico_lance.toml", **words)
        # As packages set it: Lance would take all processors but two, and at least one.
        cpus = f"LANCE_CPU_THREADS={args.lance_threads}"
        return ["env", cpus, portico, "run", "--conf", str(conf)]

    with servers.started("portico", place, command, s3) as server:
        token = hcp.token(server, "", USER, password)
        bearer = {"Host": server.address, "Authorization": f"Bearer {token}"}
        yield server, Server("portico", s3, server.pid), bearer
