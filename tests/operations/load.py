"""Clients that go on and on, and remember whatever went wrong."""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PATIENCE = 60.0
PIECE = 64 * 1024


@dataclass
class Load:
    """What a crowd of clients has seen so far. Nobody asks twice: a request that failed has failed."""

    base: str
    headers: dict[str, str]
    over: threading.Event = field(default_factory=threading.Event)
    failures: list[str] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def connection(self) -> http.client.HTTPConnection:
        """A new one."""
        place = urlsplit(self.base)
        if place.scheme == "http":
            return http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE)
        # Certificates come and go meanwhile; whose they are is another story.
        anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(place.hostname or "", place.port, timeout=PATIENCE, context=anyone)

    def count(self, kind: str) -> int:
        """How many of a kind are done."""
        with self.lock:
            return self.done.get(kind, 0)

    def wait_for(self, kind: str, more: int) -> None:
        """Waits until so many more of a kind are done, or one client has failed."""
        goal, end = self.count(kind) + more, time.monotonic() + PATIENCE
        while self.count(kind) < goal and not self.failures:
            assert time.monotonic() < end, f"only {self.count(kind)} of {goal} {kind}"
            time.sleep(0.01)

    def note(self, kind: str, took: float) -> None:
        """One is done, and was right."""
        with self.lock:
            self.done[kind] = self.done.get(kind, 0) + 1
            if kind == "kept":
                self.times.append(took)

    def run(self, kind: str, once: Callable[[], None]) -> None:
        """Does it until it is over or has failed."""
        while not self.over.is_set():
            began = time.monotonic()
            try:
                once()
            except (OSError, http.client.HTTPException, AssertionError) as error:
                with self.lock:
                    self.failures.append(f"{kind} after {self.done}: {error!r}")
                return
            self.note(kind, time.monotonic() - began)

    def p99(self, more: int) -> float:
        """Of so many small reads on kept connections from now on, in seconds."""
        with self.lock:
            self.times = []
        self.wait_for("kept", more)
        with self.lock:
            times = sorted(self.times)
        return times[int(len(times) * 0.99)]


class Kept:
    """Small reads on one connection, until the other side says that it will close it."""

    def __init__(self, load: Load, path: str, content: bytes) -> None:
        self._load, self._path, self._content = load, path, content
        self._connection = load.connection()

    def once(self) -> None:
        """One of them."""
        ask(self._load, self._connection, self._path, self._content)


def fresh(load: Load, path: str, content: bytes) -> None:
    """A small read on a connection of its own."""
    connection = load.connection()
    ask(load, connection, path, content)
    connection.close()


def ask(load: Load, connection: http.client.HTTPConnection, path: str, content: bytes) -> None:
    """A read that must bring exactly this."""
    connection.request("GET", path, headers=load.headers)
    answer = connection.getresponse()
    body = answer.read()
    assert (answer.status, body) == (200, content), (answer.status, body[:200])


def slow_download(load: Load, path: str, content: bytes, pause: float) -> None:
    """A long read, piece by piece with pauses."""
    connection = load.connection()
    connection.request("GET", path, headers=load.headers)
    answer = connection.getresponse()
    digest = hashlib.sha256()
    while piece := answer.read(PIECE):
        digest.update(piece)
        time.sleep(pause)
    assert answer.status == 200 and digest.digest() == hashlib.sha256(content).digest(), "cut short"
    connection.close()


def slow_upload(load: Load, path: str, content: bytes, pause: float) -> None:
    """A long write, piece by piece with pauses."""
    connection = load.connection()
    connection.putrequest("PUT", path)
    for name, value in {**load.headers, "Content-Length": str(len(content))}.items():
        connection.putheader(name, value)
    connection.endheaders()
    for start in range(0, len(content), PIECE):
        connection.send(content[start : start + PIECE])
        time.sleep(pause)
    answer = connection.getresponse()
    said = answer.read()
    assert answer.status == 200, (answer.status, said[:200])
    connection.close()


def write_and_read(load: Load, path: str, content: bytes, pause: float) -> None:
    """A long write, then a read that brings the same."""
    slow_upload(load, path, content, pause)
    fresh(load, path, content)


@contextmanager
def running(load: Load, clients: list[tuple[str, Callable[[], None]]]) -> Iterator[Load]:
    """The clients, each in a thread, for the length of the block; all must have done their last."""
    threads = [threading.Thread(target=load.run, args=client, daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.over.set()
        for thread in threads:
            thread.join(PATIENCE)
    assert not load.failures, load.failures
    assert not any(thread.is_alive() for thread in threads), "a client hangs"


@contextmanager
def slow_heads(address: str, count: int) -> Iterator[list[socket.socket]]:
    """Clients that have begun a head and say nothing more."""
    with _many(address, count) as sockets:
        for each in sockets:
            each.sendall(b"GET /slow HTTP/1.1\r\nHost: por")
        yield sockets


@contextmanager
def slow_readers(
    address: str, count: int, path: str, headers: dict[str, str]
) -> Iterator[list[socket.socket]]:
    """Clients that have asked for an object and read no byte of it."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {address}",
        *(f"{name}: {text}" for name, text in headers.items()),
    ]
    request = "\r\n".join([*lines, "", ""]).encode()
    with _many(address, count) as sockets:
        for each in sockets:
            each.sendall(request)
        yield sockets


@contextmanager
def _many(address: str, count: int) -> Iterator[list[socket.socket]]:
    host, _, port = address.partition(":")
    sockets: list[socket.socket] = []
    try:
        for _ in range(count):
            # Of the small kind, so that what nobody reads waits in the house and not in the kernel.
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect((host, int(port)))
            sockets.append(one)
        yield sockets
    finally:
        for each in sockets:
            each.close()
