"""A hand-signed request with any one byte changed is refused, and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from urllib.parse import urlsplit

import pytest
from botocore.config import Config

from support import flips
from support.boto import Client, MakeClient, body_of, keys_of, missing
from support.data import MIB, content
from support.raw import Answer, connected, read_answer, send_wire
from support.sign import Signed, Wire, forged, signed
from support.target import Keys, Target

pytestmark = pytest.mark.door

SECRET = b"nobody may read this without a good signature"
BODY = b"signed body, byte by byte"
HEADERS = {"X-Amz-Meta-Note": "kept", "Content-Type": "text/plain"}


@pytest.fixture(scope="module")
def reading(s3: Client, target: Target, keys: Keys, bucket: str) -> Wire:
    """A good GET; the test proves that it is one."""
    s3.put_object(Bucket=bucket, Key="closed file.txt", Body=SECRET)
    path = f"/{bucket}/closed%20file.txt"
    return signed(target, keys, "GET", path, query="x-id=GetObject", headers={"Range": "bytes=0-99"}).wire


@pytest.fixture(scope="module")
def empty(s3: Client, bucket: str) -> Iterator[str]:
    """A second bucket, which must still be empty when all changed PUTs are through."""
    name = f"{bucket}-w"
    s3.create_bucket(Bucket=name)
    yield name
    s3.delete_bucket(Bucket=name)


@pytest.fixture
def writing(target: Target, keys: Keys, empty: str) -> Wire:
    """A good PUT that nobody sends unchanged."""
    path, query = f"/{empty}/new%20file.txt", "x-id=PutObject"
    return signed(target, keys, "PUT", path, query=query, body=BODY, headers=HEADERS).wire


Mutations = Callable[[Wire], Iterator[Wire]]
HEAD_PARTS = [
    flips.methods,
    flips.paths,
    flips.queries,
    flips.header_names,
    pytest.param(flips.header_values, marks=pytest.mark.needs("signature.algorithm")),
    flips.dropped_headers,
]
ALL_PARTS = [*HEAD_PARTS, pytest.param(flips.bodies, marks=pytest.mark.needs("payload.hash-checked"))]


def name_of(part: Mutations) -> str:
    return part.__name__


def let_in(target: Target, good: Wire, changed: Iterable[Wire]) -> list[str]:
    """Sends every change and says what was different in those that were not refused."""
    # A length that no longer fits lets the server wait for more, so we end our side too.
    answers = ((wire, send_wire(target, wire, cut=_framing(wire))) for wire in changed)
    return [
        f"{answer.status} for {difference(good, wire)}"
        for wire, answer in answers
        if not answer.refused or SECRET in answer.body
    ]


def difference(good: Wire, wire: Wire) -> str:
    """The lines of a request that are not in the good one, or the names of those it lacks."""
    new, old = (Counter((one.head + one.body).split(b"\r\n")) for one in (wire, good))
    return repr(b" | ".join((new - old) or (old - new)))


def _framing(wire: Wire) -> bool:
    lengths = [value for name, value in wire.headers if name.lower() == b"content-length"]
    return bool(wire.body) and lengths != [str(len(wire.body)).encode()]


def test_the_unchanged_requests_are_good(
    s3: Client, target: Target, keys: Keys, bucket: str, reading: Wire
) -> None:
    assert send_wire(target, reading) == Answer(206, SECRET)
    path = f"/{bucket}/good%20file.txt"
    good = signed(target, keys, "PUT", path, query="x-id=PutObject", body=BODY, headers=HEADERS).wire
    assert send_wire(target, good).status == 200
    assert body_of(s3, bucket, "good file.txt") == BODY


@pytest.mark.parametrize("part", HEAD_PARTS, ids=name_of)
def test_a_changed_read_is_refused(target: Target, reading: Wire, part: Mutations) -> None:
    through = let_in(target, reading, part(reading))
    assert not through, "\n".join(through)


@pytest.mark.parametrize("part", ALL_PARTS, ids=name_of)
def test_a_changed_write_is_refused(
    s3: Client, target: Target, writing: Wire, empty: str, part: Mutations
) -> None:
    through = let_in(target, writing, part(writing))
    assert not through, "\n".join(through)
    assert keys_of(s3, empty) == []


@pytest.mark.parametrize("length", [0, 1, len(BODY) - 1, len(BODY) + 1, len(BODY) + 1000])
def test_another_length_is_refused(
    s3: Client, target: Target, writing: Wire, empty: str, length: int
) -> None:
    wire = writing.with_header(b"Content-Length", str(length).encode())
    assert send_wire(target, wire, cut=True).refused
    assert keys_of(s3, empty) == []


@pytest.mark.needs("signature.algorithm")
def test_a_changed_delete_is_refused(
    s3: Client, target: Target, keys: Keys, bucket: str, reading: Wire
) -> None:
    wire = signed(target, keys, "DELETE", f"/{bucket}/closed%20file.txt").wire
    assert let_in(target, wire, flips.header_values(wire)) == []
    assert not missing(s3, bucket, "closed file.txt")


@pytest.mark.needs("payload.hash-checked")
def test_a_byte_late_in_a_long_body_is_seen(s3: Client, target: Target, keys: Keys, bucket: str) -> None:
    """By the time the last byte shows the fraud, most of the body has gone on."""
    data = content(5 * MIB)
    wire = signed(target, keys, "PUT", f"/{bucket}/long", body=data).wire
    changed = replace(wire, body=data[:-1] + bytes([data[-1] ^ 1]))
    assert send_wire(target, changed).refused
    assert missing(s3, bucket, "long")


def test_a_body_that_stops_early_leaves_nothing(s3: Client, target: Target, keys: Keys, bucket: str) -> None:
    data = content(5 * MIB)
    wire = signed(target, keys, "PUT", f"/{bucket}/stopped", body=data).wire
    assert send_wire(target, replace(wire, body=data[: 3 * MIB]), cut=True).refused
    assert missing(s3, bucket, "stopped")


def test_a_changed_link_is_refused(make_client: MakeClient, target: Target, reading: Wire) -> None:
    bucket = reading.path.split(b"/")[1].decode()
    url = make_client(Config(signature_version="s3v4")).generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "closed file.txt"}
    )
    parts, host = urlsplit(url), (b"Host", reading.header(b"Host"))
    link = Wire(b"GET", parts.path.encode(), parts.query.encode(), (host,))
    assert send_wire(target, link) == Answer(200, SECRET)
    # Not the case of letters: `%2F` and `%2f` are the same.
    changed = [replace(link, query=query) for query in flips.flips(link.query)]
    more = [flips.paths(link), flips.methods(link), flips.header_values(link)]
    assert let_in(target, link, chain(changed, *more)) == []


def expecting(signed_put: Signed) -> Wire:
    """The PUT with `Expect`, as boto3 sends it: not signed."""
    return signed_put.wire.with_header(b"Expect", b"100-continue")


def test_the_body_is_asked_for(s3: Client, target: Target, keys: Keys, bucket: str) -> None:
    wire = expecting(signed(target, keys, "PUT", f"/{bucket}/asked", body=BODY))
    with connected(target) as connection:
        connection.sendall(wire.head)
        assert connection.recv(4096).startswith(b"HTTP/1.1 100")
        connection.sendall(wire.body)
        assert read_answer(connection).status == 200
    assert body_of(s3, bucket, "asked") == BODY


@pytest.mark.needs("expect.refused-first")
def test_the_body_of_a_bad_request_is_not_asked_for(target: Target, keys: Keys, bucket: str) -> None:
    good = expecting(signed(target, keys, "PUT", f"/{bucket}/unasked", body=BODY))
    with connected(target) as connection:
        connection.sendall(forged(good).head)
        first = connection.recv(4096)
    assert first.startswith(b"HTTP/1.1 403"), first
