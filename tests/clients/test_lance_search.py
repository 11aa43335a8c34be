"""Search through the API finds what LanceDB's own client finds in the same table."""

from __future__ import annotations

from typing import Any

import pytest

from support.libraries import Library
from support.tables import Tables, tables
from support.target import Keys, Target

WORDS = ["red", "green", "blue", "apple", "pear", "plum", "sharp", "soft"]
COUNT, LENGTH = 600, 16
NEAR: list[float] = [0.5] * LENGTH


@pytest.fixture(scope="module")
def folder(target: Target, bearer: str, keys: Keys, bucket: str) -> Tables:
    """A folder with one table in two states: with indices and without."""
    folder = tables(target, bearer, keys, bucket, "search")
    arrow = pytest.importorskip("pyarrow")
    numpy = pytest.importorskip("numpy")
    pick = numpy.random.default_rng(7)
    numbers = pick.random(COUNT * LENGTH, dtype="float32")
    texts = [" ".join(pick.choice(WORDS, 4)) for _ in range(COUNT)]
    column = arrow.FixedSizeListArray.from_arrays(arrow.array(numbers), LENGTH)
    data = arrow.table({"id": range(COUNT), "text": texts, "vector": column})
    folder.database.create_table("plain", data)
    table = folder.database.create_table("indexed", data)
    kinds = pytest.importorskip("lancedb.index")
    folder.database.open_table("plain").create_index("text", config=kinds.FTS())
    table.create_index("text", config=kinds.FTS())
    vectors = kinds.IvfPq(distance_type="l2", num_partitions=2, num_sub_vectors=4)
    table.create_index("vector", config=vectors)
    angles = folder.database.create_table("angles", data)
    vectors = kinds.IvfPq(distance_type="cosine", num_partitions=2, num_sub_vectors=4)
    angles.create_index("vector", config=vectors)
    angles.create_index("text", config=kinds.FTS())
    phrases = folder.database.create_table("phrases", data)
    phrases.create_index("text", config=kinds.FTS(with_position=True))
    return folder


def table(folder: Tables, name: str) -> Library:
    return folder.database.open_table(name)


def same(found: list[dict[str, Any]], wanted: list[dict[str, Any]], score: str) -> None:
    """The same rows with the same scores; rows of one score may change places."""
    close = pytest.approx([row[score] for row in wanted], abs=1e-5)
    assert [row[score] for row in found] == close
    ranked = {(round(row[score], 5), row["id"]) for row in wanted}
    lowest = round(wanted[-1][score], 5) if wanted else None
    for row in found:
        key = (round(row[score], 5), row["id"])
        assert key in ranked or key[0] == lowest, (row, wanted)


@pytest.mark.parametrize("name", ["plain", "indexed"])
def test_by_vector(folder: Tables, name: str) -> None:
    wanted = table(folder, name).search(NEAR).limit(10).to_list()
    found = folder("search", table=name, query_type="vector", vector=str(NEAR), limit=10)
    assert found["total"] == 10
    assert [row["id"] for row in found["rows"]] == [row["id"] for row in wanted]
    same(found["rows"], wanted, "_distance")
    assert found["rows"][0]["vector"]["dim"] == LENGTH


def test_by_vector_within_a_filter(folder: Tables) -> None:
    wanted = table(folder, "plain").search(NEAR).where("id < 50", prefilter=True).limit(5).to_list()
    found = folder.search(table="plain", query_type="vector", vector=NEAR, filter="id < 50", limit=5)
    assert [row["id"] for row in found] == [row["id"] for row in wanted]
    page = folder.search(table="plain", query_type="vector", vector=NEAR, filter="id < 50", limit=3, offset=2)
    assert [row["id"] for row in page] == [row["id"] for row in wanted[2:]]


def test_by_vector_with_more_of_the_index(folder: Tables) -> None:
    search = table(folder, "indexed").search(NEAR).nprobes(1).refine_factor(3)
    found = folder.search(
        table="indexed", query_type="vector", vector=NEAR, nprobes=1, refine_factor=3, limit=5
    )
    wanted = search.limit(5).to_list()
    assert [row["id"] for row in found] == [row["id"] for row in wanted]
    same(found, wanted, "_distance")


def test_words_in_quotes_stand_together(folder: Tables) -> None:
    said = '"red pear"'
    wanted = table(folder, "phrases").search(said, query_type="fts").limit(50).to_list()
    found = folder.search(table="phrases", query_type="fts", query=said, limit=50)
    assert wanted
    assert {row["id"] for row in found} == {row["id"] for row in wanted}
    same(found, wanted, "_score")
    assert all("red pear" in row["text"] for row in found)


def test_no_limit_is_the_usual_one(folder: Tables) -> None:
    found = folder.search(table="plain", query_type="vector", vector=NEAR, limit=None)
    assert len(found) == 20


def test_filters_mean_the_same_everywhere(folder: Tables) -> None:
    for words, count in [('"id" < 3', 3), ("`id` < 3", 3), ("ID < 3", 3), ("text = 'it''s'", 0)]:
        assert folder("rows", table="plain", filter=words)["total"] == count
        found = folder.search(table="plain", query_type="vector", vector=NEAR, filter=words, limit=10)
        assert len(found) == count, words


