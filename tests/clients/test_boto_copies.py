"""boto3 copies objects inside the store."""

from __future__ import annotations

from typing import Any

import pytest

from support.boto import Client, NewBucket, body_of, missing, refused
from support.data import KIB, MIB, content, md5

DATA = content(3 * KIB, 4)
SOURCE = "source of copies/ä+b c&d.bin"
METADATA = {"origin": "source"}


@pytest.fixture(scope="module")
def source(s3: Client, bucket: str) -> dict[str, str]:
    """The object all copies begin with."""
    s3.put_object(Bucket=bucket, Key=SOURCE, Body=DATA, ContentType="text/csv", Metadata=METADATA)
    return {"Bucket": bucket, "Key": SOURCE}


def described(s3: Client, bucket: str, key: str) -> tuple[str, dict[str, str]]:
    head = s3.head_object(Bucket=bucket, Key=key)
    return head["ContentType"], head["Metadata"]


def test_a_copy_in_the_same_bucket(s3: Client, bucket: str, source: dict[str, str]) -> None:
    copied = s3.copy_object(Bucket=bucket, Key="same bucket", CopySource=source)
    # Some stores leave out the quotes inside the XML.
    assert copied["CopyObjectResult"]["ETag"].strip('"') == md5(DATA)
    assert body_of(s3, bucket, "same bucket") == DATA
    assert described(s3, bucket, "same bucket") == ("text/csv", METADATA)


def test_a_copy_to_another_bucket(s3: Client, new_bucket: NewBucket, source: dict[str, str]) -> None:
    other = new_bucket()
    s3.copy_object(Bucket=other, Key="other bucket", CopySource=source)
    assert body_of(s3, other, "other bucket") == DATA
    assert described(s3, other, "other bucket") == ("text/csv", METADATA)


def test_a_source_written_as_a_string(s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="plain-source", Body=DATA)
    for number, written in enumerate([f"{bucket}/plain-source", f"/{bucket}/plain-source"]):
        s3.copy_object(Bucket=bucket, Key=f"written-{number}", CopySource=written)
        assert body_of(s3, bucket, f"written-{number}") == DATA


def test_a_copy_with_new_metadata(s3: Client, bucket: str, source: dict[str, str]) -> None:
    s3.copy_object(
        Bucket=bucket, Key="replaced", CopySource=source,
        MetadataDirective="REPLACE", Metadata={"new": "one"}, ContentType="text/html",
    )  # fmt: skip
    assert body_of(s3, bucket, "replaced") == DATA
    assert described(s3, bucket, "replaced") == ("text/html", {"new": "one"})


def test_a_copy_onto_itself_changes_its_metadata(s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="itself", Body=DATA, Metadata={"old": "one"})
    s3.copy_object(
        Bucket=bucket, Key="itself", CopySource={"Bucket": bucket, "Key": "itself"},
        MetadataDirective="REPLACE", Metadata={"new": "one"}, ContentType="text/html",
    )  # fmt: skip
    assert body_of(s3, bucket, "itself") == DATA
    assert described(s3, bucket, "itself")[1] == {"new": "one"}


@pytest.mark.needs("copies.onto-itself-refused")
def test_a_copy_onto_itself_that_changes_nothing_is_refused(s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="unchanged", Body=DATA)
    with refused(400, 409):
        s3.copy_object(Bucket=bucket, Key="unchanged", CopySource={"Bucket": bucket, "Key": "unchanged"})
    assert body_of(s3, bucket, "unchanged") == DATA


@pytest.mark.parametrize(
    "condition",
    [{"CopySourceIfMatch": '"other"'}, {"CopySourceIfNoneMatch": "the source's"}],
    ids=["if-match", "if-none-match"],
)
def test_a_copy_under_a_condition_that_fails(
    s3: Client, bucket: str, source: dict[str, str], condition: dict[str, Any]
) -> None:
    if "CopySourceIfNoneMatch" in condition:
        condition = {"CopySourceIfNoneMatch": s3.head_object(Bucket=bucket, Key=SOURCE)["ETag"]}
    with refused(412, code="PreconditionFailed"):
        s3.copy_object(Bucket=bucket, Key="conditional", CopySource=source, **condition)
    assert missing(s3, bucket, "conditional")


def test_a_copy_of_nothing_is_refused(s3: Client, bucket: str) -> None:
    with refused(404, code="NoSuchKey"):
        s3.copy_object(Bucket=bucket, Key="from-nothing", CopySource={"Bucket": bucket, "Key": "nothing"})
    assert missing(s3, bucket, "from-nothing")


def test_the_transfer_manager_copies_in_parts(s3: Client, bucket: str) -> None:
    data = content(12 * MIB, 5)
    s3.put_object(Bucket=bucket, Key="managed-source", Body=data)
    s3.copy({"Bucket": bucket, "Key": "managed-source"}, bucket, "managed-copy")
    assert body_of(s3, bucket, "managed-copy") == data
