"""`bench/profile.sh`: where a contender's CPU time goes for each request, by crate and function.

The sampling is perf's. Shares come from a run under perf, and the CPU time of a request from one
without, because perf itself costs some.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

import instructions
import proofs
import servers
import stacks
import workloads
from load import measure, warm_up
from processes import BenchError, Server
from signing import signed_headers
from stacks import Sample
from workloads import Load, Workload

# A prime, so that samples do not walk in step with timers.
HERTZ = 997
# Bytes of stack kept with each sample: without frame pointers perf unwinds from these.
STACK = 16384
# Ours, and the engine we stand on.
OURS, ENGINE = "portico", "pingora"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--binaries", type=Path, required=True, help="folder of a cargo profile")
    add("--only", choices=("bare", "portico"), default="portico", help="who is looked at")
    add("--method", choices=("HEAD", "GET", "PUT"), default="GET")
    add("--size", type=workloads.size, default=1024)
    add("--connections", type=int, default=16)
    add("--tls", action="store_true")
    add("--seconds", type=int, default=10)
    add("--instructions", action="store_true", help="count instructions instead (valgrind)")
    add("--lines", type=int, default=40, help="length of each table")
    return parser.parse_args()


def profile(args: argparse.Namespace, folder: Path) -> tuple[list[Sample], float]:
    """Stacks, and the CPU time of a request in microseconds."""
    setup = servers.Setup(args.binaries.resolve(), folder, 1, 1, tls=args.tls)
    servers.make_certificate(setup)
    work = workloads.workloads(folder, [args.method], [args.size])[0]
    load = Load(args.connections, args.tls, args.seconds, 1)
    with (
        servers.origin(setup) as origin,
        servers.contenders(setup, origin, [args.only]) as running,
    ):
        server = running[0]
        proofs.prove(work, server, server.address)
        headers = signed_headers(work, server.address)
        warm_up(work, load, server, headers)
        plain = measure(work, load, server, origin, headers)
        # Large objects may be unfinished when the time is over: their bytes count.
        requests = plain.transferred / work.size if work.large else plain.requests
        cost = (plain.cpu_seconds or 0) * 1e6 / requests
        return _record(work, load, server, folder), cost


def _count(args: argparse.Namespace, folder: Path) -> None:
    setup = servers.Setup(args.binaries.resolve(), folder, 1, 1)
    work = workloads.workloads(folder, [args.method], [args.size])[0]
    total, functions = instructions.count(setup, work, args.only)
    print(f"# {args.only}, {work.name}: {total:.0f} instructions for each request\n")
    for title, wanted in (
        ("Ours", lambda name: name.startswith(OURS)),
        ("The engine", lambda name: name.startswith(ENGINE)),
        ("Memory, copies, hashes", lambda name: re.match(r"malloc|memmove|ring", name)),
    ):
        print(f"## {title}\n\n| instructions | what, with all that it calls |\n| --- | --- |")
        for each, name in [found for found in functions if wanted(found[1])][: args.lines]:
            print(f"| {each:.0f} | {name} |")
        print()


def _record(work: Workload, load: Load, server: Server, folder: Path) -> list[Sample]:
    data = folder / "perf.data"
    command = ["perf", "record", "-q", "-F", str(HERTZ), "--call-graph", f"dwarf,{STACK}"]
    command += ["-p", str(server.pid), "-o", str(data), "--", "sleep", str(load.seconds)]
    recorder = threading.Thread(target=subprocess.run, args=(command,), kwargs={"check": True})
    recorder.start()
    headers = signed_headers(work, server.address)
    while recorder.is_alive():
        warm_up(work, load, server, headers)
    recorder.join()
    return stacks.read(data, server.pid or 0)


def main() -> int:
    args = arguments()
    try:
        with tempfile.TemporaryDirectory(prefix="portico-profile-") as folder:
            if args.instructions:
                _count(args, Path(folder))
                return 0
            samples, cost = profile(args, Path(folder))
    except BenchError as error:
        print(f"profile: {error}", file=sys.stderr)
        return 1
    what = f"{args.only}, {args.method} {workloads.size_name(args.size)}"
    print(f"# {what}: {cost:.1f} µs of CPU for each request, {len(samples)} samples\n")
    each = cost / max(len(samples), 1)
    for title, found in (
        ("Whose time: the nearest crate of ours or of the engine, kernel apart", owners(samples)),
        ("Functions alone", alone(samples)),
        ("Libraries, and for whom they work", libraries(samples)),
        ("Our functions with all that they call", within(samples, OURS)),
        ("The engine's functions with all that they call", within(samples, ENGINE)),
    ):
        _table(title, found, len(samples), each, args.lines)
    return 0


def owners(samples: list[Sample]) -> Counter[str]:
    """By the innermost crate of ours or the engine; what libraries do counts for who called."""
    found: Counter[str] = Counter()
    for sample in samples:
        crates = (frame.crate for frame in sample.frames)
        owner = next((name for name in crates if name.startswith((OURS, ENGINE))), "others")
        found[f"{owner}{', kernel' if sample.kernel else ''}"] += 1
    return found


def alone(samples: list[Sample]) -> Counter[str]:
    """The innermost function; time in the kernel under the call that entered it."""
    found: Counter[str] = Counter()
    for sample in samples:
        first = str(sample.frames[0]) if sample.frames else "?"
        found[f"kernel  {sample.kernel}" if sample.kernel else first] += 1
    return found


def libraries(samples: list[Sample]) -> Counter[str]:
    """Crates and libraries by their own time, with whose function of ours or the engine called."""
    found: Counter[str] = Counter()
    for sample in samples:
        if sample.kernel or not sample.frames:
            continue
        ours = (frame for frame in sample.frames if frame.crate.startswith((OURS, ENGINE)))
        caller = next(ours, None)
        if caller and caller != sample.frames[0]:
            found[f"{sample.frames[0].crate}, for {caller}"] += 1
    return found


def within(samples: list[Sample], crate: str) -> Counter[str]:
    """Each function of these crates, with everything below it, once for each sample."""
    found: Counter[str] = Counter()
    for sample in samples:
        found.update({str(frame) for frame in sample.frames if frame.crate.startswith(crate)})
    return found


def _table(title: str, found: Counter[str], total: int, each: float, lines: int) -> None:
    print(f"## {title}\n\n| µs | share | what |\n| --- | --- | --- |")
    for name, count in found.most_common(lines):
        print(f"| {count * each:.2f} | {count / total:.1%} | {name} |")
    print()


if __name__ == "__main__":
    sys.exit(main())
