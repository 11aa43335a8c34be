"""Content that is the same in every run, and its digests."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import BinaryIO

KIB = 1 << 10
MIB = 1 << 20
_BLOCK = 8 * MIB


def content(size: int, seed: int = 1) -> bytes:
    """`size` bytes that no compression and no lucky offset can hide."""
    return random.Random(seed).randbytes(size)


def md5(data: bytes) -> str:
    """The hex MD5 of some bytes: the ETag of an object stored in one piece."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def write_file(path: Path, size: int, seed: int = 1) -> str:
    """Fills a file block by block and returns its hex MD5."""
    digest, source = hashlib.md5(usedforsecurity=False), random.Random(seed)
    with path.open("wb") as file:
        for start in range(0, size, _BLOCK):
            block = source.randbytes(min(_BLOCK, size - start))
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def md5_of(stream: BinaryIO) -> str:
    """The hex MD5 of a stream, without holding it in memory."""
    digest = hashlib.md5(usedforsecurity=False)
    while block := stream.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def md5_of_file(path: Path) -> str:
    """The hex MD5 of a file."""
    with path.open("rb") as file:
        return md5_of(file)


def multipart_etag(parts: list[bytes]) -> str:
    """The quoted ETag of an object that was stored in parts: MD5 of the parts' MD5s."""
    joined = b"".join(hashlib.md5(part, usedforsecurity=False).digest() for part in parts)
    return f'"{md5(joined)}-{len(parts)}"'
