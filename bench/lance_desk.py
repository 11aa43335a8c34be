"""A store with tables of Lance, Portico before it, and LanceDB's own client beside it."""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcp
import servers
from processes import BenchError, Server, free_port
from servers import Place, Setup
from signing import once, signed_headers
from workloads import EMPTY_HASH, Workload

STORE = Path(__file__).parents[1] / "tests" / "clients" / "weed.py"
CLIENT = Path(__file__).with_name("lance_client.py")
BUCKET, FOLDER, SMALL, USER = "vectors", "bench", "small", "bench"
PLAIN, INDEXED = "plain", "indexed"
TABLES, SEARCH = "/api/v1/lance/tables", "/api/v1/lance/search"
LIMIT = 10
# To fill the store, and to build an index, on a slow machine.
CLIENT_SECONDS = 1800


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
    vector: list[float]

    def client(self, task: str, **more: Any) -> dict[str, Any]:
        """What LanceDB's own client finds."""
        order = {
            "task": task,
            "endpoint": self.store,
            "keys": self.store_keys,
            "region": servers.REGION,
            "bucket": BUCKET,
            "path": FOLDER,
            "vector": self.vector,
        }
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        ran = subprocess.run(
            [sys.executable, "-B", str(CLIENT)],
            input=json.dumps(order | more),
            capture_output=True,
            text=True,
            env=environment,
            timeout=CLIENT_SECONDS,
        )
        results = [line for line in ran.stdout.splitlines() if line.startswith("RESULT ")]
        if ran.returncode or not results:
            raise BenchError(f"LanceDB's client fails to {task}:\n{ran.stdout}{ran.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(results[-1].removeprefix("RESULT "))
        return found

    def order(self, table: str) -> Path:
        """The body of a search, as a file."""
        place = {"bucket": BUCKET, "path": FOLDER, "table": table}
        what = {"query_type": "vector", "vector": self.vector, "select": ["id"], "limit": LIMIT}
        file = self.folder / f"search-{table}.json"
        file.write_text(json.dumps(place | what))
        return file

    @property
    def headers(self) -> dict[str, str]:
        """Of a search."""
        return {**self.bearer, "Content-Type": "application/json"}

    def small(self) -> tuple[str, dict[str, str]]:
        """A GET of the small object through the S3 door: where, and with which headers."""
        path = f"/{BUCKET}/{SMALL}"
        return path, signed_headers(Workload("GET", 0, EMPTY_HASH), self.s3.address, path)


@contextmanager
def opened(
    args: argparse.Namespace, setup: Setup, say: Callable[[str], None]
) -> Iterator[Desk | None]:
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
            vector = [0.5] * args.lance_length
            desk = Desk(args, setup.folder, server, s3, bearer, weed["endpoint"], keys, vector)
            _fill(desk, say)
            yield desk


def _fill(desk: Desk, say: Callable[[str], None]) -> None:
    count, length = desk.args.lance_count, desk.args.lance_length
    say(f"lance, {count} vectors of {length} numbers are written, and an index is built")
    desk.client("fill", count=count, length=length, tables=[PLAIN, INDEXED], small=SMALL)
    for table in (PLAIN, INDEXED):
        wanted = desk.client("find", table=table)["ids"]
        answer = once("POST", SEARCH, desk.server, desk.headers, desk.order(table).read_bytes())
        if answer.status != 200:
            raise BenchError(f"portico answers {answer.status} to a search: {answer.body[:500]!r}")
        found = [row["id"] for row in json.loads(answer.body)["rows"]]
        # Rows of one distance may change places.
        if sorted(found) != sorted(wanted):
            raise BenchError(f"lance, {table}: portico finds {found}, the client {wanted}")
    path, headers = desk.small()
    if len(once("GET", path, desk.s3, headers).body) != 1024:
        raise BenchError("the small object is not what comes back")


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
        "PASSWORD_HASH": servers.password_hash(portico, password),
    }

    def command(place: Place) -> list[str]:
        conf = place.fill("portico_lance.toml", **words)
        # As packages set it: Lance would take all processors but two, and at least one.
        cpus = f"LANCE_CPU_THREADS={args.lance_cpu_threads}"
        return ["env", cpus, portico, "run", "--conf", str(conf)]

    with servers.started("portico", place, command, s3) as server:
        token = hcp.token(server, "", USER, password)
        bearer = {"Host": server.address, "Authorization": f"Bearer {token}"}
        yield server, Server("portico", s3, server.pid), bearer
