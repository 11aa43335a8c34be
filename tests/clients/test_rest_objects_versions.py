"""Versions at the REST data plane."""

from __future__ import annotations

from typing import Any

import pytest

from support.boto import Client
from support.desk import Desk, at


@pytest.fixture(scope="module")
def versioned(desk: Desk, bucket: str) -> str:
    """The story's bucket with versioning on."""
    desk("PUT", f"/{bucket}/versioning", {"status": "Enabled"})
    return bucket


def versions(desk: Desk, bucket: str, key: str) -> list[dict[str, Any]]:
    """Those of one key."""
    told = desk("GET", f"/{bucket}/versions", None, prefix=key)
    assert told["key_count"] == len(told["versions"]) + len(told["delete_markers"])
    return [one for one in told["versions"] if one["Key"] == key]


def test_every_upload_is_a_version(desk: Desk, s3: Client, versioned: str) -> None:
    key = "two/ä +%"
    for data in (b"one", b"three"):
        desk.store(versioned, key, data)
    told = versions(desk, versioned, key)
    sizes = {one["IsLatest"]: one["Size"] for one in told}
    assert sizes == {False: 3, True: 5}
    entries = s3.list_object_versions(Bucket=versioned, Prefix=key)["Versions"]
    seen = {(one["VersionId"], one["ETag"], one["IsLatest"]) for one in entries if one["Key"] == key}
    assert {(one["VersionId"], one["ETag"], one["IsLatest"]) for one in told} == seen
    assert told[0].keys() == {
        "Key", "VersionId", "IsLatest", "LastModified", "ETag", "Size", "StorageClass", "Owner",
    }  # fmt: skip
    assert told[0]["LastModified"].endswith("Z")


def test_each_is_read_by_its_id(desk: Desk, versioned: str) -> None:
    for data in (b"one", b"three"):
        desk.store(versioned, "by id", data)
    for one in versions(desk, versioned, "by id"):
        expected = b"three" if one["IsLatest"] else b"one"
        assert desk.read(versioned, "by id", version_id=one["VersionId"]) == expected
        head = desk.ask("HEAD", at(versioned, "by id"), params={"version_id": one["VersionId"]})
        assert head.headers["Content-Length"] == str(len(expected))
    assert desk.read(versioned, "by id") == b"three"
    wrong = desk.ask("GET", at(versioned, "by id"), params={"version_id": "no-such-version"})
    assert wrong.status_code in {400, 404}
    assert wrong.json()["detail"].startswith("object 'by id': ")


def test_a_delete_hides_and_keeps(desk: Desk, versioned: str) -> None:
    desk.store(versioned, "hidden", b"x")
    (kept,) = versions(desk, versioned, "hidden")
    desk("DELETE", at(versioned, "hidden"))
    assert desk.missing(versioned, "hidden")
    assert "hidden" not in desk.keys(versioned, "hidden")
    assert desk.read(versioned, "hidden", version_id=kept["VersionId"]) == b"x"


@pytest.mark.needs("versions.delete-marker")
def test_a_deleted_mark_brings_the_object_back(desk: Desk, versioned: str) -> None:
    desk.store(versioned, "marked", b"x")
    desk("DELETE", at(versioned, "marked"))
    (mark,) = desk("GET", f"/{versioned}/versions", None, prefix="marked")["delete_markers"]
    assert (mark["Key"], mark["IsLatest"]) == ("marked", True)
    assert mark.keys() == {"Key", "VersionId", "IsLatest", "LastModified", "Owner"}
    desk("DELETE", at(versioned, "marked"), None, version_id=mark["VersionId"])
    assert desk.read(versioned, "marked") == b"x"


@pytest.mark.needs("versions.delete-one")
def test_one_is_deleted_for_good(desk: Desk, versioned: str) -> None:
    for data in (b"one", b"three"):
        desk.store(versioned, "for good", data)
    (new,) = [one for one in versions(desk, versioned, "for good") if one["IsLatest"]]
    desk("DELETE", at(versioned, "for good"), None, version_id=new["VersionId"])
    assert desk.read(versioned, "for good") == b"one"


def test_they_are_told_page_by_page(desk: Desk, versioned: str) -> None:
    for key in ("paged/a +", "paged/ö", "paged/z"):
        for data in (b"1", b"2"):
            desk.store(versioned, key, data)
    found: list[tuple[str, str]] = []
    markers: dict[str, Any] = {}
    while True:
        query = {"prefix": "paged/", "max_keys": 2, **markers}
        page = desk("GET", f"/{versioned}/versions", None, **query)
        found += [(one["Key"], one["VersionId"]) for one in page["versions"]]
        if not page["is_truncated"]:
            break
        markers = {"key_marker": page["next_key_marker"], "version_id_marker": page["next_version_id_marker"]}
        assert len(found) < 20
    found = [one for one in found if one[0] != "paged/"]  # HCP lists the folder itself
    assert len(found) == len(set(found)) == 6
    assert {key for key, _ in found} == {"paged/a +", "paged/ö", "paged/z"}


@pytest.mark.parametrize(("wrong", "kind"), [(1001, "less_than_equal"), ("many", "int_parsing")])
def test_limits(desk: Desk, versioned: str, wrong: object, kind: str) -> None:
    assert desk.invalid("GET", f"/{versioned}/versions", max_keys=wrong) == [("max_keys", kind)]
