"""Passwords: HCP alone knows which is right, and Portico forgets what HCP no longer takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest
import requests

from support import manage, rest
from support.boto import refused
from support.manage import Manager, Tenant
from support.target import Keys, Target

Change: TypeAlias = Callable[[Tenant, str], requests.Response]

# Nothing that a URL would encode: they are looked for in the log.
OLD, NEW = "an-old-one-1", "a-new-one-2"


@pytest.fixture
def ben(tenant: Tenant) -> Manager:
    """A user with S3 keys and nothing else."""
    return tenant.hire("ben", OLD, "MONITOR")


def let_in(tenant: Tenant, keys: Keys) -> None:
    """And once more over the same connection: then Portico has done with the first, and knows what it taught.

    What is refused teaches nothing, so that nothing is learnt when this is over.
    """
    s3 = tenant.s3(keys)
    assert s3.list_buckets()["Buckets"] == []
    with refused(404):
        s3.head_bucket(Bucket="there-is-none")


def test_a_wrong_password_opens_nothing_and_teaches_nothing(tenant: Tenant, ben: Manager) -> None:
    """The login takes any; whoever asks HCP then hears HCP's own refusal."""
    wrong = Manager(tenant.target, replace(ben.who, password="not the one 3"))
    at_hcp = manage.mapi(wrong, "GET", f"{tenant.path}/namespaces")
    assert at_hcp.status_code == 403
    words = at_hcp.headers["X-HCP-ErrorMessage"]
    assert words
    assert at_hcp.headers["X-HCP-SoftwareVersion"]
    assert words in wrong.refused(403, "GET", f"{tenant.path}/namespaces")
    session = tenant.s3(rest.credentials(tenant.target, wrong.who))
    for _ in range(2):
        with refused(403, code="SignatureDoesNotMatch"):
            session.list_buckets()
    # HCP would have said that the signature is wrong: Portico does not know these keys.
    with refused(403, code="InvalidAccessKeyId"):
        tenant.s3(wrong.who.own_keys).list_buckets()

    let_in(tenant, rest.credentials(tenant.target, ben.who))
    let_in(tenant, ben.who.own_keys)
    with refused(403, code="SignatureDoesNotMatch"):
        tenant.s3(wrong.who.own_keys).list_buckets()


def by_document(tenant: Tenant, user: str) -> requests.Response:
    path = f"{tenant.path}/userAccounts/{user}/changePassword"
    return tenant.security.ask("POST", path, {"newPassword": NEW})


def by_query(tenant: Tenant, user: str) -> requests.Response:
    return tenant.security.ask("POST", f"{tenant.path}/userAccounts/{user}", {}, password=NEW)


@pytest.mark.parametrize("change", [by_document, by_query])
def test_a_changed_password_ends_the_old_keys(
    target: Target, tenant: Tenant, ben: Manager, change: Change
) -> None:
    session = rest.credentials(target, ben.who)
    let_in(tenant, session)
    let_in(tenant, ben.who.own_keys)

    changed = change(tenant, ben.who.user)
    assert changed.status_code == 200, changed.text
    # As above: Portico itself knows these keys no more, and does not ask HCP.
    with refused(403, code="InvalidAccessKeyId"):
        tenant.s3(ben.who.own_keys).list_buckets()
    with refused(403):
        tenant.s3(session).list_buckets()
    ben.refused(403, "GET", f"{tenant.path}/namespaces")

    new = Manager(target, replace(ben.who, password=NEW))
    assert new("GET", f"{tenant.path}/namespaces")["name"] == []
    let_in(tenant, rest.credentials(target, new.who))
    let_in(tenant, new.who.own_keys)
    with refused(403):
        tenant.s3(ben.who.own_keys).list_buckets()
    secrets = (OLD, NEW, tenant.security.who.password, new.who.own_keys.secret_key)
    log = Path(target.log).read_text(errors="replace")
    assert [secret for secret in secrets if secret in log] == []
