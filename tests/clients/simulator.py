"""Starts the HCP simulator with two tenants that share a user's name and not the password."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from processes import Process, started, wait_until
from support.target import Login

DOMAIN = "hcp.test"
USERS = (Login("research", "ada", "first password"), Login("archive", "ada", "second password"))
# Looks after all tenants.
ROOT = Login("", "root", "system password")


@dataclass(frozen=True)
class Simulator:
    """A running simulator: `host:port` of its services, and the authority of their certificates."""

    data: str
    plain: str
    mapi: str
    control: str
    ca: Path
    log: Path
    process: Process


def _arguments(binary: str, release: int, ca: Path) -> list[str]:
    # Overwriting stays allowed, as ordinary tools expect it; stories of HCP's refusal are elsewhere.
    users = [f"--user={who.tenant}/{who.user}:{who.password}" for who in USERS]
    users.append(f"--system-user={ROOT.user}:{ROOT.password}")
    # What was done a moment ago is found too: no story waits a minute for it.
    more = ["--query-horizon", "0", "--ca-file", str(ca), "--control-port", "0", "--json"]
    return [binary, "--domain", DOMAIN, "--release", str(release), *users, *more]


@contextmanager
def running(binary: str, release: int) -> Iterator[Simulator]:
    """A simulator of this release for the length of the block."""
    with tempfile.TemporaryDirectory(prefix="hcp-") as name:
        folder = Path(name)
        log, ca = folder / "log", folder / "ca.pem"
        with started(_arguments(binary, release, ca), folder, {}, log) as process:
            wait_until(lambda: _announced(log) is not None, process, "the simulator", log)
            said = _announced(log) or {}
            yield Simulator(said["data"], said["plain"], said["mapi"], said["control"], ca, log, process)


def _announced(log: Path) -> dict[str, str] | None:
    """The first line that names its addresses, once it is whole."""
    for line in log.read_text().splitlines(keepends=True):
        if line.endswith("\n") and line.startswith("{") and '"plain":' in line:
            said: dict[str, str] = json.loads(line)
            return said
    return None
