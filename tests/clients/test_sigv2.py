"""Clients that were configured when Signature Version 2 was all there was, and were left alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
import requests
from botocore.config import Config

from support.boto import Client, MakeClient, body_of, keys_of, missing, refused
from support.data import MIB, content, md5, md5_of_file, write_file
from support.odd import PLAIN
from support.programs import Program, rclone, s3cmd
from support.target import Keys, Target

TIMEOUT = 30
HOUR = 3600

pytestmark = pytest.mark.needs("sigv2")
# "s3" signs in a header, "s3-query" in the query of every request.
signers = pytest.mark.parametrize("old", ["s3", "s3-query"], indirect=True)
in_header = pytest.mark.parametrize("old", ["s3"], indirect=True)


def config(version: str) -> Config:
    """With `s3-query`, today's boto3 sends a framed body that nothing announces, unless told not to."""
    return Config(signature_version=version, request_checksum_calculation="when_required")


@pytest.fixture(scope="module")
def old(make_client: MakeClient, request: pytest.FixtureRequest) -> Client:
    """boto3 with one of the old signers."""
    return make_client(config(request.param))


@contextmanager
def clock_off_by(seconds: int) -> Iterator[None]:
    """Signatures of version 2 made inside the block carry another time."""
    from botocore import auth

    now, real = time.time() + seconds, auth.formatdate
    with (
        patch("botocore.auth.time.time", lambda: now),
        patch("botocore.auth.formatdate", lambda **more: real(now, **more)),
    ):
        yield


@signers
@pytest.mark.parametrize("size", [0, 1024, 9 * MIB])
def test_a_file_is_written_read_overwritten_and_deleted(
    old: Client, s3: Client, bucket: str, tmp_path: Path, size: int
) -> None:
    key = f"boto/size {size} ä+b"
    for seed in (1, 2):
        digest = write_file(tmp_path / "up", size, seed)
        old.upload_file(str(tmp_path / "up"), bucket, key)
        old.download_file(bucket, key, str(tmp_path / "down"))
        assert md5_of_file(tmp_path / "down") == md5(body_of(s3, bucket, key)) == digest
    old.delete_object(Bucket=bucket, Key=key)
    assert missing(s3, bucket, key)


@signers
def test_what_the_query_says_is_signed_or_left_out(old: Client, s3: Client, bucket: str) -> None:
    """Of the query only a list of names is signed: prefixes are not, uploads are."""
    s3.put_object(Bucket=bucket, Key="asked/a b+c", Body=b"0123456789")
    assert keys_of(old, bucket, "asked/a b+") == ["asked/a b+c"]
    assert old.get_object(Bucket=bucket, Key="asked/a b+c", Range="bytes=2-4")["Body"].read() == b"234"
    old.get_bucket_versioning(Bucket=bucket)
    old.get_bucket_acl(Bucket=bucket)
    assert old.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []
    listed = old.list_object_versions(Bucket=bucket, Prefix="asked/a")["Versions"]
    assert [entry["Key"] for entry in listed] == ["asked/a b+c"]


@in_header
def test_headers_are_signed(old: Client, s3: Client, bucket: str) -> None:
    kept = {"Metadata": {"note": "kept", "other": "a  b"}, "ContentType": "text/x-own"}
    old.put_object(Bucket=bucket, Key="described", Body=b"x", **kept)
    head = s3.head_object(Bucket=bucket, Key="described")
    assert (head["Metadata"], head["ContentType"]) == (kept["Metadata"], "text/x-own")
    old.copy_object(Bucket=bucket, Key="copied", CopySource={"Bucket": bucket, "Key": "described"})
    assert body_of(s3, bucket, "copied") == b"x"
    named = [{"Key": "copied"}, {"Key": "described"}]
    assert "Errors" not in old.delete_objects(Bucket=bucket, Delete={"Objects": named})
    assert missing(s3, bucket, "described")


@signers
def test_odd_names(old: Client, s3: Client, bucket: str) -> None:
    for key in (f"odd/{key}" for key in PLAIN):
        old.put_object(Bucket=bucket, Key=key, Body=key.encode())
        assert body_of(old, bucket, key) == body_of(s3, bucket, key) == key.encode()


@signers
def test_a_wrong_secret_is_refused(
    old: Client, make_client: MakeClient, s3: Client, keys: Keys, bucket: str
) -> None:
    wrong = Keys(keys.access_key, "0" * 32, keys.session_token)
    client = make_client(config(old.meta.config.signature_version), use=wrong)
    with refused(403, code="SignatureDoesNotMatch"):
        client.list_objects_v2(Bucket=bucket)
    with refused(403, code="SignatureDoesNotMatch"):
        client.put_object(Bucket=bucket, Key="slipped-in", Body=b"x")
    assert missing(s3, bucket, "slipped-in")


