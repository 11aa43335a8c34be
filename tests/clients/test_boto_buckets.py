"""boto3 makes, finds and removes buckets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from support.boto import REGION, Client, NewBucket, refused, status
from support.names import unique_name


def test_a_bucket_lives_from_create_to_delete(s3: Client) -> None:
    name = unique_name("life")
    s3.create_bucket(Bucket=name)
    assert s3.head_bucket(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert name in [entry["Name"] for entry in s3.list_buckets()["Buckets"]]
    assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0
    s3.delete_bucket(Bucket=name)
    with refused(404):
        s3.head_bucket(Bucket=name)
    assert name not in [entry["Name"] for entry in s3.list_buckets()["Buckets"]]


def test_the_list_of_buckets_says_who_and_when(s3: Client, bucket: str) -> None:
    listed = s3.list_buckets()
    entry = next(entry for entry in listed["Buckets"] if entry["Name"] == bucket)
    assert entry["CreationDate"].year >= 2024
    assert listed["Owner"]["ID"]


def test_creating_ones_own_bucket_again_does_no_harm(s3: Client, new_bucket: NewBucket) -> None:
    name = new_bucket()
    s3.put_object(Bucket=name, Key="kept", Body=b"kept")
    try:
        s3.create_bucket(Bucket=name)
    except ClientError as error:
        assert status(error) == 409, error
        assert error.response["Error"]["Code"] in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}
    assert s3.get_object(Bucket=name, Key="kept")["Body"].read() == b"kept"


def test_a_bucket_that_holds_something_stays(s3: Client, new_bucket: NewBucket) -> None:
    name = new_bucket()
    s3.put_object(Bucket=name, Key="held", Body=b"held")
    with refused(409, code="BucketNotEmpty"):
        s3.delete_bucket(Bucket=name)
    assert s3.head_object(Bucket=name, Key="held")["ContentLength"] == 4


def test_a_missing_bucket_is_named_missing(s3: Client) -> None:
    name = unique_name("missing")
    with refused(404):
        s3.head_bucket(Bucket=name)
    calls: list[Callable[[], object]] = [
        lambda: s3.list_objects_v2(Bucket=name),
        lambda: s3.list_objects(Bucket=name),
        lambda: s3.get_object(Bucket=name, Key="any"),
        lambda: s3.put_object(Bucket=name, Key="any", Body=b"any"),
        lambda: s3.delete_bucket(Bucket=name),
    ]
    for call in calls:
        with refused(404, code="NoSuchBucket"):
            call()


@pytest.mark.needs("buckets.location")
def test_a_bucket_says_where_it_is(s3: Client, bucket: str) -> None:
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] in {None, REGION}
    with refused(404, code="NoSuchBucket"):
        s3.get_bucket_location(Bucket=unique_name("nowhere"))
