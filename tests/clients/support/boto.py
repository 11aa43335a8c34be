"""boto3 clients with nothing but their defaults, and what the stories ask of their errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from support.target import Keys, Target

REGION = "us-east-1"

# boto3 makes its client classes at run time, so there is no better name for them.
Client: TypeAlias = Any
MakeClient: TypeAlias = Callable[..., Client]
NewBucket: TypeAlias = Callable[[], str]


def client(target: Target, keys: Keys, config: Config | None = None, endpoint: str = "") -> Client:
    """An S3 client as a user of the house writes it: endpoint, keys, token, region."""
    # A session of its own: the default one is not safe to share between threads.
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint or target.s3,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        aws_session_token=keys.session_token or None,
        region_name=REGION,
        verify=target.ca or None,
        config=config,
    )


def status(error: ClientError) -> int:
    """The HTTP status behind an error of boto3."""
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


@contextmanager
def refused(*statuses: int, code: str | None = None) -> Iterator[None]:
    """The block must end in an S3 error of one of these statuses and, if given, this code."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value
    assert status(error) in statuses, error
    if code is not None:
        assert error.response["Error"]["Code"] == code, error


TOKEN_ERRORS = frozenset({"InvalidToken", "ExpiredToken"})


@contextmanager
def token_refused() -> Iterator[None]:
    """The block must end in a refusal of the proof; AWS answers a bad token with 400."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value
    bad_token = status(error) == 400 and error.response["Error"]["Code"] in TOKEN_ERRORS
    assert bad_token or status(error) in {401, 403}, error


def missing(s3: Client, bucket: str, key: str) -> bool:
    """Whether no object of that name is there."""
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        assert status(error) == 404, error
        return True
    return False


def keys_of(s3: Client, bucket: str, prefix: str = "") -> list[str]:
    """Every key of a bucket in the order of the listing."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def body_of(s3: Client, bucket: str, key: str, **more: Any) -> bytes:
    """The content of an object."""
    return bytes(s3.get_object(Bucket=bucket, Key=key, **more)["Body"].read())


def _versions(s3: Client, bucket: str) -> Iterator[tuple[str, str]]:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            yield entry["Key"], entry["VersionId"]


def purge(s3: Client, bucket: str) -> None:
    """Removes a bucket and all in it as far as the store lets us; never fails a test."""
    tries = suppress(ClientError, BotoCoreError)
    with tries:
        for upload in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    with tries:
        # Deepest first: HCP refuses to delete a folder that holds something.
        for key in sorted(keys_of(s3, bucket), reverse=True):
            s3.delete_object(Bucket=bucket, Key=key)
    with tries:
        s3.delete_bucket(Bucket=bucket)
        return
    with tries:
        for key, version in list(_versions(s3, bucket)):
            s3.delete_object(Bucket=bucket, Key=key, VersionId=version)
        s3.delete_bucket(Bucket=bucket)
