"""Whose tables are whose: the store decides, or the rules of the house."""

from __future__ import annotations

import pytest

from support import rest
from support.libraries import object_store
from support.tables import Tables, tables
from support.target import Keys, Target


@pytest.fixture(scope="module")
def folder(target: Target, bearer: str, keys: Keys, bucket: str) -> Tables:
    """A folder with one table."""
    folder = tables(target, bearer, keys, bucket, "mine")
    folder.database.create_table("secret", [{"id": 1}])
    assert folder("rows", table="secret")["total"] == 1
    assert folder("tables") == {"tables": ["secret"]}
    return folder


@pytest.fixture(scope="module")
def stranger(folder: Tables, target: Target) -> Tables:
    """Somebody else, who asks for the same."""
    if target.other_login is None:
        pytest.skip("there is nobody else")
    token = rest.login(target, target.other_login)
    return Tables(target, token, folder.bucket, folder.path, folder.database)


def test_a_stranger_sees_nothing_of_it(stranger: Tables, target: Target) -> None:
    status = 404 if target.hcp else 403
    for route, query in [
        ("tables", {}),
        ("schema", {"table": "secret"}),
        ("rows", {"table": "secret"}),
        ("search", {"table": "secret", "query": "a"}),
        ("cell", {"table": "secret", "column": "id", "row": 0}),
        ("versions", {"table": "secret"}),
        ("indices", {"table": "secret"}),
    ]:
        stranger.refused(status, route, **query)


def test_without_a_token_there_is_nothing(folder: Tables, target: Target) -> None:
    answer = rest.get(target, f"/lance/tables?bucket={folder.bucket}", "no token")
    assert answer.status_code == 401


def test_a_wrong_password_is_no_way_in(folder: Tables, target: Target) -> None:
    """What was kept for the right one is not given to it."""
    if not target.hcp or target.login is None:
        pytest.skip("the house knows its own users")
    who = type(target.login)(target.login.tenant, target.login.user, "wrong")
    wrong = Tables(target, rest.login(target, who), folder.bucket, folder.path, folder.database)
    assert wrong.ask("tables").status_code in {401, 403}
    assert wrong.ask("rows", table="secret").status_code in {401, 403}


def test_two_tenants_with_one_name_for_a_bucket(
    target: Target, bearer: str, keys: Keys, other_keys: Keys, s3: object, other_s3: object
) -> None:
    """Each reads their own table, the same bucket and path included."""
    if not target.hcp or target.other_login is None:
        pytest.skip("only tenants have names of their own")
    from support import boto
    from support.names import unique_name

    name = unique_name("lance")
    lancedb = pytest.importorskip("lancedb")
    tokens = {"mine": bearer, "theirs": rest.login(target, target.other_login)}
    clients = {"mine": (s3, keys, target.s3), "theirs": (other_s3, other_keys, target.other_s3)}
    for whose, (client, their_keys, endpoint) in clients.items():
        client.create_bucket(Bucket=name)  # type: ignore[attr-defined]
        options = object_store(target, their_keys) | {"aws_endpoint_url": endpoint}
        lancedb.connect(f"s3://{name}/same", storage_options=options).create_table("t", [{"whose": whose}])
    for _ in range(2):
        for whose, token in tokens.items():
            answer = Tables(target, token, name, "same", None)("rows", table="t")
            assert answer["rows"] == [{"whose": whose}]
            schema = Tables(target, token, name, "same", None)("schema", table="t")
            assert schema["fields"][0]["name"] == "whose"
    for client, *_ in clients.values():
        boto.purge(client, name)  # type: ignore[arg-type]
