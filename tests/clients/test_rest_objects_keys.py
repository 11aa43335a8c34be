"""Odd object names at the REST data plane, for every operation that has one."""

from __future__ import annotations

import pytest

from support import rest
from support.boto import Client, body_of
from support.desk import Desk, at, part_at
from support.odd import ODD_KEYS, PLAIN
from support.target import Target


@pytest.mark.parametrize("key", ODD_KEYS)
def test_an_odd_key_lives_from_upload_to_delete(desk: Desk, s3: Client, bucket: str, key: str) -> None:
    data = key.encode()
    desk.store(bucket, key, data)
    assert desk.read(bucket, key) == body_of(s3, bucket, key) == data
    head = desk.ask("HEAD", at(bucket, key))
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(data)))
    assert key in desk.keys(bucket, prefix=key)
    desk("DELETE", at(bucket, key))
    assert desk.missing(bucket, key)


@pytest.mark.parametrize("key", ODD_KEYS)
def test_an_odd_key_is_copied_and_deleted_in_bulk(desk: Desk, bucket: str, key: str) -> None:
    source, copy = f"sources/{key}", f"copies/{key}"
    desk.store(bucket, source, key.encode())
    desk("POST", f"{at(bucket, copy)}/copy", {"source_bucket": bucket, "source_key": source})
    assert desk.read(bucket, copy) == key.encode()
    gone = desk("POST", f"/{bucket}/objects/delete", {"keys": [source, copy]})
    assert gone == {"status": "deleted", "deleted": 2, "errors": []}
    assert desk.missing(bucket, source)
    assert desk.missing(bucket, copy)


@pytest.mark.parametrize("key", ODD_KEYS)
def test_an_odd_key_is_uploaded_in_parts(desk: Desk, bucket: str, key: str) -> None:
    key = f"parts/{key}"
    begun = desk("POST", part_at(bucket, key))
    assert (begun["bucket"], begun["key"]) == (bucket, key)
    query = {"upload_id": begun["upload_id"], "part_number": 1}
    sent = desk.ask("PUT", part_at(bucket, key), params=query, files={"file": key.encode()})
    assert sent.status_code == 200, sent.text
    parts = [{"PartNumber": 1, "ETag": sent.json()["etag"]}]
    done = desk("POST", part_at(bucket, key, "/complete"), {"upload_id": begun["upload_id"], "parts": parts})
    assert (done["key"], desk.read(bucket, key)) == (key, key.encode())


def test_odd_keys_have_links(target: Target, desk: Desk, bucket: str) -> None:
    keys = [f"linked/{key}" for key in PLAIN]
    for method, verb in (("put_object", "PUT"), ("get_object", "GET")):
        given = desk("POST", f"/{bucket}/objects/presign", {"keys": keys, "method": method})
        assert [one["key"] for one in given["urls"]] == keys
        for one in given["urls"]:
            data = one["key"].encode()
            answer = rest.follow(target, verb, one["url"], data=data if verb == "PUT" else None)
            assert answer.status_code == 200, (one["key"], answer.text)
            assert verb == "PUT" or answer.content == data
    assert [desk.read(bucket, key) for key in keys] == [key.encode() for key in keys]


def test_a_slash_is_a_slash_however_it_is_written(desk: Desk, bucket: str) -> None:
    desk.store(bucket, "a/b/c", b"x")
    for written in ("a/b/c", "a%2Fb%2Fc", "a%2fb/c"):
        assert desk.ask("GET", f"/{bucket}/objects/{written}").content == b"x"
    assert desk.missing(bucket, "a%2Fb%2Fc")  # which `at` escapes once more


def test_names_of_actions_are_keys_for_whoever_only_reads(desk: Desk, s3: Client, bucket: str) -> None:
    for key in ("delete", "folder", "presign", "copy"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
        assert desk.read(bucket, key) == key.encode()
        desk("DELETE", at(bucket, key))
        assert desk.missing(bucket, key)


@pytest.mark.needs("keys.over-1024")
def test_the_longest_key_of_hcp(desk: Desk, s3: Client, bucket: str) -> None:
    """4095 bytes in UTF-8, which its escapes make three times as long on the way."""
    key = "/".join(["ö" * 100] * 20) + "/" + "x" * 75
    assert len(key.encode()) == 4095
    desk.store(bucket, key, b"far")
    assert desk.read(bucket, key) == body_of(s3, bucket, key) == b"far"
    assert key in desk.keys(bucket, "ö")
    source = {"source_bucket": bucket, "source_key": key}
    desk("POST", f"{at(bucket, 'near')}/copy", source)
    assert desk.read(bucket, "near") == b"far"
    assert desk("POST", f"/{bucket}/objects/delete", {"keys": [key]})["deleted"] == 1
    assert desk.missing(bucket, key)
    assert 400 <= desk.upload(bucket, f"{key}x", b"too far").status_code < 500
