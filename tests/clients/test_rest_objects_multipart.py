"""Uploads at the REST data plane whose parts the client sends itself, or has links for."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from support import rest
from support.boto import Client, body_of, missing
from support.data import MIB, content, multipart_etag
from support.desk import Desk, part_at
from support.target import Target

KEY = "big/å file"
ONE, TWO = content(5 * MIB, 1), content(10, 2)


def begin(desk: Desk, bucket: str, key: str = KEY) -> str:
    begun = desk("POST", part_at(bucket, key))
    assert begun.keys() == {"bucket", "key", "upload_id"}
    return str(begun["upload_id"])


def send(desk: Desk, bucket: str, upload: str, number: object, data: bytes) -> requests.Response:
    query = {"upload_id": upload, "part_number": number}
    return desk.ask("PUT", part_at(bucket, KEY), params=query, files={"file": data})


def part(desk: Desk, bucket: str, upload: str, number: int, data: bytes) -> dict[str, Any]:
    sent = send(desk, bucket, upload, number, data)
    assert sent.status_code == 200, sent.text
    assert sent.json()["part_number"] == number
    return {"PartNumber": number, "ETag": sent.json()["etag"]}


def test_an_upload_from_its_beginning_to_its_end(desk: Desk, s3: Client, bucket: str) -> None:
    upload = begin(desk, bucket)
    parts = [part(desk, bucket, upload, number, data) for number, data in ((1, ONE), (2, TWO))]
    told = desk("GET", part_at(bucket, KEY, "/parts"), None, upload_id=upload)
    assert [(one["PartNumber"], one["Size"]) for one in told["parts"]] == [(1, len(ONE)), (2, len(TWO))]
    assert [one["ETag"] for one in told["parts"]] == [one["ETag"] for one in parts]
    assert (told["bucket"], told["key"], told["is_truncated"]) == (bucket, KEY, False)
    page = desk("GET", part_at(bucket, KEY, "/parts"), None, upload_id=upload, max_parts=1)
    assert (len(page["parts"]), page["is_truncated"]) == (1, True)
    done = desk("POST", part_at(bucket, KEY, "/complete"), {"upload_id": upload, "parts": parts})
    assert done == {"bucket": bucket, "key": KEY, "etag": multipart_etag([ONE, TWO])}
    assert desk.read(bucket, KEY) == body_of(s3, bucket, KEY) == ONE + TWO


def test_boto3_ends_what_rest_began_and_the_other_way_round(desk: Desk, s3: Client, bucket: str) -> None:
    upload = begin(desk, bucket)
    sent = s3.upload_part(Bucket=bucket, Key=KEY, UploadId=upload, PartNumber=1, Body=ONE)
    parts = [{"PartNumber": 1, "ETag": sent["ETag"]}, part(desk, bucket, upload, 2, TWO)]
    s3.complete_multipart_upload(Bucket=bucket, Key=KEY, UploadId=upload, MultipartUpload={"Parts": parts})
    assert desk.read(bucket, KEY) == ONE + TWO
    upload = s3.create_multipart_upload(Bucket=bucket, Key=KEY)["UploadId"]
    parts = [part(desk, bucket, upload, 1, TWO)]
    desk("POST", part_at(bucket, KEY, "/complete"), {"upload_id": upload, "parts": parts})
    assert body_of(s3, bucket, KEY) == TWO


def test_an_upload_is_given_up(desk: Desk, s3: Client, bucket: str) -> None:
    upload = begin(desk, bucket, "given up")
    path = part_at(bucket, "given up")
    assert desk("POST", f"{path}/abort", {"upload_id": upload}) == {"status": "aborted"}
    assert upload not in [one["UploadId"] for one in desk("GET", f"/{bucket}/uploads")["uploads"]]
    query = {"upload_id": upload, "part_number": 2}
    late = desk.ask("PUT", path, params=query, files={"file": b"x"})
    assert (late.status_code, late.json()["detail"][:25]) == (404, "object 'given up' part 2:")
    assert desk.refused(404, "GET", f"{path}/parts", None, upload_id=upload)
    assert missing(s3, bucket, "given up")


def test_what_cannot_be_put_together(desk: Desk, s3: Client, bucket: str) -> None:
    key = "in pieces"
    path = part_at(bucket, key)
    upload = begin(desk, bucket, key)
    etag = {}
    for number in (1, 2):
        query = {"upload_id": upload, "part_number": number}
        etag[number] = desk.ask("PUT", path, params=query, files={"file": ONE}).json()["etag"]
    one, two = ({"PartNumber": number, "ETag": tag} for number, tag in etag.items())
    wrong = {"PartNumber": 2, "ETag": '"00000000000000000000000000000000"'}
    for parts in ([two, one], [one, wrong], [one, {"PartNumber": 7, "ETag": etag[1]}]):
        answer = desk.ask("POST", f"{path}/complete", json={"upload_id": upload, "parts": parts})
        assert answer.status_code == 400, (parts, answer.text)
        assert answer.json()["detail"].startswith(f"object '{key}': ")
    assert missing(s3, bucket, key)
    desk("POST", f"{path}/complete", {"upload_id": upload, "parts": [one, two]})
    assert desk.read(bucket, key) == ONE + ONE


def test_requests_that_are_not_whole(desk: Desk, bucket: str) -> None:
    path = part_at(bucket, KEY)
    sent = desk.ask("PUT", path, params={"part_number": 10_001}, files={"file": b"x"})
    issues = [(issue["loc"][-1], issue["type"]) for issue in sent.json()["detail"]]
    assert (sent.status_code, issues) == (
        422, [("upload_id", "missing"), ("part_number", "less_than_equal")],
    )  # fmt: skip
    upload = begin(desk, bucket)
    assert send(desk, bucket, upload, 0, b"x").json()["detail"][0]["type"] == "greater_than_equal"
    query = {"upload_id": upload, "part_number": 1}
    assert desk.ask("PUT", path, params=query, files={"other": b"x"}).status_code == 422
    assert desk.ask("PUT", path, params=query, data=b"x").status_code == 422
    assert desk.invalid("GET", f"{path}/parts", max_parts=1001) == [
        ("upload_id", "missing"), ("max_parts", "less_than_equal"),
    ]  # fmt: skip
    assert desk.invalid("POST", f"{path}/abort", {}) == [("upload_id", "missing")]
    few = desk.invalid("POST", f"{path}/complete", {"upload_id": upload, "parts": [{"ETag": "x"}]})
    assert few == [("PartNumber", "missing")]
    assert desk("POST", f"{path}/abort", {"upload_id": upload})
    assert desk.refused(400, "POST", f"/{bucket}/multipart/")


def test_every_part_has_a_link(target: Target, desk: Desk, s3: Client, bucket: str) -> None:
    path = part_at(bucket, KEY)
    asked = {"file_size": len(ONE) + len(TWO), "part_size": len(ONE), "expires_in": 60}
    told = desk("POST", f"{path}/presign", asked)
    assert [one["part_number"] for one in told["urls"]] == [1, 2]
    assert (told["total_parts"], told["part_size"], told["expires_in"]) == (2, len(ONE), 60)
    again = desk("POST", f"{path}/presign", {**asked, "upload_id": told["upload_id"]})
    assert again["upload_id"] == told["upload_id"]
    parts = []
    for one, data in zip(told["urls"], (ONE, TWO), strict=True):
        put = rest.follow(target, "PUT", one["url"], data=data)
        assert put.status_code == 200, put.text
        parts.append({"PartNumber": one["part_number"], "ETag": put.headers["ETag"]})
    # Each is for its own part, and for nothing else.
    moved = told["urls"][0]["url"].replace("partNumber=1", "partNumber=3")
    assert rest.follow(target, "PUT", moved, data=b"x").status_code == 403
    desk("POST", f"{path}/complete", {"upload_id": told["upload_id"], "parts": parts})
    assert body_of(s3, bucket, KEY) == ONE + TWO


@pytest.mark.parametrize(
    ("asked", "issues"),
    [
        ({}, [("file_size", "missing")]),
        ({"file_size": 0}, [("file_size", "greater_than")]),
        ({"file_size": 1, "part_size": 5 * MIB - 1}, [("part_size", "greater_than_equal")]),
        ({"file_size": 1, "part_size": 5 * 1024 * MIB + 1}, [("part_size", "less_than_equal")]),
        ({"file_size": 1, "expires_in": 59}, [("expires_in", "greater_than_equal")]),
        ({"file_size": 1, "expires_in": 43_201}, [("expires_in", "less_than_equal")]),
    ],
)
def test_limits_of_links(
    desk: Desk, bucket: str, asked: dict[str, Any], issues: list[tuple[str, str]]
) -> None:
    assert desk.invalid("POST", part_at(bucket, "k", "/presign"), asked) == issues
    assert "k" not in [one["Key"] for one in desk("GET", f"/{bucket}/uploads")["uploads"]]


def test_more_parts_than_s3_has_numbers(desk: Desk, bucket: str) -> None:
    asked = {"file_size": 5 * MIB * 10_001, "part_size": 5 * MIB}
    words = "Too many parts (10001). Increase part_size or reduce file_size. S3 maximum is 10,000 parts."
    assert desk.refused(400, "POST", part_at(bucket, "k", "/presign"), asked) == words
