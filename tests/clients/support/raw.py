"""Puts bytes on a connection and reads the answer; nothing in between repairs anything."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from support.sign import Wire
from support.target import Target

TIMEOUT = 20


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 means that the server closed without a word."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def refused(self) -> bool:
        """Whether this was a client's fault, a method nobody knows, or a closed connection."""
        return self.status == 0 or 400 <= self.status < 500 or self.status == 501


@cache
def _context(ca: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca or None)


@contextmanager
def connected(target: Target) -> Iterator[socket.socket]:
    """A connection to the S3 door, with TLS if it speaks it."""
    with socket.create_connection((target.address.hostname, target.port), TIMEOUT) as plain:
        # A thousand small requests would each wait 40 ms for a delayed acknowledgement.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not target.https:
            yield plain
            return
        with _context(target.ca).wrap_socket(plain, server_hostname=target.address.hostname) as secure:
            yield secure


def read_answer(connection: socket.socket, method: str = "GET") -> Answer:
    """The final answer, past any `100 Continue`, and then the end of the connection."""
    response = http.client.HTTPResponse(connection, method=method)
    try:
        response.begin()
        return Answer(response.status, response.read(), dict(response.getheaders()))
    except (http.client.HTTPException, ConnectionError, ssl.SSLError):
        return Answer(0)
    finally:
        response.close()


def send(target: Target, data: bytes, method: str = "GET", *, cut: bool = False) -> Answer:
    """Sends bytes on a connection of their own; `cut` ends our side after the last of them."""
    with connected(target) as connection:
        try:
            connection.sendall(data)
            if cut:
                # Of the plain socket: a TLS socket's own would forget the keys to read with.
                socket.socket.shutdown(connection, socket.SHUT_WR)
        except (ConnectionError, ssl.SSLError):
            pass  # The server may refuse and close before it has read everything.
        return read_answer(connection, method)


def send_wire(target: Target, wire: Wire, *, cut: bool = False) -> Answer:
    """Sends a request as it stands."""
    return send(target, wire.head + wire.body, wire.method.decode("latin-1"), cut=cut)


class _Shared:
    """What `http.client` takes for a socket: every answer is read from one buffer."""

    def __init__(self, connection: socket.socket) -> None:
        self._file = connection.makefile("rb")
        self.at_end = lambda: not self._file.peek(1)

    def makefile(self, *_: object) -> _Shared:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def close(self) -> None:
        """The next answer is still to come."""


def read_answers(target: Target, data: bytes, methods: list[str]) -> list[Answer]:
    """Sends several requests at once, ends our side, and reads until the server has ended its own.

    `methods` tell which answers have no body; there may be fewer answers than questions.
    """
    answers: list[Answer] = []
    with connected(target) as connection:
        try:
            connection.sendall(data)
            socket.socket.shutdown(connection, socket.SHUT_WR)
        except (ConnectionError, ssl.SSLError):
            pass  # The server may refuse and close before it has read everything.
        shared: Any = _Shared(connection)
        try:
            while not shared.at_end():
                answers.append(read_answer(shared, methods[min(len(answers), len(methods) - 1)]))
        except (ConnectionError, ssl.SSLError):
            pass  # A reset after the last answer says the same as an end.
    return answers
