"""Kept answers: through Portico, from nginx and a bare engine, and what they cost at the store."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import load
import report
from cache_ways import QUESTIONS, Question, Way, ways
from hcp import REMEMBERED, Hcp
from load import WARM_UP_SECONDS, drive, failures
from processes import BenchError
from rounds import in_turns
from servers import Setup
from workloads import EMPTY_HASH, Load, Workload


@dataclass(frozen=True)
class Sample(load.Sample):
    """One run of the load generator on one way."""

    load_cpu_seconds: float
    # None where there is no Redis.
    redis_cpu_seconds: float | None
    redis_commands: int | None


@dataclass(frozen=True, kw_only=True)
class Cell(report.Cell):
    """All rounds of a question with so many connections, by way."""

    question: Question


def measure_all(args: argparse.Namespace, setup: Setup, say: Callable[[str], None]) -> list[Cell]:
    """Every line, each with processes started for it."""
    return [
        _cell(args, setup, question, connections, say)
        for question in QUESTIONS
        for connections in args.cache_connections
    ]


def _cell(
    args: argparse.Namespace,
    setup: Setup,
    question: Question,
    connections: int,
    say: Callable[[str], None],
) -> Cell:
    pace = Load(connections, False, args.seconds, args.rounds)
    say(f"cache, {question.name}, {pace.name}")
    with ways(setup, question, args.cache_tiers) as (house, found):
        samples: dict[str, list[load.Sample]] = {way.name: [] for way in found}
        for way in found:
            _drive(way, connections, WARM_UP_SECONDS)
        for way in in_turns(found, pace.rounds):
            samples[way.name].append(_measure(way, house, pace))
        kept = found[0].answer
        size = kept.stat().st_size if kept else 0
    work = Workload(question.method, size, EMPTY_HASH)
    return Cell(work=work, load=pace, samples=samples, question=question)


def _measure(way: Way, house: Hcp, pace: Load) -> Sample:
    """Runs the load and checks that every request was answered rightly, and out of memory."""
    house.forget()
    way.server.forget_peak()
    before = _spent(way)
    found = _drive(way, pace.connections, pace.seconds)
    after = _spent(way)
    peak = way.server.peak_bytes()
    _check_arrived(way, house, found["requests"], pace.connections)
    cpu, redis_cpu, commands = (late - early for late, early in zip(after, before, strict=True))
    kept = way.mark is not None
    return Sample(
        requests=found["requests"],
        seconds=found["microseconds"] / 1e6,
        transferred=found["bytes"],
        p50_us=found["p50"],
        p99_us=found["p99"],
        cpu_seconds=cpu if kept else None,
        peak_bytes=peak if kept else None,
        half_time_peak_bytes=None,
        load_cpu_seconds=found["load_cpu_microseconds"] / 1e6,
        redis_cpu_seconds=redis_cpu if way.redis else None,
        redis_commands=round(commands) if way.redis else None,
    )


def _spent(way: Way) -> tuple[float, float, float]:
    """So far: CPU seconds of the server, and of its Redis, and commands to that."""
    own = way.server.cpu_seconds()
    if way.redis is None:
        return own, 0, 0
    return own, way.redis.server.cpu_seconds(), way.redis.commands()


def _drive(way: Way, connections: int, seconds: int) -> dict[str, int]:
    where = f"{way.question.name}, {way.name}, connections: {connections}"
    script, marks = ("hits.lua", [": ".join(way.mark)]) if way.mark else ("checked.lua", [])
    arguments = [*marks, str(way.answer), way.question.method, ""]
    arguments += [f"{name}: {value}" for name, value in way.headers.items()]
    url = way.server.url(way.path)
    found = drive(where, url, connections, seconds, script, arguments)
    failed = failures(found)
    if found["wrong"]:
        kind = f"{found['wrong_status']} with {found['wrong_bytes']} bytes"
        failed[f"answers that are wrong or not kept, such as {kind}"] = found["wrong"]
    if failed or not found["requests"]:
        raise BenchError(f"{where}: {found['requests']} requests, failed: {failed}")
    return found


def _check_arrived(way: Way, house: Hcp, requests: int, connections: int) -> None:
    """The store is asked for what is not kept, and for nothing else."""
    arrived = house.answered(way.question.method, way.question.path)
    least, most = (0, 0) if way.mark else (requests, requests + 2 * connections)
    # The simulator's memory ends somewhere; as for what was under way at the end, see load.py.
    least = min(least, REMEMBERED - 64)
    if not least <= len(arrived) <= most or set(arrived) - {200}:
        raise BenchError(f"{way.name}: {requests} requests, {len(arrived)} at HCP")
