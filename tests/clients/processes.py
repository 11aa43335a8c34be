"""Starts programs on loopback for as long as a block lasts, and never leaves one behind."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

START_SECONDS = 30.0
POLL_SECONDS = 0.05
LOG_LINES = 20

Process = subprocess.Popen[bytes]


class StartError(RuntimeError):
    """A program ended, or was not ready in time."""


def find(name: str) -> str | None:
    """The program beside this Python first, so that the pinned version runs."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now; all are held until the last is known, so they differ."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def end_when_told() -> None:
    """A terminated Python then leaves its blocks, so that everything in them ends too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def die_with_parent() -> None:
    """Linux only: a killed parent takes its children with it."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


@contextmanager
def started(arguments: Sequence[str], folder: Path, env: Mapping[str, str], log: Path) -> Iterator[Process]:
    """The program for the length of the block; output and errors go to `log`.

    It is killed at the end: an orderly end takes seconds, and the data are thrown away.
    """
    with log.open("wb") as file:
        process = subprocess.Popen(
            arguments, cwd=folder, env=dict(env), preexec_fn=die_with_parent,
            stdin=subprocess.DEVNULL, stdout=file, stderr=file,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        _keep(log, arguments[0], process.pid)


def _keep(log: Path, program: str, pid: int) -> None:
    """Leaves what Portico has logged to `scripts/leaks.sh`, which looks for secrets in all of it."""
    folder = os.environ.get("PORTICO_TEST_LOGS")
    if folder and Path(program).name == "portico":
        shutil.copy(log, Path(folder) / f"client-{os.getpid()}-{pid}.log")


def wait_until(ready: Callable[[], bool], process: Process, name: str, log: Path) -> None:
    """Asks until the program is ready; raises with the end of its log when it ended or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None:
            raise StartError(f"{name} ended with {process.returncode}\n{_end_of(log)}")
        if time.monotonic() > deadline:
            raise StartError(f"{name} was not ready within {START_SECONDS} s\n{_end_of(log)}")
        time.sleep(POLL_SECONDS)


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
