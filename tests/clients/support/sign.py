"""Signs requests with botocore's own signer, byte for byte under the test's control."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from unittest.mock import patch

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from support.boto import REGION
from support.target import Keys, Target


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Signatures made inside the block carry this time."""
    with patch("botocore.auth.get_current_datetime", lambda *_: moment.replace(tzinfo=None)):
        yield


@dataclass(frozen=True)
class Wire:
    """A request as it goes on the wire; nothing here escapes, orders or completes anything."""

    method: bytes
    path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""

    @property
    def target(self) -> bytes:
        """The request target: path and query."""
        return self.path + (b"?" + self.query if self.query else b"")

    @property
    def head(self) -> bytes:
        """Everything before the body; asks the server to close, so that its end is seen."""
        lines = [name + b": " + value for name, value in (*self.headers, (b"Connection", b"close"))]
        return b"\r\n".join([self.method + b" " + self.target + b" HTTP/1.1", *lines, b"", b""])

    def header(self, name: bytes) -> bytes:
        """The value of a header."""
        return next(value for key, value in self.headers if key.lower() == name.lower())

    def with_header(self, name: bytes, value: bytes) -> Wire:
        """The same request with one header's value changed or added, signature and all."""
        others = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=(*others, (name, value)))


def forged(wire: Wire) -> Wire:
    """The request with a well formed signature that is not its own."""
    value = wire.header(b"Authorization")
    return wire.with_header(b"Authorization", value[:-1] + (b"0" if value[-1:] != b"0" else b"1"))


class Signer(S3SigV4Auth):  # type: ignore[misc]
    """Botocore's signer, told what to say of the payload instead of guessing."""

    def __init__(self, keys: Keys, payload: str) -> None:
        credentials = Credentials(keys.access_key, keys.secret_key, keys.session_token or None)
        super().__init__(credentials, "s3", REGION)
        self._payload = payload

    def payload(self, request: AWSRequest) -> str:
        return self._payload


@dataclass(frozen=True)
class Signed:
    """A signed request together with what signs the chunks that follow it."""

    wire: Wire
    signer: Signer
    request: AWSRequest

    @property
    def signature(self) -> str:
        """The request's own signature, hex: the seed of the first chunk's."""
        return self.wire.header(b"Authorization").decode().rpartition("Signature=")[2]


def signed(
    target: Target,
    keys: Keys,
    method: str,
    path: str,
    *,
    query: str = "",
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    payload: str | None = None,
    framed: bool = True,
) -> Signed:
    """Signs a request to the S3 door; `path` and `query` are already percent-encoded.

    All headers are signed. `payload` is what `X-Amz-Content-SHA256` says when it is not the
    hash of `body`; `framed` adds the length of `body`.
    """
    url = target.s3 + path + (f"?{query}" if query else "")
    given = {"Host": f"{target.address.hostname}:{target.port}"}
    if framed:
        given["Content-Length"] = str(len(body))
    request = AWSRequest(method, url, headers=given | (headers or {}), data=body)
    signer = Signer(keys, payload or sha256(body).hexdigest())
    signer.add_auth(request)
    pairs = tuple((name.encode(), str(value).encode()) for name, value in request.headers.items())
    return Signed(Wire(method.encode(), path.encode(), query.encode(), pairs, body), signer, request)
