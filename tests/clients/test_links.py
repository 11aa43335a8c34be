"""A link that Portico makes (`POST /presign`) opens one thing until it expires, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests

from support import rest
from support.boto import Client, MakeClient, body_of, missing, token_refused
from support.odd import PLAIN
from support.target import Keys, Target

KEY = "links/ä b+c&d=e.txt"
DATA = b"what the link is for"
SECONDS = 20.0

Ask: TypeAlias = Callable[..., requests.Response]


@pytest.fixture
def ask(target: Target, bearer: str) -> Ask:
    """Asks Portico for a link."""

    def ask(**said: Any) -> requests.Response:
        return rest.post(target, "/presign", bearer, said)

    return ask


@pytest.fixture
def follow(target: Target) -> Ask:
    """Follows a link."""
    return partial(rest.follow, target)


@pytest.fixture
def reading(ask: Ask, s3: Client, bucket: str) -> str:
    """A link for reading."""
    s3.put_object(Bucket=bucket, Key=KEY, Body=DATA)
    return link(ask(bucket=bucket, key=KEY))


@pytest.fixture
def writing(ask: Ask, s3: Client, bucket: str) -> str:
    """A link for writing where something is already."""
    s3.put_object(Bucket=bucket, Key=KEY, Body=DATA)
    return link(ask(bucket=bucket, key=KEY, method="put_object"))


def link(answer: requests.Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["url"])


def token(url: str) -> str:
    """The grant: what makes this link Portico's own."""
    return parse_qs(urlsplit(url).query)["X-Amz-Security-Token"][0]


def test_the_answer(ask: Ask, bucket: str) -> None:
    said = ask(bucket=bucket, key=KEY).json()
    assert said.pop("url").startswith("http")
    assert said == {"bucket": bucket, "key": KEY, "expires_in": 3600, "method": "get_object"}


@pytest.mark.parametrize(
    "wrong", [{"method": "delete_object"}, {"expires_in": 0}, {"expires_in": 604_801}, {"key": None}]
)
def test_what_no_link_is_made_for(ask: Ask, bucket: str, wrong: dict[str, Any]) -> None:
    answer = ask(**{"bucket": bucket, "key": KEY} | wrong)
    assert (answer.status_code, "url" in answer.json()) == (422, False)


def test_only_a_login_gets_a_link(target: Target, bearer: str, bucket: str) -> None:
    for who, status in ((bearer, 200), ("", 401), ("made.up.token", 401)):
        answer = rest.post(target, "/presign", who, {"bucket": bucket, "key": KEY})
        assert answer.status_code == status


def test_it_reads(follow: Ask, reading: str) -> None:
    got = follow("GET", reading)
    assert (got.status_code, got.content) == (200, DATA)
    part = follow("GET", reading, headers={"Range": "bytes=5-7"})
    assert (part.status_code, part.content) == (206, DATA[5:8])


def test_it_writes(follow: Ask, writing: str, s3: Client, bucket: str) -> None:
    assert follow("PUT", writing, data=b"newly written").status_code == 200
    assert body_of(s3, bucket, KEY) == b"newly written"


def test_odd_names(ask: Ask, follow: Ask, s3: Client, bucket: str) -> None:
    for key in (f"odd/{key}" for key in PLAIN):
        put = follow("PUT", link(ask(bucket=bucket, key=key, method="put_object")), data=key.encode())
        assert put.status_code == 200, (key, put.text)
        got = follow("GET", link(ask(bucket=bucket, key=key)))
        assert got.content == body_of(s3, bucket, key) == key.encode()


def test_it_reads_nothing_else(follow: Ask, reading: str, s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="links/other", Body=DATA)
    for changed in (
        reading.replace(quote(KEY, safe="/"), "links/other"),
        reading.replace(f"/{quote(KEY, safe='/')}", ""),
        f"{reading}&versionId=1",
        f"{reading}&tagging",
        f"{reading}&list-type=2",
    ):
        assert changed != reading
        got = follow("GET", changed)
        assert (got.status_code, DATA in got.content) == (403, False), changed


