"""Tables that LanceDB's own client has written through the S3 door, read through the API."""

from __future__ import annotations

import io
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.tables import Tables, tables
from support.target import Keys, Target

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(100))
ARROW, PARQUET = "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"


@pytest.fixture(scope="module")
def folder(target: Target, bearer: str, keys: Keys, bucket: str) -> Tables:
    """A folder with tables in it."""
    folder = tables(target, bearer, keys, bucket, "a folder/of tables")
    arrow = pytest.importorskip("pyarrow")
    numbers = arrow.table({"id": range(10), "name": [f"ü {i}" for i in range(10)]})
    folder.database.create_table("numbers", numbers)
    folder.database.create_table("kinds", kinds(arrow), on_bad_vectors="null")
    folder.database.create_table("empty", numbers.schema.empty_table())
    return folder


def kinds(arrow: Any) -> Any:
    """Two rows of every type in the contract: one with values, one without."""
    moment = datetime(2024, 1, 2, 3, 4, 5, 123456)
    columns = {
        "truth": ([True, None], arrow.bool_()),
        "whole": ([-5, None], arrow.int64()),
        "single": ([0.5, None], arrow.float32()),
        "nan": ([math.nan, math.inf], arrow.float64()),
        "text": (["å", None], arrow.string()),
        "data": ([PNG, None], arrow.binary()),
        "date": ([date(2024, 1, 2), None], arrow.date32()),
        "moment": ([moment, None], arrow.timestamp("us")),
        "zoned": ([moment.replace(tzinfo=UTC), None], arrow.timestamp("us", tz="UTC")),
        "time": ([time(1, 2, 3), None], arrow.time64("us")),
        "length": ([timedelta(hours=2, minutes=30), None], arrow.duration("us")),
        "list": ([[1, 2], None], arrow.list_(arrow.int64())),
        "words": ([["a", None], None], arrow.list_(arrow.string())),
        "price": ([Decimal("12.50"), None], arrow.decimal128(10, 2)),
        "struct": (
            [{"a": 1, "b": "x"}, None],
            arrow.struct([("a", arrow.int64()), ("b", arrow.string())]),
        ),
        "vector": ([[3.0, 4.0], None], arrow.list_(arrow.float32(), 2)),
    }
    return arrow.table({name: arrow.array(values, kind) for name, (values, kind) in columns.items()})


def test_the_names_of_tables(folder: Tables) -> None:
    """Others of this file may be there already: stories come in any order."""
    names = folder("tables")["tables"]
    assert names == sorted(folder.database.table_names())
    assert {"empty", "kinds", "numbers"} <= set(names)
    assert folder("tables", path="a folder") == {"tables": []}
    folder.database.create_table("later", [{"id": 1}])
    assert "later" in folder("tables")["tables"]
    folder.database.drop_table("later")


def test_the_columns_of_a_table(folder: Tables) -> None:
    schema = folder("schema", table="kinds")
    assert schema["table_name"] == "kinds"
    fields = {field["name"]: field for field in schema["fields"]}
    real = folder.database.open_table("kinds").schema
    assert {name: field["type"] for name, field in fields.items()} == {
        field.name: str(field.type) for field in real
    }
    assert list(fields) == real.names
    assert [name for name, field in fields.items() if field["is_vector"]] == ["vector"]
    assert [name for name, field in fields.items() if field["is_binary"]] == ["data"]
    assert fields["vector"]["vector_dim"] == 2
    assert fields["whole"]["vector_dim"] is None
    assert fields["whole"]["nullable"] is True


def test_values_as_the_contract_has_them(folder: Tables) -> None:
    page = folder("rows", table="kinds")
    assert (page["total"], page["limit"], page["offset"]) == (2, 50, 0)
    row, empty = page["rows"]
    assert row == {
        "truth": True, "whole": -5, "single": 0.5, "nan": None, "text": "å",
        "data": {"size": len(PNG)}, "date": "2024-01-02", "moment": "2024-01-02T03:04:05.123456",
        "zoned": "2024-01-02T03:04:05.123456+00:00", "time": "01:02:03", "length": "2:30:00",
        "list": [1.0, 2.0], "words": ["a", None], "price": 12.5, "struct": {"a": 1, "b": "x"},
        "vector": {"type": "vector", "dim": 2, "norm": 5.0, "min": 3.0, "max": 4.0, "mean": 3.5,
                   "preview": [3.0, 4.0]},
    }  # fmt: skip
    del empty["struct"]  # some releases store a struct of nulls for a null
    assert set(empty.values()) == {None}


def test_pages_columns_and_filters(folder: Tables) -> None:
    page = folder("rows", table="numbers", limit=3, offset=8, columns=" id ")
    assert page == {"rows": [{"id": 8}, {"id": 9}], "total": 10, "limit": 3, "offset": 8}
    assert folder("rows", table="numbers", offset=100)["rows"] == []
    found = folder("rows", table="numbers", filter="id > 6 AND name LIKE 'ü%'", limit=2)
    assert [row["id"] for row in found["rows"]] == [7, 8]
    assert found["total"] == 3
    assert folder("rows", table="empty") == {"rows": [], "total": 0, "limit": 50, "offset": 0}


