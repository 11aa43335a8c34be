"""Who answers out of memory: Portico, nginx and a bare engine; and Portico's Redis."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import hcp
from hcp import Hcp
from processes import BenchError, Server, child, free_port, wait_until
from servers import Place, Setup, started
from signing import Answer, once

CREDENTIALS = "/api/v1/credentials"
# What the engine itself says in each answer.
ENGINES_OWN = ("date", "connection")


@dataclass(frozen=True)
class Redis:
    """A Redis of the bench's own, on a socket of the file system, that keeps nothing on disk."""

    server: Server
    path: Path

    def commands(self) -> int:
        """How many commands it has carried out so far."""
        with socket.socket(socket.AF_UNIX) as connection, connection.makefile("rwb") as stream:
            connection.connect(str(self.path))
            stream.write(b"INFO stats\r\n")
            stream.flush()
            # A string in RESP: $, its length, and then itself.
            said = stream.read(int(stream.readline()[1:])).decode()
        fields = dict(line.split(":", 1) for line in said.splitlines() if ":" in line)
        return int(fields["total_commands_processed"])


@contextmanager
def redis(setup: Setup) -> Iterator[Redis]:
    """One for the time of a line."""
    folder = setup.folder / "redis"
    folder.mkdir(exist_ok=True)
    path, log = folder / "socket", folder / "log"
    command = ["redis-server", "--port", "0", "--unixsocket", str(path)]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]

    def reach() -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))

    with child(command, folder, log) as process:
        wait_until(reach, "redis", process, log)
        yield Redis(Server("redis", str(path), process.pid), path)


@dataclass(frozen=True)
class Portico:
    """Portico with its cache, and the proofs of a user who has logged in."""

    api: Server
    s3: Server
    bearer: str
    # Access key, secret key, session token.
    keys: tuple[str, str, str]
    # Where the cache is shared; without it the answers are in Portico's memory alone.
    redis: Redis | None


@contextmanager
def portico(setup: Setup, house: Hcp, redis: Redis | None) -> Iterator[Portico]:
    """Portico before the simulator, with listeners for both doors."""
    s3 = f"127.0.0.1:{free_port()}"
    url = f"redis+unix://{redis.path}" if redis else ""
    name = "portico-redis" if redis else "portico-memory"
    with hcp.portico(setup, house, name, "portico_cache.toml", s3, REDIS=url) as api:
        bearer = f"Bearer {hcp.login(api, house)}"
        answer = once("GET", CREDENTIALS, api, {"Authorization": bearer})
        if answer.status != 200:
            raise BenchError(f"portico answers {answer.status} to {CREDENTIALS}")
        said = json.loads(answer.body)
        keys = (said["access_key_id"], said["secret_access_key"], said["session_token"])
        yield Portico(api, Server("portico", s3, api.pid), bearer, keys, redis)


@contextmanager
def nginx(setup: Setup, house: Hcp) -> Iterator[Server]:
    """nginx before both of the simulator's services."""
    place = _place(setup, "nginx-cache", house.server.address)

    def command(place: Place) -> list[str]:
        conf = place.fill("nginx_cache.conf", DATA=house.data)
        return ["nginx", "-e", "stderr", "-c", str(conf)]

    with started("nginx", place, command) as server:
        yield server


@contextmanager
def bare(setup: Setup, answer: Answer) -> Iterator[Server]:
    """The bare engine, which gives this answer to everybody."""

    def command(place: Place) -> list[str]:
        head, body = place.folder / "head", place.folder / "answer"
        told = (each for each in answer.headers if each[0].lower() not in ENGINES_OWN)
        head.write_text("".join(f"{name}: {value}\n" for name, value in told))
        body.write_bytes(answer.body)
        program = str(setup.binaries / "examples" / "bare_reply")
        port = place.address.rpartition(":")[2]
        files = ["--head", str(head), "--body", str(body)]
        return [program, "--port", port, *files, "--threads", str(setup.threads)]

    with started("bare", _place(setup, "bare-reply", ""), command) as server:
        yield server


def _place(setup: Setup, name: str, origin: str) -> Place:
    return Place(setup, setup.folder / name, f"127.0.0.1:{free_port()}", origin)
