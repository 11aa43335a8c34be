"""Portico before a simulated HCP, and somebody who fetches many objects there, in one of many ways."""

import argparse
import http.client
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcp
from hcp import Hcp
from processes import BenchError, Server, free_port
from rounds import Rounds
from servers import Setup
from signing import once

BUCKETS = f"/api/v1/buckets/{hcp.NAMESPACE}"
DOWNLOAD = f"{BUCKETS}/objects/download"
# What the keys of all objects begin with.
PREFIX = "z/"
PIECE = 256 * 1024
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Desk:
    """Portico, and somebody who has logged in there."""

    house: Hcp
    server: Server
    bearer: dict[str, str]
    s3: str
    keys: list[str]
    # Bytes of all objects.
    size: int
    rclone: str | None


# Does it once; gives when the first byte was there, and how many there were.
Way = Callable[[Desk], tuple[float, int]]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """All objects, once."""

    seconds: float
    # From the request to the first byte of what the client wants.
    first_seconds: float
    # As they came over the wire.
    bytes: int
    portico_cpu_seconds: float
    # Resident memory: before, and the most meanwhile.
    before_bytes: int
    peak_bytes: int


@dataclass(frozen=True, kw_only=True)
class Cell(Rounds[Sample]):
    """All rounds, by way."""

    title: str
    count: int
    # Bytes of all objects.
    size: int

    def rate(self, sample: Sample) -> float:
        """MB (10^6 bytes) of objects a second."""
        return self.size / 1e6 / sample.seconds


def sample(desk: Desk, way: Way, least: int) -> Sample:
    """One way, once."""
    desk.server.forget_peak()
    before, cpu, begun = desk.server.resident_bytes(), desk.server.cpu_seconds(), time.monotonic()
    first, count = way(desk)
    seconds = time.monotonic() - begun
    if count < least:
        raise BenchError(f"{way.__name__}: only {count} bytes")
    return Sample(
        seconds=seconds,
        first_seconds=first - begun,
        bytes=count,
        portico_cpu_seconds=desk.server.cpu_seconds() - cpu,
        before_bytes=before,
        peak_bytes=desk.server.peak_bytes(),
    )


def gets(desk: Desk) -> tuple[float, int]:
    """Plainly, one after the other over one connection."""
    first, count = 0.0, 0
    connection = connected(desk)
    for key in desk.keys:
        connection.request("GET", f"{BUCKETS}/objects/{key}", headers=desk.bearer)
        begun, read = _drain(connection.getresponse())
        first, count = first or begun, count + read
    connection.close()
    return first, count


def instant(desk: Desk) -> tuple[float, int]:
    """As an archive that is sent while it is made."""
    connection = connected(desk)
    response = _post(connection, desk, {"prefix": PREFIX, "stream": True})
    announced = int(response.headers["Content-Length"])
    first, count = _drain(response)
    connection.close()
    if count != announced:
        raise BenchError(f"an instant ZIP of {count} bytes was announced with {announced}")
    return first, count


def stored(desk: Desk) -> tuple[float, int]:
    """As an archive that is made first."""
    connection = connected(desk)
    response = _post(connection, desk, {"prefix": PREFIX})
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


def rclone(desk: Desk) -> tuple[float, int]:
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
        copy = [str(desk.rclone), "copy", "--transfers", "20", f"here:{hcp.NAMESPACE}/{PREFIX}", folder]
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


def connected(desk: Desk) -> http.client.HTTPConnection:
    """A connection to the REST listener."""
    host, _, port = desk.server.address.partition(":")
    return http.client.HTTPConnection(host, int(port), timeout=600)


@contextmanager
def opened(args: argparse.Namespace, setup: Setup, keys: list[str], size: int) -> Iterator[Desk]:
    """A house for so many objects, which are still to be stored."""
    s3 = f"127.0.0.1:{free_port()}"
    with hcp.simulator(setup) as house, hcp.portico(setup, house, "zip", s3=s3) as server:
        bearer = {"Host": server.address, "Authorization": f"Bearer {hcp.login(server, house)}"}
        program = shutil.which(str(args.rclone or "rclone"))
        yield Desk(house, server, bearer, s3, keys, size, program)
