"""Builds aws-chunked bodies by hand, so that a test can break any part of one.

The format: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and, with
trailers, sigv4-streaming-trailers.html.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from dataclasses import dataclass, replace
from hashlib import sha256

from support.data import KIB
from support.sign import Signed, Wire, signed
from support.target import Keys, Target

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
KINDS = [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER]

# No chunk but the last may be smaller than 8 KiB.
CHUNK = 64 * KIB
_EMPTY = sha256(b"").hexdigest()
_CHECKSUM = "x-amz-checksum-crc32"


@dataclass(frozen=True)
class Chunk:
    """One frame; each field is written as it stands."""

    data: bytes
    signature: str
    size: str

    @property
    def framed(self) -> bytes:
        """The frame on the wire, except that the last one has no line end of its own."""
        extension = f";chunk-signature={self.signature}" if self.signature else ""
        line = f"{self.size}{extension}\r\n".encode()
        return line + self.data + (b"\r\n" if self.data else b"")


@dataclass(frozen=True)
class Upload:
    """A whole aws-chunked PUT, in pieces that can be replaced."""

    wire: Wire
    chunks: tuple[Chunk, ...]
    trailers: tuple[tuple[str, str], ...]

    @property
    def sent(self) -> Wire:
        """The request with its body and a Content-Length that fits."""
        trailers = "".join(f"{name}:{value}\r\n" for name, value in self.trailers)
        body = b"".join(chunk.framed for chunk in self.chunks) + trailers.encode() + b"\r\n"
        return replace(self.wire, body=body).with_header(b"Content-Length", str(len(body)).encode())

    def with_chunk(self, place: int, chunk: Chunk) -> Upload:
        """The upload with one frame replaced."""
        return replace(self, chunks=(*self.chunks[:place], chunk, *self.chunks[place + 1 :]))

    def with_trailer(self, place: int, trailer: tuple[str, str]) -> Upload:
        """The upload with one trailer replaced."""
        return replace(self, trailers=(*self.trailers[:place], trailer, *self.trailers[place + 1 :]))


def _follow(seed: Signed, kind: str, previous: str, *hashes: str) -> str:
    """The signature of what follows the one before, with the key and scope of the request."""
    scope = seed.signer.credential_scope(seed.request)
    stamp = seed.request.context["timestamp"]
    return str(seed.signer.signature("\n".join([kind, stamp, scope, previous, *hashes]), seed.request))


def _chunks(seed: Signed, data: bytes, sign: bool) -> tuple[Chunk, ...]:
    pieces = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    chunks, previous = [], seed.signature
    for piece in [*pieces, b""]:
        if sign:
            previous = _follow(seed, "AWS4-HMAC-SHA256-PAYLOAD", previous, _EMPTY, sha256(piece).hexdigest())
        chunks.append(Chunk(piece, previous if sign else "", f"{len(piece):x}"))
    return tuple(chunks)


def _trailers(seed: Signed, kind: str, data: bytes, last: str) -> tuple[tuple[str, str], ...]:
    if kind == SIGNED:
        return ()
    checksum = b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
    trailer = (_CHECKSUM, checksum)
    if kind == UNSIGNED_TRAILER:
        return (trailer,)
    digest = sha256(f"{_CHECKSUM}:{checksum}\n".encode()).hexdigest()
    signature = _follow(seed, "AWS4-HMAC-SHA256-TRAILER", last, digest)
    return (trailer, ("x-amz-trailer-signature", signature))


def upload(
    target: Target, keys: Keys, path: str, data: bytes, kind: str, length: int | None = None
) -> Upload:
    """A good upload of one of the three kinds; `length` is a decoded length that is signed but wrong."""
    headers = {
        "Content-Encoding": "aws-chunked",
        "X-Amz-Decoded-Content-Length": str(len(data) if length is None else length),
    }
    if kind != SIGNED:
        headers["X-Amz-Trailer"] = _CHECKSUM
    # The length on the wire is not signed: it is known only when the frames are made.
    seed = signed(target, keys, "PUT", path, headers=headers, payload=kind, framed=False)
    chunks = _chunks(seed, data, sign=kind != UNSIGNED_TRAILER)
    return Upload(seed.wire, chunks, _trailers(seed, kind, data, chunks[-1].signature))
