"""Buckets at the REST data plane, what is set for each, and deleting one with everything in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from support import boto
from support.boto import Client, NewBucket, missing, refused
from support.desk import Desk, at
from support.names import unique_name
from support.target import Target

ALL = "http://acs.amazonaws.com/groups/global/AllUsers"
RULE = {
    "AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://a.example"], "AllowedHeaders": ["*"],
    "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 7,
}  # fmt: skip


@pytest.fixture
def fresh(s3: Client) -> Iterator[str]:
    """A name that the story may make a bucket of."""
    name = unique_name("rest buckets")
    yield name
    boto.purge(s3, name)


def names(desk: Desk) -> list[str]:
    return [one["Name"] for one in desk("GET", "")["buckets"]]


def test_a_bucket_lives_from_its_making_to_its_end(desk: Desk, s3: Client, fresh: str) -> None:
    assert fresh not in names(desk)
    assert desk("POST", "", {"bucket": fresh}) == {"status": "created", "bucket": fresh}
    assert fresh in names(desk)
    assert fresh in [one["Name"] for one in s3.list_buckets()["Buckets"]]
    head = desk.ask("HEAD", f"/{fresh}")
    assert (head.status_code, head.headers["Content-Length"]) == (200, "0")
    (shown,) = [one for one in desk("GET", "")["buckets"] if one["Name"] == fresh]
    assert shown["CreationDate"].endswith("Z")
    assert desk("DELETE", f"/{fresh}") == {"status": "deleted", "bucket": fresh}
    assert desk.ask("HEAD", f"/{fresh}").status_code == 404
    assert fresh not in names(desk)
    with refused(404):
        s3.head_bucket(Bucket=fresh)


def test_what_boto3_makes_and_deletes_is_known_at_once(desk: Desk, s3: Client, fresh: str) -> None:
    for _ in range(2):
        assert fresh not in names(desk)
        assert desk.ask("HEAD", f"/{fresh}").status_code == 404
        s3.create_bucket(Bucket=fresh)
        assert fresh in names(desk)
        assert desk.ask("HEAD", f"/{fresh}").status_code == 200
        s3.delete_bucket(Bucket=fresh)


@pytest.mark.parametrize("name", ["no?bucket", "", "a/b", "..", "ö"])
def test_what_can_be_no_bucket(desk: Desk, name: str) -> None:
    assert desk.refused(400, "POST", "", {"bucket": name}).startswith(f"bucket '{name}': ")


def test_documents_that_are_none(desk: Desk) -> None:
    assert desk.invalid("POST", "", {}) == [("bucket", "missing")]
    assert desk.invalid("POST", "", {"bucket": None}) == [("bucket", "string_type")]
    headers = {"Content-Type": "application/json"}
    broken = desk.ask("POST", "", data='{"bucket":', headers=headers)
    assert (broken.status_code, broken.json()["detail"][0]["type"]) == (422, "json_invalid")
    plain = desk.ask("POST", "", data='{"bucket": "x"}', headers={"Content-Type": "text/plain"})
    assert plain.status_code == 422


def test_a_bucket_that_is_there_or_is_not_empty(target: Target, desk: Desk, bucket: str) -> None:
    again = desk.ask("POST", "", json={"bucket": bucket})
    assert again.status_code == (201 if target.hcp else 409), "HCP says 200 to its owner"
    assert target.hcp or again.json()["detail"].startswith(f"bucket '{bucket}': ")
    desk.store(bucket, "k", b"x")
    assert desk.refused(409, "DELETE", f"/{bucket}").startswith(f"bucket '{bucket}': ")
    assert not desk.missing(bucket, "k")
    assert desk.refused(404, "DELETE", "/no-such-bucket-here").startswith("bucket 'no-such-bucket-here': ")
    assert desk.invalid("DELETE", f"/{bucket}", force="perhaps") == [("force", "bool_parsing")]


def test_versioning(desk: Desk, s3: Client, new_bucket: NewBucket) -> None:
    path = f"/{new_bucket()}/versioning"
    name = path.split("/")[1]
    assert desk("GET", path) == {"status": None, "mfa_delete": None}
    for status in ("Enabled", "Suspended"):
        assert desk("PUT", path, {"status": status}) == {"status": "updated", "versioning": status}
        assert desk("GET", path)["status"] == status
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == status
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    assert desk("GET", path)["status"] == "Enabled"
    assert desk.refused(400, "PUT", path, {"status": "Perhaps"}).startswith(f"bucket '{name}': ")
    assert desk.invalid("PUT", path, {}) == [("status", "missing")]


def test_rights(target: Target, desk: Desk, s3: Client, bucket: str) -> None:
    if not target.hcp:
        pytest.skip("only HCP has these")
    desk.store(bucket, "owned", b"x")
    for path, done in (
        (f"/{bucket}/acl", {"status": "updated", "bucket": None}),
        (f"{at(bucket, 'owned')}/acl", {"status": "updated"}),
    ):
        told = desk("GET", path)
        assert [grant["Permission"] for grant in told["grants"]] == ["FULL_CONTROL"]
        everyone = {"Grantee": {"Type": "Group", "URI": ALL}, "Permission": "READ"}
        policy = {"Owner": told["owner"], "Grants": [*told["grants"], everyone]}
        assert desk("PUT", path, policy) == done
        assert everyone in desk("GET", path)["grants"]
    grants = s3.get_object_acl(Bucket=bucket, Key="owned")["Grants"]
    assert {"Grantee": {"Type": "Group", "URI": ALL}, "Permission": "READ"} in grants
    assert desk.refused(404, "GET", f"{at(bucket, 'never was')}/acl").startswith("object 'never was': ")


def test_rules_for_origins(target: Target, desk: Desk, s3: Client, bucket: str) -> None:
    if not target.hcp:
        pytest.skip("only HCP has these")
    path = f"/{bucket}/cors"
    assert desk.refused(404, "GET", path).startswith(f"bucket '{bucket}': ")
    assert desk("PUT", path, {"CORSRules": [RULE]}) == {"status": "updated", "bucket": None}
    assert desk("GET", path) == {"cors_rules": [RULE]}
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [RULE]
    assert 400 <= desk.ask("PUT", path, json={"CORSRules": [{"AllowedMethods": ["GET"]}]}).status_code < 500
    assert desk("DELETE", path) == {"status": "deleted", "bucket": None}
    assert desk.refused(404, "GET", path)


def test_what_only_hcp_has(target: Target, desk: Desk, bucket: str) -> None:
    if target.hcp:
        pytest.skip("HCP has all of it")
    desk.store(bucket, "k", b"x")
    for path, label, thing in (
        (f"/{bucket}", f"bucket '{bucket}'", "bucket"),
        (at(bucket, "k"), "object 'k'", "object"),
    ):
        for method, verb in (("GET", "get"), ("PUT", "put")):
            document: Any = {} if method == "PUT" else None
            words = f"{label}: '{verb}_{thing}_acl' is not supported by the minio backend"
            assert desk.refused(501, method, f"{path}/acl", document) == words
    for method, verb in (("GET", "get"), ("PUT", "put"), ("DELETE", "delete")):
        words = f"bucket '{bucket}': '{verb}_bucket_cors' is not supported by the minio backend"
        document = {"CORSRules": [RULE]} if method == "PUT" else None
        assert desk.refused(501, method, f"/{bucket}/cors", document) == words


def test_unfinished_uploads_are_listed(desk: Desk, s3: Client, new_bucket: NewBucket) -> None:
    bucket = new_bucket()
    begun = {
        key: s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"] for key in ("a/ö +", "a/2", "b")
    }
    told = desk("GET", f"/{bucket}/uploads")
    assert {one["Key"]: one["UploadId"] for one in told["uploads"]} == begun
    assert (told["bucket"], told["is_truncated"]) == (bucket, False)
    assert {"Initiated", "StorageClass"} <= told["uploads"][0].keys()
    below = desk("GET", f"/{bucket}/uploads", None, prefix="a/")["uploads"]
    assert sorted(one["Key"] for one in below) == ["a/2", "a/ö +"]
    page = desk("GET", f"/{bucket}/uploads", None, max_uploads=1)
    assert (len(page["uploads"]), page["is_truncated"]) == (1, True)
    for wrong, kind in ((0, "greater_than_equal"), (1001, "less_than_equal"), ("x", "int_parsing")):
        assert desk.invalid("GET", f"/{bucket}/uploads", max_uploads=wrong) == [("max_uploads", kind)]


def test_a_bucket_is_deleted_with_everything_in_it(desk: Desk, s3: Client, fresh: str) -> None:
    desk("POST", "", {"bucket": fresh})
    desk("PUT", f"/{fresh}/versioning", {"status": "Enabled"})
    for key in ("a/b/c", "a/b/c", "a/ö +%", "z"):
        desk.store(fresh, key, b"x")
    desk("DELETE", at(fresh, "z"))
    desk("POST", f"/{fresh}/objects/folder", {"folder_name": "deep/empty"})
    desk.refused(409, "DELETE", f"/{fresh}")
    assert desk("DELETE", f"/{fresh}", force="true") == {"status": "deleted", "bucket": fresh}
    assert desk.ask("HEAD", f"/{fresh}").status_code == 404
    assert fresh not in names(desk)
    with refused(404):
        s3.list_objects_v2(Bucket=fresh)
    assert missing(s3, fresh, "a/b/c")
    assert desk.refused(404, "DELETE", f"/{fresh}", force="yes").startswith(f"bucket '{fresh}': ")
