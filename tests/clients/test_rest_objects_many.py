"""Many objects at the REST data plane: listed in pages, linked, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from support import rest
from support.boto import Client, NewBucket, keys_of
from support.desk import Desk
from support.target import Target

NAMES = ["a/1 +", "a/2", "a/ö/3", "b/4", "c"]


@pytest.fixture(scope="module")
def filled(desk: Desk, bucket: str) -> str:
    """A bucket with some objects."""
    for name in NAMES:
        desk.store(bucket, name, name.encode())
    return bucket


def page(desk: Desk, bucket: str, **query: Any) -> Any:
    return desk("GET", f"/{bucket}/objects", None, **query)


def files(keys: list[str]) -> list[str]:
    """Without HCP's entries for folders."""
    return [key for key in keys if not key.endswith("/")]


def test_a_listing_tells_what_it_knows(desk: Desk, s3: Client, filled: str) -> None:
    told = page(desk, filled)
    entries = s3.list_objects_v2(Bucket=filled, FetchOwner=True)["Contents"]
    assert [one["Key"] for one in told["objects"]] == [one["Key"] for one in entries]
    assert [(one["ETag"], one["Size"]) for one in told["objects"]] == [
        (one["ETag"], one["Size"]) for one in entries
    ]
    assert files([one["Key"] for one in told["objects"]]) == NAMES
    assert told["key_count"] == len(entries)
    assert told["common_prefixes"] == []
    assert (told["is_truncated"], told["next_continuation_token"]) == (False, None)
    assert told["objects"][0].keys() == {"Key", "Size", "LastModified", "ETag", "StorageClass", "Owner"}
    assert told["objects"][0]["Owner"].keys() == {"DisplayName", "ID"}


def test_prefixes_and_folders(desk: Desk, filled: str) -> None:
    told = page(desk, filled, delimiter="/")
    assert told["common_prefixes"] == ["a/", "b/"]
    assert files([one["Key"] for one in told["objects"]]) == ["c"]
    below = page(desk, filled, prefix="a/", delimiter="/")
    assert below["common_prefixes"] == ["a/ö/"]
    assert files([one["Key"] for one in below["objects"]]) == ["a/1 +", "a/2"]
    assert files(desk.keys(filled, "a/")) == ["a/1 +", "a/2", "a/ö/3"]


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_pages(desk: Desk, filled: str, size: int) -> None:
    found: list[str] = []
    query: dict[str, Any] = {"max_keys": size}
    while True:
        told = page(desk, filled, **query)
        assert len(told["objects"]) <= size
        found += [one["Key"] for one in told["objects"]]
        if not told["is_truncated"]:
            break
        query["continuation_token"] = told["next_continuation_token"]
        assert len(found) < 20
    assert found == sorted(set(found), key=str.encode)
    assert files(found) == NAMES


def test_limits_of_pages(desk: Desk, filled: str) -> None:
    for wrong, kind in ((1001, "less_than_equal"), ("x", "int_parsing"), ("", "int_parsing")):
        assert desk.invalid("GET", f"/{filled}/objects", max_keys=wrong) == [("max_keys", kind)]
    none = desk.ask("GET", f"/{filled}/objects", params={"max_keys": 0})
    assert none.status_code < 500
    assert desk.ask("GET", f"/{filled}/objects", params={"max_keys": -1}).status_code < 500


def test_links_to_many(target: Target, desk: Desk, filled: str) -> None:
    path = f"/{filled}/objects/presign"
    given = desk("POST", path, {"keys": [*NAMES, "", "never was"], "expires_in": 60})
    assert given["expires_in"] == 60
    assert [one["key"] for one in given["urls"]] == [*NAMES, "never was"]
    for one in given["urls"]:
        got = rest.follow(target, "GET", one["url"])
        expected = (404,) if one["key"] == "never was" else (200, one["key"].encode())
        assert (got.status_code, got.content)[: len(expected)] == expected
    assert desk("POST", path, {"keys": ["a"], "method": "explode"}) == {"urls": [], "expires_in": 3600}


@pytest.mark.parametrize(
    ("asked", "issue"),
    [
        ({}, ("keys", "missing")),
        ({"keys": []}, ("keys", "too_short")),
        ({"keys": "a"}, ("keys", "list_type")),
        ({"keys": [7]}, ("0", "string_type")),
        ({"keys": ["a"], "expires_in": 0}, ("expires_in", "greater_than_equal")),
        ({"keys": ["a"], "expires_in": 604_801}, ("expires_in", "less_than_equal")),
    ],
)
def test_what_no_links_are_made_for(
    desk: Desk, bucket: str, asked: dict[str, Any], issue: tuple[str, str]
) -> None:
    assert desk.invalid("POST", f"/{bucket}/objects/presign", asked) == [issue]


def test_keys_and_prefixes_are_deleted(desk: Desk, s3: Client, new_bucket: NewBucket) -> None:
    bucket = new_bucket()
    path = f"/{bucket}/objects/delete"
    for name in [*NAMES, "d/deep/er/5", "e&<>"]:
        desk.store(bucket, name, b"x")
    gone = desk("POST", path, {"keys": ["e&<>", "never was"]})
    assert gone == {"status": "deleted", "deleted": 2, "errors": []}
    assert desk("POST", path, {"prefix": "a/"})["errors"] == []
    assert files(keys_of(s3, bucket)) == ["b/4", "c", "d/deep/er/5"]
    assert desk("POST", path, {}) == {"status": "deleted", "deleted": 0, "errors": []}
    assert desk("POST", path, {"keys": ["c"], "prefix": "d"})["errors"] == []
    assert files(keys_of(s3, bucket)) == ["b/4"]
    assert desk("POST", path, {"prefix": ""})["errors"] == []
    assert keys_of(s3, bucket) == desk.keys(bucket) == []


def test_what_deletes_nothing(desk: Desk, bucket: str) -> None:
    path = f"/{bucket}/objects/delete"
    assert desk.invalid("POST", path, {"keys": "c"}) == [("keys", "list_type")]
    assert desk.refused(400, "POST", path, {"keys": ["kept", ""]}).startswith("object '': ")
    nowhere = "/no-such-bucket-here/objects/delete"
    assert desk.refused(404, "POST", nowhere, {"keys": ["k"]}).startswith("bucket 'no-such-bucket-here': ")
    assert desk.refused(404, "POST", nowhere, {"prefix": "k"}).startswith("prefix 'k': ")


def test_more_than_a_page(desk: Desk, s3: Client, new_bucket: NewBucket) -> None:
    bucket = new_bucket()
    for number in range(1005):
        s3.put_object(Bucket=bucket, Key=f"{number:04}", Body=b"")
    assert len(page(desk, bucket)["objects"]) == 1000
    expected = [f"{number:04}" for number in range(1005)]
    assert desk.keys(bucket) == keys_of(s3, bucket) == expected
    asked = {"keys": expected[:1001], "prefix": "10"}
    gone = desk("POST", f"/{bucket}/objects/delete", asked)
    assert (gone["deleted"], gone["errors"]) == (1001 + 4, [])
    assert desk.keys(bucket) == []
