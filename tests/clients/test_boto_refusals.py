"""boto3 with the wrong proof gets nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore import UNSIGNED
from botocore.config import Config

from support.boto import Client, MakeClient, missing, refused
from support.sign import at
from support.target import Keys

UNKNOWN = Keys("dW5rbm93bg==", "0123456789abcdef0123456789abcdef")


@pytest.fixture(scope="module")
def stored(s3: Client, bucket: str) -> str:
    """The object that nobody of this story may see."""
    s3.put_object(Bucket=bucket, Key="closed", Body=b"closed")
    return bucket


def calls(client: Client, bucket: str) -> list[Callable[[], object]]:
    return [
        lambda: client.get_object(Bucket=bucket, Key="closed"),
        lambda: client.list_objects_v2(Bucket=bucket),
        lambda: client.list_buckets(),
        lambda: client.put_object(Bucket=bucket, Key="slipped-in", Body=b"x"),
        lambda: client.delete_object(Bucket=bucket, Key="closed"),
        lambda: client.create_bucket(Bucket=f"{bucket}-x"),
    ]


def all_refused(s3: Client, client: Client, bucket: str, code: str) -> None:
    for call in calls(client, bucket):
        with refused(403, code=code):
            call()
    with refused(403):  # the answer to a HEAD has no body that could hold a code
        client.head_object(Bucket=bucket, Key="closed")
    assert missing(s3, bucket, "slipped-in")
    assert not missing(s3, bucket, "closed")


def test_a_wrong_secret(s3: Client, make_client: MakeClient, keys: Keys, stored: str) -> None:
    wrong = replace(keys, secret_key=keys.secret_key[:-1] + ("0" if keys.secret_key[-1] != "0" else "1"))
    all_refused(s3, make_client(use=wrong), stored, "SignatureDoesNotMatch")


def test_an_unknown_key(s3: Client, make_client: MakeClient, stored: str) -> None:
    all_refused(s3, make_client(use=UNKNOWN), stored, "InvalidAccessKeyId")


def test_nobody(s3: Client, make_client: MakeClient, stored: str) -> None:
    all_refused(s3, make_client(Config(signature_version=UNSIGNED)), stored, "AccessDenied")


@pytest.mark.parametrize("hours", [-1, 1], ids=["an-hour-late", "an-hour-early"])
def test_a_wrong_clock(s3: Client, make_client: MakeClient, keys: Keys, stored: str, hours: int) -> None:
    client = make_client(Config(retries={"max_attempts": 0}), use=keys)
    with at(datetime.now(UTC) + timedelta(hours=hours)), refused(403, code="RequestTimeTooSkewed"):
        client.get_object(Bucket=stored, Key="closed")


def test_a_made_up_session_token(make_client: MakeClient, keys: Keys, stored: str) -> None:
    with refused(400, 403):
        made_up = replace(keys, session_token="made-up")
        make_client(use=made_up).get_object(Bucket=stored, Key="closed")
