"""One object at the REST data plane: stored, read, copied, deleted, and every refusal on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from support.boto import Client, NewBucket, body_of, keys_of
from support.data import MIB, content
from support.desk import Desk, at
from support.target import Target

DATA = b"dear sister"


def test_an_object_lives_from_upload_to_delete(desk: Desk, bucket: str) -> None:
    key = "letters/1912/ä b.txt"
    desk.store(bucket, key, DATA)
    assert desk.read(bucket, key) == DATA
    head = desk.ask("HEAD", at(bucket, key))
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "11")
    assert head.headers["Last-Modified"].endswith(" GMT")
    gone = desk("DELETE", at(bucket, key))
    assert gone == {"status": "deleted", "bucket": bucket, "key": key}
    assert desk.missing(bucket, key)
    assert desk("DELETE", at(bucket, key)) == gone


@pytest.mark.parametrize("size", [0, 1, 8 * MIB, 8 * MIB + 1, 17 * MIB])
def test_every_size_arrives_whole(desk: Desk, s3: Client, bucket: str, size: int) -> None:
    data = content(size)
    desk.store(bucket, f"of {size}", data)
    assert body_of(s3, bucket, f"of {size}") == data
    assert desk.read(bucket, f"of {size}") == data
    assert desk("GET", f"/{bucket}/uploads")["uploads"] == []


@pytest.mark.parametrize("kind", ["application/pdf", "application/json", "text/plain", None])
def test_a_body_may_be_the_file(desk: Desk, bucket: str, kind: str | None) -> None:
    stored = desk.ask("POST", at(bucket, "raw"), data=DATA, headers={"Content-Type": kind} if kind else {})
    assert stored.status_code == 201, stored.text
    got = desk.ask("GET", at(bucket, "raw"))
    expected = "text/plain; charset=utf-8" if kind == "text/plain" else kind
    assert got.content == DATA
    assert kind is None or got.headers["Content-Type"] == expected


def test_a_body_may_come_in_chunks(desk: Desk, bucket: str) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(10):
            yield content(MIB)

    headers = {"Content-Type": "application/octet-stream"}
    stored = desk.ask("POST", at(bucket, "in chunks"), data=pieces(), headers=headers)
    assert stored.status_code == 201, stored.text
    assert desk.read(bucket, "in chunks") == content(MIB) * 10


def test_a_form_may_hold_more_than_the_file(desk: Desk, bucket: str) -> None:
    files = {"before": (None, "x"), "file": ("f", DATA), "after": (None, "y")}
    assert desk.ask("POST", at(bucket, "one of many"), files=files).status_code == 201
    assert desk.read(bucket, "one of many") == DATA


def test_a_request_without_a_file_stores_nothing(desk: Desk, bucket: str) -> None:
    path = at(bucket, "nothing")
    for more in ({}, {"files": {"other": ("f", DATA)}}, {"data": {"file": "a field of no form"}}):
        answer = desk.ask("POST", path, **more)
        assert answer.status_code == 422, (more, answer.text)
        (issue,) = answer.json()["detail"]
        assert (issue["type"], issue["loc"]) == ("missing", ["body", "file"])
    for broken in (b"", b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nhalf', b"no form"):
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        assert desk.ask("POST", path, data=broken, headers=headers).status_code in {400, 422}, broken
    assert desk.missing(bucket, "nothing")


def test_an_object_is_copied(desk: Desk, s3: Client, bucket: str, new_bucket: NewBucket) -> None:
    desk.store(bucket, "the/source +%.txt", DATA)
    document = {"source_bucket": bucket, "source_key": "the/source +%.txt"}
    for place in (bucket, new_bucket()):
        copied = desk("POST", f"{at(place, 'a/copy of ä')}/copy", document)
        assert copied == {"status": "copied", "bucket": place, "key": "a/copy of ä"}
        assert body_of(s3, place, "a/copy of ä") == DATA


def test_what_cannot_be_copied(desk: Desk, bucket: str) -> None:
    path = f"{at(bucket, 'copy')}/copy"
    missing = {"source_bucket": bucket, "source_key": "never was"}
    assert desk.refused(404, "POST", path, missing).startswith("object 'copy': ")
    elsewhere = {"source_bucket": "no-such-bucket-here", "source_key": "k"}
    assert desk.refused(404, "POST", path, elsewhere).startswith("object 'copy': ")
    assert desk.refused(400, "POST", path, {"source_bucket": "no?bucket", "source_key": "k"})
    assert desk.refused(400, "POST", path, {"source_bucket": bucket, "source_key": ""})
    assert desk.invalid("POST", path, {"source_bucket": 7}) == [
        ("source_bucket", "string_type"),
        ("source_key", "missing"),
    ]
    assert desk.missing(bucket, "copy")


def test_a_folder_is_made(desk: Desk, s3: Client, bucket: str) -> None:
    made = desk("POST", f"/{bucket}/objects/folder", {"folder_name": "empty/ä folder"})
    assert made == {"bucket": bucket, "key": "empty/ä folder/", "status": "created"}
    assert "empty/ä folder/" in keys_of(s3, bucket, "empty/")
    page = desk("GET", f"/{bucket}/objects", None, prefix="empty/", delimiter="/")
    assert page["common_prefixes"] == ["empty/ä folder/"]
    assert desk.invalid("POST", f"/{bucket}/objects/folder", {}) == [("folder_name", "missing")]


def test_refusals_name_what_they_are_about(desk: Desk) -> None:
    nowhere = "no-such-bucket-here"
    for method, path in (("GET", "objects/k"), ("DELETE", "objects/k")):
        assert desk.refused(404, method, f"/{nowhere}/{path}").startswith("object 'k': ")
    for path in ("objects", "versions", "uploads", "versioning"):
        assert desk.refused(404, "GET", f"/{nowhere}/{path}").startswith(f"bucket '{nowhere}': ")
    stored = desk.upload(nowhere, "a/k", DATA)
    assert (stored.status_code, stored.json()["detail"][:14]) == (404, "object 'a/k': ")
    head = desk.ask("HEAD", f"/{nowhere}/objects/k")
    assert (head.status_code, head.content) == (404, b"")
    assert head.headers["Content-Type"] == "application/json"


def test_refusals_of_methods_and_paths(desk: Desk, bucket: str) -> None:
    for method, path, allowed in (
        ("PATCH", at(bucket, "k"), "GET, HEAD, POST, DELETE"),
        ("PUT", at(bucket, "k"), "GET, HEAD, POST, DELETE"),
        ("GET", f"/{bucket}/multipart/k", "POST, PUT"),
    ):
        answer = desk.ask(method, path)
        assert (answer.status_code, answer.json()) == (405, {"detail": "Method Not Allowed"})
        assert answer.headers["Allow"] == allowed
    assert desk.refused(400, "GET", f"/{bucket}/objects/").startswith("object '': ")
    assert desk.refused(400, "GET", "/a%3Fb/objects/k")
    assert desk.refused(404, "GET", "/a%2Fb/objects/k") == "Not Found"
    assert desk.refused(400, "GET", f"/{bucket}/objects/%FF")
    assert desk.refused(400, "GET", f"/{bucket}/objects/a%00b")
    redirect = desk.ask("GET", f"/{bucket}/versions/", allow_redirects=False)
    assert (redirect.status_code, redirect.headers["Location"].endswith(f"{bucket}/versions")) == (307, True)


def test_a_refusal_of_a_download_is_no_object(desk: Desk, bucket: str) -> None:
    answer = desk.ask("GET", at(bucket, "never was"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")
    assert "Content-Disposition" not in answer.headers
    assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize("proof", ["", "Basic YTpi", "Bearer made.up.token"])
def test_nobody_comes_in_without_a_login(target: Target, desk: Desk, bucket: str, proof: str) -> None:
    desk.store(bucket, "closed", DATA)
    headers = {"Authorization": proof} if proof else {"Authorization": None}
    words = {"detail": "Invalid token" if proof.startswith("Bearer") else "Not authenticated"}
    for method, path in (
        ("GET", ""), ("GET", f"/{bucket}/objects"), ("GET", at(bucket, "closed")),
        ("DELETE", at(bucket, "closed")), ("POST", f"/{bucket}/multipart/closed"),
        ("PUT", f"/{bucket}/versioning"), ("DELETE", f"/{bucket}"),
    ):  # fmt: skip
        answer = desk.ask(method, path, headers=headers)
        assert (answer.status_code, answer.json()) == (401, words), (method, path)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    put = desk.upload(bucket, "slipped in", DATA, **headers)
    assert put.status_code == 401
    assert desk.read(bucket, "closed") == DATA
    assert desk.missing(bucket, "slipped in")


def test_objects_are_sent_as_they_are_and_documents_packed(desk: Desk, bucket: str) -> None:
    text = json.dumps(list(range(1000))).encode()
    desk.ask("POST", at(bucket, "packed.json"), data=text, headers={"Content-Type": "application/json"})
    got = desk.ask("GET", at(bucket, "packed.json"), headers={"Accept-Encoding": "gzip"})
    assert (got.content, got.headers.get("Content-Encoding")) == (text, None)
    assert got.headers["Content-Length"] == str(len(text))
    for number in range(5):
        desk.store(bucket, f"packed/{number}", DATA)
    page: requests.Response = desk.ask("GET", f"/{bucket}/objects", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert "packed/0" in page.text
