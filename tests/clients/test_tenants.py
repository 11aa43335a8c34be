"""Two tenants never see each other's data, whatever they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest

from support import rest
from support.boto import Client, MakeClient, body_of, keys_of, missing, purge, refused, token_refused
from support.names import unique_name
from support.raw import Answer, send_wire
from support.sign import signed
from support.target import Keys, Target

KEY = "the same/key ä"


@pytest.fixture
def twins(s3: Client, other_s3: Client) -> Iterator[str]:
    """A bucket of one name in both tenants, with other content under the same key."""
    name = unique_name("twins")
    for client, body in ((s3, b"of the first"), (other_s3, b"of the second")):
        client.create_bucket(Bucket=name)
        client.put_object(Bucket=name, Key=KEY, Body=body)
    yield name
    for client in (s3, other_s3):
        purge(client, name)


@pytest.mark.needs("tenants.own-names")
def test_one_name_is_two_buckets(s3: Client, other_s3: Client, twins: str) -> None:
    """Read in turns and twice, so that an answer from a cache would show."""
    for _ in range(2):
        assert body_of(s3, twins, KEY) == b"of the first"
        assert body_of(other_s3, twins, KEY) == b"of the second"
        sizes = [client.head_object(Bucket=twins, Key=KEY)["ContentLength"] for client in (s3, other_s3)]
        assert sizes == [len(b"of the first"), len(b"of the second")]


@pytest.mark.needs("tenants.own-names")
def test_one_tenants_writes_leave_the_other_alone(s3: Client, other_s3: Client, twins: str) -> None:
    s3.put_object(Bucket=twins, Key="only-first", Body=b"x")
    assert "only-first" in keys_of(s3, twins)
    assert "only-first" not in keys_of(other_s3, twins)
    assert missing(other_s3, twins, "only-first")
    other_s3.delete_object(Bucket=twins, Key=KEY)
    assert missing(other_s3, twins, KEY)
    assert body_of(s3, twins, KEY) == b"of the first"


@pytest.mark.needs("tenants.own-names")
def test_one_tenants_bucket_is_unknown_to_the_other(s3: Client, other_s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="unknown", Body=b"x")
    assert bucket not in [entry["Name"] for entry in other_s3.list_buckets()["Buckets"]]
    with refused(404):
        other_s3.head_bucket(Bucket=bucket)


def test_the_users_have_the_same_name(keys: Keys, other_keys: Keys, target: Target) -> None:
    """Else these stories would prove less than they seem to: the access key is the user's name."""
    if target.hcp:
        assert keys.access_key == other_keys.access_key


def attempts(client: Client, bucket: str) -> list[Callable[[], object]]:
    return [
        lambda: client.get_object(Bucket=bucket, Key="closed"),
        lambda: client.head_object(Bucket=bucket, Key="closed"),
        lambda: client.list_objects_v2(Bucket=bucket),
        lambda: client.put_object(Bucket=bucket, Key="slipped-in", Body=b"x"),
        lambda: client.delete_object(Bucket=bucket, Key="closed"),
        lambda: client.delete_bucket(Bucket=bucket),
    ]


def test_the_other_tenant_reaches_nothing(s3: Client, other_s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="closed", Body=b"closed")
    for attempt in attempts(other_s3, bucket):
        with refused(403, 404):
            attempt()
    assert body_of(s3, bucket, "closed") == b"closed"
    assert missing(s3, bucket, "slipped-in")


def test_a_copy_does_not_cross(s3: Client, other_s3: Client, bucket: str) -> None:
    """The source of a copy is a path inside a header, easily forgotten."""
    s3.put_object(Bucket=bucket, Key="source", Body=b"closed")
    own = unique_name("other-own")
    other_s3.create_bucket(Bucket=own)
    try:
        with refused(403, 404):
            other_s3.copy_object(Bucket=own, Key="copy", CopySource={"Bucket": bucket, "Key": "source"})
        assert missing(other_s3, own, "copy")
    finally:
        purge(other_s3, own)


def test_anothers_session_token_opens_nothing(
    make_client: MakeClient, s3: Client, keys: Keys, other_keys: Keys, bucket: str
) -> None:
    """Own keys beside a foreign token, and the other way round: the two must belong together."""
    if not (keys.session_token and other_keys.session_token):
        pytest.skip("no session tokens without PORTICO_API")
    if (keys.access_key, keys.secret_key) == (other_keys.access_key, other_keys.secret_key):
        pytest.skip("users of one name and password have the same keys, so only the tokens differ")
    s3.put_object(Bucket=bucket, Key="token", Body=b"x")
    for mixed in (
        replace(keys, session_token=other_keys.session_token),
        replace(other_keys, session_token=keys.session_token),
    ):
        with token_refused():
            make_client(use=mixed).get_object(Bucket=bucket, Key="token")


@pytest.fixture
def hosts(target: Target) -> tuple[str, str]:
    """The hosts of both tenants, with the door's port."""
    if not (target.hcp and target.domain and target.other_domain):
        pytest.skip("no PORTICO_DOMAIN and PORTICO_OTHER_DOMAIN of two tenants")
    return f"{target.domain}:{target.port}", f"{target.other_domain}:{target.port}"


REQUESTS = [("GET", ""), ("PUT", "/crossed"), ("GET", f"/{quote(KEY)}"), ("DELETE", f"/{quote(KEY)}")]


@pytest.mark.needs("tenants.own-names")
@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_a_token_is_refused_at_the_other_tenants_host(
    target: Target, keys: Keys, s3: Client, other_s3: Client, twins: str, hosts: tuple[str, str],
    method: str, path: str,
) -> None:  # fmt: skip
    """The signature is good and the token too; only the host is not theirs.

    Without a token the keys are simply those of nobody there.
    """
    code = b"<Code>AccessDenied</Code>" if keys.session_token else b"<Code>SignatureDoesNotMatch</Code>"
    for where, host in ((f"/{twins}{path}", hosts[1]), (path or "/", f"{twins}.{hosts[1]}")):
        answer = send_wire(target, signed(target, keys, method, where, headers={"Host": host}).wire)
        assert (answer.status, code in answer.body) == (403, True), answer
    for client, body in ((s3, b"of the first"), (other_s3, b"of the second")):
        assert body_of(client, twins, KEY) == body
        assert missing(client, twins, "crossed")


@pytest.mark.needs("tenants.own-names")
def test_a_token_is_good_at_its_own_tenants_host(
    target: Target, keys: Keys, other_keys: Keys, twins: str, hosts: tuple[str, str]
) -> None:
    path = f"/{quote(KEY)}"
    for who, host, body in zip((keys, other_keys), hosts, (b"of the first", b"of the second"), strict=True):
        for where, name in ((f"/{twins}{path}", host), (path, f"{twins}.{host}")):
            wire = signed(target, who, "GET", where, headers={"Host": name}).wire
            assert send_wire(target, wire) == Answer(200, body)


@pytest.mark.needs("tenants.own-names")
def test_a_login_is_refused_at_the_other_tenants_host(
    target: Target, bearer: str, twins: str, hosts: tuple[str, str]
) -> None:
    for host, status in zip(hosts, (200, 403), strict=True):
        answer = rest.s3(target, "GET", f"/{twins}/{quote(KEY)}", bearer, headers={"Host": host})
        assert answer.status_code == status, answer.text
        assert b"of the second" not in answer.content
