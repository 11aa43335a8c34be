"""obstore: Rust's `object_store`, on which polars, LanceDB, DataFusion and others stand."""

from __future__ import annotations

import pytest

from support import libraries
from support.boto import Client, body_of, missing
from support.data import MIB, content, md5
from support.libraries import Library
from support.odd import PLAIN
from support.target import Keys, Target


@pytest.fixture(scope="module")
def obstore() -> Library:
    """The module: its functions take a store."""
    return pytest.importorskip("obstore")


@pytest.fixture(scope="module")
def store(target: Target, keys: Keys, bucket: str) -> Library:
    """The story's bucket."""
    return libraries.obstore(target, keys, bucket)


def names(obstore: Library, store: Library, prefix: str) -> set[str]:
    return {entry["path"] for page in obstore.list(store, prefix) for entry in page}


@pytest.mark.parametrize("size", [0, 1, 1024, 12 * MIB])
def test_an_object_is_written_overwritten_and_deleted(
    obstore: Library, store: Library, s3: Client, bucket: str, size: int
) -> None:
    key = f"objects/size {size} ä+b"
    for seed in (1, 2):
        data = content(size, seed)
        obstore.put(store, key, data)
        assert md5(bytes(obstore.get(store, key).bytes())) == md5(data)
        assert md5(body_of(s3, bucket, key)) == md5(data)
    assert obstore.head(store, key)["size"] == size
    obstore.delete(store, key)
    assert missing(s3, bucket, key)


def test_a_big_object_goes_in_parts(obstore: Library, store: Library, s3: Client, bucket: str) -> None:
    data = content(12 * MIB)
    obstore.put(store, "parts", data)
    assert s3.head_object(Bucket=bucket, Key="parts")["ETag"].endswith('-3"')
    assert md5(body_of(s3, bucket, "parts")) == md5(data)


def test_ranges(obstore: Library, store: Library) -> None:
    obstore.put(store, "ranged", b"0123456789")
    assert bytes(obstore.get_range(store, "ranged", start=2, end=5)) == b"234"
    several = obstore.get_ranges(store, "ranged", starts=[0, 8], ends=[1, 10])
    assert [bytes(part) for part in several] == [b"0", b"89"]
    assert bytes(obstore.get(store, "ranged", options={"range": {"suffix": 3}}).bytes()) == b"789"


def test_odd_names(obstore: Library, store: Library, s3: Client, bucket: str) -> None:
    keys = {f"odd/{key}" for key in PLAIN if "\n" not in key}  # which it refuses by itself
    for key in keys:
        obstore.put(store, key, key.encode())
    assert keys <= names(obstore, store, "odd")
    for key in keys:
        assert bytes(obstore.get(store, key).bytes()) == body_of(s3, bucket, key) == key.encode()


def test_a_listing_with_folders(obstore: Library, store: Library) -> None:
    for key in ("tree/one", "tree/sub dir/two"):
        obstore.put(store, key, b"x")
    listed = obstore.list_with_delimiter(store, "tree")
    assert "tree/sub dir" in listed["common_prefixes"]
    assert "tree/one" in [entry["path"] for entry in listed["objects"]]
    assert "tree/sub dir/two" not in [entry["path"] for entry in listed["objects"]]


def test_copy_rename_and_many_deleted(obstore: Library, store: Library) -> None:
    obstore.put(store, "many/from ä+", b"moved")
    obstore.copy(store, "many/from ä+", "many/copied")
    obstore.rename(store, "many/from ä+", "many/moved")
    assert bytes(obstore.get(store, "many/moved").bytes()) == b"moved"
    both = ["many/copied", "many/moved"]
    obstore.delete(store, both)
    assert not names(obstore, store, "many") & {*both, "many/from ä+"}


def test_a_link_of_its_own(obstore: Library, store: Library, target: Target) -> None:
    requests = pytest.importorskip("requests")
    timedelta = pytest.importorskip("datetime").timedelta
    obstore.put(store, "linked ä+", b"linked")
    url = obstore.sign(store, "GET", "linked ä+", timedelta(minutes=5))
    assert requests.get(url, timeout=30, verify=target.verify).content == b"linked"


def test_a_wrong_secret_is_refused(
    obstore: Library, target: Target, keys: Keys, s3: Client, bucket: str
) -> None:
    wrong = Keys(keys.access_key, "0" * 32, keys.session_token)
    store = libraries.obstore(target, wrong, bucket)
    with pytest.raises(Exception, match="SignatureDoesNotMatch"):
        names(obstore, store, "")
    with pytest.raises(Exception, match="SignatureDoesNotMatch"):
        obstore.put(store, "slipped-in", b"x")
    assert missing(s3, bucket, "slipped-in")
