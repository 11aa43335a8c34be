"""boto3 sends checksums of every kind it knows without CRT (see `test_boto_crt`)."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from support.boto import Client, body_of, missing, refused
from support.data import KIB, MIB, content, md5_of_file, write_file

ALGORITHMS = ["CRC32", "SHA1", "SHA256"]
DATA = content(70 * KIB, 8)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_upload_with_a_checksum(s3: Client, bucket: str, algorithm: str) -> None:
    key = f"checked-{algorithm}"
    s3.put_object(Bucket=bucket, Key=key, Body=DATA, ChecksumAlgorithm=algorithm)
    assert body_of(s3, bucket, key) == DATA
    assert body_of(s3, bucket, key, ChecksumMode="ENABLED") == DATA


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_file_is_streamed_with_a_checksum(s3: Client, bucket: str, tmp_path: Path, algorithm: str) -> None:
    source, key = tmp_path / "source", f"streamed-{algorithm}"
    digest = write_file(source, MIB + 7)
    with source.open("rb") as file:
        put = s3.put_object(Bucket=bucket, Key=key, Body=file, ChecksumAlgorithm=algorithm)
    assert put["ETag"] == f'"{digest}"'
    s3.download_file(bucket, key, str(tmp_path / "back"))
    assert md5_of_file(tmp_path / "back") == digest


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_parts_with_checksums(s3: Client, bucket: str, tmp_path: Path, algorithm: str) -> None:
    source, key = tmp_path / "source", f"parts-{algorithm}"
    digest = write_file(source, 9 * MIB)
    s3.upload_file(str(source), bucket, key, ExtraArgs={"ChecksumAlgorithm": algorithm})
    s3.download_file(bucket, key, str(tmp_path / "back"))
    assert md5_of_file(tmp_path / "back") == digest


@pytest.mark.needs("encoding.aws-chunked-removed")
def test_the_wire_encoding_is_not_stored(s3: Client, bucket: str) -> None:
    """Over https boto3 sends `Content-Encoding: aws-chunked`, which is not the user's."""
    s3.put_object(Bucket=bucket, Key="not-encoded", Body=DATA)
    assert "ContentEncoding" not in s3.head_object(Bucket=bucket, Key="not-encoded")


@pytest.mark.needs("encoding.aws-chunked-removed")
def test_a_content_encoding_of_the_users_own_survives(s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="encoded", Body=DATA, ContentEncoding="gzip")
    encoding = s3.head_object(Bucket=bucket, Key="encoded").get("ContentEncoding", "gzip")
    assert encoding == "gzip"  # HCP keeps none
    assert body_of(s3, bucket, "encoded") == DATA


def test_a_right_checksum_of_the_users_own(s3: Client, bucket: str) -> None:
    digest = b64encode(sha256(DATA).digest()).decode()
    s3.put_object(Bucket=bucket, Key="own", Body=DATA, ChecksumSHA256=digest)
    assert body_of(s3, bucket, "own") == DATA


@pytest.mark.parametrize(
    ("name", "length"),
    [("CRC32", 4), ("CRC32C", 4), ("CRC64NVME", 8), ("SHA1", 20), ("SHA256", 32)],
)
def test_a_wrong_checksum_is_refused(s3: Client, bucket: str, name: str, length: int) -> None:
    wrong = {f"Checksum{name}": b64encode(bytes(length)).decode()}
    with refused(400):
        s3.put_object(Bucket=bucket, Key=f"wrong-{name}", Body=DATA, **wrong)
    assert missing(s3, bucket, f"wrong-{name}")
