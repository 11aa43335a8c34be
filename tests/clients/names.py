"""Gives this program, and all that it starts, names of its own: an /etc/hosts that nobody else sees.

Clients in C, Go and Rust each look names up in their own way, but all read that file. A mount
namespace is what puts another one in its place, for root or wherever users may have namespaces.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

HOSTS = Path("/etc/hosts")
_INSIDE = "CLIENT_SUITE_NAMESPACE"


def enter_namespace() -> None:
    """Starts this program again inside a namespace; comes back only there, or where none is to be had."""
    if os.environ.get(_INSIDE):
        return
    for more in ([], ["--map-root-user"]):
        unshare = ["unshare", *more, "--mount", "--"]
        if shutil.which("unshare") and _works([*unshare, "mount", "--bind", str(HOSTS), str(HOSTS)]):
            os.environ[_INSIDE] = "1"
            os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])


def missing() -> str:
    """Why no names can be given here; empty where they can."""
    if os.environ.get(_INSIDE):
        return ""
    return "names need a mount namespace of our own, and this machine allows none (see unshare(1))"


@contextmanager
def resolving(names: Iterable[str]) -> Iterator[None]:
    """These names mean 127.0.0.1 for the length of the block; only inside the namespace."""
    with tempfile.NamedTemporaryFile("w", prefix="hosts-") as file:
        file.write(f"127.0.0.1 localhost {' '.join(names)}\n")
        file.flush()
        Path(file.name).chmod(0o644)
        subprocess.run(["mount", "--bind", file.name, str(HOSTS)], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", str(HOSTS)], check=True)


def _works(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
