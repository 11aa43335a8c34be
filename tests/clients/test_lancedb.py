"""LanceDB keeps tables of vectors in the store: many small objects, manifests, ranges."""

from __future__ import annotations

import pytest

from support import libraries
from support.boto import Client, keys_of
from support.data import MIB
from support.libraries import Library
from support.target import Keys, Target


@pytest.fixture(scope="module")
def lancedb() -> Library:
    """The module, loaded only where a story runs: it is large."""
    return pytest.importorskip("lancedb")


@pytest.fixture(scope="module")
def database(lancedb: Library, target: Target, keys: Keys, bucket: str) -> Library:
    """A database in a folder of the bucket."""
    return lancedb.connect(f"s3://{bucket}/a database", storage_options=libraries.object_store(target, keys))


def vectors(first: int, count: int) -> list[dict[str, object]]:
    return [{"vector": [float(i), 1.0], "name": f"ü {i}"} for i in range(first, first + count)]


def test_a_table_from_create_to_drop(database: Library, s3: Client, bucket: str) -> None:
    table = database.create_table("life", vectors(0, 100))
    table.add(vectors(100, 10))
    assert table.count_rows() == 110
    near = table.search([105.0, 1.0]).limit(1).to_list()
    assert near[0]["name"] == "ü 105"
    table.update(where="name = 'ü 105'", values={"name": "changed"})
    table.delete("name = 'ü 104'")
    assert table.search([105.0, 1.0]).limit(1).to_list()[0]["name"] == "changed"
    assert table.count_rows("name LIKE 'ü 10%'") == 9  # 10, 100 to 109 but two
    assert "life" in database.list_tables().tables
    # Whether the name goes too depends on the store: some list a folder that holds nothing.
    database.drop_table("life")
    assert not [key for key in keys_of(s3, bucket, "a database/life.lance/") if key[-1] != "/"]


def test_versions_and_overwriting(database: Library) -> None:
    table = database.create_table("versions", vectors(0, 3))
    before = table.version
    table.add(vectors(3, 3))
    assert table.count_rows() == 6
    table.checkout(before)
    assert table.count_rows() == 3
    again = database.create_table("versions", vectors(50, 1), mode="overwrite")
    assert again.to_arrow()["name"].to_pylist() == ["ü 50"]


def test_a_big_table_goes_in_parts(database: Library, s3: Client, bucket: str) -> None:
    arrow = pytest.importorskip("pyarrow")
    numpy = pytest.importorskip("numpy")
    data = numpy.random.default_rng(1).random(3 * MIB, dtype="float32")
    column = arrow.FixedSizeListArray.from_arrays(arrow.array(data), 128)
    table = database.create_table("big", arrow.table({"vector": column}))
    prefix = "a database/big.lance/data/"
    tags = [s3.head_object(Bucket=bucket, Key=key)["ETag"] for key in keys_of(s3, bucket, prefix)]
    assert [tag for tag in tags if "-" in tag]
    back = table.to_arrow()["vector"].combine_chunks()
    assert numpy.array_equal(back.flatten().to_numpy(zero_copy_only=False), data)


def test_a_wrong_secret_is_refused(
    lancedb: Library, target: Target, keys: Keys, s3: Client, bucket: str
) -> None:
    wrong = Keys(keys.access_key, "0" * 32, keys.session_token)
    options = libraries.object_store(target, wrong)
    with pytest.raises(Exception, match="SignatureDoesNotMatch"):
        lancedb.connect(f"s3://{bucket}/closed", storage_options=options).create_table("x", vectors(0, 1))
    assert keys_of(s3, bucket, "closed/") == []
