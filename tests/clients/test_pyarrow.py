"""pyarrow's file system and its datasets."""

from __future__ import annotations

import pytest

from support import libraries
from support.boto import Client, body_of, missing
from support.data import MIB, content, md5
from support.libraries import Library
from support.odd import PLAIN
from support.target import Keys, Target


@pytest.fixture(scope="module")
def files(target: Target, keys: Keys) -> Library:
    """The store as a file system."""
    return libraries.pyarrow(target, keys)


def write(files: Library, path: str, data: bytes) -> None:
    with files.open_output_stream(path) as stream:
        stream.write(data)


def names(files: Library, folder: str) -> set[str]:
    selector = pytest.importorskip("pyarrow.fs").FileSelector(folder, recursive=True)
    return {info.path for info in files.get_file_info(selector) if info.is_file}


@pytest.mark.parametrize("size", [1, 1024, 12 * MIB])
def test_a_file_is_written_overwritten_and_deleted(
    files: Library, s3: Client, bucket: str, size: int
) -> None:
    key = f"files/size {size} ä+b"
    for seed in (1, 2):
        data = content(size, seed)
        write(files, f"{bucket}/{key}", data)
        assert md5(files.open_input_file(f"{bucket}/{key}").read()) == md5(data)
        assert md5(body_of(s3, bucket, key)) == md5(data)
    assert files.get_file_info(f"{bucket}/{key}").size == size
    files.delete_file(f"{bucket}/{key}")
    assert missing(s3, bucket, key)


def test_a_big_file_goes_in_parts(files: Library, s3: Client, bucket: str) -> None:
    data = content(12 * MIB)
    write(files, f"{bucket}/parts", data)
    assert "-" in s3.head_object(Bucket=bucket, Key="parts")["ETag"]
    assert md5(body_of(s3, bucket, "parts")) == md5(data)


def test_ranges(files: Library, bucket: str) -> None:
    write(files, f"{bucket}/ranged", b"0123456789")
    file = files.open_input_file(f"{bucket}/ranged")
    assert (file.read_at(3, 2), file.size()) == (b"234", 10)
    file.seek(7)
    assert file.read() == b"789"


def test_odd_names(files: Library, s3: Client, bucket: str) -> None:
    paths = {f"{bucket}/odd/{key}" for key in PLAIN}
    for path in paths:
        write(files, path, path.encode())
    assert names(files, f"{bucket}/odd") == paths
    for path in paths:
        assert files.open_input_file(path).read() == path.encode()
        assert body_of(s3, bucket, path.partition("/")[2]) == path.encode()


def test_copy_and_move(files: Library, bucket: str) -> None:
    write(files, f"{bucket}/tree/a ü", b"moved")
    files.copy_file(f"{bucket}/tree/a ü", f"{bucket}/tree/b")
    files.move(f"{bucket}/tree/a ü", f"{bucket}/tree/c")
    assert names(files, f"{bucket}/tree") == {f"{bucket}/tree/b", f"{bucket}/tree/c"}
    assert files.open_input_file(f"{bucket}/tree/c").read() == b"moved"


@pytest.mark.needs("bulk-delete.without-md5")
def test_a_whole_folder_is_deleted(files: Library, bucket: str) -> None:
    for name in ("a ü", "b"):
        write(files, f"{bucket}/gone/{name}", b"x")
    files.delete_dir(f"{bucket}/gone")
    assert not [path for path in names(files, bucket) if path.startswith(f"{bucket}/gone/")]


def test_a_dataset_of_several_files(files: Library, bucket: str) -> None:
    arrow = pytest.importorskip("pyarrow")
    dataset = pytest.importorskip("pyarrow.dataset")
    table = arrow.table({"year": [2024, 2025, 2025], "value": [1.0, 2.0, 3.0]})
    root = f"{bucket}/dataset"
    dataset.write_dataset(table, root, format="parquet", partitioning=["year"], filesystem=files)
    assert len(names(files, root)) == 2
    read = dataset.dataset(root, format="parquet", partitioning=["year"], filesystem=files)
    late = read.to_table(filter=dataset.field("year") == 2025)
    assert sorted(late["value"].to_pylist()) == [2.0, 3.0]


def test_a_wrong_secret_is_refused(target: Target, keys: Keys, s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="closed", Body=b"closed")
    files = libraries.pyarrow(target, Keys(keys.access_key, "0" * 32, keys.session_token))
    with pytest.raises(OSError, match="SIGNATURE_DOES_NOT_MATCH"):
        names(files, bucket)
    with pytest.raises(OSError, match="SIGNATURE_DOES_NOT_MATCH"):
        write(files, f"{bucket}/slipped-in", b"x")
    assert missing(s3, bucket, "slipped-in")
