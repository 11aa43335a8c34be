"""The origin and whatever stands in front of it: started, measured from outside, ended."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

ACCESS_KEY = "bench"
SECRET_KEY = "a-secret-key-for-measuring-only"
TICKS = os.sysconf("SC_CLK_TCK")
# What suits large bodies best, of what was tried: fewer system calls for each megabyte.
LARGE_BUFFERS = """
            proxy_buffers 16 256k;
            proxy_buffer_size 64k;
            proxy_busy_buffers_size 2m;
            client_body_buffer_size 512k;"""
START_SECONDS = 20
STOP_SECONDS = 5


class BenchError(Exception):
    """A measurement that would mean nothing; the words say why."""


@dataclass(frozen=True)
class Server:
    """A contender; `direct` has no process of its own."""

    name: str
    address: str
    pid: int | None

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
        return sum(map(_peak_kib, self.pids())) * 1024


def _cpu_ticks(pid: int) -> int:
    # The name, in parentheses, may hold blanks: fields are counted behind it (proc(5)).
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _peak_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise BenchError(f"process {pid} has no VmHWM: did it end?")


@dataclass(frozen=True)
class Counts:
    """What the origin has seen so far."""

    requests: int
    received: int


def counts(origin: Server) -> Counts:
    """Asks the origin."""
    host, _, port = origin.address.partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    try:
        connection.request("GET", "/stats")
        found = json.loads(connection.getresponse().read())
        return Counts(found["requests"], found["received"])
    finally:
        connection.close()


@dataclass(frozen=True)
class Setup:
    """What the servers are started with."""

    binaries: Path
    folder: Path
    threads: int
    origin_threads: int


@contextmanager
def origin(setup: Setup) -> Iterator[Server]:
    """The origin, which chooses its own port."""
    program = str(setup.binaries / "examples" / "bench_origin")
    log = setup.folder / "origin.log"
    command = [program, "--threads", str(setup.origin_threads)]
    with _child(command, setup.folder, log) as process:
        deadline = time.monotonic() + START_SECONDS
        while not log.read_text().endswith("\n"):
            _still_starting("origin", process, log, deadline)
        address = log.read_text().split()[0]
        yield Server("direct", address, process.pid)


@contextmanager
def contenders(setup: Setup, origin: Server, names: list[str]) -> Iterator[list[Server]]:
    """The contenders of these names, all running."""
    with ExitStack() as stack:
        running = []
        for name in names:
            if name == "direct":
                running.append(Server(name, origin.address, None))
                continue
            folder = setup.folder / name
            folder.mkdir()
            address = f"127.0.0.1:{_free_port()}"
            command = COMMANDS[name](replace(setup, folder=folder), address, origin.address)
            log = folder / "log"
            process = stack.enter_context(_child(command, folder, log))
            _wait(name, address, process, log)
            running.append(Server(name, address, process.pid))
        yield running


def _nginx(setup: Setup, address: str, origin_address: str, buffers: str = "") -> list[str]:
    text = Path(__file__).with_name("nginx.conf").read_text()
    words = {
        "THREADS": str(setup.threads),
        "FOLDER": str(setup.folder),
        "ORIGIN": origin_address,
        "ADDRESS": address,
        "BUFFERS": buffers,
    }
    for name, value in words.items():
        text = text.replace(f"@{name}@", value)
    conf = setup.folder / "nginx.conf"
    conf.write_text(text)
    return ["nginx", "-e", "stderr", "-c", str(conf)]


def _nginx_tuned(setup: Setup, address: str, origin_address: str) -> list[str]:
    return _nginx(setup, address, origin_address, LARGE_BUFFERS)


def _bare(setup: Setup, address: str, origin_address: str) -> list[str]:
    program = str(setup.binaries / "examples" / "bare_proxy")
    port = address.rpartition(":")[2]
    threads = str(setup.threads)
    return [program, "--port", port, "--origin", origin_address, "--threads", threads]


def _portico(setup: Setup, address: str, origin_address: str) -> list[str]:
    conf, portico = setup.folder / "portico.toml", str(setup.binaries / "portico")
    command = [portico, "hash-password"]
    hashed = subprocess.run(command, input=SECRET_KEY, capture_output=True, text=True, check=True)
    conf.write_text(
        f"""
[listeners.s3]
address = "{address}"
[listeners.api]
address = ""
[listeners.admin]
address = ""
[upstream]
backend = "generic"
s3_endpoint = "http://{origin_address}"
[s3]
access_key = "{ACCESS_KEY}"
secret_key = "{SECRET_KEY}"
[auth]
secrets = ["{os.urandom(32).hex()}"]
users = [{{ name = "bench", password_hash = "{hashed.stdout.strip()}" }}]
[process]
threads = {setup.threads}
data_directory = "{setup.folder}"
[telemetry]
access_log = false
"""
    )
    return [portico, "run", "--conf", str(conf)]


COMMANDS: dict[str, Callable[[Setup, str, str], list[str]]] = {
    "nginx": _nginx,
    "nginx-tuned": _nginx_tuned,
    "bare": _bare,
    "portico": _portico,
}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def _child(command: list[str], folder: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
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


def _wait(name: str, address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Returns when the address accepts connections."""
    host, _, port = address.partition(":")
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            _still_starting(name, process, log, deadline)


def _still_starting(
    name: str, process: subprocess.Popen[bytes], log: Path, deadline: float
) -> None:
    if process.poll() is not None or time.monotonic() > deadline:
        said = log.read_text(errors="replace")[-2000:]
        raise BenchError(f"{name} does not start; it said:\n{said}")
    time.sleep(0.05)
