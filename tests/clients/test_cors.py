"""A preflight comes without any proof, so all that it may tell is what the bucket's rules say."""

from __future__ import annotations

import pytest
import requests
from botocore.config import Config

from support.boto import Client, MakeClient
from support.target import Target

TIMEOUT = 30
ORIGIN = "https://front-end.example"
ALLOWED = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}
RULE = {
    "AllowedOrigins": [ORIGIN],
    "AllowedMethods": ["GET", "PUT"],
    "AllowedHeaders": ["*"],
    "ExposeHeaders": ["ETag"],
}


@pytest.fixture(scope="module", autouse=True)
def _rules(s3: Client, bucket: str) -> None:
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [RULE]})
    s3.put_object(Bucket=bucket, Key="one", Body=b"closed")


@pytest.fixture
def link(make_client: MakeClient, bucket: str) -> str:
    """A link for writing, which is what a browser asks about."""
    signer = make_client(Config(signature_version="s3v4"))
    return str(signer.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "one"}))


def ask(target: Target, url: str, **headers: str) -> requests.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.options(url, headers=ALLOWED | names, timeout=TIMEOUT, verify=target.verify)


def test_a_preflight_of_a_link_is_answered_by_the_rules(target: Target, link: str) -> None:
    answer = ask(target, link, Access_Control_Request_Headers="content-type, x-amz-meta-note")
    assert answer.status_code in {200, 204}
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
    assert "x-amz-meta-note" in answer.headers["Access-Control-Allow-Headers"].lower()
    assert b"closed" not in answer.content


def test_what_no_rule_allows_is_not_allowed(target: Target, link: str) -> None:
    """Some stores say 403, some say 200 and name nothing: to a browser both mean no."""
    stranger = ask(target, link, Origin="https://stranger.example")
    assert "Access-Control-Allow-Origin" not in stranger.headers
    method = ask(target, link, Access_Control_Request_Method="DELETE")
    assert "DELETE" not in method.headers.get("Access-Control-Allow-Methods", "")


def test_the_answer_itself_names_the_origin(s3: Client, target: Target, link: str) -> None:
    """A browser looks again at the answer to the request that the preflight asked about."""
    answer = requests.put(
        link, data=b"new", headers={"Origin": ORIGIN}, timeout=TIMEOUT, verify=target.verify
    )
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    assert "etag" in answer.headers["Access-Control-Expose-Headers"].lower()


def test_a_preflight_opens_nothing(target: Target, s3: Client, link: str, bucket: str) -> None:
    """Its link may be good: a preflight neither writes nor reads."""
    s3.put_object(Bucket=bucket, Key="one", Body=b"closed")
    answer = requests.options(
        link, data=b"slipped in", headers=ALLOWED, timeout=TIMEOUT, verify=target.verify
    )
    assert b"closed" not in answer.content
    assert s3.get_object(Bucket=bucket, Key="one")["Body"].read() == b"closed"
