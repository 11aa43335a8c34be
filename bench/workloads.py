"""What is sent: one request, and the matrix of sizes, connections and TLS."""

import argparse
import base64
import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

KIB, MIB = 1 << 10, 1 << 20
UNSIGNED = "UNSIGNED-PAYLOAD"
TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
EMPTY_HASH = sha256(b"").hexdigest()


@dataclass(frozen=True)
class Workload:
    """One request, sent again and again."""

    method: str
    # Bytes of the object.
    size: int
    payload_hash: str
    body: Path | None = None
    extra_headers: tuple[tuple[str, str], ...] = ()
    # What tells this form of it from the plain one.
    form: str = ""
    # The same in a form that only a gateway for S3 understands.
    portico_too: "Workload | None" = None

    @property
    def name(self) -> str:
        """As headings and tables have it."""
        return self.method if self.method == "HEAD" else f"{self.method} {size_name(self.size)}"

    @property
    def path(self) -> str:
        """The origin takes the size from the name."""
        return f"/bucket/{self.size}"

    @property
    def large(self) -> bool:
        """Whether bytes count, and not requests."""
        return self.size >= MIB


@dataclass(frozen=True)
class Load:
    """How a workload is sent: one line of the matrix."""

    connections: int
    tls: bool
    seconds: int
    rounds: int
    # So many large objects at once that memory is looked at.
    streams: bool = False

    @property
    def name(self) -> str:
        """As progress and errors have it."""
        noun = "connection" if self.connections == 1 else "connections"
        return f"{self.connections} {noun}, TLS {'on' if self.tls else 'off'}"


def size_name(size: int) -> str:
    """1024 is "1 KiB"."""
    for unit, name in ((MIB, "MiB"), (KIB, "KiB")):
        if size and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} B"


def size(text: str) -> int:
    """The opposite, blanks and all; a number alone means bytes."""
    found = re.fullmatch(r"(\d+) *(KiB|MiB|B|)", text.strip())
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 1KiB or 64MiB")
    return int(found[1]) * {"KiB": KIB, "MiB": MIB}.get(found[2], 1)


def workloads(folder: Path, methods: list[str], sizes: list[int]) -> list[Workload]:
    """All of them, small ones first. Bodies are files in the folder."""
    # wrk waits for the body that a HEAD announces and never gets: hence an empty object.
    works = [Workload("HEAD", 0, EMPTY_HASH)] if "HEAD" in methods else []
    for each in sorted(sizes):
        if "GET" in methods:
            works.append(Workload("GET", each, EMPTY_HASH))
        if "PUT" in methods:
            works.append(_upload(folder, each))
    return works


def _upload(folder: Path, size: int) -> Workload:
    content = random.Random(size).randbytes(size)
    body, chunked = folder / f"body-{size}", folder / f"chunked-{size}"
    body.write_bytes(content)
    work = Workload("PUT", size, sha256(content).hexdigest(), body)
    if not work.large:
        return work
    chunked.write_bytes(_aws_chunked(content))
    trailer = (
        ("Content-Encoding", "aws-chunked"),
        ("X-Amz-Decoded-Content-Length", str(size)),
        ("X-Amz-Trailer", "x-amz-checksum-crc32"),
    )
    too = replace(work, payload_hash=TRAILER, body=chunked, extra_headers=trailer, form="CRC32 trailer")
    return replace(work, payload_hash=UNSIGNED, portico_too=too)


def _aws_chunked(content: bytes) -> bytes:
    """The body with a checksum behind it, in pieces of 1 MiB, as botocore cuts them."""
    parts = []
    for start in range(0, len(content), MIB):
        piece = content[start : start + MIB]
        parts += [b"%x\r\n" % len(piece), piece, b"\r\n"]
    checksum = base64.b64encode(zlib.crc32(content).to_bytes(4, "big"))
    parts.append(b"0\r\nx-amz-checksum-crc32:%b\r\n\r\n" % checksum)
    return b"".join(parts)


def loads(work: Workload, args: argparse.Namespace) -> Iterator[Load]:
    """The lines of the matrix for this workload; the many streams come last."""
    for tls in args.tls:
        for connections in args.connections:
            yield Load(connections, tls, args.seconds, args.rounds)
    if not args.streams or work.size < args.stream_size:
        return
    for tls in args.stream_tls:
        # What the many are compared with, where the matrix does not hold it already.
        if tls not in args.tls or FEW_STREAMS not in args.connections:
            yield Load(FEW_STREAMS, tls, args.seconds, 1)
        yield Load(args.streams, tls, args.stream_seconds, 1, streams=True)


# How many streams the memory of many is compared with.
FEW_STREAMS = 16
