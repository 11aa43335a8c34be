"""boto3 names the bucket in the host instead of the path."""

from __future__ import annotations

import pytest

from support.boto import Client, body_of, keys_of
from support.data import KIB, content

KEYS = ["plain", "folder/ä b+c&d", "%2F", "a'b"]


def test_objects_in_a_virtual_host(s3: Client, virtual: Client, bucket: str) -> None:
    for key in KEYS:
        data = content(KIB)
        virtual.put_object(Bucket=bucket, Key=key, Body=data)
        assert body_of(virtual, bucket, key) == body_of(s3, bucket, key) == data
    listed = [key for key in keys_of(virtual, bucket) if not key.endswith("/")]
    assert listed == sorted(KEYS)


@pytest.mark.needs("bulk-delete.without-md5")
def test_a_bulk_delete_in_a_virtual_host(virtual: Client, bucket: str) -> None:
    for key in KEYS:
        virtual.put_object(Bucket=bucket, Key=key, Body=b"x")
    answer = virtual.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in KEYS]})
    assert len(answer["Deleted"]) == len(KEYS)


def test_a_bucket_in_a_virtual_host(virtual: Client, bucket: str) -> None:
    assert virtual.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert bucket in [entry["Name"] for entry in virtual.list_buckets()["Buckets"]]


def test_a_copy_in_a_virtual_host(virtual: Client, bucket: str) -> None:
    virtual.put_object(Bucket=bucket, Key="source", Body=b"copied")
    virtual.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "source"})
    assert body_of(virtual, bucket, "copy") == b"copied"


def test_a_multipart_upload_in_a_virtual_host(virtual: Client, bucket: str) -> None:
    upload = virtual.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    named = {"Bucket": bucket, "Key": "parts", "UploadId": upload}
    part = virtual.upload_part(**named, PartNumber=1, Body=b"part")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    virtual.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    assert body_of(virtual, bucket, "parts") == b"part"
