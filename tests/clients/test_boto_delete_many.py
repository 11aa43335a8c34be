"""boto3 deletes many objects with one request."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.boto import Client, keys_of, missing
from support.odd import PLAIN

pytestmark = pytest.mark.needs("bulk-delete.without-md5")
COUNT = 1000


def put_all(s3: Client, bucket: str, keys: list[str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b"x"), keys))


def objects(keys: list[str]) -> list[dict[str, str]]:
    return [{"Key": key} for key in keys]


def test_a_thousand_keys_in_one_request(s3: Client, bucket: str) -> None:
    keys = [f"many/{number:04} & more" for number in range(COUNT)]
    put_all(s3, bucket, keys)
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects(keys)})
    assert not answer.get("Errors")
    assert sorted(entry["Key"] for entry in answer["Deleted"]) == keys
    assert not [key for key in keys_of(s3, bucket, "many/") if key != "many/"]


def test_odd_keys_together(s3: Client, bucket: str) -> None:
    keys = [f"odd/{key}" for key in PLAIN]
    put_all(s3, bucket, keys)
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects(keys)})
    assert not answer.get("Errors")
    assert {entry["Key"] for entry in answer["Deleted"]} == set(keys)
    assert not [key for key in keys_of(s3, bucket, "odd/") if not key.endswith("/")]


def test_quiet_says_nothing_of_success(s3: Client, bucket: str) -> None:
    put_all(s3, bucket, ["quiet"])
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects(["quiet"]), "Quiet": True})
    assert not answer.get("Deleted")
    assert not answer.get("Errors")
    assert missing(s3, bucket, "quiet")


def test_what_is_not_there_counts_as_deleted(s3: Client, bucket: str) -> None:
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects(["never-there"])})
    assert [entry["Key"] for entry in answer["Deleted"]] == ["never-there"]
    assert not answer.get("Errors")


def test_only_the_named_are_deleted(s3: Client, bucket: str) -> None:
    put_all(s3, bucket, ["one/a", "one/b", "one/a "])
    s3.delete_objects(Bucket=bucket, Delete={"Objects": objects(["one/a"])})
    assert missing(s3, bucket, "one/a")
    assert not missing(s3, bucket, "one/b")
    assert not missing(s3, bucket, "one/a ")
