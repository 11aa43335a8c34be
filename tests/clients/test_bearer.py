"""A plain HTTP client with a login token reads and writes at the S3 door, signing nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, TypeAlias

import pytest
import requests

from support import rest
from support.boto import Client, body_of, missing
from support.data import MIB, content, md5
from support.target import Target

Send: TypeAlias = Callable[..., requests.Response]


@pytest.fixture
def send(target: Target, bearer: str) -> Send:
    """Sends a request with the good token."""

    def send(method: str, path: str, **more: Any) -> requests.Response:
        return rest.s3(target, method, path, bearer, **more)

    return send


@pytest.mark.parametrize("size", [0, 1, 5 * MIB + 1])
def test_an_object_goes_and_comes_back(send: Send, s3: Client, bucket: str, size: int) -> None:
    path, data = f"/{bucket}/bearer%20%C3%A4%2Bb/{size}", content(size)
    headers = {"Content-Type": "text/x-own", "x-amz-meta-note": "kept"}
    put = send("PUT", path, data=data, headers=headers)
    assert (put.status_code, put.headers["ETag"]) == (200, f'"{md5(data)}"')
    got = send("GET", path)
    assert (got.status_code, got.headers["Content-Type"]) == (200, "text/x-own")
    assert got.headers["x-amz-meta-note"] == "kept"
    assert md5(got.content) == md5(body_of(s3, bucket, f"bearer ä+b/{size}")) == md5(data)


def test_head_range_list_and_delete(send: Send, s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="some", Body=b"0123456789")
    path = f"/{bucket}/some"
    assert send("HEAD", path).headers["Content-Length"] == "10"
    part = send("GET", path, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")
    assert "<Key>some</Key>" in send("GET", f"/{bucket}?list-type=2&prefix=so").text
    assert send("DELETE", path).status_code == 204
    assert missing(s3, bucket, "some")


def test_a_body_of_unknown_length_is_stored_or_refused_whole(send: Send, s3: Client, bucket: str) -> None:
    def pieces() -> Iterator[bytes]:
        yield from (b"one ", b"two ", b"three")

    put = send("PUT", f"/{bucket}/unknown-length", data=pieces())
    if put.status_code == 200:
        assert body_of(s3, bucket, "unknown-length") == b"one two three"
    else:
        assert (put.status_code, "MissingContentLength" in put.text) == (411, True)
        assert missing(s3, bucket, "unknown-length")


@pytest.mark.needs("payload.hash-checked")
def test_a_promised_hash_must_hold(send: Send, s3: Client, bucket: str) -> None:
    """Nothing is signed, yet who names a hash wants it to be looked at."""
    headers = {"x-amz-content-sha256": sha256(b"promised").hexdigest()}
    assert send("PUT", f"/{bucket}/promised", data=b"promised", headers=headers).status_code == 200
    refused = send("PUT", f"/{bucket}/broken", data=b"brokenly", headers=headers)
    assert refused.status_code == 400, refused.text
    assert missing(s3, bucket, "broken")


def test_a_login_token_in_the_query_opens_nothing(
    target: Target, s3: Client, bearer: str, bucket: str
) -> None:
    """It would stand in every log on the way."""
    s3.put_object(Bucket=bucket, Key="in-query", Body=b"closed")
    for name in ("access_token", "X-Amz-Security-Token", "Authorization"):
        url = f"{target.s3}/{bucket}/in-query"
        got = requests.get(url, params={name: bearer}, timeout=rest.TIMEOUT, verify=target.verify)
        assert got.status_code in {400, 401, 403}
        assert b"closed" not in got.content
