"""Tables that are written through the API, read by LanceDB's own client through the S3 door."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import requests

from support import rest
from support.libraries import Library
from support.tables import Tables, tables
from support.target import Keys, Target

ARROW, PARQUET = "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"
LINES = "application/x-ndjson"
# Seconds until a writer who finds no room gives up.
PATIENCE = 240


@pytest.fixture(scope="module")
def folder(target: Target, bearer: str, keys: Keys, bucket: str) -> Tables:
    """A folder without tables."""
    return tables(target, bearer, keys, bucket, "written here")


@pytest.fixture(scope="module")
def arrow() -> Library:
    """The module, loaded only where a story runs."""
    return pytest.importorskip("pyarrow")


def in_time(send: Callable[[], requests.Response]) -> requests.Response:
    """Comes again, as asked to, where others take all the room that there is for writes."""
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = send()
        if answer.status_code != 429 or time.monotonic() > deadline:
            return answer
        time.sleep(float(answer.headers["Retry-After"]))


def write(folder: Tables, name: str, kind: str, data: bytes, mode: str = "create") -> requests.Response:
    """Sends rows."""
    place = {"bucket": folder.bucket, "path": folder.path, "mode": mode}
    send = partial(
        rest.send, folder.target, "POST", f"/lance/tables/{name}", folder.bearer, params=place, data=data,
        headers={"Content-Type": kind},
    )  # fmt: skip
    return in_time(send)


def delete(folder: Tables, name: str) -> int:
    place = {"bucket": folder.bucket, "path": folder.path}
    send = partial(rest.send, folder.target, "DELETE", f"/lance/tables/{name}", folder.bearer, params=place)
    return in_time(send).status_code


def encoded(arrow: Library, kind: str, table: Any) -> bytes:
    buffer = io.BytesIO()
    if kind == PARQUET:
        pytest.importorskip("pyarrow.parquet").write_table(table, buffer)
        return buffer.getvalue()
    with arrow.ipc.new_stream(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", [ARROW, PARQUET])
def test_columns_come_as_they_are(folder: Tables, arrow: Library, kind: str) -> None:
    vector = arrow.FixedSizeListArray.from_arrays(arrow.array([1.0, 2.0, 3.0, 4.0], arrow.float32()), 2)
    data = arrow.table({"id": [1, 2], "text": ["å", None], "raw": [b"\0", None], "vector": vector})
    name = f"as-{'arrow' if kind == ARROW else 'parquet'}"
    written = write(folder, name, kind, encoded(arrow, kind, data))
    assert (written.status_code, written.json()) == (201, {"table": name, "rows": 2, "version": 1})
    table = folder.database.open_table(name)
    assert table.to_arrow().to_pylist() == data.to_pylist()
    assert table.search([3.0, 4.0]).limit(1).to_list()[0]["id"] == 2
    more = write(folder, name, kind, encoded(arrow, kind, data), mode="append")
    assert (more.status_code, more.json()["version"]) == (200, 2)
    assert folder.database.open_table(name).count_rows() == 4
    assert delete(folder, name) == 204
    assert delete(folder, name) == 404


def test_lines_of_json(folder: Tables) -> None:
    rows = [{"id": i, "vector": [i, 0.5], "tags": ["a"] * (i % 2)} for i in range(20)]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    written = write(folder, "lines", LINES, lines.encode())
    assert written.status_code == 201, written.text
    table = folder.database.open_table("lines")
    assert str(table.schema.field("vector").type) == "fixed_size_list<item: float>[2]"
    assert table.search([7.0, 0.5]).limit(1).to_list()[0]["id"] == 7
    assert [row["tags"] for row in table.to_arrow().to_pylist()[:2]] == [[], ["a"]]
    assert delete(folder, "lines") == 204


def test_what_cannot_be_written(folder: Tables, arrow: Library) -> None:
    one = encoded(arrow, ARROW, arrow.table({"id": [1]}))
    assert write(folder, "once", ARROW, one).status_code == 201
    assert write(folder, "once", ARROW, one).status_code == 409
    assert write(folder, "never", ARROW, b"nothing").status_code == 400
    assert write(folder, "once", "text/csv", b"id\n1\n").status_code == 415
    assert write(folder, "once", ARROW, one, mode="odd").status_code == 422
    other = encoded(arrow, ARROW, arrow.table({"other": ["x"]}))
    assert write(folder, "once", ARROW, other, mode="append").status_code == 422
    assert write(folder, "missing", ARROW, one, mode="append").status_code == 422
    assert write(folder, "once", ARROW, other, mode="overwrite").status_code == 201
    assert folder.database.open_table("once").to_arrow().to_pylist() == [{"other": "x"}]
    assert delete(folder, "once") == 204


def test_columns_of_json_keep_their_order(folder: Tables) -> None:
    """New ones come behind those of the first row, whatever their names; a null is no start of a vector."""
    names = ["zeta", "alpha", "my_vector", "mid", "beta"]
    first = {"zeta": 1, "alpha": "x", "my_vector": None, "mid": 0.5}
    lines = [first, {"beta": True, "my_vector": [1, 2, 3], "alpha": "y"}]
    text = "".join(json.dumps(row) + "\n" for row in lines)
    assert write(folder, "order", LINES, text.encode()).status_code == 201
    table = folder.database.open_table("order")
    assert table.schema.names == names
    assert [field["name"] for field in folder("schema", table="order")["fields"]] == names
    assert str(table.schema.field("my_vector").type) == "fixed_size_list<item: float>[3]"
    assert table.to_arrow()["my_vector"].to_pylist() == [None, [1.0, 2.0, 3.0]]
    assert delete(folder, "order") == 204


def test_vectors_of_several_lengths_are_no_vectors(folder: Tables, arrow: Library) -> None:
    """Nothing becomes a null that was none."""
    good, bad = '{"id": 1, "vector": [1, 2]}\n', '{"id": 2, "vector": [1, 2, 3]}\n'
    for mode in ("create", "append"):
        refused = write(folder, "ragged", LINES, (good + bad).encode(), mode=mode)
        assert refused.status_code == 400, refused.text
        assert "line 2" in refused.json()["detail"]
        if mode == "create":
            assert folder.ask("rows", table="ragged").status_code == 422
            assert write(folder, "ragged", LINES, good.encode()).status_code == 201
    vectors = arrow.array([[1.0, 2.0], [1.0]], arrow.list_(arrow.float32()))
    lists = encoded(arrow, ARROW, arrow.table({"id": [3, 4], "vector": vectors}))
    assert write(folder, "ragged", ARROW, lists, mode="append").status_code in {400, 422}
    assert folder.database.open_table("ragged").to_arrow()["id"].to_pylist() == [1]
    assert delete(folder, "ragged") == 204


def test_rows_of_json_take_the_types_of_their_table(folder: Tables, arrow: Library) -> None:
    days = arrow.array([19_000], arrow.date32())
    small = arrow.table({"id": arrow.array([1], arrow.int32()), "day": days})
    assert write(folder, "typed", ARROW, encoded(arrow, ARROW, small)).status_code == 201
    line = b'{"day": "2024-01-02", "id": 2}\n'
    assert write(folder, "typed", LINES, line, mode="append").status_code == 200
    table = folder.database.open_table("typed")
    assert table.schema == small.schema
    assert [str(row["day"]) for row in table.to_arrow().to_pylist()][-1] == "2024-01-02"
    for wrong in (b'{"day": "soon"}', b'{"id": 1, "other": 1}', b'{"id": 5000000000}'):
        refused = write(folder, "typed", LINES, wrong, mode="append")
        assert refused.status_code == 400, refused.text
    assert folder.database.open_table("typed").count_rows() == 2
    assert delete(folder, "typed") == 204


def test_what_unfolds_to_gigabytes_is_refused(folder: Tables, arrow: Library) -> None:
    """A file of little more than its own heads, and a stream that is compressed."""
    zeros = arrow.array([0] * 1_000_000, arrow.int64())
    bomb = encoded(arrow, PARQUET, arrow.table({"n": arrow.chunked_array([zeros] * 200)}))
    assert len(bomb) < 10 << 20
    assert write(folder, "bomb", PARQUET, bomb).status_code == 413
    buffer, table = io.BytesIO(), arrow.table({"n": zeros})
    options = arrow.ipc.IpcWriteOptions(compression="zstd")
    with arrow.ipc.new_stream(buffer, table.schema, options=options) as writer:
        writer.write_table(table)
    assert write(folder, "bomb", ARROW, buffer.getvalue()).status_code == 400
    assert "bomb" not in folder("tables")["tables"]


def test_a_table_that_is_deleted_is_not_listed(folder: Tables, arrow: Library) -> None:
    """HCP keeps the folders of objects that are gone, as may other stores, which list them to all."""
    one = encoded(arrow, ARROW, arrow.table({"id": [1]}))
    for _ in range(2):
        assert write(folder, "gone", ARROW, one).status_code == 201
        assert write(folder, "gone", ARROW, one, mode="append").status_code == 200
        assert "gone" in folder("tables")["tables"]
        assert delete(folder, "gone") == 204
        listed = "gone" in list(folder.database.table_names())
        assert ("gone" in folder("tables")["tables"]) == listed
        assert not (listed and folder.target.hcp)
        folder.refused(422, "rows", table="gone")


def test_writers_at_once_lose_nothing(folder: Tables, arrow: Library) -> None:
    """Whether or not the store heeds conditions."""
    first = encoded(arrow, ARROW, arrow.table({"id": [0]}))
    assert write(folder, "crowd", ARROW, first).status_code == 201

    def add(number: int) -> int:
        data = encoded(arrow, ARROW, arrow.table({"id": [number]}))
        return write(folder, "crowd", ARROW, data, mode="append").status_code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(add, range(1, 21))) == {200}
    found = folder.database.open_table("crowd").to_arrow()["id"].to_pylist()
    assert sorted(found) == list(range(21))
    assert delete(folder, "crowd") == 204
