"""Fixtures: the target, its keys, default clients, and buckets that nobody else uses."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

# What `pip install boto3` gives has no CRT, and signs differently without it; CRT has its own story.
os.environ.setdefault("BOTO_DISABLE_CRT", "true")
# What libraries in C, Rust and Go trust is read once, when the first of them looks.
if os.environ.get("PORTICO_CA"):
    os.environ["SSL_CERT_FILE"] = os.environ["PORTICO_CA"]

import pytest
from botocore.config import Config

from support import boto, manage, rest
from support.boto import Client, MakeClient, NewBucket
from support.capabilities import KNOWN, lack, unfinished
from support.complaints import complaints
from support.desk import Desk
from support.names import unique_name
from support.target import Keys, Login, Target, from_environment

LeadHere: TypeAlias = Callable[[str], None]
# What runs only where it is asked for, and why.
BY_THEMSELVES = {"alone": "changes whatever there is", "timed": "compares times"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips what the store lacks; a capability nobody lists is a typing error."""
    target = from_environment()
    for item in items:
        for mark, reason in BY_THEMSELVES.items():
            if item.get_closest_marker(mark) and mark not in config.option.markexpr:
                item.add_marker(pytest.mark.skip(reason=f"{reason}: -m {mark}"))
        if target.unreachable:
            item.add_marker(pytest.mark.skip(reason=target.unreachable))
        for capability in (name for mark in item.iter_markers("needs") for name in mark.args):
            if capability not in KNOWN:
                raise pytest.UsageError(f"{item.nodeid} needs the unknown {capability!r}")
            if reason := lack(target, capability):
                item.add_marker(pytest.mark.skip(reason=f"{capability}: {reason}"))
            elif reason := unfinished(target, capability):
                item.add_marker(pytest.mark.xfail(reason=f"{capability}: {reason}", strict=True))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Shows what Portico complained of when a story failed."""
    file = os.environ.get("PORTICO_LOG", "")
    if exitstatus and file:
        terminalreporter.section("Portico's complaints")
        for line in complaints(Path(file)):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def target() -> Target:
    """The endpoint under test."""
    return from_environment()


@pytest.fixture(scope="session")
def keys(target: Target) -> Keys:
    """The user's S3 keys: given, or fetched by a login as a front end does it."""
    if target.keys is not None and (target.keys.session_token or not target.api):
        return target.keys
    if target.way == "keyring" and target.login is not None:
        return _known(target, target.s3, target.login)
    assert target.api, "give PORTICO_ACCESS_KEY and PORTICO_SECRET_KEY, or PORTICO_API"
    assert target.login is not None, "PORTICO_API needs PORTICO_USER and PORTICO_PASSWORD"
    return rest.credentials(target, target.login)


@pytest.fixture(scope="session")
def other_keys(target: Target) -> Keys:
    """The keys of a second tenant's user."""
    if target.other_keys is not None and (target.other_keys.session_token or not target.api):
        return target.other_keys
    if target.other_login is None or not target.api:
        pytest.skip("no second tenant: PORTICO_OTHER_… is not set")
    if target.way == "keyring":
        return _known(target, target.other_s3, target.other_login)
    return rest.credentials(target, target.other_login)


def _known(target: Target, endpoint: str, who: Login) -> Keys:
    """HCP's own keys, which Portico knows once HCP has accepted them beside a session token."""
    s3 = boto.client(target, rest.credentials(target, who), endpoint=endpoint)
    for _ in range(2):
        # Over one connection: at the second Portico has done with the first, and knows.
        s3.list_buckets()
    return who.own_keys


@pytest.fixture(scope="session")
def bearer(target: Target) -> str:
    """A good login token."""
    if not target.api or target.login is None:
        pytest.skip("no PORTICO_API with a user")
    return rest.login(target, target.login)


@pytest.fixture(scope="session")
def s3(target: Target, keys: Keys) -> Client:
    """boto3 with its defaults."""
    return boto.client(target, keys)


@pytest.fixture(scope="session")
def other_s3(target: Target, other_keys: Keys) -> Client:
    """boto3 with its defaults, as the second tenant's user."""
    return boto.client(target, other_keys, endpoint=target.other_s3)


@pytest.fixture(scope="session")
def make_client(target: Target, keys: Keys) -> MakeClient:
    """Makes clients that differ from the default in one thing."""

    def make(config: Config | None = None, *, endpoint: str = "", use: Keys | None = None) -> Client:
        return boto.client(target, use or keys, config, endpoint)

    return make


@pytest.fixture
def lead_here(target: Target, monkeypatch: pytest.MonkeyPatch) -> LeadHere:
    """Has a name, and all names below it, lead to the S3 door."""

    def lead_here(domain: str) -> None:
        real, door = socket.getaddrinfo, target.address.hostname

        def resolve(host: Any, *more: Any, **named: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            inside = name == domain or str(name).endswith(f".{domain}")
            return real(door if inside else host, *more, **named)

        monkeypatch.setattr(socket, "getaddrinfo", resolve)

    return lead_here


@pytest.fixture
def virtual(target: Target, make_client: MakeClient, lead_here: LeadHere) -> Client:
    """A client of `{bucket}.{domain}`; all names of the domain lead to the S3 door."""
    if not target.domain:
        pytest.skip("PORTICO_DOMAIN is not set")
    lead_here(target.domain)
    endpoint = f"{target.address.scheme}://{target.domain}:{target.port}"
    return make_client(Config(s3={"addressing_style": "virtual"}), endpoint=endpoint)


@pytest.fixture(scope="module")
def bucket(s3: Client, request: pytest.FixtureRequest) -> Iterator[str]:
    """One bucket for all tests of a story: making one is dear."""
    name = unique_name(request.module.__name__.removeprefix("test_"))
    s3.create_bucket(Bucket=name)
    yield name
    boto.purge(s3, name)


@pytest.fixture
def new_bucket(s3: Client, request: pytest.FixtureRequest) -> Iterator[NewBucket]:
    """Makes buckets for one test alone."""
    made: list[str] = []

    def make() -> str:
        name = unique_name(request.module.__name__.removeprefix("test_"))
        s3.create_bucket(Bucket=name)
        made.append(name)
        return name

    yield make
    for name in made:
        boto.purge(s3, name)


@pytest.fixture
def tenant(target: Target, lead_here: LeadHere) -> Iterator[manage.Tenant]:
    """A tenant of HCP for one story; its name leads to Portico."""
    lead_here(manage.domain(target))
    with manage.tenant(target) as made:
        yield made


@pytest.fixture(scope="session")
def desk(target: Target, bearer: str) -> Desk:
    """The REST data plane, logged in."""
    return Desk(target, bearer)
