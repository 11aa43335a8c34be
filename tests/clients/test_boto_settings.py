"""boto3 changes a bucket's settings: requests whose body is XML and must carry a digest."""

from __future__ import annotations

import pytest
import requests
from botocore.config import Config

from support.boto import Client, MakeClient, NewBucket, body_of, refused
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


def preflight(target: Target, url: str, origin: str = ORIGIN, host: str = "") -> requests.Response:
    """What a browser asks before it sends a PUT; nothing in it is signed."""
    headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"} | ({"Host": host} if host else {})
    return requests.options(url, headers=headers, timeout=TIMEOUT, verify=target.verify)


def allows(answer: requests.Response) -> bool:
    headers = answer.headers
    methods = headers.get("Access-Control-Allow-Methods", "")
    allowed = headers.get("Access-Control-Allow-Origin") == ORIGIN and "PUT" in methods
    return allowed and answer.status_code in {200, 204}


def test_a_browser_may_ask_first(target: Target, shared: str) -> None:
    """On HCP the host must say which tenant's bucket is meant."""
    host = f"{target.domain}:{target.port}" if target.hcp else ""
    if target.hcp and not target.domain:
        pytest.skip("PORTICO_DOMAIN is not set")
    url = f"{target.s3}/{shared}/from-a-browser"
    assert allows(preflight(target, url, host=host))
    other = preflight(target, url, "https://other.example", host)
    assert "Access-Control-Allow-Origin" not in other.headers


def test_a_browser_may_ask_before_it_follows_a_link(
    make_client: MakeClient, s3: Client, target: Target, shared: str
) -> None:
    """A link with a session token names the tenant, whatever the host; see it through to the PUT."""
    signer = make_client(Config(signature_version="s3v4"))
    url = signer.generate_presigned_url("put_object", Params={"Bucket": shared, "Key": "from-a-browser"})
    assert allows(preflight(target, url))
    put = requests.put(
        url, data=b"from a browser", headers={"Origin": ORIGIN}, timeout=TIMEOUT, verify=target.verify
    )
    assert (put.status_code, put.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    assert body_of(s3, shared, "from-a-browser") == b"from a browser"


def test_an_owner_reads_the_acl(s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="owned", Body=b"x")
    for acl in (s3.get_bucket_acl(Bucket=bucket), s3.get_object_acl(Bucket=bucket, Key="owned")):
        assert acl["Owner"]["ID"]
        assert "FULL_CONTROL" in [grant["Permission"] for grant in acl["Grants"]]
