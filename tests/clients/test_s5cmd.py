"""s5cmd with its defaults: files, parts, streams, folders, many at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.boto import Client, body_of, keys_of, missing
from support.data import MIB, content, md5, md5_of_file, write_file
from support.names import unique_name
from support.odd import PLAIN
from support.programs import Program, s5cmd
from support.target import Keys, Target


@pytest.fixture
def cli(target: Target, keys: Keys, tmp_path: Path) -> Program:
    """s5cmd in a folder of its own."""
    return s5cmd(target, keys, tmp_path)


def test_a_bucket_from_mb_to_rb(cli: Program, s3: Client) -> None:
    name = unique_name("s5cmd-life")
    cli("mb", f"s3://{name}")
    assert name in cli("ls").text
    cli("rb", f"s3://{name}")
    assert name not in [entry["Name"] for entry in s3.list_buckets()["Buckets"]]


def test_a_file_is_written_overwritten_and_removed(
    cli: Program, s3: Client, bucket: str, tmp_path: Path
) -> None:
    url = f"s3://{bucket}/one file ä+b"
    for seed in (1, 2):
        digest = write_file(tmp_path / "up", 1025, seed)
        cli("cp", "up", url)
        cli("cp", url, "down")
        assert md5_of_file(tmp_path / "down") == digest
    assert "one file ä+b" in cli("ls", f"s3://{bucket}/one*").text
    cli("rm", url)
    assert missing(s3, bucket, "one file ä+b")


def test_a_file_in_parts(cli: Program, s3: Client, bucket: str, tmp_path: Path) -> None:
    """With parts of 50 MiB, the default, this would be one; a download is read in ranges."""
    digest = write_file(tmp_path / "up", 12 * MIB)
    cli("cp", "--part-size", "5", "up", f"s3://{bucket}/parts")
    assert s3.head_object(Bucket=bucket, Key="parts")["ETag"].endswith('-3"')
    cli("cp", "--part-size", "5", f"s3://{bucket}/parts", "down")
    assert md5_of_file(tmp_path / "down") == digest


def test_a_stream_of_unknown_length(cli: Program, bucket: str) -> None:
    data = content(6 * MIB)
    cli("pipe", f"s3://{bucket}/piped", stdin=data)
    assert md5(cli("cat", f"s3://{bucket}/piped").out) == md5(data)


def test_a_folder_is_synchronised_and_removed(cli: Program, s3: Client, bucket: str, tmp_path: Path) -> None:
    names = {"a.txt", "b c.txt", "deep/er/ö+.txt", "deep/100%.txt"}
    for name in names:
        file = tmp_path / "tree" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    cli("sync", "tree/", f"s3://{bucket}/tree/")
    assert {key for key in keys_of(s3, bucket, "tree/") if key[-1] != "/"} == {f"tree/{n}" for n in names}
    # By size alone: stores round the time of writing down, and the file then looks newer.
    assert cli("sync", "--size-only", "tree/", f"s3://{bucket}/tree/").text == ""
    cli("cp", f"s3://{bucket}/tree/*", "back/")
    assert {name: (tmp_path / "back" / name).read_text() for name in names} == {n: n for n in names}
    cli("rm", *(f"s3://{bucket}/tree/{name}" for name in names))
    assert not [key for key in keys_of(s3, bucket, "tree/") if key[-1] != "/"]


def test_copy_and_move_inside_the_store(cli: Program, s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="from-ä+", Body=b"moved")
    cli("cp", f"s3://{bucket}/from-ä+", f"s3://{bucket}/copied to")
    cli("mv", f"s3://{bucket}/from-ä+", f"s3://{bucket}/moved")
    assert body_of(s3, bucket, "copied to") == body_of(s3, bucket, "moved") == b"moved"
    assert missing(s3, bucket, "from-ä+")


@pytest.mark.needs("copies.plus-is-a-blank")
def test_a_copy_of_a_name_with_a_blank(cli: Program, s3: Client, bucket: str) -> None:
    """s5cmd writes the blank as a plus into the header, as forms do."""
    s3.put_object(Bucket=bucket, Key="from here", Body=b"copied")
    cli("cp", f"s3://{bucket}/from here", f"s3://{bucket}/with-blank")
    assert body_of(s3, bucket, "with-blank") == b"copied"


def test_odd_names_are_listed_and_read(cli: Program, s3: Client, bucket: str, tmp_path: Path) -> None:
    for key in PLAIN:
        s3.put_object(Bucket=bucket, Key=f"odd/{key}", Body=key.encode())
    cli("cp", f"s3://{bucket}/odd/*", "odd/")
    read = {key: (tmp_path / "odd" / key).read_bytes() for key in PLAIN}
    assert read == {key: key.encode() for key in PLAIN}


def test_a_wrong_secret_is_refused(target: Target, keys: Keys, bucket: str, tmp_path: Path) -> None:
    wrong = Keys(keys.access_key, "0" * 32, keys.session_token)
    done = s5cmd(target, wrong, tmp_path).attempt("ls", f"s3://{bucket}")
    assert done.code != 0
    assert "SignatureDoesNotMatch" in done.err
