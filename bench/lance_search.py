"""Search in tables of Lance: through Portico's REST API, and with LanceDB's own client on the same store.

And what a crowd of searches does to small GETs through the S3 door.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lance_desk
from lance_desk import INDEXED, PLAIN, Desk
from lance_ways import CLIENT, OPENING, REST, SMALL
from rounds import Requests, Rounds, Served, in_turns, told, watched
from servers import Setup

SEARCHING = (REST, CLIENT, OPENING)
STRAIGHT, STORELESS = ", straight at the store", ", /liveness"
ALONE, CROWDED = "alone", "ten search"
GETTING = tuple(name + way for way in ("", STRAIGHT, STORELESS) for name in (ALONE, CROWDED))
SEARCHERS = 10
# At least, in each measurement: a p99 with ten beyond it.
GETS = 1000
# Of each measurement, on its own connections; each has one answer then, however long that takes.
WARM_UP_SECONDS = 2


@dataclass(frozen=True, kw_only=True)
class Cell(Rounds[Served]):
    """All rounds of one table with so many connections, by way."""

    table: str
    connections: int


@dataclass(frozen=True, kw_only=True)
class Crowd(Rounds[Requests]):
    """All rounds of small GETs, alone and in the crowd."""

    # Searches that came to their end meanwhile, by round.
    searches: list[int]

    def factors(self, way: str = "") -> list[float]:
        """By which p99 grows, by round; STRAIGHT: of the store itself, STORELESS: of Portico itself."""
        pairs = zip(self.samples[ALONE + way], self.samples[CROWDED + way], strict=True)
        return [crowded.p99_us / alone.p99_us for alone, crowded in pairs]


@dataclass(frozen=True)
class Found:
    """All that was measured."""

    count: int
    length: int
    # That search, and that compute, on each way.
    threads: int
    cells: list[Cell]
    crowd: Crowd


def measure_all(args: argparse.Namespace, setup: Setup, say: Callable[[str], None]) -> Found | None:
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
        return Found(args.lance_count, args.lance_length, args.lance_threads, cells, _crowd(desk))


def _measure(desk: Desk, table: str, connections: int) -> Cell:
    samples: dict[str, list[Served]] = {name: [] for name in SEARCHING}
    for name in in_turns(list(SEARCHING), desk.args.rounds):
        samples[name].append(_search(desk, table, connections, name))
    return Cell(table=table, connections=connections, samples=samples)


def _search(desk: Desk, table: str, connections: int, name: str) -> Served:
    pace = _pace(desk, desk.args.lance_searches)
    with desk.asker("measure", name, table, connections=connections, **pace) as asker:
        asker.ready()
        if name == REST:
            return watched(desk.server, asker.result)
        found = asker.result()
        spent = found["cpu_microseconds"] / 1e6
        return Served(**told(found), cpu_seconds=spent, peak_bytes=found["peak_bytes"])


def _pace(desk: Desk, least: int) -> dict[str, int]:
    return {"seconds": desk.args.lance_seconds, "least": least, "warm_up": WARM_UP_SECONDS}


def _crowd(desk: Desk) -> Crowd:
    samples: dict[str, list[Requests]] = {name: [] for name in GETTING}
    searches = []
    for name in in_turns([ALONE, CROWDED], desk.args.rounds):
        if name == ALONE:
            _all(desk, name, samples)
            continue
        # They go on until they are told; ready are they when each has its first answer.
        goes_on = {"connections": SEARCHERS, "seconds": None, "warm_up": WARM_UP_SECONDS}
        with desk.asker("measure", REST, PLAIN, **goes_on) as crowd:
            crowd.ready()
            _all(desk, name, samples)
            searches.append(crowd.result()["requests"])
    return Crowd(samples=samples, searches=searches)


def _all(desk: Desk, name: str, samples: dict[str, list[Requests]]) -> None:
    """What the store takes by itself, and Portico, with the same neighbours, tells whose the rest is."""
    samples[name].append(_gets(desk))
    samples[name + STRAIGHT].append(_gets(desk, get=desk.straight()))
    get, size = desk.storeless()
    samples[name + STORELESS].append(_gets(desk, get=get, size=size))


def _gets(desk: Desk, **more: Any) -> Requests:
    with desk.asker("measure", SMALL, PLAIN, **_pace(desk, GETS), **more) as asker:
        return Requests(**told(asker.ready().result()))
