"""`make bench`: the same load, direct and through nginx, a bare engine and Portico, side by side.

Absolute numbers belong to the machine and the minute; the ratios of one run are the result.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import load
import report
import servers
from load import Sample, Workload
from report import Result
from servers import BenchError, Server

NAMES = ("direct", "nginx", "nginx-tuned", "bare", "portico")
WARM_UP_SECONDS = 1
# For what the last run left half done to come to its end.
SETTLE_SECONDS = 0.3


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", type=Path, required=True, help="folder of a cargo profile")
    parser.add_argument("--output", type=Path, required=True, help="where the JSON goes")
    parser.add_argument("--seconds", type=int, default=6, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each contender")
    parser.add_argument("--threads", type=int, default=1, help="threads of each proxy")
    parser.add_argument("--origin-threads", type=int, default=1)
    parser.add_argument("--contenders", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--only", default="", help="workloads whose name holds this text")
    return parser.parse_args()


@dataclass(frozen=True)
class Entry:
    """A line of a table: a server, and the form in which it gets the workload."""

    label: str
    server: Server
    work: Workload


class Bench:
    """The servers of one run."""

    def __init__(self, args: argparse.Namespace, origin: Server, contenders: list[Server]) -> None:
        self.args = args
        self.origin = origin
        self.contenders = contenders
        # Everybody gets the very request that Portico does, Host and all.
        self.host = contenders[-1].address

    def run(self, work: Workload) -> Result:
        """All rounds of one workload."""
        entries = self._entries(work)
        samples: dict[str, list[Sample]] = {entry.label: [] for entry in entries}
        for entry in entries:
            self._prove(entry)
            load.generate(entry.work, entry.server, self._headers(entry), WARM_UP_SECONDS)
        for turn in range(self.args.rounds):
            # In every round somebody else is first.
            shift = turn % len(entries)
            for entry in entries[shift:] + entries[:shift]:
                samples[entry.label].append(self._measure(entry))
        return Result(work, samples)

    def _entries(self, work: Workload) -> list[Entry]:
        entries = [Entry(server.name, server, work) for server in self.contenders]
        last = self.contenders[-1]
        if last.name == "portico" and work.portico_too:
            label = f"{last.name}, {work.portico_too.name}"
            entries.append(Entry(label, last, work.portico_too))
        return entries

    def _headers(self, entry: Entry) -> dict[str, str]:
        return load.signed_headers(entry.work, self.host)

    def _measure(self, entry: Entry) -> Sample:
        say(f"{entry.work.name}: {entry.label}")
        time.sleep(SETTLE_SECONDS)
        headers = self._headers(entry)
        return load.measure(entry.work, entry.server, self.origin, headers, self.args.seconds)

    def _prove(self, entry: Entry) -> None:
        """The request is answered rightly, and Portico refuses a forged one."""
        work, server = entry.work, entry.server
        body = work.body.read_bytes() if work.body else None
        headers = self._headers(entry)
        status, length, etag = load.once(work, server, headers, body)
        wanted = work.size if work.method == "GET" else 0
        if (status, length, etag) != (200, wanted, True):
            raise BenchError(f"{work.name}: {entry.label} answers {status} with {length} bytes")
        if server.name == "portico":
            self._prove_refusals(work, server, headers, body)

    def _prove_refusals(
        self, work: Workload, server: Server, headers: dict[str, str], body: bytes | None
    ) -> None:
        forged = {**headers, "Authorization": headers["Authorization"][:-8] + "0" * 8}
        # The head alone: the answer comes before the body, and may close the connection.
        forged["Content-Length"] = str(len(body or b""))
        _expect(403, "a forged signature", load.once(work, server, forged, None)[0], work)
        # A plain hash is the store's to check; the trailer ends at Portico, which must look at it.
        if body is None or work.payload_hash != load.TRAILER:
            return
        spoilt = bytearray(body)
        spoilt[len(body) // 2] ^= 1
        status = load.once(work, server, headers, bytes(spoilt))[0]
        _expect(400, "a body that its checksum does not fit", status, work)


def _expect(wanted: int, what: str, status: int, work: Workload) -> None:
    if status != wanted:
        raise BenchError(f"{work.name}: portico answers {status} to {what}, not {wanted}")


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def facts(args: argparse.Namespace) -> dict[str, Any]:
    """What the figures depend on."""
    nginx = subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr.strip()
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "profile": args.binaries.name,
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "kernel": platform.release(),
        "nginx": nginx.removeprefix("nginx version: "),
        "proxy_threads": args.threads,
        "origin_threads": args.origin_threads,
        "seconds": args.seconds,
        "rounds": args.rounds,
    }


def measure_all(args: argparse.Namespace, folder: Path) -> list[Result]:
    """Starts the servers, runs every workload, prints each table when it is known."""
    works = [work for work in load.workloads(folder) if args.only in work.name]
    setup = servers.Setup(args.binaries.resolve(), folder, args.threads, args.origin_threads)
    names = [name for name in NAMES if name in args.contenders]
    results = []
    with (
        servers.origin(setup) as origin,
        servers.contenders(setup, origin, names) as contenders,
    ):
        bench = Bench(args, origin, contenders)
        for work in works:
            results.append(bench.run(work))
            print(report.table(results[-1]), flush=True)
    return results


def main() -> int:
    args = arguments()
    # An end from outside, too, ends the servers: it becomes an exception.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    known = facts(args)
    print("# Bench\n\n" + ", ".join(f"{name} {value}" for name, value in known.items()) + "\n")
    try:
        with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
            results = measure_all(args, Path(folder))
    except BenchError as error:
        say(f"bench: {error}")
        return 1
    print(report.ratios(results))
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(json.dumps(report.document(results, known), indent=2) + "\n")
    say(f"bench: {args.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
