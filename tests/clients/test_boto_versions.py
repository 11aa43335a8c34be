"""boto3 keeps, lists and reads versions."""

from __future__ import annotations

from typing import Any

import pytest

from support.boto import Client, NewBucket, body_of, refused


@pytest.fixture(scope="module")
def versioned(s3: Client, bucket: str) -> str:
    """The story's bucket with versioning on."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def listed(s3: Client, bucket: str, key: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = s3.list_object_versions(Bucket=bucket, Prefix=key).get("Versions", [])
    return [entry for entry in entries if entry["Key"] == key]


def put_two(s3: Client, bucket: str, key: str) -> tuple[str, str]:
    ids = [s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"] for body in (b"one", b"three")]
    return ids[0], ids[1]


def test_the_status_comes_back(s3: Client, versioned: str) -> None:
    assert s3.get_bucket_versioning(Bucket=versioned)["Status"] == "Enabled"


def test_every_put_is_a_version(s3: Client, versioned: str) -> None:
    old, new = put_two(s3, versioned, "two versions/ä")
    assert old != new
    entries = {entry["VersionId"]: entry for entry in listed(s3, versioned, "two versions/ä")}
    assert set(entries) == {old, new}
    assert (entries[old]["IsLatest"], entries[new]["IsLatest"]) == (False, True)
    assert (entries[old]["Size"], entries[new]["Size"]) == (3, 5)


def test_each_version_is_read_by_its_id(s3: Client, versioned: str) -> None:
    old, new = put_two(s3, versioned, "by-id")
    assert body_of(s3, versioned, "by-id") == b"three"
    assert body_of(s3, versioned, "by-id", VersionId=old) == b"one"
    assert body_of(s3, versioned, "by-id", VersionId=new) == b"three"
    head = s3.head_object(Bucket=versioned, Key="by-id", VersionId=old)
    assert (head["ContentLength"], head["VersionId"]) == (3, old)


def test_an_old_version_is_copied(s3: Client, versioned: str) -> None:
    old, _ = put_two(s3, versioned, "copied")
    source = {"Bucket": versioned, "Key": "copied", "VersionId": old}
    s3.copy_object(Bucket=versioned, Key="copy-of-old", CopySource=source)
    assert body_of(s3, versioned, "copy-of-old") == b"one"


def test_a_delete_hides_and_keeps(s3: Client, versioned: str) -> None:
    old, new = put_two(s3, versioned, "hidden")
    assert s3.delete_object(Bucket=versioned, Key="hidden")["VersionId"] not in {old, new}
    with refused(404, code="NoSuchKey"):
        s3.get_object(Bucket=versioned, Key="hidden")
    assert body_of(s3, versioned, "hidden", VersionId=new) == b"three"
    assert {entry["VersionId"] for entry in listed(s3, versioned, "hidden")} >= {old, new}


@pytest.mark.needs("versions.delete-marker")
def test_a_removed_delete_marker_brings_the_object_back(s3: Client, versioned: str) -> None:
    put_two(s3, versioned, "marked")
    deleted = s3.delete_object(Bucket=versioned, Key="marked")
    assert deleted["DeleteMarker"] is True
    markers = s3.list_object_versions(Bucket=versioned, Prefix="marked")["DeleteMarkers"]
    assert [(marker["VersionId"], marker["IsLatest"]) for marker in markers] == [(deleted["VersionId"], True)]
    s3.delete_object(Bucket=versioned, Key="marked", VersionId=deleted["VersionId"])
    assert body_of(s3, versioned, "marked") == b"three"


@pytest.mark.needs("versions.delete-one")
def test_one_version_is_deleted_for_good(s3: Client, versioned: str) -> None:
    old, new = put_two(s3, versioned, "for-good")
    s3.delete_object(Bucket=versioned, Key="for-good", VersionId=new)
    assert [entry["VersionId"] for entry in listed(s3, versioned, "for-good")] == [old]
    assert body_of(s3, versioned, "for-good") == b"one"


def test_versions_are_listed_page_by_page(s3: Client, versioned: str) -> None:
    ids = {key: set(put_two(s3, versioned, key)) for key in ("paged/a", "paged/b", "paged/c")}
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket=versioned, Prefix="paged/", PaginationConfig={"PageSize": 2}
    )
    found: dict[str, set[str]] = {}
    for page in pages:
        for entry in page.get("Versions", []):
            found.setdefault(entry["Key"], set()).add(entry["VersionId"])
    found.pop("paged/", None)  # HCP lists the folder itself
    assert found == ids


def test_versioning_is_suspended(s3: Client, new_bucket: NewBucket) -> None:
    bucket = new_bucket()
    for status in ("Enabled", "Suspended"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == status
