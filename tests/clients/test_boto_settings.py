"""boto3 changes a bucket's settings: requests whose body is XML and must carry a digest."""

from __future__ import annotations

import pytest
import requests

from support.boto import Client, NewBucket, refused
from support.rest import TIMEOUT
from support.target import Target

ORIGIN = "https://front.example"
RULES = {
    "CORSRules": [
        {
            "AllowedOrigins": [ORIGIN],
            "AllowedMethods": ["GET", "PUT"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 600,
        }
    ]
}


@pytest.fixture(scope="module")
def shared(s3: Client, bucket: str) -> str:
    """The story's bucket, open to one origin."""
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=RULES)
    return bucket


def test_cors_rules_come_back(s3: Client, shared: str) -> None:
    rule = s3.get_bucket_cors(Bucket=shared)["CORSRules"][0]
    assert {name: rule[name] for name in ("AllowedOrigins", "AllowedMethods", "MaxAgeSeconds")} == {
        "AllowedOrigins": [ORIGIN],
        "AllowedMethods": ["GET", "PUT"],
        "MaxAgeSeconds": 600,
    }


def test_a_bucket_without_rules_says_so(s3: Client, new_bucket: NewBucket) -> None:
    with refused(404):
        s3.get_bucket_cors(Bucket=new_bucket())


def test_cors_rules_are_removed(s3: Client, new_bucket: NewBucket) -> None:
    bucket = new_bucket()
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=RULES)
    s3.delete_bucket_cors(Bucket=bucket)
    with refused(404):
        s3.get_bucket_cors(Bucket=bucket)


def preflight(target: Target, bucket: str, origin: str) -> requests.Response:
    """What a browser asks before it sends a PUT; nothing in it is signed."""
    headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    url = f"{target.s3}/{bucket}/from-a-browser"
    return requests.options(url, headers=headers, timeout=TIMEOUT, verify=target.verify)


def test_a_browser_may_ask_first(target: Target, shared: str) -> None:
    allowed = preflight(target, shared, ORIGIN)
    assert allowed.status_code in {200, 204}
    assert allowed.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "PUT" in allowed.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Origin" not in preflight(target, shared, "https://other.example").headers


def test_an_owner_reads_the_acl(s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="owned", Body=b"x")
    for acl in (s3.get_bucket_acl(Bucket=bucket), s3.get_object_acl(Bucket=bucket, Key="owned")):
        assert acl["Owner"]["ID"]
        assert "FULL_CONTROL" in [grant["Permission"] for grant in acl["Grants"]]
