"""A browser on a page of another origin uploads and downloads by links, as CORS rules allow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest
from botocore.config import Config

from support import rest
from support.boto import Client, MakeClient, body_of, missing
from support.browser import Origin, Seen, Step, another_origin, visit
from support.data import MIB, content
from support.target import Target

DATA = content(MIB + 1, 7)
DIGEST = sha256(DATA).hexdigest()
BINARY = (("Content-Type", "application/octet-stream"),)

Link: TypeAlias = Callable[..., str]
Open: TypeAlias = Callable[[list[Step]], list[Seen]]


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    """The page that the bucket's rules allow."""
    with another_origin(DATA) as origin:
        yield origin


@pytest.fixture(scope="module", autouse=True)
def _rules(s3: Client, bucket: str, origin: Origin) -> None:
    rule = {
        "AllowedOrigins": [origin.url],
        "AllowedMethods": ["GET", "PUT"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 60,
    }
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})


@pytest.fixture(scope="module")
def link(make_client: MakeClient, bucket: str) -> Link:
    """Signs links with SigV4, as the page's own server would."""
    signer = make_client(Config(signature_version="s3v4"))

    def link(method: str, key: str, **more: Any) -> str:
        return str(signer.generate_presigned_url(method, Params={"Bucket": bucket, "Key": key, **more}))

    return link


@pytest.fixture
def page(target: Target, origin: Origin, tmp_path: Path) -> Open:
    """The page in a fresh browser, which remembers no preflight."""
    return lambda steps: visit(target, origin, steps, tmp_path)


def preflights(target: Target, path: str) -> int:
    """How many preflights for a path the door has answered, by its own log."""
    lines = Path(target.log).read_text(errors="replace").splitlines()
    events = [json.loads(line) for line in lines if '"OPTIONS"' in line]
    return len([event for event in events if event.get("path") == path])


def test_a_page_uploads_and_downloads(
    page: Open, link: Link, s3: Client, target: Target, bucket: str
) -> None:
    put, got, part = page(
        [
            Step("PUT", link("put_object", "by-page"), send=True, headers=BINARY),
            Step("GET", link("get_object", "by-page")),
            Step("GET", link("get_object", "by-page"), headers=(("Range", "bytes=10-19"),)),
        ]
    )
    assert (put.status, put.headers.get("etag")) == (
        200,
        s3.head_object(Bucket=bucket, Key="by-page")["ETag"],
    )
    assert (got.status, got.sha256) == (200, DIGEST), got
    assert (part.status, part.sha256) == (206, sha256(DATA[10:20]).hexdigest()), part
    assert sha256(body_of(s3, bucket, "by-page")).hexdigest() == DIGEST
    if target.log:
        assert preflights(target, f"/{bucket}/by-page") == 1


def test_a_page_follows_links_that_portico_made(
    page: Open, target: Target, bearer: str, s3: Client, bucket: str
) -> None:
    """The page's own server needs no S3 library, and the links hold no session."""
    names = {"bucket": bucket, "key": "by-portico"}
    put, get = (
        rest.post(target, "/presign", bearer, {**names, "method": method}).json()["url"]
        for method in ("put_object", "get_object")
    )
    if urlsplit(put).scheme != target.address.scheme:
        pytest.skip("Portico names its public address, which has TLS, and this door has none")
    sent, got = page([Step("PUT", put, send=True, headers=BINARY), Step("GET", get)])
    assert (sent.status, got.status, got.sha256) == (200, 200, DIGEST)
    assert sha256(body_of(s3, bucket, "by-portico")).hexdigest() == DIGEST


def test_a_page_uploads_parts(page: Open, link: Link, s3: Client, bucket: str) -> None:
    """The page must be able to read the parts' tags, or nobody could put the parts together."""
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts ä+")["UploadId"]
    url = link("upload_part", "parts ä+", UploadId=upload, PartNumber=1)
    (put,) = page([Step("PUT", url, send=True)])
    assert put.status == 200, put
    parts = [{"PartNumber": 1, "ETag": put.headers["etag"]}]
    s3.complete_multipart_upload(
        Bucket=bucket, Key="parts ä+", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    assert sha256(body_of(s3, bucket, "parts ä+")).hexdigest() == DIGEST


def test_a_method_without_a_rule_is_kept_from_the_page(
    page: Open, link: Link, s3: Client, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key="kept", Body=b"kept")
    (gone,) = page([Step("DELETE", link("delete_object", "kept"))])
    assert gone.status == 0
    assert body_of(s3, bucket, "kept") == b"kept"


def test_a_page_without_a_rule_gets_nothing(
    target: Target, link: Link, s3: Client, bucket: str, tmp_path: Path
) -> None:
    s3.put_object(Bucket=bucket, Key="closed", Body=b"closed")
    with another_origin(DATA) as stranger:
        steps = [
            Step("GET", link("get_object", "closed")),
            Step("PUT", link("put_object", "slipped-in"), send=True, headers=BINARY),
        ]
        seen = visit(target, stranger, steps, tmp_path)
    assert [one.status for one in seen] == [0, 0]
    assert missing(s3, bucket, "slipped-in")
