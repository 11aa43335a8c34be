"""boto3 stores objects and gets the same bytes, type and metadata back."""

from __future__ import annotations

import io
from base64 import b64encode
from hashlib import md5 as md5_hash
from urllib.parse import quote, unquote

import pytest
from botocore.exceptions import ClientError

from support.boto import Client, body_of, missing, refused, status
from support.data import KIB, MIB, content, md5
from support.target import Target

SIZES = [0, 1, KIB, 5 * MIB + 1]


@pytest.mark.parametrize("size", SIZES)
def test_an_object_comes_back_as_it_went(s3: Client, bucket: str, size: int) -> None:
    key, data = f"size-{size}", content(size)
    put = s3.put_object(Bucket=bucket, Key=key, Body=data)
    head = s3.head_object(Bucket=bucket, Key=key)
    got = s3.get_object(Bucket=bucket, Key=key)
    assert got["Body"].read() == data
    assert put["ETag"] == head["ETag"] == got["ETag"] == f'"{md5(data)}"'
    assert head["ContentLength"] == got["ContentLength"] == size
    assert head["LastModified"] == got["LastModified"]


def test_a_file_object_is_streamed(s3: Client, bucket: str) -> None:
    data = content(3 * MIB)
    s3.put_object(Bucket=bucket, Key="from-file", Body=io.BytesIO(data))
    s3.upload_fileobj(io.BytesIO(data), bucket, "from-fileobj")
    assert body_of(s3, bucket, "from-file") == body_of(s3, bucket, "from-fileobj") == data


def test_a_deleted_object_is_gone(s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="deleted", Body=b"x")
    assert s3.delete_object(Bucket=bucket, Key="deleted")["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused(404, code="NoSuchKey"):
        s3.get_object(Bucket=bucket, Key="deleted")
    assert missing(s3, bucket, "deleted")


def test_deleting_what_is_not_there_succeeds(s3: Client, bucket: str) -> None:
    answer = s3.delete_object(Bucket=bucket, Key="never-there")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_a_missing_key_is_named_missing(s3: Client, bucket: str) -> None:
    with refused(404, code="NoSuchKey"):
        s3.get_object(Bucket=bucket, Key="never there/ä+b")
    assert missing(s3, bucket, "never there/ä+b")


@pytest.mark.parametrize("kind", ["text/plain; charset=utf-8", "application/vnd.apache.parquet", "image/png"])
def test_the_content_type_comes_back(s3: Client, bucket: str, kind: str) -> None:
    key = f"type-{quote(kind, safe='')}"
    s3.put_object(Bucket=bucket, Key=key, Body=b"x", ContentType=kind)
    assert s3.head_object(Bucket=bucket, Key=key)["ContentType"] == kind
    assert s3.get_object(Bucket=bucket, Key=key)["ContentType"] == kind


def test_user_metadata_comes_back(s3: Client, bucket: str) -> None:
    metadata = {
        "plain": "value",
        "with-spaces": "two  words, one comma",
        "unicode": quote("Göteborg 東京 🗺"),
        "signs": "a=b&c;d/e+f%20g\"h'",
        "long": "x" * 500,
    }
    s3.put_object(Bucket=bucket, Key="metadata", Body=b"x", Metadata=metadata)
    for read in (s3.head_object, s3.get_object):
        back = read(Bucket=bucket, Key="metadata")["Metadata"]
        # Inner runs of blanks are not kept by every HTTP library, and SigV4 folds them too.
        assert {name: " ".join(value.split()) for name, value in back.items()} == {
            name: " ".join(value.split()) for name, value in metadata.items()
        }
        assert unquote(back["unicode"]) == "Göteborg 東京 🗺"


def test_metadata_names_come_back_in_lower_case(s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="case", Body=b"x", Metadata={"camelcase": "Value"})
    assert s3.head_object(Bucket=bucket, Key="case")["Metadata"] == {"camelcase": "Value"}


@pytest.mark.needs("objects.http-headers")
def test_http_headers_are_stored(s3: Client, bucket: str) -> None:
    kept = {
        "CacheControl": "max-age=60",
        "ContentDisposition": 'attachment; filename="a b.txt"',
        "ContentLanguage": "sv",
    }
    s3.put_object(Bucket=bucket, Key="headers", Body=b"x", **kept)
    head = s3.head_object(Bucket=bucket, Key="headers")
    assert {name: head.get(name) for name in kept} == kept


def test_a_second_put_wins_or_is_refused_whole(s3: Client, bucket: str, target: Target) -> None:
    """HCP refuses to overwrite while versioning is off, unless the namespace allows it."""
    s3.put_object(Bucket=bucket, Key="twice", Body=b"first")
    expected = b"second"
    try:
        s3.put_object(Bucket=bucket, Key="twice", Body=b"second")
    except ClientError as error:
        assert target.hcp, error
        assert status(error) == 409, error
        expected = b"first"
    assert body_of(s3, bucket, "twice") == expected


def test_a_right_content_md5_is_taken(s3: Client, bucket: str) -> None:
    digest = b64encode(md5_hash(b"checked", usedforsecurity=False).digest()).decode()
    s3.put_object(Bucket=bucket, Key="md5", Body=b"checked", ContentMD5=digest)
    assert body_of(s3, bucket, "md5") == b"checked"


def test_a_wrong_content_md5_is_refused(s3: Client, bucket: str) -> None:
    digest = b64encode(md5_hash(b"other", usedforsecurity=False).digest()).decode()
    with refused(400, code="BadDigest"):
        s3.put_object(Bucket=bucket, Key="bad-md5", Body=b"checked", ContentMD5=digest)
    assert missing(s3, bucket, "bad-md5")


@pytest.mark.needs("objects.conditional-put")
def test_put_if_absent(s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="if-absent", Body=b"first", IfNoneMatch="*")
    with refused(412, code="PreconditionFailed"):
        s3.put_object(Bucket=bucket, Key="if-absent", Body=b"second", IfNoneMatch="*")
    assert body_of(s3, bucket, "if-absent") == b"first"
