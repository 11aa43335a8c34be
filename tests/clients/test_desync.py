"""The body of a request never becomes a request, and an answer never belongs to another question."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from support.boto import Client, missing
from support.raw import Answer, connected, read_answer, read_answers
from support.sign import Wire, forged, signed
from support.target import Keys, Target

pytestmark = pytest.mark.door

CONTENT = b"kept"
Head: TypeAlias = Callable[[bytes], list[bytes]]


@pytest.fixture(scope="module")
def victim(s3: Client, bucket: str) -> str:
    """The object that every hidden request tries to delete."""
    s3.put_object(Bucket=bucket, Key="victim", Body=CONTENT)
    return f"/{bucket}/victim"


@pytest.fixture(scope="module")
def hidden(target: Target, keys: Keys, victim: str) -> bytes:
    """A good DELETE as the bytes of a body: whoever takes it for a request loses the victim."""
    return signed(target, keys, "DELETE", victim).wire.head


@pytest.fixture(scope="module")
def reading(target: Target, keys: Keys, victim: str) -> Wire:
    """A good GET without a body."""
    return signed(target, keys, "GET", victim, framed=False).wire


def written(wire: Wire, *more: bytes, version: bytes = b"HTTP/1.1") -> bytes:
    """The head of a request that wants its connection kept, with header lines as they stand."""
    lines = [name + b": " + value for name, value in wire.headers]
    return b"\r\n".join([wire.method + b" " + wire.target + b" " + version, *lines, *more, b"", b""])


def length(size: int) -> bytes:
    return b"Content-Length: %d" % size


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def test_many_requests_share_a_connection(target: Target, reading: Wire, bucket: str, keys: Keys) -> None:
    """Each answer belongs to its question, also after answers without a body."""
    absent = signed(target, keys, "GET", f"/{bucket}/absent", framed=False).wire
    head = signed(target, keys, "HEAD", f"/{bucket}/victim", framed=False).wire
    with connected(target) as connection:
        for wire, status, body in [(reading, 200, CONTENT), (head, 200, b""), (absent, 404, None)] * 3:
            connection.sendall(written(wire))
            answer = read_answer(connection, wire.method.decode())
            assert (answer.status, body if body is None else answer.body) == (status, body)


@pytest.mark.needs("framing.strict")
def test_the_body_of_a_refused_write_is_no_request(
    target: Target, keys: Keys, s3: Client, bucket: str, hidden: bytes, reading: Wire
) -> None:
    """Its answer comes before the body is read; what follows may be answered or not, but rightly."""
    wire = signed(target, keys, "PUT", f"/{bucket}/refused", body=hidden).wire
    answers = read_answers(target, written(forged(wire)) + hidden + written(reading), ["PUT", "GET"])
    assert answers[0].status == 403
    assert answers[1:] in ([], [Answer(200, CONTENT)])
    assert not missing(s3, bucket, "victim")


@pytest.mark.parametrize("good", [True, False], ids=["signed", "forged"])
def test_the_body_of_a_read_is_no_request(
    target: Target, s3: Client, bucket: str, hidden: bytes, reading: Wire, good: bool
) -> None:
    wire = reading if good else forged(reading)
    for head, body in (
        (written(wire, length(len(hidden))), hidden),
        (written(wire, b"Transfer-Encoding: chunked"), chunked(hidden)),
    ):
        answers = read_answers(target, head + body, ["GET", "DELETE"])
        assert len(answers) <= 1, answers
        assert not missing(s3, bucket, "victim")


AMBIGUOUS: dict[str, Head] = {
    "length-and-chunked": lambda body: [length(len(body) + 5), b"Transfer-Encoding: chunked"],
    "chunked-and-length": lambda body: [b"Transfer-Encoding: chunked", length(0)],
    "two-lengths": lambda body: [length(0), length(len(body))],
    "two-lengths-in-one": lambda body: [b"Content-Length: 0, %d" % len(body)],
    "length-plus": lambda body: [b"Content-Length: +%d" % len(body)],
    "length-hex": lambda body: [b"Content-Length: 0x%x" % len(body)],
    "length-space-inside": lambda body: [b"Content-Length: 1 0"],
    "length-space-before-colon": lambda body: [b"Content-Length : %d" % len(body)],
    "chunked-twice": lambda _: [b"Transfer-Encoding: chunked, chunked"],
    "chunked-unknown": lambda _: [b"Transfer-Encoding: xchunked"],
    "chunked-not-last": lambda _: [b"Transfer-Encoding: chunked, gzip"],
    "chunked-tab": lambda _: [b"Transfer-Encoding:\x0bchunked"],
    "chunked-folded": lambda _: [b"Transfer-Encoding:", b" chunked"],
    "two-hosts": lambda _: [b"Host: other.example"],
    "name-with-blank": lambda _: [b"X-Own name: x"],
    "no-colon": lambda _: [b"X-Own"],
    "bare-return": lambda _: [b"X-Own: a\rContent-Length: 5"],
    "nul": lambda _: [b"X-Own: a\0b"],
}


@pytest.mark.needs("framing.strict")
@pytest.mark.parametrize("case", AMBIGUOUS)
def test_an_ambiguous_request_is_refused_and_nothing_after_it_is_read(
    target: Target, s3: Client, bucket: str, hidden: bytes, reading: Wire, case: str
) -> None:
    for body in (hidden, b"0\r\n\r\n" + hidden, chunked(hidden)):
        data = written(reading, *AMBIGUOUS[case](body)) + body
        answers = read_answers(target, data, ["GET", "DELETE"])
        assert len(answers) <= 1, answers
        assert all(answer.refused for answer in answers), answers
        assert not missing(s3, bucket, "victim")
