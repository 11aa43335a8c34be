"""boto3 moves files of hundreds of megabytes, in parts and in one piece."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from support.boto import Client
from support.data import MIB, content, md5, md5_of, md5_of_file, write_file

pytestmark = pytest.mark.large


def test_200_mb_in_the_transfer_managers_parts(s3: Client, bucket: str, tmp_path: Path) -> None:
    source, target = tmp_path / "up", tmp_path / "down"
    digest = write_file(source, 200 * MIB)
    s3.upload_file(str(source), bucket, "200mb")
    head = s3.head_object(Bucket=bucket, Key="200mb")
    assert head["ContentLength"] == 200 * MIB
    assert head["ETag"].strip('"').endswith("-25")
    s3.download_file(bucket, "200mb", str(target))
    assert md5_of_file(target) == digest


def test_64_mb_in_one_piece(s3: Client, bucket: str, tmp_path: Path) -> None:
    source = tmp_path / "up"
    digest = write_file(source, 64 * MIB, seed=2)
    with source.open("rb") as file:
        put = s3.put_object(Bucket=bucket, Key="64mb", Body=file)
    assert put["ETag"] == f'"{digest}"'
    assert md5_of(s3.get_object(Bucket=bucket, Key="64mb")["Body"]) == digest


class Pipe(io.RawIOBase):
    """Bytes that can be read once and tell nobody how many they are."""

    def __init__(self, data: bytes) -> None:
        self._source = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        return self._source.readinto(buffer)


def test_a_stream_of_unknown_length(s3: Client, bucket: str) -> None:
    data = content(17 * MIB + 3)
    s3.upload_fileobj(Pipe(data), bucket, "stream")
    got = s3.get_object(Bucket=bucket, Key="stream")
    assert md5(got["Body"].read()) == md5(data)
