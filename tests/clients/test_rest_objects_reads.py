"""Downloads and what is known of objects: ranges, conditions, names to save under, caches."""

from __future__ import annotations

import pytest
import requests

from support.boto import Client
from support.data import md5
from support.desk import Desk, at

KEY = "reads/some letters"
DATA = b"0123456789"
TAG = f'"{md5(DATA)}"'
PAST, FUTURE = "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 2094 08:49:37 GMT"


@pytest.fixture(scope="module")
def there(desk: Desk, bucket: str) -> str:
    """A bucket with one object."""
    desk.store(bucket, KEY, DATA)
    return bucket


def get(desk: Desk, bucket: str, **headers: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return desk.ask("GET", at(bucket, KEY), headers=named)


@pytest.mark.parametrize(
    ("asked", "expected", "told"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=8-100", b"89", "bytes 8-9/10"),
    ],
)
def test_a_part_of_an_object(desk: Desk, there: str, asked: str, expected: bytes, told: str) -> None:
    part = get(desk, there, Range=asked)
    assert (part.status_code, part.content) == (206, expected)
    assert part.headers["Content-Range"] == told
    assert part.headers["Content-Length"] == str(len(expected))
    assert part.headers["ETag"] == TAG


def test_a_part_that_is_not_there(desk: Desk, there: str) -> None:
    answer = get(desk, there, Range="bytes=10-")
    assert answer.status_code == 416
    assert answer.json()["detail"].startswith(f"object '{KEY}': ")


def test_whole_downloads_say_that_parts_can_be_had(desk: Desk, there: str) -> None:
    whole = get(desk, there)
    assert (whole.status_code, whole.headers["Accept-Ranges"]) == (200, "bytes")
    assert (whole.headers["ETag"], whole.headers["Content-Length"]) == (TAG, "10")
    assert whole.headers["Last-Modified"].endswith(" GMT")
    assert whole.headers["Content-Disposition"] == 'inline; filename="some letters"'


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("If-None-Match", TAG, 304),
        ("If-None-Match", '"other"', 200),
        ("If-None-Match", "*", 304),
        ("If-Match", TAG, 200),
        ("If-Match", '"other"', 412),
        ("If-Modified-Since", FUTURE, 304),
        ("If-Modified-Since", PAST, 200),
        ("If-Unmodified-Since", PAST, 412),
        ("If-Unmodified-Since", FUTURE, 200),
        ("If-Modified-Since", "no date", 200),
    ],
)
def test_conditions(desk: Desk, there: str, name: str, value: str, status: int) -> None:
    if name == "If-Modified-Since" and status == 304:
        # A time that is to come is no condition (RFC 9110 section 13.1.3); the object's own is one.
        value = get(desk, there).headers["Last-Modified"]
    answer = get(desk, there, **{name: value})
    assert answer.status_code == status, answer.text
    if status == 304:
        assert (answer.content, answer.headers["ETag"]) == (b"", TAG)


def test_a_part_of_what_the_client_has(desk: Desk, there: str) -> None:
    """RFC 9110 section 13.1.5: the part if the object is still the same, else all of it."""
    time = get(desk, there).headers["Last-Modified"]
    for same in (TAG, time):
        part = get(desk, there, Range="bytes=2-4", If_Range=same)
        assert (part.status_code, part.content) == (206, b"234"), same
    for other in ('"other"', f"W/{TAG}", PAST, "no validator"):
        whole = get(desk, there, Range="bytes=2-4", If_Range=other)
        assert (whole.status_code, whole.content) == (200, DATA), other


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("folder/å.txt", "inline; filename=\"_.txt\"; filename*=UTF-8''%C3%A5.txt"),
        ('say "hi".txt', "inline; filename=\"say _hi_.txt\"; filename*=UTF-8''say%20%22hi%22.txt"),
    ],
)
def test_the_name_to_save_under(desk: Desk, bucket: str, key: str, name: str) -> None:
    desk.store(bucket, key, DATA)
    assert desk.ask("GET", at(bucket, key)).headers["Content-Disposition"] == name


@pytest.mark.needs("objects.http-headers")
def test_an_objects_own_headers_win(desk: Desk, s3: Client, bucket: str) -> None:
    own = 'attachment; filename="own.txt"'
    s3.put_object(Bucket=bucket, Key="own", Body=DATA, ContentDisposition=own, ContentType="text/x-own")
    got = desk.ask("GET", at(bucket, "own"))
    assert got.headers["Content-Disposition"] == own
    assert got.headers["Content-Type"] == "text/x-own; charset=utf-8"


def cache_said(answer: requests.Response) -> tuple[bool, bool]:
    """Whether the answer was kept, and whether it says how old it is."""
    assert answer.status_code == 200, answer.text
    return "hit" in answer.headers.get("Cache-Status", ""), "Age" in answer.headers


@pytest.mark.parametrize("what", ["HEAD", "list", "buckets"])
def test_caches_tell_what_they_did_and_hear_what_clients_want(desk: Desk, there: str, what: str) -> None:
    method, path = {
        "HEAD": ("HEAD", at(there, KEY)),
        "list": ("GET", f"/{there}/objects?prefix=reads"),
        "buckets": ("HEAD", f"/{there}"),
    }[what]
    first = desk.ask(method, path, headers={"Cache-Control": "no-cache"})
    assert cache_said(first)[0] is False
    assert "Cache-Status" in first.headers
    assert cache_said(desk.ask(method, path)) == (True, True)
    for demand in ("no-cache", "no-store", "max-age=0"):
        fresh = desk.ask(method, path, headers={"Cache-Control": demand})
        assert cache_said(fresh)[0] is False, demand
