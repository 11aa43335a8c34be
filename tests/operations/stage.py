"""Portico before a simulated HCP that can be made silent, and some traffic."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

import house
import simulator
from house import House, Sections
from processes import Process

TIMEOUT = 30
# A certificate that ends soon and one that does not, in days.
SHORT, LONG = 1, 90


@dataclass(frozen=True)
class Programs:
    """Paths of the programs under test."""

    portico: str
    simulator: str


@dataclass(frozen=True)
class Stage:
    """A running house, its store and the certificate of its S3 door."""

    house: House
    store: Process
    folder: Path
    control: str = ""

    def bearer(self) -> dict[str, str]:
        """Headers of a login."""
        who = simulator.USERS[0]
        form = {"username": who.user, "password": who.password, "tenant": who.tenant}
        answer = requests.post(f"{self.house.api}/api/v1/auth/token", data=form, timeout=TIMEOUT)
        answer.raise_for_status()
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def get(self, path: str, headers: Mapping[str, str]) -> int:
        """The status of a GET at the S3 door."""
        return self._ask("GET", path, headers, b"")

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> int:
        url, own = f"{self.house.s3}{path}", str(self.folder / "s3.pem")
        answer = requests.request(method, url, headers=headers, data=body, timeout=TIMEOUT, verify=own)
        return answer.status_code

    def put(self, path: str, content: bytes) -> None:
        """Makes a bucket or an object."""
        assert self._ask("PUT", path, self.bearer(), content) == 200, path

    def traffic(self) -> None:
        """Some of everything that leaves a figure."""
        good = self.bearer()
        for path in ("/", "/", "/nowhere/at-all"):
            self.get(path, good)
        self.get("/", {"Authorization": "Bearer of-nothing"})
        for path in ("/api/v1/buckets", "/api/v1/made-up", "/mapi/tenants"):
            requests.get(f"{self.house.api}{path}", headers=good, timeout=TIMEOUT)
        for path in ("/watched", "/watched/object"):
            self._ask("PUT", path, good, b"" if path == "/watched" else b"content")
        job = f"{self.house.api}/api/v1/buckets/watched/objects/s3_stats"
        assert requests.post(job, headers=good, timeout=TIMEOUT).status_code == 202

    def arrived(self) -> list[dict[str, Any]]:
        """What the store was asked so far; headers by name."""
        told = requests.get(f"{self.control}/requests", timeout=TIMEOUT).json()
        return [{**one, "headers": dict(one["headers"])} for one in told]

    def figure(self, series: str) -> float:
        """One of the figures of Portico."""
        text = requests.get(f"{self.house.admin}/metrics", timeout=TIMEOUT).text
        (found,) = (line for line in text.splitlines() if line.startswith(f"{series} "))
        return float(found.rpartition(" ")[2])

    def lines(self) -> list[dict[str, Any]]:
        """The log so far, whole lines."""
        text = self.house.log.read_text(errors="replace")
        whole = (line for line in text.splitlines(keepends=True) if line.endswith("\n"))
        return [json.loads(line) for line in whole if line.startswith("{")]

    def fall_silent(self) -> None:
        """The store takes connections and says nothing any more."""
        self.store.send_signal(signal.SIGSTOP)
        # Until all of its threads have stopped.
        os.waitid(os.P_PID, self.store.pid, os.WSTOPPED | os.WNOWAIT)

    def speak_again(self) -> None:
        """It goes on where it was."""
        self.store.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """Portico is asked to go, and has gone."""
        os.kill(self.house.pid, signal.SIGTERM)
        # Whoever has started it wants to know how it ended.
        os.waitid(os.P_PID, self.house.pid, os.WEXITED | os.WNOWAIT)

    def certify(self, days: int) -> None:
        """Gives the S3 door a certificate that ends after so many days."""
        certify(self.folder, days)


def certify(folder: Path, days: int) -> None:
    """Writes `s3.pem` and `s3.key`; each is put in its place as a whole."""
    new = [folder / f"{days}.key", folder / f"{days}.pem"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-days", str(days), "-subj", "/CN=localhost", "-keyout", str(new[0]), "-out", str(new[1])]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    for made, place in zip(new, ("s3.key", "s3.pem"), strict=True):
        made.rename(folder / place)


# For stories whose store falls silent: whoever asks has an answer soon, and everybody asks, or its alerts
# would have nothing to count.
SILENCE: dict[str, house.Value] = {"response_timeout": "500ms", "breaker_failures": 0}


@contextmanager
def staged(programs: Programs, more: Sections) -> Iterator[Stage]:
    """The house with these sections beside its own or in place of them, for the length of the block.

    What `more` says of the store is beside what the stage says of it.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="operations-")))
        certify(folder, SHORT)
        store = stack.enter_context(simulator.running(programs.simulator, 9))
        upstream: dict[str, house.Value] = {
            "domain": simulator.DOMAIN,
            "s3_addresses": [store.data],
            "mapi_addresses": [store.mapi],
            "ca_file": str(store.ca),
        }
        door: dict[str, house.Value] = {
            "address": "127.0.0.1:0",
            "certificate": str(folder / "s3.pem"),
            "key": str(folder / "s3.key"),
        }
        sections: Sections = {
            "listeners.s3": door,
            "process": {"data_directory": str(folder), "reload_interval": "100ms"},
            "telemetry": {"log_format": "json", "probe_interval": "100ms", "probe_timeout": "500ms"},
            **more,
            "upstream": {**upstream, **more.get("upstream", {})},
        }
        running = stack.enter_context(house.running(programs.portico, sections, []))
        if "certificate" in sections["listeners.s3"]:
            running = house.with_s3(running, running.s3.replace("http:", "https:"))
        yield Stage(running, store.process, folder, f"http://{store.control}")