def test_it_does_nothing_else(follow: Ask, reading: str, s3: Client, bucket: str) -> None:
    for method in ("PUT", "POST", "DELETE", "HEAD"):
        assert follow(method, reading, data=b"slipped in").status_code in {400, 403, 405}
    assert body_of(s3, bucket, KEY) == DATA


def test_one_for_writing_only_writes_what_it_is_given(
    follow: Ask, writing: str, s3: Client, bucket: str
) -> None:
    """A header that nobody signed must not turn the upload into a copy of what the link cannot read."""
    s3.put_object(Bucket=bucket, Key="links/other", Body=b"closed")
    copied = follow("PUT", writing, headers={"x-amz-copy-source": f"/{bucket}/links/other"})
    assert (copied.status_code, body_of(s3, bucket, KEY)) == (403, DATA)
    assert DATA not in follow("GET", writing).content
    assert follow("DELETE", writing).status_code == 403
    elsewhere = writing.replace(quote(KEY, safe="/"), "links/elsewhere")
    assert follow("PUT", elsewhere, data=b"x").status_code == 403
    assert missing(s3, bucket, "links/elsewhere")


def test_it_is_refused_at_the_other_tenants_host(target: Target, follow: Ask, reading: str) -> None:
    if not target.other_domain:
        pytest.skip("PORTICO_OTHER_DOMAIN is not set")
    got = follow("GET", reading, headers={"Host": f"{target.other_domain}:{target.port}"})
    assert (got.status_code, DATA in got.content) == (403, False)


def test_its_token_is_no_login(target: Target, reading: str, bucket: str) -> None:
    """Neither at the S3 door nor at the REST API nor towards HCP's management."""
    grant = token(reading)
    for path in (f"/{bucket}/{quote(KEY)}", f"/{bucket}?list-type=2", "/"):
        got = rest.s3(target, "GET", path, grant)
        assert (got.status_code in {400, 401, 403}, DATA in got.content) == (True, False), path
    for path in ("/credentials", "/buckets"):
        assert rest.get(target, path, grant).status_code in {401, 403, 404}
    assert rest.post(target, "/presign", grant, {"bucket": bucket, "key": KEY}).status_code in {401, 403}
    headers = {"Authorization": f"Bearer {grant}"}
    management = f"{target.api}/mapi/tenants"
    got = requests.get(management, headers=headers, timeout=rest.TIMEOUT, verify=target.verify)
    assert got.status_code in {401, 403, 404}


def test_its_token_is_no_session(
    make_client: MakeClient, target: Target, reading: str, s3: Client, bucket: str
) -> None:
    """Even who knows the user's secret gets no more by this token than it was made for."""
    assert target.login is not None
    own = target.login.own_keys
    client: Client = make_client(use=Keys(own.access_key, own.secret_key, token(reading)))
    attempts: list[Callable[[], object]] = [
        lambda: client.list_buckets(),
        lambda: client.list_objects_v2(Bucket=bucket),
        lambda: client.put_object(Bucket=bucket, Key=KEY, Body=b"slipped in"),
        lambda: client.delete_object(Bucket=bucket, Key=KEY),
        lambda: client.get_object_acl(Bucket=bucket, Key=KEY),
    ]
    for attempt in attempts:
        with token_refused():
            attempt()
    assert body_of(s3, bucket, KEY) == DATA


def test_it_holds_no_secret(target: Target, bearer: str, reading: str) -> None:
    assert target.login is not None
    for secret in (target.login.password, target.login.own_keys.secret_key, bearer):
        assert secret not in reading
        assert quote(secret, safe="") not in reading


def test_it_expires(ask: Ask, follow: Ask, s3: Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key=KEY, Body=DATA)
    short = link(ask(bucket=bucket, key=KEY, expires_in=2))
    longer = short.replace("X-Amz-Expires=2", "X-Amz-Expires=3600")
    assert longer != short
    assert follow("GET", longer).status_code in {400, 403}
    deadline = time.monotonic() + SECONDS
    while (got := follow("GET", short)).status_code == 200:
        assert time.monotonic() < deadline, "it still opens"
    assert got.status_code in {400, 403}  # AWS answers 400 where it is the token that expired
    assert DATA not in got.content
