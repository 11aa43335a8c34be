"""boto3 lists: both versions, prefixes, delimiters, pages, odd names."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from support.boto import Client, NewBucket, keys_of, refused
from support.target import Target

KEYS = sorted(
    [
        "a.txt", "b c d.txt", "dir/a&b.txt", "dir/one", "dir/sub/deep/x", "dir/sub/two", "dir/ö",
        "dir2/one", "e=mc²", "emoji/🗺", "f;g,h", "h?i#j", "z",
    ],
    key=str.encode,
)  # fmt: skip
FOLDERS = ["dir/", "dir/sub/", "dir/sub/deep/", "dir2/", "emoji/"]


@pytest.fixture(scope="module")
def listed(s3: Client, bucket: str) -> str:
    """A bucket with the keys of this story."""
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    return bucket


def plain(entries: list[dict[str, Any]]) -> list[str]:
    """The keys without the folder entries that HCP adds."""
    return [entry["Key"] for entry in entries if not entry["Key"].endswith("/")]


def under(prefix: str) -> list[str]:
    return [key for key in KEYS if key.startswith(prefix)]


@pytest.mark.parametrize("version", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("prefix", ["", "dir", "dir/", "dir/sub/", "dir/ö", "e=", "emoji/🗺", "none"])
def test_a_prefix_chooses(s3: Client, listed: str, version: str, prefix: str) -> None:
    answer = getattr(s3, version)(Bucket=listed, Prefix=prefix)
    assert plain(answer.get("Contents", [])) == under(prefix)
    assert answer["IsTruncated"] is False
    # boto3 decodes the prefix of version 2 only.
    assert unquote(answer.get("Prefix", "")) == prefix


def test_folders_are_listed_as_the_store_keeps_them(s3: Client, listed: str, target: Target) -> None:
    folders = [key for key in keys_of(s3, listed) if key.endswith("/")]
    assert folders == (FOLDERS if target.hcp else [])


@pytest.mark.parametrize("version", ["list_objects", "list_objects_v2"])
def test_a_delimiter_folds(s3: Client, listed: str, version: str) -> None:
    call = getattr(s3, version)
    top = call(Bucket=listed, Delimiter="/")
    assert [entry["Prefix"] for entry in top["CommonPrefixes"]] == ["dir/", "dir2/", "emoji/"]
    assert plain(top["Contents"]) == [key for key in KEYS if "/" not in key]
    inside = call(Bucket=listed, Delimiter="/", Prefix="dir/")
    assert [entry["Prefix"] for entry in inside["CommonPrefixes"]] == ["dir/sub/"]
    assert plain(inside["Contents"]) == ["dir/a&b.txt", "dir/one", "dir/ö"]


@pytest.mark.parametrize("version", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_pages_join_without_loss(s3: Client, listed: str, version: str, size: int) -> None:
    pages = s3.get_paginator(version).paginate(Bucket=listed, PaginationConfig={"PageSize": size})
    seen = []
    for page in pages:
        assert len(page.get("Contents", [])) <= size
        seen += plain(page.get("Contents", []))
    assert seen == KEYS


@pytest.mark.parametrize("version", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 3])
def test_pages_with_a_delimiter_join_without_loss(s3: Client, listed: str, version: str, size: int) -> None:
    pages = s3.get_paginator(version).paginate(
        Bucket=listed, Delimiter="/", PaginationConfig={"PageSize": size}
    )
    keys: list[str] = []
    folders: list[str] = []
    for page in pages:
        found = page.get("Contents", []), page.get("CommonPrefixes", [])
        assert sum(map(len, found)) <= size
        keys += plain(found[0])
        folders += [entry["Prefix"] for entry in found[1]]
    assert sorted(keys) == sorted(key for key in KEYS if "/" not in key)
    assert folders == ["dir/", "dir2/", "emoji/"]


@pytest.mark.parametrize("start", ["a.txt", "b", "dir/one", "dir/ö", "e=mc²", "f;g,h", "h?i#j", "z"])
def test_a_listing_starts_after_a_key(s3: Client, listed: str, start: str) -> None:
    rest = [key for key in KEYS if key.encode() > start.encode()]
    assert plain(s3.list_objects_v2(Bucket=listed, StartAfter=start).get("Contents", [])) == rest
    assert plain(s3.list_objects(Bucket=listed, Marker=start).get("Contents", [])) == rest


@pytest.mark.parametrize(
    "version",
    [pytest.param("list_objects", marks=pytest.mark.needs("listing.v1-encoded-marker")), "list_objects_v2"],
)
def test_pages_join_at_plus_and_percent(s3: Client, new_bucket: NewBucket, version: str) -> None:
    name, keys = new_bucket(), ["a+b", "b+c d", "c%20d", "d++"]
    for key in keys:
        s3.put_object(Bucket=name, Key=key, Body=b"x")
    pages = s3.get_paginator(version).paginate(Bucket=name, PaginationConfig={"PageSize": 1})
    assert [entry["Key"] for page in pages for entry in page.get("Contents", [])] == keys


def test_an_entry_describes_its_object(s3: Client, listed: str) -> None:
    entry = s3.list_objects_v2(Bucket=listed, Prefix="e=mc²", FetchOwner=True)["Contents"][0]
    head = s3.head_object(Bucket=listed, Key="e=mc²")
    assert (entry["Size"], entry["ETag"]) == (head["ContentLength"], head["ETag"])
    assert entry["StorageClass"] == "STANDARD"
    assert abs((entry["LastModified"] - head["LastModified"]).total_seconds()) < 1
    assert entry["Owner"]["ID"]


def test_a_listing_counts(s3: Client, listed: str) -> None:
    answer = s3.list_objects_v2(Bucket=listed, MaxKeys=4)
    assert (answer["KeyCount"], answer["MaxKeys"], answer["IsTruncated"]) == (4, 4, True)
    assert answer["NextContinuationToken"]


@pytest.mark.needs("listing.bad-token")
def test_a_made_up_continuation_token_is_refused(s3: Client, listed: str) -> None:
    with refused(400):
        s3.list_objects_v2(Bucket=listed, ContinuationToken="made up")