def test_by_words(folder: Tables) -> None:
    wanted = table(folder, "plain").search("apple plum", query_type="fts").limit(30).to_list()
    found = folder("search", table="plain", query="apple plum", limit=30)
    same(found["rows"], wanted, "_score")
    some = folder.search(table="plain", query="apple", select=["id", "text"], limit=3)
    assert all(set(row) == {"id", "text", "_score"} for row in some)
    assert all("apple" in row["text"] for row in some)
    assert folder("search", table="plain", query="nothingness") == {"rows": [], "total": 0}


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.7, 1.0])
def test_by_both(folder: Tables, weight: float) -> None:
    rerankers = pytest.importorskip("lancedb.rerankers")
    wanted = (
        table(folder, "plain")
        .search(query_type="hybrid")
        .vector(NEAR)
        .text("apple plum")
        .rerank(rerankers.LinearCombinationReranker(weight=weight))
        .limit(15)
        .to_list()
    )
    found = folder(
        "search", table="plain", query_type="hybrid", query="apple plum", vector=str(NEAR),
        weight=weight, limit=15,
    )  # fmt: skip
    same(found["rows"], wanted, "_relevance_score")


def test_by_both_without_a_weight(folder: Tables) -> None:
    search = table(folder, "plain").search(query_type="hybrid")
    wanted = search.vector(NEAR).text("apple plum").limit(15).to_list()
    found = folder.search(table="plain", query_type="hybrid", query="apple plum", vector=NEAR, limit=15)
    same(found, wanted, "_relevance_score")


@pytest.mark.parametrize("name", ["indexed", "angles"])
@pytest.mark.parametrize("weight", [None, 0.4])
def test_a_later_page_by_both(folder: Tables, name: str, weight: float | None) -> None:
    rerankers = pytest.importorskip("lancedb.rerankers")
    search = table(folder, name).search(query_type="hybrid").vector(NEAR).text("soft pear")
    search = search.where("id < 300", prefilter=True)
    if weight is not None:
        search = search.rerank(rerankers.LinearCombinationReranker(weight=weight))
    wanted = search.limit(25).to_list()
    both = {"query_type": "hybrid", "query": "soft pear", "vector": NEAR, "filter": "id < 300"}
    found = folder.search(table=name, **both, weight=weight, limit=25)
    same(found, wanted, "_relevance_score")
    assert set(found[0]) == {"id", "text", "vector", "_relevance_score"}
    # As many are looked at for the first rows of one page as for the last of two.
    page = folder.search(table=name, **both, weight=weight, limit=15, offset=10, select=["id"])
    assert set(page[0]) == {"id", "_relevance_score"}
    same(page, found[10:], "_relevance_score")


@pytest.mark.parametrize("weight", [None, 0.4])
def test_by_both_where_one_side_finds_nothing(folder: Tables, weight: float | None) -> None:
    arrow = pytest.importorskip("pyarrow")
    kinds = pytest.importorskip("lancedb.index")
    name = f"bare-{weight}"
    none = arrow.array([None] * 3, arrow.list_(arrow.float32(), LENGTH))
    data = arrow.table({"id": range(3), "text": ["red pear", "red", "blue"], "vector": none})
    bare = folder.database.create_table(name, data, on_bad_vectors="null")
    bare.create_index("text", config=kinds.FTS())
    both = {"query_type": "hybrid", "vector": NEAR, "weight": weight}
    found = folder.search(table=name, query="red", **both)
    assert {row["id"] for row in found} == {0, 1}
    assert folder.search(table=name, query="nothingness", **both) == []
    found = folder.search(table="plain", query="nothingness", limit=4, **both)
    near = table(folder, "plain").search(NEAR).limit(4).to_list()
    assert [row["id"] for row in found] == [row["id"] for row in near]
    folder.database.drop_table(name)


def test_what_cannot_be_searched(folder: Tables) -> None:
    folder.refused(400, "search", table="plain", query_type="odd", query="a")
    folder.refused(400, "search", table="plain", query_type="hybrid", query="a")
    words = folder.refused(400, "search", table="plain", query_type="vector", vector="[1,")
    assert words == "Invalid vector JSON"
    words = folder.refused(400, "search", table="plain", query_type="vector", vector="[1e39]")
    assert words == "Invalid vector JSON"
    folder.refused(400, "search", table="plain", query="a", filter="id >")
    for wrong in ["id = 1 AND nothing = 2", "id = 1 AND repeat('x', 2000000000) = 'x'"]:
        words = folder.refused(400, "search", table="plain", query="a", filter=wrong)
        assert "line 1, column 12" in words
    folder.refused(422, "search", table="plain", query="a", select="id,nothing")
    folder.database.create_table("wordless", [{"id": 1, "text": "a"}])
    folder.refused(422, "search", table="wordless", query="a")
    folder.database.drop_table("wordless")
    folder.refused(422, "search", table="plain", query_type="vector", vector="[1.0]")
    folder.refused(422, "search", table="plain", query="a", limit=101)


def test_the_indices_of_a_table(folder: Tables) -> None:
    listed = folder("indices", table="indexed")["indices"]
    by_column = {index["columns"][0]: index for index in listed}
    assert set(by_column) == {"text", "vector"}
    vector = by_column["vector"]
    assert (vector["index_type"], vector["distance_type"]) == ("IVF_PQ", "l2")
    assert (vector["num_indexed_rows"], vector["num_unindexed_rows"]) == (COUNT, 0)
    plain = folder("indices", table="plain")["indices"]
    assert [index["columns"] for index in plain] == [["text"]]
