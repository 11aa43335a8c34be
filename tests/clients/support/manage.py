"""HCP's management as the stories use it: a tenant of their own, and who looks after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
import requests

from support import boto, rest
from support.boto import Client
from support.names import unique_name
from support.target import Keys, Login, Target


def domain(target: Target) -> str:
    """HCP's domain, or a skip where the run has no HCP to manage."""
    if not target.hcp:
        pytest.skip("only HCP has a Management API")
    if not (target.api and target.mapi and target.root and target.domain):
        pytest.skip("no PORTICO_API, or no PORTICO_MAPI with a PORTICO_SYSTEM_USER")
    return target.domain.partition(".")[2]


@dataclass(frozen=True)
class Manager:
    """Somebody who has logged in at Portico."""

    target: Target
    who: Login

    @cached_property
    def bearer(self) -> str:
        """The login token."""
        return rest.login(self.target, self.who)

    def ask(self, method: str, path: str, document: Any = None, **query: str) -> requests.Response:
        """A request below `/api/v1/mapi`."""
        return rest.send(self.target, method, f"/mapi{path}", self.bearer, json=document, params=query)

    def __call__(self, method: str, path: str, document: Any = None, **query: str) -> Any:
        """The document of the answer, which must be a success."""
        answer = self.ask(method, path, document, **query)
        assert answer.status_code in {200, 201}, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def refused(self, status: int, method: str, path: str, document: Any = None) -> str:
        """The words of an answer that must be a refusal."""
        answer = self.ask(method, path, document)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return str(answer.json()["detail"])

    def query(self, what: str, question: Any) -> Any:
        """The answer of HCP's metadata query about the user's own tenant."""
        path = f"/query/tenants/{self.who.tenant}/{what}"
        answer = rest.send(self.target, "POST", path, self.bearer, json=question)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()


@dataclass(frozen=True)
class Tenant:
    """A tenant made for one story, with the user it came with, who looks after accounts."""

    target: Target
    name: str
    host: str
    root: Manager
    security: Manager

    @property
    def path(self) -> str:
        """Where the tenant is in the Management API."""
        return f"/tenants/{self.name}"

    def login(self, user: str, password: str) -> Login:
        """A login of the tenant, whether or not there is such a user."""
        return Login(self.name, user, password)

    def hire(self, user: str, password: str, *roles: str) -> Manager:
        """A new user with these roles."""
        document = {
            "username": user, "fullName": user.title(), "enabled": True, "localAuthentication": True,
            "forcePasswordChange": False, "roles": {"role": list(roles)},
        }  # fmt: skip
        made = self.security("PUT", f"{self.path}/userAccounts", document, password=password)
        assert made == {"status": "created", "username": user}
        return Manager(self.target, self.login(user, password))

    def s3(self, keys: Keys) -> Client:
        """boto3 with these keys, at the tenant's own name."""
        address = self.target.address
        return boto.client(self.target, keys, endpoint=f"{address.scheme}://{self.host}:{self.target.port}")


@contextmanager
def tenant(target: Target) -> Iterator[Tenant]:
    """A tenant as the system's administrator makes one; it is gone afterwards if a story emptied it."""
    below = domain(target)
    assert target.root is not None
    name, root = unique_name("tenant"), Manager(target, target.root)
    made = root(
        "PUT", "/tenants", {"name": name, "hardQuota": "1 TB"}, username="sue", password="first-day-1"
    )
    assert made == {"status": "created", "name": name}
    security = Manager(target, Login(name, "sue", "first-day-1"))
    yield Tenant(target, name, f"{name}.{below}", root, security)
    dismiss(root, name)


def dismiss(root: Manager, name: str) -> requests.Response:
    """The end of a tenant: REST has no route for it, HCP's own API has."""
    return mapi(root, "DELETE", f"/tenants/{name}")


def mapi(manager: Manager, method: str, path: str) -> requests.Response:
    """A request through the transparent door, as HCP answers it."""
    headers = {"Authorization": f"Bearer {manager.bearer}"}
    target = manager.target
    return requests.request(
        method, f"{target.api}/mapi{path}", headers=headers, timeout=rest.TIMEOUT,
        verify=target.verify, allow_redirects=False,
    )  # fmt: skip
