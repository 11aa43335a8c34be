"""A process that is measured from outside: started, watched, ended."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
# Under valgrind on a busy machine it takes long.
START_SECONDS = 60
STOP_SECONDS = 5


class BenchError(Exception):
    """A measurement that would mean nothing; the words say why."""


@dataclass(frozen=True)
class Server:
    """A contender; `direct` has no process of its own."""

    name: str
    address: str
    pid: int | None
    # Whether clients speak TLS to it. Towards the origin nobody does.
    tls: bool = False

    def url(self, path: str) -> str:
        """Where clients find a path."""
        return f"{'https' if self.tls else 'http'}://{self.address}{path}"

    def pids(self) -> list[int]:
        """The process and its children: nginx works in children."""
        if self.pid is None:
            return []
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [self.pid, *map(int, children.split())]

    def cpu_seconds(self) -> float:
        """User and system time so far, of all threads."""
        return sum(map(_cpu_ticks, self.pids())) / TICKS

    def forget_peak(self) -> None:
        """Lets the peak of memory begin anew, at what is held now."""
        for pid in self.pids():
            # 5 resets VmHWM (proc(5)). Where that is not allowed, the peak is that since the start.
            with suppress(PermissionError):
                Path(f"/proc/{pid}/clear_refs").write_text("5")

    def peak_bytes(self) -> int:
        """The peak of resident memory; pages that processes share count for each."""
        return sum(_kib(pid, "VmHWM") for pid in self.pids()) * 1024

    def resident_bytes(self) -> int:
        """What is resident now."""
        return sum(_kib(pid, "VmRSS") for pid in self.pids()) * 1024


def _cpu_ticks(pid: int) -> int:
    # The name, in parentheses, may hold blanks: fields are counted behind it (proc(5)).
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _kib(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise BenchError(f"process {pid} has no {name}: did it end?")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody had a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def child(command: list[str], folder: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that does not outlive the block, nor do its children."""
    # A clean environment: nobody's settings leak into what is measured.
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    # SIGINT is the quick end for all of them; Pingora waits minutes after SIGTERM.
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # Its own session: the group holds it and its children, and nothing else.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for_address(name: str, address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Returns when the address accepts connections."""
    host, _, port = address.partition(":")

    def reach() -> None:
        socket.create_connection((host, int(port)), timeout=1).close()

    wait_until(reach, name, process, log)


def wait_until(reach: Callable[[], None], name: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Returns when it can be reached, which is an `OSError` until then."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return reach()
        except OSError:
            _still_starting(name, process, log, deadline)


def wait_for_line(name: str, process: subprocess.Popen[bytes], log: Path) -> str:
    """Returns the first line that it prints."""
    deadline = time.monotonic() + START_SECONDS
    while not log.read_text().endswith("\n"):
        _still_starting(name, process, log, deadline)
    return log.read_text().splitlines()[0]


def _still_starting(name: str, process: subprocess.Popen[bytes], log: Path, deadline: float) -> None:
    if process.poll() is not None or time.monotonic() > deadline:
        said = log.read_text(errors="replace")[-2000:]
        raise BenchError(f"{name} does not start; it said:\n{said}")
    time.sleep(0.05)
