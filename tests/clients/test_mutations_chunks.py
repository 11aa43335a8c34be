"""A hand-made aws-chunked upload is stored when it is right and leaves nothing when it is not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from support.boto import Client, body_of, missing
from support.capabilities import lack
from support.chunked import CHUNK, KINDS, SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER, Upload, upload
from support.data import content
from support.raw import Answer, send_wire
from support.target import Keys, Target

pytestmark = pytest.mark.door

DATA = content(2 * CHUNK + 100, 11)

Make = Callable[..., Upload]
Change = Callable[[Upload], Upload]


@pytest.fixture
def make(target: Target, keys: Keys, bucket: str, request: pytest.FixtureRequest) -> Make:
    """Makes a good upload of a kind to a key of this test alone."""

    def make(kind: str, data: bytes = DATA) -> Upload:
        return upload(target, keys, f"/{bucket}/{key_of(request)}", data, kind)

    return make


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """The key that `make` uploads to."""
    return key_of(request)


def key_of(request: pytest.FixtureRequest) -> str:
    return hashlib.sha256(request.node.nodeid.encode()).hexdigest()


def flip(data: bytes, place: int) -> bytes:
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


def other_digit(text: str, place: int) -> str:
    """The hex text with one digit changed."""
    place %= len(text)
    digit = "0" if text[place] != "0" else "1"
    return text[:place] + digit + text[place + 1 :]


def chunk_byte(number: int, place: int) -> Change:
    def change(good: Upload) -> Upload:
        chunk = good.chunks[number]
        return good.with_chunk(number, replace(chunk, data=flip(chunk.data, place)))

    return change


def chunk_signature(number: int, place: int) -> Change:
    def change(good: Upload) -> Upload:
        chunk = good.chunks[number]
        return good.with_chunk(number, replace(chunk, signature=other_digit(chunk.signature, place)))

    return change


def chunk_size(number: int, size: str) -> Change:
    return lambda good: good.with_chunk(number, replace(good.chunks[number], size=size))


def swapped(good: Upload) -> Upload:
    first, second, *rest = good.chunks
    return replace(good, chunks=(second, first, *rest))


def doubled(good: Upload) -> Upload:
    return replace(good, chunks=(good.chunks[0], *good.chunks))


def without_last_data(good: Upload) -> Upload:
    return replace(good, chunks=(*good.chunks[:-2], good.chunks[-1]))


def without_end(good: Upload) -> Upload:
    return replace(good, chunks=good.chunks[:-1])


def without_signatures(good: Upload) -> Upload:
    return replace(good, chunks=tuple(replace(chunk, signature="") for chunk in good.chunks))


def trailer_value(place: int) -> Change:
    def change(good: Upload) -> Upload:
        name, value = good.trailers[place]
        return good.with_trailer(place, (name, ("A" if value[0] != "A" else "B") + value[1:]))

    return change


def trailer_signature(good: Upload) -> Upload:
    name, value = good.trailers[1]
    return good.with_trailer(1, (name, other_digit(value, 5)))


def trailer_name(good: Upload) -> Upload:
    return good.with_trailer(0, ("x-amz-checksum-crc33", good.trailers[0][1]))


def without_trailers(good: Upload) -> Upload:
    return replace(good, trailers=())


def without_trailer_signature(good: Upload) -> Upload:
    return replace(good, trailers=good.trailers[:1])


FRAMES: dict[str, Change] = {
    "size-smaller": chunk_size(0, f"{CHUNK - 1:x}"),
    "size-larger": chunk_size(0, f"{CHUNK + 1:x}"),
    "size-huge": chunk_size(0, "ffffffffffffffff"),
    "size-negative": chunk_size(0, f"-{CHUNK:x}"),
    "size-no-number": chunk_size(0, "xyz"),
    "size-empty": chunk_size(0, ""),
    "last-data-missing": without_last_data,
    "end-missing": without_end,
    "first-doubled": doubled,
}
SIGNATURES: dict[str, Change] = {
    "first-byte": chunk_byte(0, 0),
    "middle-byte": chunk_byte(1, CHUNK // 2),
    "last-byte": chunk_byte(2, -1),
    "first-signature": chunk_signature(0, 0),
    "second-signature": chunk_signature(1, 31),
    "end-signature": chunk_signature(3, 63),
    "order": swapped,
    "signatures-missing": without_signatures,
}
TRAILERS: dict[str, Change] = {
    "checksum": trailer_value(0),
    "name": trailer_name,
    "trailers-missing": without_trailers,
}
TRAILER_SIGNATURES: dict[str, Change] = {
    "trailer-signature": trailer_signature,
    "trailer-signature-missing": without_trailer_signature,
}


def turned_down(target: Target, answer: Answer) -> bool:
    """Refused as the client's fault; a 500 would make clients try again."""
    return answer.refused or (answer.status == 500 and lack(target, "refusals.not-500") is not None)


