"""boto3 reads pieces of an object."""

from __future__ import annotations

import pytest

from support.boto import Client, refused
from support.data import content

SIZE = 10_000
DATA = content(SIZE, 9)
RANGES = [
    ("bytes=0-9", 0, 9),
    ("bytes=0-0", 0, 0),
    ("bytes=4000-4999", 4000, 4999),
    ("bytes=9990-", 9990, 9999),
    ("bytes=-100", 9900, 9999),
    ("bytes=-20000", 0, 9999),
    ("bytes=9990-20000", 9990, 9999),
    ("bytes=0-9999", 0, 9999),
]


@pytest.fixture(scope="module")
def etag(s3: Client, bucket: str) -> str:
    """Stores the object that all tests of this story read."""
    return str(s3.put_object(Bucket=bucket, Key="ranged", Body=DATA)["ETag"])


@pytest.mark.parametrize(("asked", "first", "last"), RANGES)
def test_a_range_gives_its_bytes(
    s3: Client, bucket: str, etag: str, asked: str, first: int, last: int
) -> None:
    got = s3.get_object(Bucket=bucket, Key="ranged", Range=asked)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["ContentRange"] == f"bytes {first}-{last}/{SIZE}"
    assert got["ContentLength"] == last - first + 1
    assert got["ETag"] == etag
    assert got["Body"].read() == DATA[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=10000-", "bytes=10000-10001", "bytes=20000-30000"])
def test_a_range_past_the_end_is_refused(s3: Client, bucket: str, etag: str, asked: str) -> None:
    with refused(416, code="InvalidRange"):
        s3.get_object(Bucket=bucket, Key="ranged", Range=asked)


@pytest.mark.needs("ranges.malformed-ignored")
def test_a_malformed_range_is_ignored(s3: Client, bucket: str, etag: str) -> None:
    got = s3.get_object(Bucket=bucket, Key="ranged", Range="bytes=nine-ten")
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert got["Body"].read() == DATA


def test_a_range_of_an_unchanged_object(s3: Client, bucket: str, etag: str) -> None:
    got = s3.get_object(Bucket=bucket, Key="ranged", Range="bytes=5-6", IfMatch=etag)
    assert got["Body"].read() == DATA[5:7]
    with refused(412, code="PreconditionFailed"):
        s3.get_object(Bucket=bucket, Key="ranged", Range="bytes=5-6", IfMatch='"other"')


def test_a_range_of_an_empty_object_is_refused(s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    with refused(416, code="InvalidRange"):
        s3.get_object(Bucket=bucket, Key="empty", Range="bytes=0-0")
