"""The endpoint under test, read once from the environment."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import md5
from urllib.parse import SplitResult, urlsplit

UPSTREAMS = ("hcp9", "hcp10", "generic")
# How a client proves itself: with keys and the session token of a login, with keys of Portico's
# configuration ("keys"), or with HCP's own keys and nothing else, which Portico knows from a login
# ("keyring") or leaves to HCP to judge ("passthrough").
WAYS = ("token", "keys", "keyring", "passthrough")
HCP_WAYS = ("token", "keyring", "passthrough")


@dataclass(frozen=True)
class Keys:
    """What an S3 client signs with; the token is empty where keys alone are enough."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Login:
    """A user of a tenant, as the REST API knows them."""

    tenant: str
    user: str
    password: str = field(repr=False)

    @property
    def own_keys(self) -> Keys:
        """HCP's own S3 keys of this user: base64 of the name, hex MD5 of the password."""
        digest = md5(self.password.encode(), usedforsecurity=False).hexdigest()
        return Keys(b64encode(self.user.encode()).decode(), digest)


@dataclass(frozen=True)
class Target:
    """Everything a test may know of the endpoint; empty strings mean "not there"."""

    s3: str
    other_s3: str
    api: str
    rest_prefix: str
    ca: str
    upstream: str
    direct: str
    way: str
    domain: str
    other_domain: str
    stores: tuple[str, ...]
    binary: str
    log: str
    process: str
    unreachable: str
    mapi: str
    mapi_ca: str
    root: Login | None
    keys: Keys | None
    login: Login | None
    other_keys: Keys | None
    other_login: Login | None

    @property
    def address(self) -> SplitResult:
        """The S3 door's URL in parts."""
        return urlsplit(self.s3)

    @property
    def port(self) -> int:
        """The S3 door's port, also where the URL leaves it out."""
        return self.address.port or (443 if self.https else 80)

    @property
    def https(self) -> bool:
        """Whether the S3 door speaks TLS."""
        return self.address.scheme == "https"

    @property
    def hcp(self) -> bool:
        """Whether an HCP of any release stands behind."""
        return self.upstream.startswith("hcp")

    @property
    def verify(self) -> str | bool:
        """What boto3 and requests call `verify`."""
        return self.ca or True


def _keys(env: Mapping[str, str], prefix: str) -> Keys | None:
    access, secret = env.get(f"{prefix}ACCESS_KEY", ""), env.get(f"{prefix}SECRET_KEY", "")
    if not (access and secret):
        return None
    return Keys(access, secret, env.get(f"{prefix}SESSION_TOKEN", ""))


def _login(env: Mapping[str, str], prefix: str) -> Login | None:
    user = env.get(f"{prefix}USER", "")
    if not user:
        return None
    return Login(env.get(f"{prefix}TENANT", ""), user, env.get(f"{prefix}PASSWORD", ""))


def from_environment(env: Mapping[str, str] = os.environ) -> Target:
    """The target of this run; raises `KeyError` or `ValueError` that name the variable."""
    upstream = env.get("PORTICO_UPSTREAM", "generic")
    if upstream not in UPSTREAMS:
        raise ValueError(f"PORTICO_UPSTREAM is {upstream!r}, not one of {', '.join(UPSTREAMS)}")
    way = env.get("PORTICO_WAY", "token")
    if way not in WAYS:
        raise ValueError(f"PORTICO_WAY is {way!r}, not one of {', '.join(WAYS)}")
    return Target(
        s3=env["PORTICO_S3"].rstrip("/"),
        other_s3=env.get("PORTICO_OTHER_S3", env["PORTICO_S3"]).rstrip("/"),
        api=env.get("PORTICO_API", "").rstrip("/"),
        rest_prefix=env.get("PORTICO_REST_PREFIX", "/api/v1"),
        ca=env.get("PORTICO_CA", ""),
        upstream=upstream,
        direct=env.get("PORTICO_DIRECT", ""),
        way=way,
        domain=env.get("PORTICO_DOMAIN", ""),
        other_domain=env.get("PORTICO_OTHER_DOMAIN", ""),
        stores=tuple(env.get("PORTICO_STORE", "").split()),
        binary=env.get("PORTICO_BIN", ""),
        log=env.get("PORTICO_LOG", ""),
        process=env.get("PORTICO_PID", ""),
        unreachable=env.get("PORTICO_UNREACHABLE", ""),
        mapi=env.get("PORTICO_MAPI", ""),
        mapi_ca=env.get("PORTICO_MAPI_CA", ""),
        root=_login(env, "PORTICO_SYSTEM_"),
        keys=_keys(env, "PORTICO_"),
        login=_login(env, "PORTICO_"),
        other_keys=_keys(env, "PORTICO_OTHER_"),
        other_login=_login(env, "PORTICO_OTHER_"),
    )
