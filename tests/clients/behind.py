"""Portico over each of the stores, and what the stories must know of it as environment."""

from __future__ import annotations

import string
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

import house
import names
import simulator
import weed
from house import House, Sections, Value
from support.target import Login

DOMAIN = "s3.portico.test"
# Not the store's own keys: a signature that went through unchanged would be refused there.
ACCESS_KEY, SECRET_KEY = "client-suite", "only Portico knows this secret"
# The users of a generic store: one who has every bucket, by rules that are looked at for every
# request (a star alone would not be), and one who has none of the first one's (`ot…`).
USERS = (Login("", "ada", "first password"), Login("", "ben", "second password"))
LETTERS = string.ascii_lowercase
BUCKETS = (
    [f"{first}*" for first in LETTERS if first != "o"]
    + [f"o{second}*" for second in LETTERS if second != "t"],
    ["other-own-*"],
)

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
        public = f"{'https' if options.https else 'http'}://{DOMAIN}"
        account: Value = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
        sections: Sections = {
            "upstream": {"backend": "generic", "s3_endpoint": store.endpoint},
            "route": {"domains": [DOMAIN]},
            "auth": {"secrets": [house.SECRET], "users": users, "public_s3_url": public},
            "s3": {
                "access_key": store.access_key,
                "secret_key": store.secret_key,
                "service_accounts": [account],
            },
        }
        with _portico(options, sections, [DOMAIN]) as running:
            login: Environment = {
                "PORTICO_API": running.api,
                **_login("PORTICO_", USERS[0]),
                **_login("PORTICO_OTHER_", USERS[1]),
            }
            yield {
                "PORTICO_S3": running.s3,
                "PORTICO_WAY": options.way,
                "PORTICO_CA": running.ca,
                "PORTICO_LOG": str(running.log),
                "PORTICO_PID": str(running.pid),
                "PORTICO_UPSTREAM": "generic",
                "PORTICO_BIN": options.portico,
                "PORTICO_STORE": store.endpoint.partition("://")[2],
                "PORTICO_DOMAIN": DOMAIN,
                "PORTICO_ACCESS_KEY": ACCESS_KEY,
                "PORTICO_SECRET_KEY": SECRET_KEY,
                **({} if options.way == "keys" else login),
            }


STAGES: dict[str, Callable[[Namespace], AbstractContextManager[Environment]]] = {
    "hcp9": hcp9,
    "hcp10": hcp10,
    "generic": generic,
}


@contextmanager
def _hcp(options: Namespace, release: int) -> Iterator[Environment]:
    hosts = [f"{who.tenant}.{simulator.DOMAIN}" for who in simulator.USERS]
    with simulator.running(options.simulator, release) as store:
        upstream: dict[str, Value] = {
            "domain": simulator.DOMAIN,
            "hcp_release": release,
            "s3_addresses": [store.data],
            "mapi_addresses": [store.mapi],
            "ca_file": str(store.ca),
        }
        # Else HCP would let in whom the keyring forgot, and nobody would see.
        route: dict[str, Value] = {"passthrough": options.way == "passthrough"}
        sections: Sections = {"upstream": upstream, "route": route}
        with _portico(options, sections, [simulator.DOMAIN, *hosts]) as running:
            # Its domain is a secret only where clients do not go there themselves.
            hidden = [store.data, store.plain, store.mapi]
            hidden += [simulator.DOMAIN] if options.way == "token" else []
            env = {
                "PORTICO_S3": running.s3,
                "PORTICO_CA": running.ca,
                "PORTICO_LOG": str(running.log),
                "PORTICO_PID": str(running.pid),
                "PORTICO_UPSTREAM": f"hcp{release}",
                "PORTICO_WAY": options.way,
                "PORTICO_STORE": " ".join(hidden),
                "PORTICO_DOMAIN": hosts[0],
                "PORTICO_OTHER_DOMAIN": hosts[1],
                "PORTICO_BIN": options.portico,
                "PORTICO_MAPI": store.mapi,
                "PORTICO_MAPI_CA": str(store.ca),
                **_login("PORTICO_SYSTEM_", simulator.ROOT),
            }
            with _way(options.way, running, hosts) as more:
                yield env | more


@contextmanager
def _way(way: str, running: House, hosts: list[str]) -> Iterator[Environment]:
    """Where the clients go, and what they have to prove themselves with."""
    who = dict(zip(("PORTICO_", "PORTICO_OTHER_"), simulator.USERS, strict=True))
    if way == "token":
        yield {"PORTICO_API": running.api, **_logins(who)}
        return
    if reason := names.missing():
        yield {"PORTICO_UNREACHABLE": reason}
        return
    scheme, _, address = running.s3.partition("://")
    doors = [f"{scheme}://{host}:{address.rpartition(':')[2]}" for host in hosts]
    ways_in = _own_keys(who) if way == "passthrough" else {"PORTICO_API": running.api, **_logins(who)}
    with names.resolving([simulator.DOMAIN, *hosts]):
        yield {"PORTICO_S3": doors[0], "PORTICO_OTHER_S3": doors[1], **ways_in}


def _logins(who: dict[str, Login]) -> Environment:
    return {name: value for prefix, login in who.items() for name, value in _login(prefix, login).items()}


def _own_keys(who: dict[str, Login]) -> Environment:
    return {
        f"{prefix}{name}_KEY": value
        for prefix, login in who.items()
        for name, value in (("ACCESS", login.own_keys.access_key), ("SECRET", login.own_keys.secret_key))
    }


def _user(portico: str, who: Login, buckets: list[str]) -> dict[str, Value]:
    rule: dict[str, Value] = {"buckets": list[Value](buckets)}
    return {"name": who.user, "password_hash": house.password_hash(portico, who.password), "rules": [rule]}


def _login(prefix: str, who: Login) -> Environment:
    return {f"{prefix}TENANT": who.tenant, f"{prefix}USER": who.user, f"{prefix}PASSWORD": who.password}


def _portico(options: Namespace, sections: Sections, domains: list[str]) -> AbstractContextManager[House]:
    certified = [f"{labels}{domain}" for domain in domains for labels in ("", "*.")]
    return house.running(options.portico, sections, certified if options.https else [])
