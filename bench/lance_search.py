"""Search in tables of Lance: through Portico's REST API, and with LanceDB's own client on the same store.

And what a crowd of searches does to small GETs through the S3 door.
"""

import argparse
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lance_desk
from figures import Requests, Rounds, in_turns, told
from lance_desk import INDEXED, PLAIN, SEARCH, Desk
from load import WARM_UP_SECONDS, drive, failures
from processes import BenchError
from servers import Setup

REST, CLIENT, OPENING = "portico, REST", "client", "client, opens each time"
WAYS = (REST, CLIENT, OPENING)
ALONE, CROWDED = "alone", "ten search"
SEARCHERS = 10
# Until all of them search, and until the last of them has its answer.
CROWD_COMES_SECONDS = 2


@dataclass(frozen=True, kw_only=True)
class Sample(Requests):
    """One run on one way."""

    # Those of the one that searches: of Portico, or of the client.
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True, kw_only=True)
class Cell(Rounds[Sample]):
    """All rounds of one table with so many connections, by way."""

    table: str
    connections: int


@dataclass(frozen=True, kw_only=True)
class Crowd(Rounds[Requests]):
    """All rounds of small GETs, alone and in the crowd."""

    # Searches that came to their end meanwhile, by round.
    searches: list[int]

    def factors(self) -> list[float]:
        """By which p99 grows, by round."""
        pairs = zip(self.samples[ALONE], self.samples[CROWDED], strict=True)
        return [crowded.p99_us / alone.p99_us for alone, crowded in pairs]


@dataclass(frozen=True)
class Found:
    """All that was measured."""

    count: int
    length: int
    cells: list[Cell]
    crowd: Crowd


def measure_all(
    args: argparse.Namespace, setup: Setup, say: Callable[[str], None]
) -> Found | None:
    """Every line; the tables are written once. None where there is nothing to measure."""
    with lance_desk.opened(args, setup, say) as desk:
        if desk is None:
            return None
        cells = []
        for table in (PLAIN, INDEXED):
            for connections in args.lance_connections:
                say(f"lance, {table}, {connections} connection{'s' if connections > 1 else ''}")
                cells.append(_measure(desk, table, connections))
        say(f"lance, small GETs while {SEARCHERS} search")
        return Found(args.lance_count, args.lance_length, cells, _crowd(desk))


def _measure(desk: Desk, table: str, connections: int) -> Cell:
    samples: dict[str, list[Sample]] = {name: [] for name in WAYS}
    _search(desk, table, connections, WARM_UP_SECONDS)
    for name in in_turns(list(WAYS), desk.args.rounds):
        take = _rest if name == REST else _client
        samples[name].append(take(desk, table, connections, name))
    return Cell(table=table, connections=connections, samples=samples)


def _rest(desk: Desk, table: str, connections: int, _name: str) -> Sample:
    desk.server.forget_peak()
    before = desk.server.cpu_seconds()
    found = _search(desk, table, connections, desk.args.lance_seconds)
    return Sample(
        **told(found),
        cpu_seconds=desk.server.cpu_seconds() - before,
        peak_bytes=desk.server.peak_bytes(),
    )


def _client(desk: Desk, table: str, connections: int, name: str) -> Sample:
    how = {"connections": connections, "seconds": desk.args.lance_seconds}
    found = desk.client("measure", table=table, opens=name == OPENING, **how)
    spent = found["cpu_microseconds"] / 1e6
    return Sample(**told(found), cpu_seconds=spent, peak_bytes=found["peak_bytes"])


def _search(desk: Desk, table: str, connections: int, seconds: int) -> dict[str, int]:
    where = f"lance, {table}, {REST}, connections: {connections}"
    arguments = ["POST", str(desk.order(table)), *_lines(desk.headers)]
    url = desk.server.url(SEARCH)
    found = drive(where, url, connections, seconds, "load.lua", arguments)
    # In the warm-up not even one may come to its end.
    none = not found["requests"] and seconds > WARM_UP_SECONDS
    if failures(found) or none:
        raise BenchError(f"{where}: {found['requests']} requests, {failures(found)}")
    return found


def _crowd(desk: Desk) -> Crowd:
    samples: dict[str, list[Requests]] = {ALONE: [], CROWDED: []}
    searches = []
    _gets(desk, WARM_UP_SECONDS)
    for name in in_turns([ALONE, CROWDED], desk.args.rounds):
        if name == ALONE:
            samples[name].append(_gets(desk, desk.args.lance_seconds))
            continue
        with _Searchers(desk) as crowd:
            samples[name].append(_gets(desk, desk.args.lance_seconds))
        searches.append(crowd.requests)
    return Crowd(samples=samples, searches=searches)


class _Searchers:
    """Ten that search the table without an index, a little longer than anything else goes on."""

    def __init__(self, desk: Desk) -> None:
        seconds = desk.args.lance_seconds + 2 * CROWD_COMES_SECONDS
        self.requests = 0
        self._error: BenchError | None = None
        self._thread = threading.Thread(target=self._run, args=(desk, seconds))

    def _run(self, desk: Desk, seconds: int) -> None:
        try:
            self.requests = _search(desk, PLAIN, SEARCHERS, seconds)["requests"]
        except BenchError as error:
            self._error = error

    def __enter__(self) -> "_Searchers":
        self._thread.start()
        time.sleep(CROWD_COMES_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        if self._error:
            raise self._error


def _gets(desk: Desk, seconds: int) -> Requests:
    path, headers = desk.small()
    where = "lance, small GETs"
    arguments = ["GET", "", *_lines(headers)]
    found = drive(where, desk.s3.url(path), 1, seconds, "load.lua", arguments)
    if failures(found) or not found["requests"]:
        raise BenchError(f"{where}: {found['requests']} requests, {failures(found)}")
    return Requests(**told(found))


def _lines(headers: dict[str, Any]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]
