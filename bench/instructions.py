"""Instructions of user code for each request, counted by valgrind's callgrind.

Times follow whatever else the machine does; this number does not, and shows a change of two
percent. It says nothing of the kernel and of caches, and valgrind knows no instructions for SHA:
hashing counts for many times what it costs.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection

import servers
from processes import BenchError, Server
from signing import signed_headers
from stacks import frame_of
from workloads import Workload

WARM_UP, REQUESTS = 50, 300
LINE = re.compile(r"^ *([\d,]+) \([^)]*\)  (\S+?\.(?:rs|c|S|h)):(.*?)(?: \[.*)?$")


def count(setup: servers.Setup, work: Workload, name: str) -> tuple[float, list[tuple[float, str]]]:
    """Instructions of a request, and of each function with all that it calls, most first."""
    out = setup.folder / f"callgrind-{name}"
    watched = replace(setup, watcher=("valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"))
    with (
        servers.origin(setup) as origin,
        servers.contenders(watched, origin, [name]) as running,
    ):
        server = running[0]
        _send(work, server, WARM_UP)
        _control("-z", server)
        _send(work, server, REQUESTS)
        _control("-d", server)
    counted = out.with_name(f"{out.name}.1")
    said = subprocess.run(
        ["callgrind_annotate", "--inclusive=yes", "--threshold=100", str(counted)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found: dict[str, float] = {}
    for number, function in _functions(said):
        found[function] = max(found.get(function, 0), number / REQUESTS)
    total = next(iter(re.findall(r"^summary: (\d+)", counted.read_text(), re.M)), "0")
    return int(total) / REQUESTS, sorted(((each, name) for name, each in found.items()), reverse=True)


def _functions(said: str) -> Iterator[tuple[int, str]]:
    for found in filter(None, map(LINE.match, said.splitlines())):
        yield int(found[1].replace(",", "")), str(frame_of(found[2], found[3].strip()))


def _send(work: Workload, server: Server, times: int) -> None:
    host, _, port = server.address.partition(":")
    connection = HTTPConnection(host, int(port), timeout=60)
    body = work.body.read_bytes() if work.body else None
    for _ in range(times):
        connection.request(work.method, work.path, body, signed_headers(work, server.address))
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise BenchError(f"{work.name}: {server.name} answers {response.status}")
    connection.close()


def _control(what: str, server: Server) -> None:
    subprocess.run(["callgrind_control", what, str(server.pid)], check=True, stdout=subprocess.DEVNULL)
