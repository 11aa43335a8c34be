"""One run of the load generator, and the check that nothing was lost in it."""

import json
import resource
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from processes import BenchError, Server
from servers import counts
from workloads import Load, Workload

# Heads of requests and answers, generously.
HEAD_BYTES = 2048
WARM_UP_SECONDS = 1
# For what the last run left half done to come to its end.
SETTLE_SECONDS = 0.3


@dataclass(frozen=True)
class Sample:
    """One run of the load generator against one contender."""

    requests: int
    seconds: float
    # Bytes of bodies that crossed, unfinished ones included; for GET the heads of answers too.
    transferred: int
    # None where no request came to its end.
    p50_us: int | None
    p99_us: int | None
    # None where no process stands between.
    cpu_seconds: float | None
    peak_bytes: int | None
    # The peak when half of the time was over.
    half_time_peak_bytes: int | None


class _HalfTime:
    """Looks at a peak once, in the middle of a run."""

    def __init__(self, server: Server, seconds: int) -> None:
        self.peak: int | None = None
        self._server = server
        self._timer = threading.Timer(seconds / 2, self._look)

    def _look(self) -> None:
        self.peak = self._server.peak_bytes()

    def __enter__(self) -> "_HalfTime":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()


def warm_up(work: Workload, load: Load, server: Server, headers: dict[str, str]) -> None:
    """Opens what stays open and fills what stays filled."""
    _generate(work, load, server, headers, WARM_UP_SECONDS)


def measure(work: Workload, load: Load, server: Server, origin: Server, headers: dict[str, str]) -> Sample:
    """Runs the load and checks that every request came through whole."""
    before = counts(origin)
    server.forget_peak()
    cpu = server.cpu_seconds()
    with _HalfTime(server, load.seconds) as half_time:
        found = _generate(work, load, server, headers, load.seconds)
    cpu, peak = server.cpu_seconds() - cpu, server.peak_bytes()
    after = counts(origin)
    requests, received = after.requests - before.requests, after.received - before.received
    _check(work, load, server, found, requests, received)
    measured = server.pid is not None
    return Sample(
        requests=found["requests"],
        seconds=found["microseconds"] / 1e6,
        transferred=found["bytes"] if work.method == "GET" else received,
        p50_us=found["p50"] if found["requests"] else None,
        p99_us=found["p99"] if found["requests"] else None,
        cpu_seconds=cpu if measured else None,
        peak_bytes=peak if measured else None,
        half_time_peak_bytes=half_time.peak if measured else None,
    )


def _generate(
    work: Workload, load: Load, server: Server, headers: dict[str, str], seconds: int
) -> dict[str, int]:
    arguments = [work.method, str(work.body or "")]
    arguments += [f"{name}: {value}" for name, value in headers.items()]
    where = f"{server.name}, {work.name}"
    url = server.url(work.path)
    return drive(where, url, load.connections, seconds, "load.lua", arguments)


def drive(
    where: str, url: str, connections: int, seconds: int, script: str, arguments: list[str]
) -> dict[str, int]:
    """Sends the script's request as often as it goes; gives what the script found."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    # One of many streams may last as long as the whole run.
    command += ["--timeout", f"{seconds + 30}s"]
    command += ["-s", str(Path(__file__).with_name(script)), url, "--", *arguments]
    spent = _spent_by_children()
    ran = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    found = {"load_cpu_microseconds": round((_spent_by_children() - spent) * 1e6)}
    results = [line for line in ran.stdout.splitlines() if line.startswith("RESULT ")]
    if not results:
        raise BenchError(f"wrk fails on {where}:\n{ran.stdout}{ran.stderr}")
    for line in results:
        found |= json.loads(line.removeprefix("RESULT "))
    return found


def _spent_by_children() -> float:
    """CPU seconds of the children that have ended: of the load generators so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def failures(found: dict[str, int]) -> dict[str, int]:
    """What wrk itself counts as failed, by kind."""
    kinds = ("connect", "read", "write", "status", "timeout")
    return {kind: found[kind] for kind in kinds if found[kind]}


def _check(
    work: Workload,
    load: Load,
    server: Server,
    found: dict[str, int],
    requests: int,
    received: int,
) -> None:
    """Refuses a run in which anything was lost, answered elsewhere, or answered badly."""
    where = f"{work.name} through {server.name}, {load.name}"
    failed = failures(found)
    # Of large objects the time may be too short for a whole one: bytes count.
    if failed or not (found["requests"] or work.large):
        raise BenchError(f"{where}: {found['requests']} requests, failed: {failed}")
    # Counted on one side only: what was under way at the end, and the answer before it on a
    # connection whose last answer wrk had read but not yet booked.
    most = found["requests"] + 2 * load.connections
    if not found["requests"] <= requests <= most:
        raise BenchError(f"{where}: {found['requests']} requests, {requests} at the origin")
    size = work.size if work.method != "HEAD" else 0
    moved = received if work.method == "PUT" else found["bytes"]
    least, most = found["requests"] * size, most * (size + HEAD_BYTES)
    if not max(least, 1) <= moved <= most:
        raise BenchError(f"{where}: {moved} bytes crossed, expected {least} to {most}")
