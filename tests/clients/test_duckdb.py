"""DuckDB with its extension `httpfs` reads and writes tables in the store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support import libraries
from support.boto import Client, body_of, keys_of, missing
from support.libraries import Library
from support.target import Keys, Target

PARQUET = b"PAR1"


@pytest.fixture
def duck(target: Target, keys: Keys) -> Iterator[Library]:
    """A database in memory that knows the keys."""
    connection = libraries.duckdb(target, keys)
    yield connection
    connection.close()


def rows(duck: Library, query: str) -> list[tuple[object, ...]]:
    return list(duck.execute(query).fetchall())


def test_a_table_is_written_read_and_overwritten(duck: Library, s3: Client, bucket: str) -> None:
    key = "tables/one ä+b.parquet"
    for factor in (2, 3):
        duck.execute(f"COPY (SELECT i, i * {factor} AS j FROM range(1000) r(i)) TO 's3://{bucket}/{key}'")
        data = body_of(s3, bucket, key)
        assert (data[:4], data[-4:]) == (PARQUET, PARQUET)
        read = rows(duck, f"SELECT count(*), sum(j) FROM 's3://{bucket}/{key}'")
        assert read == [(1000, 499_500 * factor)]


def test_only_the_needed_ranges_are_read(duck: Library, bucket: str) -> None:
    """One column of a file of twenty megabytes, and the rows of one group."""
    url = f"s3://{bucket}/ranged.parquet"
    duck.execute(f"COPY (SELECT i, hash(i) AS h FROM range(2_000_000) r(i)) TO '{url}'")
    assert rows(duck, f"SELECT count(i) FROM '{url}' WHERE i BETWEEN 1000 AND 1009") == [(10,)]
    assert rows(duck, f"SELECT h = hash(77_777) FROM '{url}' WHERE i = 77_777") == [(True,)]


def test_a_big_table_goes_in_parts(duck: Library, s3: Client, bucket: str) -> None:
    """Parts of 80 MB, the default, would make this one."""
    duck.execute("SET s3_uploader_max_filesize = '50GB'")
    url = f"s3://{bucket}/parts.parquet"
    duck.execute(f"COPY (SELECT i, hash(i) AS h FROM range(1_000_000) r(i)) TO '{url}'")
    assert "-" in s3.head_object(Bucket=bucket, Key="parts.parquet")["ETag"]
    same = rows(duck, f"SELECT count(*), sum(h = hash(i)) FROM '{url}'")
    assert same == [(1_000_000, 1_000_000)]


def test_a_glob_lists_and_reads_a_folder(duck: Library, s3: Client, bucket: str) -> None:
    duck.execute(
        f"COPY (SELECT i % 3 AS part, i FROM range(300) r(i)) TO 's3://{bucket}/by part' "
        "(FORMAT parquet, PARTITION_BY part)"
    )
    files = [key for key in keys_of(s3, bucket, "by part/") if key[-1] != "/"]
    assert len(files) == 3
    found = rows(duck, f"SELECT count(*) FROM glob('s3://{bucket}/by part/**/*.parquet')")
    assert found == [(3,)]
    query = f"SELECT part, count(*) FROM 's3://{bucket}/by part/**/*.parquet' GROUP BY part ORDER BY part"
    assert rows(duck, query) == [(0, 100), (1, 100), (2, 100)]


def test_text_formats(duck: Library, s3: Client, bucket: str) -> None:
    duck.execute(f"COPY (SELECT 1 AS a, 'ü' AS b) TO 's3://{bucket}/text.csv'")
    assert body_of(s3, bucket, "text.csv").decode() == "a,b\n1,ü\n"
    s3.put_object(Bucket=bucket, Key="text.json", Body=b'{"a": 2}\n{"a": 3}\n')
    assert rows(duck, f"SELECT sum(a) FROM 's3://{bucket}/text.json'") == [(5,)]


def test_a_wrong_secret_is_refused(target: Target, keys: Keys, s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="closed.csv", Body=b"a\n1\n")
    duck = libraries.duckdb(target, Keys(keys.access_key, "0" * 32, keys.session_token))
    with pytest.raises(Exception, match="403"):
        rows(duck, f"SELECT * FROM 's3://{bucket}/closed.csv'")
    with pytest.raises(Exception, match="403"):
        duck.execute(f"COPY (SELECT 1 AS a) TO 's3://{bucket}/slipped-in.csv'")
    assert missing(s3, bucket, "slipped-in.csv")
