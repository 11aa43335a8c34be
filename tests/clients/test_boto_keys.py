"""boto3 uses odd object names for every operation."""

from __future__ import annotations

import pytest

from support.boto import Client, NewBucket, body_of, keys_of, missing
from support.odd import ODD_KEYS
from support.target import Target


@pytest.mark.parametrize("key", ODD_KEYS)
def test_an_odd_key_lives_from_put_to_delete(s3: Client, bucket: str, key: str) -> None:
    data = key.encode()
    s3.put_object(Bucket=bucket, Key=key, Body=data)
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(data)
    assert body_of(s3, bucket, key) == data
    assert key in keys_of(s3, bucket, prefix=key)
    s3.delete_object(Bucket=bucket, Key=key)
    assert missing(s3, bucket, key)


@pytest.mark.parametrize("key", ODD_KEYS)
def test_an_odd_key_is_copied(s3: Client, bucket: str, key: str) -> None:
    source, copy = f"sources/{key}", f"copies/{key}"
    s3.put_object(Bucket=bucket, Key=source, Body=key.encode())
    s3.copy_object(Bucket=bucket, Key=copy, CopySource={"Bucket": bucket, "Key": source})
    assert body_of(s3, bucket, copy) == key.encode()


@pytest.mark.needs("bulk-delete.without-md5")
@pytest.mark.parametrize("key", ODD_KEYS)
def test_an_odd_key_is_deleted_in_bulk(s3: Client, bucket: str, key: str) -> None:
    named = f"bulk/{key}"
    s3.put_object(Bucket=bucket, Key=named, Body=b"x")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": named}]})
    assert [entry["Key"] for entry in answer["Deleted"]] == [named]
    assert missing(s3, bucket, named)


@pytest.mark.needs("keys.dots")
@pytest.mark.parametrize("key", ["..", "..."])
def test_a_key_of_nothing_but_dots(s3: Client, new_bucket: NewBucket, key: str) -> None:
    """`/bucket/..` must not become `/`, which would make a PUT of the object one of nothing."""
    bucket = new_bucket()
    s3.put_object(Bucket=bucket, Key=key, Body=b"dots")
    assert body_of(s3, bucket, key) == b"dots"
    s3.delete_object(Bucket=bucket, Key=key)
    assert missing(s3, bucket, key)


def test_the_two_unicode_forms_are_two_objects(s3: Client, bucket: str) -> None:
    composed, decomposed = "forms/\u00e9", "forms/e\u0301"
    for key in (composed, decomposed):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in (composed, decomposed):
        assert body_of(s3, bucket, key) == key.encode()
    assert {composed, decomposed} <= set(keys_of(s3, bucket, "forms/"))


def test_encoded_and_plain_names_are_different_objects(s3: Client, bucket: str) -> None:
    names = ["same/a b", "same/a+b", "same/a%20b", "same/a%2520b"]
    for key in names:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in names:
        assert body_of(s3, bucket, key) == key.encode()


def test_letter_case_matters(s3: Client, bucket: str) -> None:
    for key in ("case/Key", "case/key"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert body_of(s3, bucket, "case/Key") == b"case/Key"


def test_a_folder_is_made_by_a_trailing_slash(s3: Client, bucket: str, target: Target) -> None:
    s3.put_object(Bucket=bucket, Key="made folder/", Body=b"")
    assert s3.head_object(Bucket=bucket, Key="made folder/")["ContentLength"] == 0
    assert "made folder/" in keys_of(s3, bucket, "made folder/")
    if not target.hcp:  # HCP answers 404 to a GET of a folder
        assert body_of(s3, bucket, "made folder/") == b""
    s3.put_object(Bucket=bucket, Key="made folder/inside", Body=b"x")
    assert body_of(s3, bucket, "made folder/inside") == b"x"
