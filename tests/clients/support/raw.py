"""Puts bytes on a connection and reads the answer; nothing in between repairs anything."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

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
