"""Portico over each of the stores, and what the stories must know of it as environment."""

from __future__ import annotations

import string
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

import house
import simulator
import weed
from house import House, Sections, Value
from support.target import Login

DOMAIN = "s3.portico.test"
# Not the store's own keys: a signature that went through unchanged would be refused there.
ACCESS_KEY, SECRET_KEY = "client-suite", "only Portico knows this secret"
# The users of a generic store: one who has every bucket, by rules that are looked at for every
# request (a star alone would not be), and one who has none of the first one's.
USERS = (Login("", "ada", "first password"), Login("", "ben", "second password"))
BUCKETS = ([f"{letter}*" for letter in string.ascii_lowercase if letter != "o"], ["other-own-*"])

Environment: TypeAlias = dict[str, str]


@contextmanager
def hcp9(options: Namespace) -> Iterator[Environment]:
    """The HCP simulator, release 9."""
    with _hcp(options, 9) as env:
        yield env


@contextmanager
def hcp10(options: Namespace) -> Iterator[Environment]:
    """The HCP simulator, release 10."""
    with _hcp(options, 10) as env:
        yield env


@contextmanager
def generic(options: Namespace) -> Iterator[Environment]:
    """A SeaweedFS; the users are those of the configuration and have no tenants."""
    with weed.running() as store:
        users: list[Value] = [
            _user(options.portico, who, buckets) for who, buckets in zip(USERS, BUCKETS, strict=True)
        ]
        account: Value = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
        sections: Sections = {
            "upstream": {"backend": "generic", "s3_endpoint": store.endpoint},
            "route": {"domains": [DOMAIN]},
            "auth": {"secrets": [house.SECRET], "users": users},
            "s3": {
                "access_key": store.access_key,
                "secret_key": store.secret_key,
                "service_accounts": [account],
            },
        }
        with _portico(options, sections, [DOMAIN]) as running:
            yield {
                "PORTICO_S3": running.s3,
                "PORTICO_API": running.api,
                "PORTICO_CA": running.ca,
                "PORTICO_LOG": str(running.log),
                "PORTICO_UPSTREAM": "generic",
                "PORTICO_BIN": options.portico,
                "PORTICO_STORE": store.endpoint.partition("://")[2],
                "PORTICO_DOMAIN": DOMAIN,
                "PORTICO_ACCESS_KEY": ACCESS_KEY,
                "PORTICO_SECRET_KEY": SECRET_KEY,
                **_login("PORTICO_", USERS[0]),
                **_login("PORTICO_OTHER_", USERS[1]),
            }


STAGES: dict[str, Callable[[Namespace], AbstractContextManager[Environment]]] = {
    "hcp9": hcp9,
    "hcp10": hcp10,
    "generic": generic,
}


@contextmanager
def _hcp(options: Namespace, release: int) -> Iterator[Environment]:
    first, other = simulator.USERS
    hosts = [f"{who.tenant}.{simulator.DOMAIN}" for who in simulator.USERS]
    with simulator.running(options.simulator, release) as store:
        upstream: dict[str, Value] = {
            "domain": simulator.DOMAIN,
            "hcp_release": release,
            "s3_addresses": [store.data],
            "mapi_addresses": [store.mapi],
            "ca_file": str(store.ca),
        }
        with _portico(options, {"upstream": upstream}, [simulator.DOMAIN, *hosts]) as running:
            yield {
                "PORTICO_S3": running.s3,
                "PORTICO_API": running.api,
                "PORTICO_CA": running.ca,
                "PORTICO_LOG": str(running.log),
                "PORTICO_UPSTREAM": f"hcp{release}",
                "PORTICO_STORE": " ".join([store.data, store.plain, store.mapi, simulator.DOMAIN]),
                "PORTICO_DOMAIN": hosts[0],
                "PORTICO_OTHER_DOMAIN": hosts[1],
                "PORTICO_BIN": options.portico,
                **_login("PORTICO_", first),
                **_login("PORTICO_OTHER_", other),
            }


def _user(portico: str, who: Login, buckets: list[str]) -> dict[str, Value]:
    rule: dict[str, Value] = {"buckets": list[Value](buckets)}
    return {"name": who.user, "password_hash": house.password_hash(portico, who.password), "rules": [rule]}


def _login(prefix: str, who: Login) -> Environment:
    return {f"{prefix}TENANT": who.tenant, f"{prefix}USER": who.user, f"{prefix}PASSWORD": who.password}


def _portico(options: Namespace, sections: Sections, domains: list[str]) -> AbstractContextManager[House]:
    names = [f"{labels}{domain}" for domain in domains for labels in ("", "*.")]
    return house.running(options.portico, sections, names if options.https else [])
