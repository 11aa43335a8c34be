"""s3cmd with SigV4 and path style: files, parts, folders, metadata."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.boto import Client, body_of, keys_of, missing
from support.data import MIB, content, md5, md5_of_file, write_file
from support.names import unique_name
from support.programs import Program, s3cmd
from support.target import Keys, Target

SIZES = [0, 1, 1024, 5 * MIB + 1]


@pytest.fixture
def cli(target: Target, keys: Keys, tmp_path: Path) -> Program:
    """s3cmd in a folder of its own."""
    return s3cmd(target, keys, tmp_path)


def test_a_bucket_from_mb_to_rb(cli: Program, s3: Client) -> None:
    name = unique_name("s3cmd-life")
    cli("mb", f"s3://{name}")
    assert f"s3://{name}" in cli("ls").text
    cli("rb", f"s3://{name}")
    assert name not in [entry["Name"] for entry in s3.list_buckets()["Buckets"]]


def test_a_file_goes_and_comes_back(cli: Program, bucket: str, tmp_path: Path) -> None:
    digest = write_file(tmp_path / "up", 1025)
    url = f"s3://{bucket}/one file ä+b"
    cli("put", "up", url)
    cli("get", url, "down")
    assert md5_of_file(tmp_path / "down") == digest


def test_files_of_all_sizes(cli: Program, bucket: str, tmp_path: Path) -> None:
    for folder in ("up", "down"):
        (tmp_path / folder).mkdir()
    digests = {str(size): write_file(tmp_path / "up" / str(size), size) for size in SIZES}
    cli("put", *(f"up/{name}" for name in digests), f"s3://{bucket}/sizes/")
    cli("get", *(f"s3://{bucket}/sizes/{name}" for name in digests), "down/")
    assert {name: md5_of_file(tmp_path / "down" / name) for name in digests} == digests


def test_a_file_in_parts(cli: Program, s3: Client, bucket: str, tmp_path: Path) -> None:
    digest = write_file(tmp_path / "up", 12 * MIB)
    cli("put", "--multipart-chunk-size-mb=5", "up", f"s3://{bucket}/parts")
    assert s3.head_object(Bucket=bucket, Key="parts")["ETag"].endswith('-3"')
    cli("get", f"s3://{bucket}/parts", "down")
    assert md5_of_file(tmp_path / "down") == digest


def test_a_stream_of_unknown_length(cli: Program, s3: Client, bucket: str) -> None:
    data = content(6 * MIB)
    cli("put", "--multipart-chunk-size-mb=5", "-", f"s3://{bucket}/piped", stdin=data)
    assert md5(body_of(s3, bucket, "piped")) == md5(data)


def test_metadata_and_type(cli: Program, s3: Client, bucket: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    told = ["--add-header=x-amz-meta-note:kept", "--mime-type=text/x-own"]
    cli("put", *told, "file", f"s3://{bucket}/described")
    head = s3.head_object(Bucket=bucket, Key="described")
    assert head["Metadata"]["note"] == "kept"
    assert head["ContentType"] == "text/x-own"
    shown = cli("info", f"s3://{bucket}/described").text
    assert "text/x-own" in shown
    assert md5(b"x") in shown


def test_ls_shows_folders(cli: Program, s3: Client, bucket: str) -> None:
    for key in ("ls/one", "ls/sub dir/two"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"12345")
    shown = cli("ls", f"s3://{bucket}/ls/").text
    assert f"DIR  s3://{bucket}/ls/sub dir/" in shown
    assert f"s3://{bucket}/ls/one" in shown
    assert "two" not in shown


def test_a_folder_is_synchronised(cli: Program, s3: Client, bucket: str, tmp_path: Path) -> None:
    names = {"a.txt", "b c.txt", "deep/er/ö+.txt"}
    for name in names:
        file = tmp_path / "tree" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    cli("sync", "tree/", f"s3://{bucket}/tree/")
    assert {key for key in keys_of(s3, bucket, "tree/") if key[-1] != "/"} == {f"tree/{n}" for n in names}
    (tmp_path / "back").mkdir()
    cli("sync", f"s3://{bucket}/tree/", "back/")
    assert {name: (tmp_path / "back" / name).read_text() for name in names} == {n: n for n in names}
    cli("del", "--recursive", "--force", f"s3://{bucket}/tree/")
    assert not [key for key in keys_of(s3, bucket, "tree/") if key[-1] != "/"]


def test_copy_and_move_inside_the_store(cli: Program, s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="from ä+", Body=b"moved")
    cli("cp", f"s3://{bucket}/from ä+", f"s3://{bucket}/copied")
    cli("mv", f"s3://{bucket}/from ä+", f"s3://{bucket}/moved")
    assert body_of(s3, bucket, "copied") == body_of(s3, bucket, "moved") == b"moved"
    assert missing(s3, bucket, "from ä+")


def test_one_is_deleted(cli: Program, s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="gone & away", Body=b"x")
    cli("del", f"s3://{bucket}/gone & away")
    assert missing(s3, bucket, "gone & away")


def test_a_wrong_secret_is_refused(target: Target, keys: Keys, bucket: str, tmp_path: Path) -> None:
    wrong = Keys(keys.access_key, "0" * 32, keys.session_token)
    done = s3cmd(target, wrong, tmp_path).attempt("ls", f"s3://{bucket}")
    assert done.code != 0
    assert "403" in done.err
    assert "SignatureDoesNotMatch" in done.err
