"""boto3 drives multipart uploads step by step."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config

from support.boto import Client, MakeClient, body_of, missing, refused
from support.data import KIB, MIB, content, multipart_etag

PARTS = [content(5 * MIB, 1), content(5 * MIB, 2), content(KIB, 3)]


def start(s3: Client, bucket: str, key: str, **more: Any) -> str:
    return str(s3.create_multipart_upload(Bucket=bucket, Key=key, **more)["UploadId"])


def send(s3: Client, bucket: str, key: str, upload: str, number: int, data: bytes) -> dict[str, Any]:
    part = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=data)
    return {"PartNumber": number, "ETag": part["ETag"]}


def finish(s3: Client, bucket: str, key: str, upload: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    answer: dict[str, Any] = s3.complete_multipart_upload(
        Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}
    )
    return answer


def test_three_parts_become_one_object(s3: Client, bucket: str) -> None:
    key = "three parts"
    upload = start(s3, bucket, key, ContentType="text/csv", Metadata={"made": "in-parts"})
    parts = [send(s3, bucket, key, upload, number, data) for number, data in enumerate(PARTS, 1)]
    done = finish(s3, bucket, key, upload, parts)
    assert (done["Bucket"], done["Key"]) == (bucket, key)
    head = s3.head_object(Bucket=bucket, Key=key)
    assert head["ETag"] == done["ETag"] == multipart_etag(PARTS)
    assert (head["ContentType"], head["Metadata"]) == ("text/csv", {"made": "in-parts"})
    assert body_of(s3, bucket, key) == b"".join(PARTS)


def test_parts_may_come_in_any_order_and_twice(s3: Client, bucket: str) -> None:
    key = "any-order"
    upload = start(s3, bucket, key)
    last = send(s3, bucket, key, upload, 7, PARTS[2])
    send(s3, bucket, key, upload, 3, PARTS[1])
    first = send(s3, bucket, key, upload, 3, PARTS[0])
    finish(s3, bucket, key, upload, [first, last])
    assert body_of(s3, bucket, key) == PARTS[0] + PARTS[2]


def test_parts_are_listed_page_by_page(s3: Client, bucket: str) -> None:
    key = "listed/parts"
    upload = start(s3, bucket, key)
    sent = [send(s3, bucket, key, upload, number, content(KIB, number)) for number in (1, 2, 3)]
    pages = s3.get_paginator("list_parts").paginate(
        Bucket=bucket, Key=key, UploadId=upload, PaginationConfig={"PageSize": 2}
    )
    listed = [part for page in pages for part in page["Parts"]]
    assert [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in listed] == sent
    assert {part["Size"] for part in listed} == {KIB}
    s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)


def test_uploads_are_listed_until_they_end(s3: Client, bucket: str) -> None:
    keys = ["uploads/a b+c", "uploads/ü"]
    begun = {(key, start(s3, bucket, key)) for key in keys}
    listed = s3.list_multipart_uploads(Bucket=bucket, Prefix="uploads/")["Uploads"]
    assert {(entry["Key"], entry["UploadId"]) for entry in listed} == begun
    for key, upload in begun:
        s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)
    assert not s3.list_multipart_uploads(Bucket=bucket, Prefix="uploads/").get("Uploads")


def test_an_aborted_upload_leaves_nothing(s3: Client, bucket: str) -> None:
    upload = start(s3, bucket, "aborted")
    part = send(s3, bucket, "aborted", upload, 1, PARTS[2])
    s3.abort_multipart_upload(Bucket=bucket, Key="aborted", UploadId=upload)
    with refused(404, code="NoSuchUpload"):
        s3.list_parts(Bucket=bucket, Key="aborted", UploadId=upload)
    with refused(404, code="NoSuchUpload"):
        finish(s3, bucket, "aborted", upload, [part])
    assert missing(s3, bucket, "aborted")


def test_parts_are_copied_from_an_object(s3: Client, bucket: str) -> None:
    source, key = "copy source/ö", "copied-parts"
    s3.put_object(Bucket=bucket, Key=source, Body=PARTS[0])
    upload = start(s3, bucket, key)
    copies = []
    for number, ranged in enumerate([{}, {"CopySourceRange": "bytes=100-1123"}], 1):
        answer = s3.upload_part_copy(
            Bucket=bucket, Key=key, UploadId=upload, PartNumber=number,
            CopySource={"Bucket": bucket, "Key": source}, **ranged,
        )  # fmt: skip
        copies.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
    finish(s3, bucket, key, upload, copies)
    assert body_of(s3, bucket, key) == PARTS[0] + PARTS[0][100:1124]


@pytest.fixture
def once(make_client: MakeClient) -> Client:
    """HCP reports these errors inside a 200, which boto3 would try five times, ever slower."""
    return make_client(Config(retries={"max_attempts": 0}))


def test_a_part_that_was_never_sent_is_refused(once: Client, s3: Client, bucket: str) -> None:
    upload = start(s3, bucket, "invalid-part")
    send(s3, bucket, "invalid-part", upload, 1, PARTS[2])
    wrong = [{"PartNumber": 1, "ETag": '"00000000000000000000000000000000"'}]
    with refused(200, 400, 500, code="InvalidPart"):
        finish(once, bucket, "invalid-part", upload, wrong)
    assert missing(s3, bucket, "invalid-part")
    s3.abort_multipart_upload(Bucket=bucket, Key="invalid-part", UploadId=upload)


def test_parts_in_the_wrong_order_are_refused(once: Client, s3: Client, bucket: str) -> None:
    upload = start(s3, bucket, "order")
    parts = [send(s3, bucket, "order", upload, number, PARTS[0]) for number in (1, 2)]
    with refused(200, 400, 500, code="InvalidPartOrder"):
        finish(once, bucket, "order", upload, parts[::-1])
    assert missing(s3, bucket, "order")
    s3.abort_multipart_upload(Bucket=bucket, Key="order", UploadId=upload)


def test_a_small_part_in_the_middle_is_refused(once: Client, s3: Client, bucket: str) -> None:
    upload = start(s3, bucket, "small")
    parts = [send(s3, bucket, "small", upload, number, PARTS[2]) for number in (1, 2)]
    with refused(200, 400, 500, code="EntityTooSmall"):
        finish(once, bucket, "small", upload, parts)
    assert missing(s3, bucket, "small")
    s3.abort_multipart_upload(Bucket=bucket, Key="small", UploadId=upload)


def test_an_unknown_upload_is_refused(s3: Client, bucket: str) -> None:
    with refused(404, code="NoSuchUpload"):
        send(s3, bucket, "unknown", "94837746087105", 1, b"x")
