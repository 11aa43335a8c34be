"""HCP's Management API, direct and through Portico: what the way through Portico adds.

One GET of a namespace, the same for HCP whichever way it comes, and never from a cache.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import hcp
from hcp import Hcp
from load import WARM_UP_SECONDS, drive, failures
from processes import BenchError, Server
from rounds import Requests, Rounds, in_turns, told
from servers import Setup
from signing import Answer, once

# What HCP is asked for in the end: all fields, which REST asks for with the same word.
TARGET = f"/mapi{hcp.NAMESPACES}/{hcp.NAMESPACE}?verbose=true"
DIRECT, DOOR, REST = "direct", "portico, /mapi", "portico, REST"


@dataclass(frozen=True)
class Way:
    """One way to the same document, and the answer that is expected on it."""

    name: str
    server: Server
    path: str
    headers: dict[str, str]
    # None until the answer is proven to be right.
    answer: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Sample(Requests):
    """One run of the load generator on one way."""

    # CPU time; Portico's is None where it does not stand between.
    portico_cpu_seconds: float | None
    hcp_cpu_seconds: float
    load_cpu_seconds: float


@dataclass(frozen=True, kw_only=True)
class Cell(Rounds[Sample]):
    """All rounds with so many connections, by way."""

    connections: int
    # Threads of the simulator.
    hcp_threads: int

    def added(self, name: str, measure: Callable[[Sample], float]) -> float | None:
        """What a way has beyond the direct one: the middle of one difference a round."""
        if name == DIRECT:
            return None
        pairs = zip(self.samples[name], self.samples[DIRECT], strict=True)
        return median(measure(through) - measure(direct) for through, direct in pairs)


def measure_all(args: argparse.Namespace, setup: Setup, say: Callable[[str], None]) -> list[Cell]:
    """Every line, each with processes started for it."""
    cells = []
    for connections in args.management_connections:
        say(f"management, {connections} connection{'s' if connections > 1 else ''}")
        with _ways(setup) as (house, ways):
            samples: dict[str, list[Sample]] = {way.name: [] for way in ways}
            for way in ways:
                _drive(way, connections, WARM_UP_SECONDS)
            for way in in_turns(ways, args.rounds):
                samples[way.name].append(_measure(way, house, connections, args.seconds))
        threads = setup.origin_threads
        cells.append(Cell(connections=connections, hcp_threads=threads, samples=samples))
    return cells


@contextmanager
def _ways(setup: Setup) -> Iterator[tuple[Hcp, list[Way]]]:
    with hcp.simulator(setup) as house, hcp.portico(setup, house) as server:
        own = {"Host": hcp.HOST, "Accept": "application/json"}
        bearer = {**own, "Host": server.address}
        bearer["Authorization"] = f"Bearer {hcp.login(server, house)}"
        ways = [
            Way(DIRECT, house.server, TARGET, {**own, "Authorization": house.authorization}),
            Way(DOOR, server, TARGET, bearer),
            Way(REST, server, f"/api/v1{TARGET}", bearer),
        ]
        yield house, _prove(ways, house, setup.folder)


def _prove(ways: list[Way], house: Hcp, folder: Path) -> list[Way]:
    """Raises where a figure would mean nothing; gives the ways with the answers to expect."""
    direct, door, rest = (_once(way, house) for way in ways)
    if door.body != direct.body:
        raise BenchError(f"{DOOR} does not give HCP's own bytes")
    raw, shown = json.loads(direct.body), json.loads(rest.body)
    if raw["name"] != hcp.NAMESPACE or {**shown, **raw} != shown:
        raise BenchError(f"{REST} does not show all that HCP says")
    for number, (way, answer) in enumerate(zip(ways, (direct, door, rest), strict=True)):
        _refuses_strangers(way)
        (folder / f"answer-{number}").write_bytes(answer.body)
    return [replace(way, answer=folder / f"answer-{number}") for number, way in enumerate(ways)]


def _once(way: Way, house: Hcp) -> Answer:
    """Asks twice; HCP, too, must be asked twice, and for the same."""
    house.forget()
    first, second = (once("GET", way.path, way.server, way.headers) for _ in range(2))
    if (first.status, second.status) != (200, 200) or first.body != second.body:
        raise BenchError(f"{way.name} answers {first.status}, then {second.status}")
    asked = [each["path"] for each in house.arrived()]
    if asked != [TARGET] * 2:
        raise BenchError(f"{way.name}: HCP was asked for {asked}")
    return first


def _refuses_strangers(way: Way) -> None:
    proof = way.headers["Authorization"]
    forged = {**way.headers, "Authorization": proof[:-8] + "0" * 8}
    status = once("GET", way.path, way.server, forged).status
    if status not in (401, 403):
        raise BenchError(f"{way.name} answers {status} to a forged proof")


def _measure(way: Way, house: Hcp, connections: int, seconds: int) -> Sample:
    """Runs the load and checks that every request was answered by HCP, and rightly."""
    house.forget()
    between = way.server is not house.server
    before, portico_before = house.server.cpu_seconds(), way.server.cpu_seconds()
    found = _drive(way, connections, seconds)
    after, portico_after = house.server.cpu_seconds(), way.server.cpu_seconds()
    _check_arrived(way, house, found["requests"], connections)
    return Sample(
        **told(found),
        portico_cpu_seconds=portico_after - portico_before if between else None,
        hcp_cpu_seconds=after - before,
        load_cpu_seconds=found["load_cpu_microseconds"] / 1e6,
    )


def _drive(way: Way, connections: int, seconds: int) -> dict[str, int]:
    where = f"management, {way.name}, connections: {connections}"
    arguments = [str(way.answer), "GET", ""]
    arguments += [f"{name}: {value}" for name, value in way.headers.items()]
    url = way.server.url(way.path)
    found = drive(where, url, connections, seconds, "checked.lua", arguments)
    failed = failures(found)
    if found["wrong"]:
        kind = f"{found['wrong_status']} with {found['wrong_bytes']} bytes"
        failed[f"wrong answers, such as {kind}"] = found["wrong"]
    if failed or not found["requests"]:
        raise BenchError(f"{where}: {found['requests']} requests, failed: {failed}")
    return found


def _check_arrived(way: Way, house: Hcp, requests: int, connections: int) -> None:
    arrived = house.arrived()
    kinds = {(each["method"], each["path"], each["status"]) for each in arrived}
    if kinds != {("GET", TARGET, 200)}:
        raise BenchError(f"{way.name}: HCP was asked for, and answered, {sorted(kinds)}")
    # The simulator's memory ends somewhere, and a check of Portico's may stand in it; as for what
    # was under way at the end, see load.py.
    least = min(requests, hcp.REMEMBERED - 64)
    if not least <= len(arrived) <= requests + 2 * connections:
        raise BenchError(f"{way.name}: {requests} requests, {len(arrived)} at HCP")
