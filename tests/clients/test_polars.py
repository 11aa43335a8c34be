"""polars writes, scans and overwrites tables in the store."""

from __future__ import annotations

import pytest

from support import libraries
from support.boto import Client, body_of, keys_of, missing
from support.libraries import Library
from support.target import Keys, Target


@pytest.fixture(scope="module")
def polars() -> Library:
    """The module, loaded only where a story runs: it is large."""
    return pytest.importorskip("polars")


@pytest.fixture(scope="module")
def options(target: Target, keys: Keys) -> dict[str, str]:
    """Endpoint and keys."""
    return libraries.object_store(target, keys)


def test_a_table_is_written_read_and_overwritten(
    polars: Library, options: dict[str, str], s3: Client, bucket: str
) -> None:
    key = "tables/one ä+b.parquet"
    for factor in (2, 3):
        table = polars.DataFrame({"i": range(1000), "j": [i * factor for i in range(1000)]})
        table.write_parquet(f"s3://{bucket}/{key}", storage_options=options)
        assert body_of(s3, bucket, key)[-4:] == b"PAR1"
        assert polars.read_parquet(f"s3://{bucket}/{key}", storage_options=options).equals(table)


def test_a_scan_reads_ranges(polars: Library, options: dict[str, str], bucket: str) -> None:
    url = f"s3://{bucket}/ranged.parquet"
    table = polars.DataFrame({"i": range(200_000)}).with_columns(h=polars.col("i").hash())
    table.write_parquet(url, storage_options=options, row_group_size=50_000)
    scan = polars.scan_parquet(url, storage_options=options)
    assert scan.filter(polars.col("i") == 77_777).collect().equals(table[77_777:77_778])
    assert scan.select("i").tail(2).collect()["i"].to_list() == [199_998, 199_999]


def test_a_big_table_goes_in_parts(polars: Library, options: dict[str, str], s3: Client, bucket: str) -> None:
    url = f"s3://{bucket}/parts.ipc"
    table = polars.DataFrame({"i": range(5_000_000)})
    table.lazy().sink_ipc(url, storage_options=options, compression="uncompressed")
    assert "-" in s3.head_object(Bucket=bucket, Key="parts.ipc")["ETag"]
    assert polars.scan_ipc(url, storage_options=options).collect().equals(table)


def test_a_folder_is_listed_and_scanned(
    polars: Library, options: dict[str, str], s3: Client, bucket: str
) -> None:
    for year in (2024, 2025):
        table = polars.DataFrame({"value": [year, year + 1]})
        table.write_parquet(f"s3://{bucket}/folder/year={year}/part.parquet", storage_options=options)
    scan = polars.scan_parquet(f"s3://{bucket}/folder/**/*.parquet", storage_options=options)
    assert sorted(scan.collect()["value"].to_list()) == [2024, 2025, 2025, 2026]
    whole = polars.scan_parquet(f"s3://{bucket}/folder/", storage_options=options, hive_partitioning=True)
    assert whole.filter(polars.col("year") == 2025).collect()["value"].to_list() == [2025, 2026]
    assert len([key for key in keys_of(s3, bucket, "folder/") if key[-1] != "/"]) == 2


def test_text_formats(polars: Library, options: dict[str, str], s3: Client, bucket: str) -> None:
    table = polars.DataFrame({"a": [1, 2], "b": ["ü", "x"]})
    table.write_csv(f"s3://{bucket}/text.csv", storage_options=options)
    assert body_of(s3, bucket, "text.csv").decode() == "a,b\n1,ü\n2,x\n"
    assert polars.scan_csv(f"s3://{bucket}/text.csv", storage_options=options).collect().equals(table)


def test_a_wrong_secret_is_refused(
    polars: Library, target: Target, keys: Keys, s3: Client, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key="closed.csv", Body=b"a\n1\n")
    wrong = libraries.object_store(target, Keys(keys.access_key, "0" * 32, keys.session_token))
    with pytest.raises(OSError, match="403 Forbidden"):
        polars.scan_csv(f"s3://{bucket}/closed.csv", storage_options=wrong).collect()
    table = polars.DataFrame({"a": [1]})
    with pytest.raises(OSError, match="SignatureDoesNotMatch"):
        table.write_parquet(f"s3://{bucket}/slipped-in.parquet", storage_options=wrong)
    assert missing(s3, bucket, "slipped-in.parquet")
