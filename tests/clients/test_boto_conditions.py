"""boto3 reads under conditions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.boto import Client, refused

KEY = "conditional/ö"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def stored(s3: Client, bucket: str) -> dict[str, Any]:
    """The head of the object that all tests of this story read."""
    s3.put_object(Bucket=bucket, Key=KEY, Body=b"conditional")
    head: dict[str, Any] = s3.head_object(Bucket=bucket, Key=KEY)
    return head


def conditions(stored: dict[str, Any]) -> dict[str, tuple[dict[str, Any], int]]:
    etag, changed = stored["ETag"], stored["LastModified"]
    return {
        "if-match": ({"IfMatch": etag}, 200),
        "if-match-any": ({"IfMatch": "*"}, 200),
        "if-match-list": ({"IfMatch": f'"other", {etag}'}, 200),
        "if-match-other": ({"IfMatch": '"other"'}, 412),
        "if-none-match": ({"IfNoneMatch": etag}, 304),
        "if-none-match-other": ({"IfNoneMatch": '"other"'}, 200),
        "if-modified-since-before": ({"IfModifiedSince": changed - DAY}, 200),
        "if-modified-since-then": ({"IfModifiedSince": changed}, 304),
        "if-unmodified-since-then": ({"IfUnmodifiedSince": changed}, 200),
        "if-unmodified-since-before": ({"IfUnmodifiedSince": changed - DAY}, 412),
    }


NEEDS = {"if-match-list": pytest.mark.needs("conditions.list")}
NAMES = [
    pytest.param(name, marks=[NEEDS[name]] if name in NEEDS else [])
    for name in conditions({"ETag": "", "LastModified": datetime.now(UTC)})
]


@pytest.mark.parametrize("read", ["get_object", "head_object"])
@pytest.mark.parametrize("name", NAMES)
def test_a_condition_decides(s3: Client, bucket: str, stored: dict[str, Any], read: str, name: str) -> None:
    condition, expected = conditions(stored)[name]
    call = getattr(s3, read)
    if expected == 200:
        answer = call(Bucket=bucket, Key=KEY, **condition)
        assert answer["ETag"] == stored["ETag"]
        if read == "get_object":
            assert answer["Body"].read() == b"conditional"
        return
    with refused(expected):
        call(Bucket=bucket, Key=KEY, **condition)
