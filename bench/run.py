"""`make bench`: the same load, direct and through nginx, Envoy, a bare engine and Portico.

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
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cache
import cache_report
import lance_report
import lance_search
import management
import management_report
import objects
import objects_report
import options
import proofs
import report
import servers
import targets
import workloads
import zip_big
import zips
import zips_report
from load import Sample, measure, warm_up
from processes import BenchError, Server
from report import Cell
from rounds import in_turns
from signing import signed_headers
from workloads import Load, Workload
from zip_desk import Cell as ZipCell


@dataclass(frozen=True)
class Entry:
    """A line of a table: a server, and the form in which it gets the workload."""

    label: str
    server: Server
    work: Workload


class Bench:
    """What lasts for the whole run: the origin, and what was learnt on the way."""

    def __init__(self, args: argparse.Namespace, setup: servers.Setup, origin: Server) -> None:
        self.args = args
        self.setup = setup
        self.origin = origin
        # What each contender has agreed on with clients.
        self.tls: dict[str, str] = {}

    def run(self, work: Workload) -> list[Cell]:
        """All lines of one workload."""
        return [self._cell(work, load) for load in workloads.loads(work, self.args)]

    def _cell(self, work: Workload, load: Load) -> Cell:
        say(f"{work.name}, {load.name}")
        with self._contenders(load) as running:
            # Everybody gets the very request that Portico does, Host and all.
            host = running[-1].address
            entries = _entries(work, running)
            self._prepare(entries, load, host)
            samples: dict[str, list[Sample]] = {entry.label: [] for entry in entries}
            for entry in in_turns(entries, load.rounds):
                samples[entry.label].append(self._measure(entry, load, host))
        return Cell(work=work, load=load, samples=samples)

    def _contenders(self, load: Load) -> AbstractContextManager[list[Server]]:
        # The origin speaks no TLS: there is nothing to compare it with.
        names = [name for name in self.args.only if not (load.tls and name == "direct")]
        return servers.contenders(replace(self.setup, tls=load.tls), self.origin, names)

    def _prepare(self, entries: list[Entry], load: Load, host: str) -> None:
        for entry in entries:
            agreed = proofs.prove(entry.work, entry.server, host)
            if agreed:
                self.tls[entry.server.name] = agreed
            warm_up(entry.work, load, entry.server, signed_headers(entry.work, host))

    def _measure(self, entry: Entry, load: Load, host: str) -> Sample:
        headers = signed_headers(entry.work, host)
        return measure(entry.work, load, entry.server, self.origin, headers)


def _entries(work: Workload, running: list[Server]) -> list[Entry]:
    entries = [Entry(server.name, server, work) for server in running]
    last = running[-1]
    if last.name == "portico" and work.portico_too:
        label = f"{last.name}, {work.portico_too.form}"
        entries.append(Entry(label, last, work.portico_too))
    return entries


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
        "envoy": _envoy_version(args.envoy),
        "proxy_threads": args.threads,
        "origin_threads": args.origin_threads,
        "seconds": args.seconds,
        "rounds": args.rounds,
    }


def _envoy_version(program: Path | None) -> str:
    if program is None:
        return "absent"
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()
    # envoy  version: COMMIT/1.40.0/Clean/RELEASE/BoringSSL
    return "/".join(said.rpartition(" ")[2].split("/")[1:])


@dataclass(frozen=True)
class Found:
    """All that was measured."""

    cells: list[Cell]
    # What each contender has agreed on with clients.
    tls: dict[str, str]
    management: list[management.Cell]
    cache: list[cache.Cell]
    objects: list[objects.Cell]
    lance: lance_search.Found | None
    zips: list[ZipCell]


def measure_all(args: argparse.Namespace, folder: Path) -> Found:
    """Runs every workload and prints each table when it is known."""
    setup = servers.Setup(args.binaries.resolve(), folder, args.threads, args.origin_threads, args.envoy)
    parts = options.wanted(args)
    cells, tls = _measure_store(args, setup) if "store" in parts else ([], {})
    asked = management.measure_all(args, setup, say) if "management" in parts else []
    print(management_report.table(asked), flush=True)
    kept = cache.measure_all(args, setup, say) if "cache" in parts else []
    print(cache_report.table(kept), flush=True)
    stored = objects.measure_all(args, setup, say) if "objects" in parts else []
    print(objects_report.table(stored), flush=True)
    searched = lance_search.measure_all(args, setup, say) if "lance" in parts else None
    print(lance_report.table(searched), flush=True)
    packed = zips.measure_all(args, setup, say) if "zip" in parts else []
    packed += zip_big.measure_all(args, setup, say) if "zip-big" in parts else []
    print(zips_report.table(packed), flush=True)
    return Found(cells, tls, asked, kept, stored, searched, packed)


def _measure_store(args: argparse.Namespace, setup: servers.Setup) -> tuple[list[Cell], dict[str, str]]:
    servers.make_certificate(setup)
    cells = []
    with servers.origin(setup) as origin:
        bench = Bench(args, setup, origin)
        for work in workloads.workloads(setup.folder, args.methods, args.sizes):
            found = bench.run(work)
            print(report.table(found), flush=True)
            cells += found
    return cells, bench.tls


def main() -> int:
    args = options.arguments(__doc__.splitlines()[0])
    if args.envoy is None and "envoy" in args.only:
        args.only.remove("envoy")
        say("bench: Envoy is not installed and does not take part")
    # An end from outside, too, ends the servers: it becomes an exception.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    known = facts(args)
    print("# Bench\n\n" + ", ".join(f"{name} {value}" for name, value in known.items()) + "\n")
    try:
        with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
            found = measure_all(args, Path(folder))
    except BenchError as error:
        say(f"bench: {error}")
        return 1
    conclude(args, found, known)
    return 0


def conclude(args: argparse.Namespace, found: Found, known: dict[str, Any]) -> None:
    """Prints what needs all of the figures, and writes them down."""
    verdicts = targets.verdicts(found.cells, found.cache)
    if verdicts:
        print(report.agreements(found.tls) + report.memory(found.cells) + report.verdicts(verdicts))
    document = report.document(found.cells, verdicts, {**known, "tls": found.tls})
    document["management"] = management_report.document(found.management)
    document["cache"] = cache_report.document(found.cache)
    document["objects"] = objects_report.document(found.objects)
    document["lance"] = lance_report.document(found.lance)
    document["zip"] = zips_report.document(found.zips)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(json.dumps(document, indent=2) + "\n")
    say(f"bench: {args.output}")


if __name__ == "__main__":
    sys.exit(main())
