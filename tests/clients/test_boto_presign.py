"""boto3 signs URLs that plain HTTP clients use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from botocore.config import Config

from support.boto import Client, MakeClient, body_of, missing
from support.data import KIB, content
from support.sign import at
from support.target import Target

DATA = content(4 * KIB, 6)
KEY = "presigned/ä b+c&d=e.txt"
TIMEOUT = 30


@pytest.fixture(scope="module")
def signer(make_client: MakeClient) -> Client:
    """A client that presigns with SigV4."""
    return make_client(Config(signature_version="s3v4"))


@pytest.fixture(scope="module")
def http(target: Target) -> requests.Session:
    """A client that knows nothing of S3."""
    session = requests.Session()
    session.verify = target.verify
    session.trust_env = False
    return session


@pytest.fixture(scope="module")
def stored(s3: Client, bucket: str) -> dict[str, str]:
    """The object that the GET links of this story point at."""
    s3.put_object(Bucket=bucket, Key=KEY, Body=DATA, ContentType="text/plain")
    return {"Bucket": bucket, "Key": KEY}


def sign(signer: Client, method: str, params: dict[str, Any], seconds: int = 300) -> str:
    return str(signer.generate_presigned_url(method, Params=params, ExpiresIn=seconds))


def code(answer: requests.Response) -> tuple[int, bool]:
    """The status, and whether the content leaked."""
    return answer.status_code, DATA in answer.content


def test_a_link_reads(signer: Client, http: requests.Session, stored: dict[str, str]) -> None:
    got = http.get(sign(signer, "get_object", stored), timeout=TIMEOUT)
    assert (got.status_code, got.content) == (200, DATA)
    assert got.headers["Content-Type"] == "text/plain"


def test_a_link_reads_a_range(signer: Client, http: requests.Session, stored: dict[str, str]) -> None:
    got = http.get(sign(signer, "get_object", stored), headers={"Range": "bytes=10-19"}, timeout=TIMEOUT)
    assert (got.status_code, got.content) == (206, DATA[10:20])


def test_a_link_asks_for_the_head(signer: Client, http: requests.Session, stored: dict[str, str]) -> None:
    got = http.head(sign(signer, "head_object", stored), timeout=TIMEOUT)
    assert (got.status_code, got.headers["Content-Length"]) == (200, str(len(DATA)))


def test_a_link_lists(signer: Client, http: requests.Session, stored: dict[str, str]) -> None:
    url = sign(signer, "list_objects_v2", {"Bucket": stored["Bucket"], "Prefix": "presigned/ä b+c&d"})
    got = http.get(url, timeout=TIMEOUT)
    assert got.status_code == 200
    assert "<KeyCount>1</KeyCount>" in got.text


def test_a_link_writes(s3: Client, signer: Client, http: requests.Session, bucket: str) -> None:
    url = sign(signer, "put_object", {"Bucket": bucket, "Key": "written/ö"})
    assert http.put(url, data=DATA, timeout=TIMEOUT).status_code == 200
    assert body_of(s3, bucket, "written/ö") == DATA


def test_a_link_writes_a_signed_content_type(
    s3: Client, signer: Client, http: requests.Session, bucket: str
) -> None:
    params = {"Bucket": bucket, "Key": "typed", "ContentType": "text/css"}
    url = sign(signer, "put_object", params)
    wrong = http.put(url, data=DATA, headers={"Content-Type": "text/html"}, timeout=TIMEOUT)
    assert wrong.status_code == 403
    assert missing(s3, bucket, "typed")
    assert http.put(url, data=DATA, headers={"Content-Type": "text/css"}, timeout=TIMEOUT).status_code == 200
    assert s3.head_object(Bucket=bucket, Key="typed")["ContentType"] == "text/css"


def test_links_upload_parts(s3: Client, signer: Client, http: requests.Session, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="in parts")["UploadId"]
    params = {"Bucket": bucket, "Key": "in parts", "UploadId": upload, "PartNumber": 1}
    put = http.put(sign(signer, "upload_part", params), data=DATA, timeout=TIMEOUT)
    assert put.status_code == 200
    parts = {"Parts": [{"PartNumber": 1, "ETag": put.headers["ETag"]}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="in parts", UploadId=upload, MultipartUpload=parts)
    assert body_of(s3, bucket, "in parts") == DATA


@pytest.mark.needs("presign.response-headers")
def test_a_link_sets_response_headers(signer: Client, http: requests.Session, stored: dict[str, str]) -> None:
    disposition = 'attachment; filename="a b.txt"'
    url = sign(signer, "get_object", {**stored, "ResponseContentDisposition": disposition})
    assert http.get(url, timeout=TIMEOUT).headers["Content-Disposition"] == disposition


def test_an_expired_link_is_refused(signer: Client, http: requests.Session, stored: dict[str, str]) -> None:
    with at(datetime.now(UTC) - timedelta(hours=1)):
        late = sign(signer, "get_object", stored, seconds=3599 - 60)
        fresh = sign(signer, "get_object", stored, seconds=3600 + 600)
    assert code(http.get(late, timeout=TIMEOUT)) == (403, False)
    assert code(http.get(fresh, timeout=TIMEOUT)) == (200, True)


@pytest.mark.needs("presign.future-refused")
def test_a_link_of_tomorrow_is_refused(
    signer: Client, http: requests.Session, stored: dict[str, str]
) -> None:
    with at(datetime.now(UTC) + timedelta(days=1)):
        url = sign(signer, "get_object", stored)
    assert code(http.get(url, timeout=TIMEOUT)) == (403, False)


@pytest.mark.needs("presign.week")
def test_a_link_for_more_than_a_week_is_refused(
    signer: Client, http: requests.Session, stored: dict[str, str]
) -> None:
    status, leaked = code(http.get(sign(signer, "get_object", stored, seconds=604_801), timeout=TIMEOUT))
    assert status in {400, 403}
    assert not leaked


def test_a_link_opens_one_object_by_one_method(
    s3: Client, signer: Client, http: requests.Session, stored: dict[str, str], bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key="presigned/next", Body=DATA)
    url = sign(signer, "get_object", {"Bucket": bucket, "Key": "presigned/one"})
    assert code(http.get(url.replace("presigned/one", "presigned/next"), timeout=TIMEOUT)) == (403, False)
    mine = sign(signer, "get_object", {"Bucket": bucket, "Key": "presigned/next"})
    assert code(http.get(mine + "&versionId=1", timeout=TIMEOUT)) == (403, False)
    assert http.put(mine, data=b"other", timeout=TIMEOUT).status_code == 403
    assert http.delete(mine, timeout=TIMEOUT).status_code == 403
    assert body_of(s3, bucket, "presigned/next") == DATA


@pytest.mark.parametrize("parameter", ["X-Amz-Signature", "X-Amz-Expires", "X-Amz-Date", "X-Amz-Credential"])
def test_a_link_without_one_of_its_parameters_is_refused(
    signer: Client, http: requests.Session, stored: dict[str, str], parameter: str
) -> None:
    head, _, query = sign(signer, "get_object", stored).partition("?")
    rest = "&".join(part for part in query.split("&") if not part.startswith(f"{parameter}="))
    status, leaked = code(http.get(f"{head}?{rest}", timeout=TIMEOUT))
    assert status in {400, 403}
    assert not leaked
