"""An upload over a connection of its own, which goes on only as far as a story wants it to."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import ExitStack
from hashlib import sha256
from http.client import HTTPResponse
from types import TracebackType
from urllib.parse import urlsplit

from support.data import MIB, content
from support.rest import TIMEOUT
from support.target import Target

SECONDS = 30.0
_BOUNDARY = "a-boundary-of-the-stories"
_HEAD = (
    f"--{_BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="file"; filename="f"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
).encode()
_END = f"\r\n--{_BOUNDARY}--\r\n".encode()
_BLOCK = content(MIB, 7)


def until(done: Callable[[], bool], otherwise: str) -> None:
    """Asks again and again until it is so; each question goes to the store and takes its time."""
    deadline = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < deadline, otherwise


class Flow:
    """A `POST` of so many bytes to a path below `/buckets`; leaving the block closes the connection.

    `form`: as a form's file, else as the body itself. `announced`: with its length, else in chunks.
    """

    def __init__(
        self, target: Target, bearer: str, path: str, size: int,
        *, form: bool = True, announced: bool = True, name: str = "",
    ) -> None:  # fmt: skip
        self.digest = sha256()
        self._target, self._left, self._form, self._announced = target, size, form, announced
        self.length = size + (len(_HEAD) + len(_END) if form else 0)
        kind = f"multipart/form-data; boundary={_BOUNDARY}" if form else "application/octet-stream"
        address = urlsplit(target.api)
        lines = [
            f"POST {target.rest_prefix}/buckets{path} HTTP/1.1", f"Host: {address.netloc}",
            f"Authorization: Bearer {bearer}", f"Content-Type: {kind}", "Connection: close",
            f"Content-Length: {self.length}" if announced else "Transfer-Encoding: chunked",
        ]  # fmt: skip
        lines += [f"X-Upload-ID: {name}"] if name else []
        self._lines = "\r\n".join([*lines, "", ""]).encode()

    def __enter__(self) -> Flow:
        address = urlsplit(self._target.api)
        with ExitStack() as stack:
            place = (str(address.hostname), address.port or 443)
            self._socket = stack.enter_context(socket.create_connection(place, TIMEOUT))
            if address.scheme == "https":
                context = ssl.create_default_context(cafile=self._target.ca or None)
                secure = context.wrap_socket(self._socket, server_hostname=address.hostname)
                self._socket = stack.enter_context(secure)
            self._socket.sendall(self._lines)
            self._write(_HEAD if self._form else b"")
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def send(self, size: int) -> None:
        """The next bytes."""
        while size:
            piece = _BLOCK[: min(size, self._left, len(_BLOCK))]
            assert piece, "there is no more"
            self.digest.update(piece)
            self._write(piece)
            self._left -= len(piece)
            size -= len(piece)

    def finish(self) -> int:
        """All that is left; gives the status of the answer, which must be JSON."""
        self.send(self._left)
        self._write(_END if self._form else b"")
        if not self._announced:
            self._socket.sendall(b"0\r\n\r\n")
        response = HTTPResponse(self._socket, method="POST")
        response.begin()
        json.loads(response.read())
        return response.status

    def _write(self, piece: bytes) -> None:
        if piece and not self._announced:
            piece = b"%x\r\n%b\r\n" % (len(piece), piece)
        self._socket.sendall(piece)
