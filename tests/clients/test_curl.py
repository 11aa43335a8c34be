"""curl follows presigned links: what a shell script, or a colleague without any key, does."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.config import Config

from support.boto import Client, MakeClient, body_of, missing
from support.data import MIB, md5, md5_of_file, write_file
from support.programs import Program, curl
from support.target import Target

SIGV4 = pytest.param(Config(signature_version="s3v4"), id="sigv4")
BY_DEFAULT = pytest.param(None, id="as-boto3-signs-by-default")

signers = pytest.mark.parametrize("signer", [SIGV4, BY_DEFAULT], indirect=True)


@pytest.fixture
def cli(target: Target, tmp_path: Path) -> Program:
    """curl in a folder of its own; a status of 400 or more ends it with code 22."""
    return curl(target, tmp_path)


@pytest.fixture
def signer(make_client: MakeClient, request: pytest.FixtureRequest) -> Client:
    """A client that signs links."""
    return make_client(request.param)


def link(signer: Client, method: str, bucket: str, key: str) -> str:
    return str(signer.generate_presigned_url(method, Params={"Bucket": bucket, "Key": key}))


@signers
def test_a_link_downloads(cli: Program, signer: Client, s3: Client, bucket: str, tmp_path: Path) -> None:
    key = "down/ä b+c"
    digest = write_file(tmp_path / "up", 5 * MIB + 1)
    s3.upload_file(str(tmp_path / "up"), bucket, key)
    cli("-o", "down", link(signer, "get_object", bucket, key))
    assert md5_of_file(tmp_path / "down") == digest
    assert md5(cli("-r", "0-0", link(signer, "get_object", bucket, key)).out) == md5(
        (tmp_path / "up").read_bytes()[:1]
    )


@signers
def test_a_link_uploads(cli: Program, signer: Client, s3: Client, bucket: str, tmp_path: Path) -> None:
    key = "up/ä b+c"
    digest = write_file(tmp_path / "file", 5 * MIB + 1)
    cli("-T", "file", link(signer, "put_object", bucket, key))
    assert md5(body_of(s3, bucket, key)) == digest


@signers
def test_a_link_for_reading_does_not_write(
    cli: Program, signer: Client, s3: Client, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"slipped in")
    done = cli.attempt("-T", "file", link(signer, "get_object", bucket, "for reading"))
    assert (done.code, "403" in done.err) == (22, True), done
    assert missing(s3, bucket, "for reading")
