"""Clients learn Portico's address and never the store's."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import pytest
from botocore.exceptions import ClientError

from support.boto import Client, MakeClient
from support.names import unique_name
from support.target import Target

KEY = "addresses/ä b+c"


@pytest.fixture
def seen(make_client: MakeClient) -> tuple[Client, list[str]]:
    """A client, and all that was answered to it: headers, and bodies that are no object."""
    client, texts = make_client(), list[str]()

    def see(http_response: Any, model: Any, **_: Any) -> None:
        streamed = model.has_streaming_output and http_response.status_code < 300
        body = "" if streamed else http_response.content.decode(errors="replace")
        texts.append(f"{model.name} {http_response.status_code}\n{http_response.headers}\n{body}")

    client.meta.events.register("after-call.s3", see)
    return client, texts


def _multipart(client: Client, bucket: str) -> dict[str, Any]:
    upload = client.create_multipart_upload(Bucket=bucket, Key=KEY)["UploadId"]
    named = {"Bucket": bucket, "Key": KEY, "UploadId": upload}
    part = client.upload_part(**named, PartNumber=1, Body=b"part")
    client.list_parts(**named)
    client.list_multipart_uploads(Bucket=bucket)
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    done: dict[str, Any] = client.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    return done


def _calls(client: Client, bucket: str) -> list[Callable[[], object]]:
    named, other = {"Bucket": bucket}, unique_name("addresses-other")
    copy = {"CopySource": {"Bucket": bucket, "Key": KEY}}
    return [
        lambda: client.create_bucket(Bucket=other),
        lambda: client.create_bucket(Bucket=other),
        lambda: client.delete_bucket(Bucket=other),
        lambda: client.put_object(**named, Key=KEY, Body=b"x"),
        lambda: _multipart(client, bucket),
        lambda: client.copy_object(**named, Key="copy", **copy),
        lambda: client.get_object(**named, Key="copy")["Body"].read(),
        lambda: client.head_object(**named, Key=KEY),
        lambda: client.get_object(**named, Key="none"),
        lambda: client.get_object(**named, Key=KEY, Range="bytes=9000-"),
        lambda: client.get_object(**named, Key=KEY, IfMatch='"other"'),
        lambda: client.get_object_acl(**named, Key=KEY),
        lambda: client.list_objects(**named, Delimiter="/"),
        lambda: client.list_objects_v2(**named, FetchOwner=True),
        lambda: client.list_object_versions(**named),
        lambda: client.list_buckets(),
        lambda: client.get_bucket_location(**named),
        lambda: client.get_bucket_versioning(**named),
        lambda: client.get_bucket_cors(**named),
        lambda: client.get_bucket_acl(**named),
        lambda: client.head_bucket(**named),
        lambda: client.list_objects_v2(Bucket=other),
        lambda: client.delete_bucket(**named),
        lambda: client.delete_objects(**named, Delete={"Objects": [{"Key": "copy"}]}),
        lambda: client.delete_object(**named, Key=KEY),
    ]


def test_no_answer_names_the_store(seen: tuple[Client, list[str]], target: Target, bucket: str) -> None:
    if not target.stores:
        pytest.skip("PORTICO_STORE is not set")
    client, texts = seen
    calls = _calls(client, bucket)
    for call in calls:
        with suppress(ClientError):
            call()
    assert len(texts) > len(calls)
    named = [text for text in texts for store in target.stores if store in text]
    assert not named, "\n\n".join(named)


@pytest.mark.needs("location.door")
def test_the_location_of_an_upload_in_parts(s3: Client, target: Target, bucket: str) -> None:
    assert unquote(_multipart(s3, bucket)["Location"]) == f"{target.s3}/{bucket}/{KEY}"


@pytest.mark.needs("location.virtual-host")
def test_the_location_of_an_upload_in_parts_in_a_virtual_host(
    virtual: Client, target: Target, bucket: str
) -> None:
    """The bucket must not stand in host and path at once, which would name another object."""
    scheme, door = target.address.scheme, f"{target.domain}:{target.port}"
    right = {f"{scheme}://{door}/{bucket}/{KEY}", f"{scheme}://{bucket}.{door}/{KEY}"}
    assert unquote(_multipart(virtual, bucket)["Location"]) in right