@in_header
@pytest.mark.parametrize("seconds", [-HOUR, HOUR])
def test_a_clock_that_is_wrong_is_refused(old: Client, s3: Client, bucket: str, seconds: int) -> None:
    with clock_off_by(seconds), refused(403, code="RequestTimeTooSkewed"):
        old.put_object(Bucket=bucket, Key="off", Body=b"x")
    assert missing(s3, bucket, "off")


@pytest.fixture
def link(make_client: MakeClient, s3: Client, bucket: str) -> str:
    """What boto3 presigns when nobody tells it how."""
    s3.put_object(Bucket=bucket, Key="linked ä+", Body=b"linked")
    params = {"Bucket": bucket, "Key": "linked ä+"}
    url = str(make_client().generate_presigned_url("get_object", Params=params))
    assert "AWSAccessKeyId=" in url
    return url


def test_a_link_opens_one_object_by_one_method(link: str, target: Target, s3: Client, bucket: str) -> None:
    def ask(method: str, url: str) -> int:
        return requests.request(method, url, data=b"", timeout=TIMEOUT, verify=target.verify).status_code

    s3.put_object(Bucket=bucket, Key="linked too", Body=b"closed")
    assert requests.get(link, timeout=TIMEOUT, verify=target.verify).content == b"linked"
    assert ask("GET", link.replace("linked%20%C3%A4%2B", "linked%20too")) == 403
    assert ask("GET", link + "&versionId=1") == 403
    assert ask("PUT", link) == ask("DELETE", link) == 403
    longer = link.replace("Expires=1", "Expires=2")
    assert longer != link
    assert ask("GET", longer) == 403
    assert body_of(s3, bucket, "linked ä+") == b"linked"


def test_an_expired_link_is_refused(make_client: MakeClient, target: Target, s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="late", Body=b"closed")
    with clock_off_by(-2 * HOUR):
        params = {"Bucket": bucket, "Key": "late"}
        late = make_client().generate_presigned_url("get_object", Params=params)
        fresh = make_client().generate_presigned_url("get_object", Params=params, ExpiresIn=3 * HOUR)
    answer = requests.get(late, timeout=TIMEOUT, verify=target.verify)
    assert (answer.status_code, b"closed" in answer.content) == (403, False)
    assert requests.get(fresh, timeout=TIMEOUT, verify=target.verify).content == b"closed"


def _round(cli: Program, s3: Client, bucket: str, put: list[str], get: list[str], folder: Path) -> None:
    digest = write_file(folder / "up", 6 * MIB)
    cli(*put)
    cli(*get)
    assert md5_of_file(folder / "down") == digest
    assert md5(body_of(s3, bucket, "one file ä+b")) == digest


def test_s3cmd(target: Target, keys: Keys, s3: Client, bucket: str, tmp_path: Path) -> None:
    cli = s3cmd(target, keys, tmp_path, signature_v2=True)
    url = f"s3://{bucket}/one file ä+b"
    parts = "--multipart-chunk-size-mb=5"
    _round(cli, s3, bucket, ["put", parts, "up", url], ["get", url, "down"], tmp_path)
    assert url in cli("ls", f"s3://{bucket}/one").text
    cli("del", url)
    assert missing(s3, bucket, "one file ä+b")
    wrong = s3cmd(target, Keys(keys.access_key, "0" * 32, keys.session_token), tmp_path, signature_v2=True)
    assert "SignatureDoesNotMatch" in wrong.attempt("ls", f"s3://{bucket}").err


def test_rclone(target: Target, keys: Keys, s3: Client, bucket: str, tmp_path: Path) -> None:
    if keys.session_token:
        pytest.skip("rclone's signer of version 2 leaves the session token out")
    cli = rclone(target, keys, tmp_path)
    url = f"s3:{bucket}/one file ä+b"
    v2 = ["--s3-v2-auth", "--s3-upload-cutoff", "5Mi", "--s3-chunk-size", "5Mi"]
    _round(cli, s3, bucket, ["copyto", *v2, "up", url], ["copyto", *v2, url, "down"], tmp_path)
    assert "one file ä+b" in cli("lsf", *v2, f"s3:{bucket}").lines
    cli("deletefile", *v2, url)
    assert missing(s3, bucket, "one file ä+b")


def test_a_large_document_is_deleted_with_one_list(make_client: MakeClient, s3: Client, bucket: str) -> None:
    old = make_client(Config(signature_version="s3"))
    keys = [f"many/{number} &<ü>" for number in range(40)]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=content(1))
    old.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True})
    assert [key for key in keys_of(s3, bucket, "many/") if key[-1] != "/"] == []
