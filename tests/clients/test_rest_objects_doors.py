"""Two doors to one store: what one writes, the other reads at once, with everything that is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from support.boto import Client, body_of, keys_of, missing
from support.data import MIB, content, md5
from support.desk import Desk, at, part_at

Write: TypeAlias = Callable[[bytes], object]
Way: TypeAlias = Callable[[Desk, Client, str, str], Write]


def by_form(desk: Desk, _: Client, bucket: str, key: str) -> Write:
    return lambda data: desk.store(bucket, key, data)


def by_body(desk: Desk, _: Client, bucket: str, key: str) -> Write:
    headers = {"Content-Type": "application/octet-stream"}
    return lambda data: desk.ask("POST", at(bucket, key), data=data, headers=headers)


def by_copy(desk: Desk, _: Client, bucket: str, key: str) -> Write:
    def write(data: bytes) -> None:
        desk.store(bucket, f"source of {key}", data)
        source = {"source_bucket": bucket, "source_key": f"source of {key}"}
        desk("POST", f"{at(bucket, key)}/copy", source)

    return write


def by_parts(desk: Desk, _: Client, bucket: str, key: str) -> Write:
    def write(data: bytes) -> None:
        upload = desk("POST", part_at(bucket, key))["upload_id"]
        query = {"upload_id": upload, "part_number": 1}
        sent = desk.ask("PUT", part_at(bucket, key), params=query, files={"file": data}).json()
        parts = [{"PartNumber": 1, "ETag": sent["etag"]}]
        desk("POST", part_at(bucket, key, "/complete"), {"upload_id": upload, "parts": parts})

    return write


def by_boto3(_: Desk, s3: Client, bucket: str, key: str) -> Write:
    return lambda data: s3.put_object(Bucket=bucket, Key=key, Body=data)


WAYS: list[Way] = [by_form, by_body, by_copy, by_parts, by_boto3]


def seen(desk: Desk, s3: Client, bucket: str, key: str, data: bytes) -> None:
    """Both doors show this content, by every read there is."""
    assert desk.read(bucket, key) == body_of(s3, bucket, key) == data
    by_rest, by_s3 = desk.ask("HEAD", at(bucket, key)), s3.head_object(Bucket=bucket, Key=key)
    assert int(by_rest.headers["Content-Length"]) == by_s3["ContentLength"] == len(data)
    assert by_rest.headers["ETag"] == by_s3["ETag"]
    assert by_rest.headers["Last-Modified"] == by_s3["ResponseMetadata"]["HTTPHeaders"]["last-modified"]
    sizes = {
        one["Key"]: one["Size"] for one in desk("GET", f"/{bucket}/objects", None, prefix=key)["objects"]
    }
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=key)["Contents"]
    assert sizes[key] == {one["Key"]: one["Size"] for one in listed}[key] == len(data)


@pytest.mark.parametrize("way", WAYS)
def test_every_write_is_seen_at_both_doors_at_once(desk: Desk, s3: Client, bucket: str, way: Way) -> None:
    key = f"seen/{way.__name__} ä"
    write = way(desk, s3, bucket, key)
    for data in (b"one", b"three", b""):
        write(data)
        for _ in range(2):  # the second may be answered from what is kept
            seen(desk, s3, bucket, key, data)


def test_every_delete_is_seen_at_both_doors_at_once(desk: Desk, s3: Client, bucket: str) -> None:
    key = "gone/k"
    ways: list[Callable[[], object]] = [
        lambda: desk("DELETE", at(bucket, key)),
        lambda: desk("POST", f"/{bucket}/objects/delete", {"keys": [key]}),
        lambda: desk("POST", f"/{bucket}/objects/delete", {"prefix": "gone/"}),
        lambda: s3.delete_object(Bucket=bucket, Key=key),
    ]
    for delete in ways:
        desk.store(bucket, key, b"x")
        seen(desk, s3, bucket, key, b"x")
        delete()
        assert desk.missing(bucket, key)
        assert missing(s3, bucket, key)
        assert key not in desk.keys(bucket, "gone/")
        assert key not in keys_of(s3, bucket, "gone/")


def test_listings_of_both_doors_agree(desk: Desk, s3: Client, bucket: str) -> None:
    names = [f"agree/{name}" for name in ("a b", "a+b", "ö/1", "ö/2", "z?#", "100%", "東京")]
    for turn, name in enumerate(names):
        if turn % 2:
            desk.store(bucket, name, b"x")
        else:
            s3.put_object(Bucket=bucket, Key=name, Body=b"x")
        assert desk.keys(bucket, "agree/") == keys_of(s3, bucket, "agree/")
    assert set(names) <= set(desk.keys(bucket, "agree/"))
    told = desk("GET", f"/{bucket}/objects", None, prefix="agree/", delimiter="/")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="agree/", Delimiter="/")
    assert told["common_prefixes"] == [one["Prefix"] for one in listed["CommonPrefixes"]]


def test_large_ones_too(desk: Desk, s3: Client, bucket: str) -> None:
    data = content(20 * MIB + 5)
    desk.store(bucket, "large by form", data)
    assert md5(body_of(s3, bucket, "large by form")) == md5(data)
    desk.store(bucket, "large by form", b"small")
    seen(desk, s3, bucket, "large by form", b"small")
    s3.put_object(Bucket=bucket, Key="large by boto3", Body=data)
    assert md5(desk.read(bucket, "large by boto3")) == md5(data)
