"""Many objects in one archive, and the same objects one by one.

Each way fetches all objects once and throws the bytes away; only rclone has to keep them.
"""

import argparse
import http.client
import json
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import hcp
from load import SETTLE_SECONDS
from processes import BenchError, Server, free_port
from servers import Setup
from signing import once

GETS, INSTANT, STORED, RCLONE = "GET, one by one", "ZIP, instant", "ZIP, stored", "rclone + zip -0"
BUCKETS = f"/api/v1/buckets/{hcp.NAMESPACE}"
DOWNLOAD = f"{BUCKETS}/objects/download"
PIECE = 256 * 1024
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Sample:
    """All objects, once."""

    seconds: float
    # From the request to the first byte of what the client wants.
    first_seconds: float
    # As they came over the wire.
    bytes: int
    portico_cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Cell:
    """All rounds, by way; each list as long as the rounds."""

    count: int
    size: int
    samples: dict[str, list[Sample]]

    def median(self, name: str, measure: Callable[[Sample], float]) -> float:
        """The middle of the rounds."""
        return median(map(measure, self.samples[name]))

    def rate(self, sample: Sample) -> float:
        """MB (10^6 bytes) of objects a second."""
        return self.count * self.size / 1e6 / sample.seconds

    def peak(self, name: str) -> int:
        """Portico's highest resident memory of any round, in bytes."""
        return max(sample.peak_bytes for sample in self.samples[name])


@dataclass(frozen=True)
class Desk:
    """Portico, and somebody who has logged in there."""

    server: Server
    bearer: dict[str, str]
    s3: str
    keys: list[str]
    size: int
    rclone: str | None


Way = Callable[[Desk], tuple[float, int]]


def measure_all(args: argparse.Namespace, setup: Setup, say: Callable[[str], None]) -> list[Cell]:
    """Every way, in turns."""
    say(f"zip, {args.zip_objects} objects of {args.zip_size} bytes")
    with _desk(args, setup) as desk:
        ways: dict[str, Way] = {GETS: _gets, INSTANT: _instant, STORED: _stored}
        if desk.rclone and shutil.which("zip"):
            ways[RCLONE] = _rclone
        else:
            say("bench: rclone or zip is not installed and does not take part (--rclone)")
        samples: dict[str, list[Sample]] = {name: [] for name in ways}
        names = list(ways)
        for turn in range(args.rounds):
            # In every round another one is first.
            shift = turn % len(names)
            for name in names[shift:] + names[:shift]:
                time.sleep(SETTLE_SECONDS)
                samples[name].append(_sample(desk, ways[name]))
        return [Cell(len(desk.keys), desk.size, samples)]


def _sample(desk: Desk, way: Way) -> Sample:
    desk.server.forget_peak()
    cpu, begun = desk.server.cpu_seconds(), time.monotonic()
    first, count = way(desk)
    seconds = time.monotonic() - begun
    if count < len(desk.keys) * desk.size:
        raise BenchError(f"{way.__name__}: only {count} bytes")
    return Sample(
        seconds=seconds,
        first_seconds=first - begun,
        bytes=count,
        portico_cpu_seconds=desk.server.cpu_seconds() - cpu,
        peak_bytes=desk.server.peak_bytes(),
    )


def _gets(desk: Desk) -> tuple[float, int]:
    first, count = 0.0, 0
    connection = _connection(desk)
    for key in desk.keys:
        connection.request("GET", f"{BUCKETS}/objects/{key}", headers=desk.bearer)
        begun, read = _drain(connection.getresponse())
        first, count = first or begun, count + read
    connection.close()
    return first, count


def _instant(desk: Desk) -> tuple[float, int]:
    connection = _connection(desk)
    response = _post(connection, desk, {"prefix": "z/", "stream": True})
    announced = int(response.headers["Content-Length"])
    first, count = _drain(response)
    connection.close()
    if count != announced:
        raise BenchError(f"an instant ZIP of {count} bytes was announced with {announced}")
    return first, count


def _stored(desk: Desk) -> tuple[float, int]:
    connection = _connection(desk)
    response = _post(connection, desk, {"prefix": "z/"})
    task = json.loads(response.read())["task_id"]
    while True:
        connection.request("GET", f"{DOWNLOAD}/{task}", headers=desk.bearer)
        response = connection.getresponse()
        if response.headers["Content-Type"] == "application/zip":
            found = _drain(response)
            connection.close()
            return found
        told = response.read()
        if response.status != 200:
            raise BenchError(f"a ZIP ends with {response.status}: {told!r}")
        time.sleep(POLL_SECONDS)


def _rclone(desk: Desk) -> tuple[float, int]:
    """First there is all of it on a disk, then an archive of that."""
    answer = once("GET", "/api/v1/credentials", desk.server, desk.bearer)
    given = json.loads(answer.body)
    words = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "ENDPOINT": f"http://{desk.s3}",
        "ACCESS_KEY_ID": given["access_key_id"],
        "SECRET_ACCESS_KEY": given["secret_access_key"],
        "SESSION_TOKEN": given.get("session_token") or "",
    }
    environment = {f"RCLONE_CONFIG_HERE_{name}": word for name, word in words.items()} | os.environ
    with tempfile.TemporaryDirectory(prefix="portico-bench-zip-") as folder:
        copy = [str(desk.rclone), "copy", "--transfers", "20", f"here:{hcp.NAMESPACE}/z", folder]
        subprocess.run(copy, check=True, env=environment, capture_output=True)
        archive = Path(folder) / "all.zip"
        subprocess.run(["zip", "-q", "-0", "-r", archive, "."], check=True, cwd=folder)
        return time.monotonic(), archive.stat().st_size


def _post(connection: Any, desk: Desk, order: dict[str, Any]) -> http.client.HTTPResponse:
    headers = {**desk.bearer, "Content-Type": "application/json"}
    connection.request("POST", DOWNLOAD, json.dumps(order), headers)
    response: http.client.HTTPResponse = connection.getresponse()
    if response.status not in (200, 202):
        raise BenchError(f"portico answers {response.status} to an order of a ZIP")
    return response


def _drain(response: http.client.HTTPResponse) -> tuple[float, int]:
    """When the first byte was there, and how many there were."""
    count = len(response.read(1))
    first = time.monotonic()
    while piece := response.read(PIECE):
        count += len(piece)
    if response.status != 200:
        raise BenchError(f"portico answers {response.status}")
    return first, count


def _connection(desk: Desk) -> http.client.HTTPConnection:
    host, _, port = desk.server.address.partition(":")
    return http.client.HTTPConnection(host, int(port), timeout=600)


@contextmanager
def _desk(args: argparse.Namespace, setup: Setup) -> Iterator[Desk]:
    s3 = f"127.0.0.1:{free_port()}"
    with hcp.simulator(setup) as house, hcp.portico(setup, house, "zip", s3=s3) as server:
        bearer = {"Host": server.address, "Authorization": f"Bearer {hcp.login(server, house)}"}
        keys = [f"z/{number:05}" for number in range(args.zip_objects)]
        rclone = shutil.which(str(args.rclone or "rclone"))
        desk = Desk(server, bearer, s3, keys, args.zip_size, rclone)
        _fill(desk)
        yield desk


def _fill(desk: Desk) -> None:
    data = random.Random(1).randbytes(desk.size)
    for key in desk.keys:
        path = f"{BUCKETS}/objects/{key}"
        headers = {**desk.bearer, "Content-Type": "application/octet-stream"}
        if once("POST", path, desk.server, headers, data).status != 201:
            raise BenchError("portico refuses an upload")
