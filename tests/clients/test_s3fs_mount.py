"""s3fs mounts a bucket, and programs that know nothing of S3 work in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.boto import Client, body_of, keys_of, missing
from support.data import MIB, md5, md5_of_file, write_file
from support.programs import find, s3fs
from support.target import Keys, Target


@pytest.fixture(autouse=True, scope="module")
def _fuse() -> None:
    """Whether this machine lets anybody mount; containers often do not."""
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError as error:
        pytest.skip(f"FUSE is not to be had: {error}")
    if shutil.which("fusermount") is None and shutil.which("fusermount3") is None:
        pytest.skip("no program fusermount")


@contextmanager
def mounted(target: Target, keys: Keys, bucket: str, folder: Path) -> Iterator[Path]:
    """The bucket as a folder for the length of the block."""
    place, home = folder / "mounted", folder / "home"
    place.mkdir()
    home.mkdir()
    s3fs(target, keys, home)(bucket, place)
    try:
        # It goes to the background before the kernel has answered it.
        assert place.is_mount(), "s3fs ended without a mount"
        yield place
    finally:
        subprocess.run([find("fusermount"), "-u", "-z", str(place)], check=False)


@pytest.fixture(scope="module")
def root(target: Target, keys: Keys, bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The story's bucket as a folder."""
    with mounted(target, keys, bucket, tmp_path_factory.mktemp("s3fs")) as place:
        yield place


def test_a_file_is_written_overwritten_and_removed(root: Path, s3: Client, bucket: str) -> None:
    file = root / "a file ä+b"
    for text in ("first", "second and longer"):
        file.write_text(text)
        assert file.read_text() == body_of(s3, bucket, file.name).decode() == text
    assert file in root.iterdir()
    file.unlink()
    assert missing(s3, bucket, file.name)
    assert not file.exists()


def test_a_part_is_read_and_changed(root: Path, s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="ranged", Body=b"0123456789")
    with (root / "ranged").open("rb+") as file:
        file.seek(7)
        assert file.read() == b"789"
        file.seek(2)
        file.write(b"ab")
    assert body_of(s3, bucket, "ranged") == b"01ab456789"


def test_a_big_file_goes_in_parts(root: Path, s3: Client, bucket: str, tmp_path: Path) -> None:
    digest = write_file(tmp_path / "up", 25 * MIB)
    shutil.copyfile(tmp_path / "up", root / "parts")
    assert "-" in s3.head_object(Bucket=bucket, Key="parts")["ETag"]
    assert md5(body_of(s3, bucket, "parts")) == digest
    assert md5_of_file(root / "parts") == digest


def test_folders_and_odd_names(root: Path, s3: Client, bucket: str) -> None:
    names = ["100%", "a&b=c", "q?u#e", "[x] {y}", "東京", 'it\'s "so"', "~", "%2e%2e"]
    folder = root / "folder ü" / "deeper"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(name)
    assert {file.name for file in folder.iterdir()} == set(names)
    stored = {key for key in keys_of(s3, bucket, "folder ü/") if key[-1] != "/"}
    assert stored == {f"folder ü/deeper/{name}" for name in names}
    shutil.rmtree(root / "folder ü")
    assert not [key for key in keys_of(s3, bucket, "folder ü/") if key[-1] != "/"]


def test_a_file_is_renamed_and_given_rights(root: Path, s3: Client, bucket: str) -> None:
    (root / "before ä").write_text("moved")
    (root / "before ä").rename(root / "after")
    (root / "after").chmod(0o640)
    assert missing(s3, bucket, "before ä")
    assert body_of(s3, bucket, "after") == b"moved"
    assert (root / "after").stat().st_mode & 0o777 == 0o640


def test_a_wrong_secret_is_refused(target: Target, keys: Keys, bucket: str, tmp_path: Path) -> None:
    """In the foreground, where it says why; its exit code says nothing."""
    (tmp_path / "mounted").mkdir()
    wrong = s3fs(target, Keys(keys.access_key, "0" * 32, keys.session_token), tmp_path)
    done = wrong.attempt(bucket, tmp_path / "mounted", "-f")
    assert "invalid credentials" in done.text + done.err
    assert not (tmp_path / "mounted").is_mount()
