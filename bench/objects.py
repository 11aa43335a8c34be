"""The REST data plane, and the same of the store itself: a listing, an upload and a download.

Always the same request, never answered from a cache.
"""

import argparse
import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

import hcp
from hcp import Hcp
from load import WARM_UP_SECONDS, drive, failures
from processes import BenchError, Server
from rounds import Rounds, Served, in_turns, watched
from servers import Setup
from signing import Answer, once, signed_headers
from workloads import EMPTY_HASH, MIB, Workload

DIRECT, REST = "direct, S3", "portico, REST"
LISTED, KEY = 1000, "one-mib"
LIST, UPLOAD, DOWNLOAD = f"list {LISTED}", "upload 1 MiB", "download 1 MiB"
BUCKETS = f"/api/v1/buckets/{hcp.NAMESPACE}"
BOUNDARY = "the-bench-has-this-boundary"


@dataclass(frozen=True)
class Way:
    """One way to do one thing."""

    task: str
    name: str
    server: Server
    method: str
    path: str
    headers: Callable[[], dict[str, str]]
    body: Path | None = None

    def ask(self, **more: str) -> Answer:
        """Once, outside the measurement."""
        body = self.body.read_bytes() if self.body else None
        return once(self.method, self.path, self.server, {**self.headers(), **more}, body)


@dataclass(frozen=True, kw_only=True)
class Cell(Rounds[Served]):
    """All rounds of one task with so many connections, by way."""

    task: str
    connections: int


def measure_all(args: argparse.Namespace, setup: Setup, say: Callable[[str], None]) -> list[Cell]:
    """Every line, each with processes started for it."""
    cells = []
    for connections in args.objects_connections:
        for task in (LIST, UPLOAD, DOWNLOAD):
            say(f"objects, {task}, {connections} connection{'s' if connections > 1 else ''}")
            with _ways(setup) as found:
                ways = [way for way in found if way.task == task]
                cells.append(_measure(args, ways, connections))
    return cells


def _measure(args: argparse.Namespace, ways: list[Way], connections: int) -> Cell:
    samples: dict[str, list[Served]] = {way.name: [] for way in ways}
    for way in ways:
        _drive(way, connections, WARM_UP_SECONDS)
    for way in in_turns(ways, args.rounds):
        run = partial(_drive, way, connections, args.seconds)
        samples[way.name].append(watched(way.server, run))
    return Cell(task=ways[0].task, connections=connections, samples=samples)


def _drive(way: Way, connections: int, seconds: int) -> dict[str, int]:
    where = f"objects, {way.task}, {way.name}, connections: {connections}"
    arguments = [way.method, str(way.body or "")]
    arguments += [f"{name}: {value}" for name, value in way.headers().items()]
    found = drive(where, way.server.url(way.path), connections, seconds, "load.lua", arguments)
    failed = failures(found)
    # A connection whose answer is still to come at the end is none that failed.
    least = len(way.ask().body) * found["requests"] if way.method == "GET" else 0
    if failed or not found["requests"] or found["bytes"] < least:
        raise BenchError(f"{where}: {found['requests']} requests, {found['bytes']} bytes, {failed}")
    return found


@contextmanager
def _ways(setup: Setup) -> Iterator[list[Way]]:
    with hcp.simulator(setup) as house, hcp.portico(setup, house, "objects") as server:
        data = random.Random(1).randbytes(MIB)
        bearer = {"Host": server.address, "Authorization": f"Bearer {hcp.login(server, house)}"}
        for number in range(LISTED):
            path = f"{BUCKETS}/objects/listed-{number:04}"
            made = once("POST", path, server, {**bearer, "Content-Type": "text/plain"}, b"x")
            if made.status != 201:
                raise BenchError(f"portico answers {made.status} to an upload")
        ways = [*_rest(server, bearer, setup.folder, data), *_direct(house, setup.folder, data)]
        _prove(ways, data)
        yield ways


def _rest(server: Server, bearer: dict[str, str], folder: Path, data: bytes) -> list[Way]:
    def way(task: str, method: str, rest: str, body: Path | None = None, **more: str) -> Way:
        headers = {**bearer, **{name.replace("_", "-"): value for name, value in more.items()}}
        return Way(task, REST, server, method, f"{BUCKETS}/objects{rest}", lambda: headers, body)

    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    form = folder / "form"
    form.write_bytes(head.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode())
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return [
        way(LIST, "GET", "?" + urlencode({"prefix": "listed-", "max_keys": LISTED})),
        way(UPLOAD, "POST", f"/{KEY}", form, Content_Type=kind),
        way(DOWNLOAD, "GET", f"/{KEY}"),
    ]


def _direct(house: Hcp, folder: Path, data: bytes) -> list[Way]:
    server = Server(DIRECT, house.data, house.server.pid, tls=True)
    file = folder / "data"
    file.write_bytes(data)

    def way(task: str, method: str, rest: str, body: Path | None = None) -> Way:
        path, digest = f"/{hcp.NAMESPACE}{rest}", sha256(data).hexdigest() if body else EMPTY_HASH
        work = Workload(method, 0, digest)
        signed = lambda: signed_headers(work, hcp.DATA_HOST, path, house.keys)
        return Way(task, DIRECT, server, method, path, signed, body)

    query = {"list-type": "2", "prefix": "listed-", "max-keys": LISTED, "fetch-owner": "true"}
    return [
        way(LIST, "GET", "?" + urlencode(query)),
        way(UPLOAD, "PUT", f"/{KEY}", file),
        way(DOWNLOAD, "GET", f"/{KEY}"),
    ]


def _prove(ways: list[Way], data: bytes) -> None:
    """Raises where a figure would mean nothing."""
    found = {(way.name, way.task): way.ask() for way in ways if way.task == UPLOAD}
    found |= {(way.name, way.task): way.ask() for way in ways}
    failed = {where: answer.status for where, answer in found.items() if answer.status >= 300}
    if failed:
        raise BenchError(f"objects: {failed}")
    listed = [one["Key"] for one in json.loads(found[REST, LIST].body)["objects"]]
    plain = found[DIRECT, LIST].body
    if len(listed) != LISTED or any(f"<Key>{key}</Key>".encode() not in plain for key in listed):
        raise BenchError(f"objects: {REST} lists {len(listed)} objects, or others than the store")
    if any(found[name, DOWNLOAD].body != data for name in (REST, DIRECT)):
        raise BenchError("objects: what was stored is not what comes back")
    for way in ways:
        proof = way.headers()["Authorization"]
        status = way.ask(Authorization=proof[:-8] + "0" * 8).status
        if status not in (401, 403):
            raise BenchError(f"{way.name} answers {status} to a forged proof")
