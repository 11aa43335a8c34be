"""MinIO's client for Python."""

from __future__ import annotations

import io

import pytest
import requests

from support import libraries
from support.boto import REGION, Client, body_of, missing
from support.capabilities import lack
from support.data import MIB, content, md5
from support.libraries import Library
from support.names import unique_name
from support.odd import PLAIN
from support.target import Keys, Target


@pytest.fixture(scope="module")
def client(target: Target, keys: Keys) -> Library:
    """A client that knows no region, and asks, except where nobody can say."""
    region = REGION if lack(target, "buckets.location") else None
    return libraries.minio(target, keys, region)


def put(client: Library, bucket: str, key: str, data: bytes) -> Library:
    return client.put_object(bucket, key, io.BytesIO(data), len(data))


def get(client: Library, bucket: str, key: str, **more: int) -> bytes:
    answer = client.get_object(bucket, key, **more)
    try:
        return bytes(answer.read())
    finally:
        answer.close()
        answer.release_conn()


def names(client: Library, bucket: str, prefix: str) -> set[str]:
    entries = client.list_objects(bucket, prefix, recursive=True)
    return {entry.object_name for entry in entries if entry.object_name[-1] != "/"}


def test_a_bucket_from_make_to_remove(client: Library) -> None:
    name = unique_name("minio-life")
    assert not client.bucket_exists(name)
    client.make_bucket(name)
    assert client.bucket_exists(name)
    assert name in [entry.name for entry in client.list_buckets()]
    client.remove_bucket(name)
    assert not client.bucket_exists(name)


@pytest.mark.parametrize("size", [0, 1, 1024, 12 * MIB])
def test_an_object_is_written_overwritten_and_removed(
    client: Library, s3: Client, bucket: str, size: int
) -> None:
    key = f"objects/size {size} ä+b"
    for seed in (1, 2):
        data = content(size, seed)
        put(client, bucket, key, data)
        assert md5(get(client, bucket, key)) == md5(body_of(s3, bucket, key)) == md5(data)
    assert client.stat_object(bucket, key).size == size
    client.remove_object(bucket, key)
    assert missing(s3, bucket, key)


def test_a_big_object_goes_in_parts(client: Library, s3: Client, bucket: str) -> None:
    data = content(12 * MIB)
    put(client, bucket, "parts", data)
    assert s3.head_object(Bucket=bucket, Key="parts")["ETag"].endswith('-3"')
    assert md5(body_of(s3, bucket, "parts")) == md5(data)


def test_a_stream_of_unknown_length(client: Library, bucket: str) -> None:
    data = content(6 * MIB)
    client.put_object(bucket, "piped", io.BytesIO(data), -1, part_size=5 * MIB)
    assert md5(get(client, bucket, "piped")) == md5(data)


def test_a_range(client: Library, bucket: str) -> None:
    put(client, bucket, "ranged", b"0123456789")
    assert get(client, bucket, "ranged", offset=2, length=3) == b"234"


def test_odd_names(client: Library, s3: Client, bucket: str) -> None:
    keys = {f"odd/{key}" for key in PLAIN}
    for key in keys:
        put(client, bucket, key, key.encode())
    assert names(client, bucket, "odd/") == keys
    for key in keys:
        assert get(client, bucket, key) == body_of(s3, bucket, key) == key.encode()


def test_a_copy_and_many_removed(client: Library, bucket: str) -> None:
    source = pytest.importorskip("minio.commonconfig").CopySource
    gone = pytest.importorskip("minio.deleteobjects").DeleteObject
    put(client, bucket, "many/from ä+", b"copied")
    client.copy_object(bucket, "many/to", source(bucket, "many/from ä+"))
    assert get(client, bucket, "many/to") == b"copied"
    both = [gone("many/from ä+"), gone("many/to")]
    assert list(client.remove_objects(bucket, both)) == []
    assert names(client, bucket, "many/") == set()


def test_links_of_its_own(client: Library, s3: Client, target: Target, bucket: str) -> None:
    put_url = client.presigned_put_object(bucket, "linked ä+")
    assert requests.put(put_url, data=b"linked", timeout=30, verify=target.verify).status_code == 200
    get_url = client.presigned_get_object(bucket, "linked ä+")
    assert requests.get(get_url, timeout=30, verify=target.verify).content == b"linked"
    assert body_of(s3, bucket, "linked ä+") == b"linked"


def test_a_wrong_secret_is_refused(target: Target, keys: Keys, s3: Client, bucket: str) -> None:
    error = pytest.importorskip("minio.error").S3Error
    client = libraries.minio(target, Keys(keys.access_key, "0" * 32, keys.session_token), REGION)
    with pytest.raises(error, match="SignatureDoesNotMatch"):
        names(client, bucket, "")
    with pytest.raises(error, match="SignatureDoesNotMatch"):
        put(client, bucket, "slipped-in", b"x")
    assert missing(s3, bucket, "slipped-in")
