"""Indices that the API builds are LanceDB's own: its client searches with them, and finds the same."""

from __future__ import annotations

import time
from typing import Any

import pytest

from support import rest
from support.tables import Tables, tables
from support.target import Keys, Target

COUNT, LENGTH = 1000, 16
NEAR: list[float] = [0.5] * LENGTH
# A debug build beside everything else.
PATIENCE = 60.0


@pytest.fixture(scope="module")
def folder(target: Target, bearer: str, keys: Keys, bucket: str) -> Tables:
    """A folder with one table, which LanceDB's client has written and nobody has indexed."""
    folder = tables(target, bearer, keys, bucket, "indices")
    arrow = pytest.importorskip("pyarrow")
    numpy = pytest.importorskip("numpy")
    pick = numpy.random.default_rng(11)
    numbers = arrow.array(pick.random(COUNT * LENGTH, dtype="float32"))
    texts = [f"row {index} is {'even' if index % 2 == 0 else 'odd'}" for index in range(COUNT)]
    vectors = arrow.FixedSizeListArray.from_arrays(numbers, LENGTH)
    data = arrow.table({"id": range(COUNT), "text": texts, "vector": vectors})
    folder.database.create_table("t", data)
    return folder


def order(folder: Tables, **document: Any) -> Any:
    where = f"bucket={folder.bucket}&path={folder.path}&table={document.pop('table', 't')}"
    return rest.post(folder.target, f"/lance/indices?{where}", folder.bearer, document)


def built(folder: Tables, **document: Any) -> Any:
    """How the building of an index has ended."""
    answer = order(folder, **document)
    assert answer.status_code == 202, answer.text
    task, end = answer.json()["task_id"], time.monotonic() + PATIENCE
    while time.monotonic() < end:
        told = rest.get(folder.target, f"/lance/indices/{task}", folder.bearer)
        assert told.status_code == 200, told.text
        if told.json()["status"] != "building":
            return told.json()
        time.sleep(0.1)
    pytest.fail(f"{task} was not built within {PATIENCE} seconds")


def test_vectors_are_indexed_and_found(folder: Tables) -> None:
    told = built(folder, column="vector", num_partitions=2, num_sub_vectors=4)
    assert told["status"] == "ready", told
    (index,) = [each for each in folder("indices", table="t")["indices"] if each["columns"] == ["vector"]]
    assert (index["index_type"], index["num_indexed_rows"]) == ("IVF_PQ", COUNT)
    table = folder.database.open_table("t")
    assert [each.index_type for each in table.list_indices() if each.columns == ["vector"]] == ["IvfPq"]
    wanted = table.search(NEAR).nprobes(2).limit(10).to_list()
    found = folder.search(table="t", query_type="vector", vector=NEAR, nprobes=2, limit=10)
    assert sorted(row["id"] for row in found) == sorted(row["id"] for row in wanted)


def test_words_are_indexed_while_rows_come(folder: Tables) -> None:
    """What is written during the build is found as well, indexed or not."""
    answer = order(folder, column="text", index_type="FTS", with_position=True)
    folder.database.open_table("t").add([{"id": COUNT, "text": "a late and odd one", "vector": NEAR}])
    task, end = answer.json()["task_id"], time.monotonic() + PATIENCE
    events = rest.get(folder.target, f"/lance/indices/{task}/events", folder.bearer)
    assert events.headers["content-type"].startswith("text/event-stream")
    assert '"ready"' in events.text.strip().splitlines()[-1], events.text
    assert time.monotonic() < end
    found = folder.search(table="t", query="late", limit=5)
    assert [row["id"] for row in found] == [COUNT]
    found = folder.search(table="t", query="odd", limit=100, filter="id < 20")
    assert sorted(row["id"] for row in found) == [id for id in range(20) if id % 2]
    assert folder("rows", table="t", limit=1)["total"] == COUNT + 1


def test_an_index_is_replaced_only_if_that_is_wanted(folder: Tables) -> None:
    assert built(folder, column="id", index_type="BTREE", name="by_id")["status"] == "ready"
    told = built(folder, column="id", index_type="BTREE", name="by_id", replace=False)
    assert told["status"] == "failed"
    assert "by_id" in told["error"], told
    assert "://" not in told["error"], told
    assert built(folder, column="id", index_type="BTREE", name="by_id")["status"] == "ready"
    assert folder("rows", table="t", filter="id = 7")["total"] == 1


def test_what_cannot_be_built_is_refused(folder: Tables) -> None:
    assert order(folder).status_code == 422
    assert order(folder, column="vector", num_partitions=0).status_code == 422
    assert order(folder, column="vector", index_type="TREE").status_code == 422
    assert order(folder, column="nothing").status_code == 422
    assert order(folder, column="vector", table="missing").status_code == 422
    told = built(folder, column="text")
    assert told["status"] == "failed", told
    assert "text" in told["error"], told


def test_a_build_is_its_owners(folder: Tables, target: Target) -> None:
    task = built(folder, column="id", index_type="BITMAP", name="bits")["task_id"]
    cancel = f"/lance/indices/{task}/cancel"
    assert rest.post(target, cancel, folder.bearer, {}).json()["status"] == "ready"
    if target.other_login is None:
        pytest.skip("there is nobody else")
    token = rest.login(target, target.other_login)
    assert rest.get(target, f"/lance/indices/{task}", token).status_code == 404
    assert rest.get(target, f"/lance/indices/{task}/events", token).status_code == 404
    assert rest.post(target, cancel, token, {}).status_code == 404
    stranger = Tables(target, token, folder.bucket, folder.path, folder.database)
    assert order(stranger, column="id").status_code in {403, 404}