def test_a_table_that_changes_between_requests(folder: Tables) -> None:
    table = folder.database.create_table("changing", [{"id": 1}])
    assert folder("rows", table="changing")["total"] == 1
    assert folder("schema", table="changing")["fields"][0]["name"] == "id"
    table.add([{"id": 2}])
    assert folder("rows", table="changing")["total"] == 2
    table.add_columns({"twice": "id * 2"})
    assert [field["name"] for field in folder("schema", table="changing")["fields"]] == ["id", "twice"]
    versions = folder("versions", table="changing")["versions"]
    assert [each["version"] for each in versions] == [1, 2, 3]
    newest = folder("versions", table="changing", limit=2)
    assert [each["version"] for each in newest["versions"]] == [2, 3]
    assert newest["total"] == 3
    old = folder("rows", table="changing", version=1)
    assert old["rows"] == [{"id": 1}]
    assert folder("schema", table="changing", version=2)["fields"][0]["name"] == "id"
    folder.refused(422, "rows", table="changing", version=9)
    folder.database.drop_table("changing")


def test_what_cannot_be_read(folder: Tables) -> None:
    words = folder.refused(400, "rows", table="numbers", filter="id = 1 AND nothing = 2")
    assert "line 1, column 12" in words and "nothing" in words
    folder.refused(400, "rows", table="numbers", filter="id >")
    folder.refused(400, "rows", table="numbers", filter="id > 'abc'")
    folder.refused(400, "rows", table="numbers", filter="id + 1")
    words = folder.refused(400, "rows", table="numbers", filter="repeat(name, 2000000000) = 'x'")
    assert "line 1, column 1:" in words and "repeat" in words
    folder.refused(422, "rows", table="numbers", columns="id,nothing")
    folder.refused(422, "rows", table="missing")
    folder.refused(422, "rows", table="numbers", limit=201)
    folder.refused(422, "rows", table="a/b")
    folder.refused(404, "rows", bucket=f"{folder.bucket}-not", table="numbers")
    folder.refused(404, "rows", bucket=f"{folder.bucket}-not", table="numbers", version=1)
    folder.refused(400, "rows", path="a/../b", table="numbers")


@pytest.mark.parametrize("kind", [ARROW, PARQUET])
def test_rows_for_programs(folder: Tables, kind: str) -> None:
    arrow = pytest.importorskip("pyarrow")
    answer = folder.ask("rows", table="kinds", headers={"Accept": kind})
    assert answer.headers["Content-Type"] == kind
    if kind == ARROW:
        got = arrow.ipc.open_stream(answer.content).read_all()
    else:
        got = pytest.importorskip("pyarrow.parquet").read_table(io.BytesIO(answer.content))
    real = folder.database.open_table("kinds").to_arrow()
    assert got.column("vector").to_pylist() == real.column("vector").to_pylist()
    assert got.column("zoned").to_pylist() == real.column("zoned").to_pylist()
    assert got.num_rows == 2


def test_the_vectors_of_a_column(folder: Tables) -> None:
    preview = folder("vector-preview", table="kinds", column="vector")
    assert preview == {
        "stats": {"count": 1, "dim": 2, "min": 3.0, "max": 4.0, "mean": 3.5},
        "preview": [{"norm": 5.0, "sample": [3.0, 4.0]}],
    }
    folder.refused(422, "vector-preview", table="kinds", column="text")
    folder.refused(422, "vector-preview", table="kinds")


def test_single_cells(folder: Tables) -> None:
    def cell(column: str, row: int = 0, **headers: str) -> Any:
        return folder.ask("cell", table="kinds", column=column, row=row, headers=headers)

    image = cell("data")
    assert (image.status_code, image.content) == (200, PNG)
    assert image.headers["Content-Type"] == "image/png"
    assert image.headers["Content-Length"] == str(len(PNG))
    assert "sandbox" in image.headers["Content-Security-Policy"]
    part = cell("data", Range="bytes=0-3")
    assert (part.status_code, part.content) == (206, PNG[:4])
    assert cell("data", **{"If-None-Match": image.headers["ETag"]}).status_code == 304
    text = cell("text")
    assert (text.content.decode(), text.headers["Content-Type"]) == ("å", "application/octet-stream")
    assert cell("whole").content == b"-5"
    assert cell("truth").content == b"True"
    assert cell("date").content == b"2024-01-02"
    assert cell("moment").content == b"2024-01-02 03:04:05.123456"
    assert cell("zoned").content == b"2024-01-02 03:04:05.123456+00:00"
    assert cell("price").content == b"12.50"
    assert (cell("nan").content, cell("nan", 1).content) == (b"nan", b"inf")
    for column, row in [("data", 1), ("nothing", 0), ("data", 2)]:
        answer = cell(column, row)
        assert (answer.status_code, answer.json()["detail"]) == (404, "Cell is null")