SHORT = {SIGNED: "signed", SIGNED_TRAILER: "signed-trailer", UNSIGNED_TRAILER: "unsigned-trailer"}
# Only whoever looks at the trailer finds these.
NEEDS = {
    "signed-trailer-end-signature": "chunks.trailer-signature",
    "signed-trailer-signatures-missing": "chunks.trailer-signature",
    "signed-trailer-trailer-signature": "chunks.trailer-signature",
    "signed-trailer-trailer-signature-missing": "chunks.trailer-signature",
    "signed-trailer-trailers-missing": "chunks.trailer-announced",
    "unsigned-trailer-trailers-missing": "chunks.trailer-announced",
    "unsigned-trailer-name": "chunks.trailer-announced",
}


def cases(kind: str, *tables: dict[str, Change]) -> list[object]:
    params: list[object] = []
    for name, change in (item for table in tables for item in table.items()):
        case = f"{SHORT[kind]}-{name}"
        marks = [pytest.mark.needs(NEEDS[case])] if case in NEEDS else []
        params.append(pytest.param(kind, change, id=case, marks=marks))
    return params


BROKEN = [
    *cases(SIGNED, FRAMES, SIGNATURES),
    *cases(SIGNED_TRAILER, FRAMES, SIGNATURES, TRAILERS, TRAILER_SIGNATURES),
    *cases(UNSIGNED_TRAILER, FRAMES, {"byte": chunk_byte(1, 7), "order": swapped}, TRAILERS),
]


@pytest.mark.parametrize("kind", KINDS, ids=SHORT.get)
@pytest.mark.parametrize("size", [0, 1, CHUNK, len(DATA)])
def test_a_right_upload_is_stored(
    s3: Client, target: Target, make: Make, bucket: str, key: str, kind: str, size: int
) -> None:
    answer = send_wire(target, make(kind, DATA[:size]).sent)
    assert answer.status == 200, answer.body
    assert body_of(s3, bucket, key) == DATA[:size]


@pytest.mark.parametrize(("kind", "change"), BROKEN)
def test_a_broken_upload_leaves_nothing(
    s3: Client, target: Target, make: Make, bucket: str, key: str, kind: str, change: Change
) -> None:
    answer = send_wire(target, change(make(kind)).sent)
    assert turned_down(target, answer), answer
    assert missing(s3, bucket, key)


@pytest.mark.needs("chunks.decoded-length")
@pytest.mark.parametrize("kind", KINDS, ids=SHORT.get)
@pytest.mark.parametrize("length", [0, len(DATA) - 1, len(DATA) + 1])
def test_a_wrong_decoded_length_leaves_nothing(
    s3: Client, target: Target, keys: Keys, bucket: str, key: str, kind: str, length: int
) -> None:
    """The length is signed and yet not that of the data."""
    answer = send_wire(target, upload(target, keys, f"/{bucket}/{key}", DATA, kind, length).sent)
    assert turned_down(target, answer), answer
    assert missing(s3, bucket, key)


@pytest.mark.parametrize("kind", KINDS, ids=SHORT.get)
@pytest.mark.parametrize("kept", [10, CHUNK // 2, CHUNK + 200, -50, -1])
def test_a_body_cut_short_leaves_nothing(
    s3: Client, target: Target, make: Make, bucket: str, key: str, kind: str, kept: int
) -> None:
    """The line breaks before everything announced has come."""
    whole = make(kind).sent
    answer = send_wire(target, replace(whole, body=whole.body[:kept]), cut=True)
    assert turned_down(target, answer), answer
    assert missing(s3, bucket, key)


@pytest.mark.needs("chunks.end")
@pytest.mark.parametrize("kind", KINDS, ids=SHORT.get)
def test_bytes_after_the_end_leave_nothing(
    s3: Client, target: Target, make: Make, bucket: str, key: str, kind: str
) -> None:
    whole = make(kind).sent
    longer = replace(whole, body=whole.body + b"more")
    length = str(len(longer.body)).encode()
    answer = send_wire(target, longer.with_header(b"Content-Length", length))
    assert turned_down(target, answer), answer
    assert missing(s3, bucket, key)
