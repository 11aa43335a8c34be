"""The origin and whatever stands in front of it: how each is configured and started."""

import http.client
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from processes import Server, child, free_port, wait_for_address, wait_for_line

NAMES = ("direct", "nginx", "nginx-tuned", "envoy", "bare", "portico")
# What clients sign with, and what those sign with that sign again: two pairs, so that a signature
# which was merely passed on shows.
CLIENT_KEYS = ("bench-client", "a-secret-key-of-clients-for-measuring-only")
STORE_KEYS = ("bench-store", "a-secret-key-of-the-store-for-measuring-only")
REGION = "us-east-1"
# What suits large bodies best, of what was tried: fewer system calls for each megabyte.
LARGE_BUFFERS = """
            proxy_buffers 16 256k;
            proxy_buffer_size 64k;
            proxy_busy_buffers_size 2m;
            client_body_buffer_size 512k;"""


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
    envoy: Path | None = None
    tls: bool = False
    # What contenders are started with: a program that watches the one behind it.
    watcher: tuple[str, ...] = ()

    @property
    def certificate(self) -> Path:
        """Certificate chain of all contenders."""
        return self.folder / "certificate.pem"

    @property
    def key(self) -> Path:
        """Its private key."""
        return self.folder / "key.pem"


def make_certificate(setup: Setup) -> None:
    """One for all, of the kind that costs a handshake least: keys on the curve P-256."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command += ["-keyout", str(setup.key), "-out", str(setup.certificate)]
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def origin(setup: Setup) -> Iterator[Server]:
    """The origin, which chooses its own port."""
    program = str(setup.binaries / "examples" / "bench_origin")
    log = setup.folder / "origin.log"
    command = [program, "--threads", str(setup.origin_threads)]
    with child(command, setup.folder, log) as process:
        yield Server("direct", wait_for_line("origin", process, log).strip(), process.pid)


@contextmanager
def contenders(setup: Setup, origin: Server, names: list[str]) -> Iterator[list[Server]]:
    """The contenders of these names, all new: what one workload left in memory is gone."""
    with ExitStack() as stack:
        running = []
        for name in names:
            if name == "direct":
                running.append(Server(name, origin.address, None))
                continue
            place = Place(setup, setup.folder / name, f"127.0.0.1:{free_port()}", origin.address)
            running.append(stack.enter_context(started(name, place, COMMANDS[name])))
        yield running


@dataclass(frozen=True)
class Place:
    """Where one contender stands."""

    setup: Setup
    folder: Path
    address: str
    origin: str

    def fill(self, template: str, **more: str) -> Path:
        """Writes a configuration: the file beside this one, with the words between @ replaced."""
        words = {
            "THREADS": str(self.setup.threads),
            "FOLDER": str(self.folder),
            "ORIGIN": self.origin,
            "ADDRESS": self.address,
            "CERTIFICATE": str(self.setup.certificate),
            "KEY": str(self.setup.key),
        }
        text = Path(__file__).with_name(template).read_text()
        # Those of one contender first: they may hold the others.
        for name, value in (more | words).items():
            text = text.replace(f"@{name}@", value)
        filled = self.folder / template
        filled.write_text(text)
        return filled


def _nginx(place: Place, buffers: str = "") -> list[str]:
    tls = (
        "ssl_certificate @CERTIFICATE@;\n        ssl_certificate_key @KEY@;"
        "\n        ssl_protocols TLSv1.2 TLSv1.3;"
    )
    on = place.setup.tls
    conf = place.fill("nginx.conf", BUFFERS=buffers, SSL=" ssl" if on else "", TLS=tls if on else "")
    return ["nginx", "-e", "stderr", "-c", str(conf)]


def _nginx_tuned(place: Place) -> list[str]:
    return _nginx(place, LARGE_BUFFERS)


def _envoy(place: Place) -> list[str]:
    host, _, port = place.address.partition(":")
    origin_host, _, origin_port = place.origin.partition(":")
    tls = Path(__file__).with_name("envoy_tls.yaml").read_text() if place.setup.tls else ""
    conf = place.fill(
        "envoy.yaml",
        TLS=tls,
        HOST=host,
        PORT=port,
        ORIGIN_HOST=origin_host,
        ORIGIN_PORT=origin_port,
        REGION=REGION,
        ACCESS_KEY=STORE_KEYS[0],
        SECRET_KEY=STORE_KEYS[1],
    )
    command = [str(place.setup.envoy), "-c", str(conf), "--log-level", "error"]
    return [*command, "--concurrency", str(place.setup.threads), "--disable-hot-restart"]


def _bare(place: Place) -> list[str]:
    setup = place.setup
    command = [str(setup.binaries / "examples" / "bare_proxy")]
    command += ["--port", place.address.rpartition(":")[2], "--origin", place.origin]
    command += ["--threads", str(setup.threads)]
    if setup.tls:
        command += ["--certificate", str(setup.certificate), "--key", str(setup.key)]
    return command


def _portico(place: Place) -> list[str]:
    portico = str(place.setup.binaries / "portico")
    password = os.urandom(9).hex()
    tls = 'certificate = "@CERTIFICATE@"\nkey = "@KEY@"' if place.setup.tls else ""
    conf = place.fill(
        "portico.toml",
        TLS=tls,
        ACCESS_KEY=STORE_KEYS[0],
        SECRET_KEY=STORE_KEYS[1],
        CLIENT_ACCESS_KEY=CLIENT_KEYS[0],
        CLIENT_SECRET_KEY=CLIENT_KEYS[1],
        REGION=REGION,
        TOKEN_SECRET=os.urandom(32).hex(),
        PASSWORD_HASH=password_hash(portico, password),
    )
    return [portico, "run", "--conf", str(conf)]


def password_hash(portico: str, password: str) -> str:
    """The hash of a password, as an operator makes it."""
    command = [portico, "hash-password"]
    made = subprocess.run(command, input=password, capture_output=True, text=True, check=True)
    return made.stdout.strip()


@contextmanager
def started(name: str, place: Place, command: Callable[[Place], list[str]], *more: str) -> Iterator[Server]:
    """A server that accepts connections at its address, and at further ones."""
    place.folder.mkdir(exist_ok=True)
    log = place.folder / "log"
    with child([*place.setup.watcher, *command(place)], place.folder, log) as process:
        for address in (place.address, *more):
            wait_for_address(name, address, process, log)
        yield Server(name, place.address, process.pid, place.setup.tls)


COMMANDS: dict[str, Callable[[Place], list[str]]] = {
    "nginx": _nginx,
    "nginx-tuned": _nginx_tuned,
    "envoy": _envoy,
    "bare": _bare,
    "portico": _portico,
}
