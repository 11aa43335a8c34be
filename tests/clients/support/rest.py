"""Logs in at the REST API and fetches S3 credentials there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests

from support.target import Keys, Login, Target

TIMEOUT = 30


def login(target: Target, who: Login) -> str:
    """The login token (a JWT) of a user."""
    form = {"username": who.user, "password": who.password, "tenant": who.tenant}
    answer = requests.post(_url(target, "/auth/token"), data=form, timeout=TIMEOUT, verify=target.verify)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def get(target: Target, path: str, bearer: str) -> requests.Response:
    """A GET below the REST prefix with any string as Bearer token."""
    headers = {"Authorization": f"Bearer {bearer}"}
    return requests.get(_url(target, path), headers=headers, timeout=TIMEOUT, verify=target.verify)


def post(target: Target, path: str, bearer: str, document: Any) -> requests.Response:
    """A POST of JSON below the REST prefix with any string as Bearer token."""
    headers = {"Authorization": f"Bearer {bearer}"}
    return requests.post(
        _url(target, path), json=document, headers=headers, timeout=TIMEOUT, verify=target.verify
    )


def send(target: Target, method: str, path: str, bearer: str, **more: Any) -> requests.Response:
    """A request below the REST prefix with any string as Bearer token; `more` is what requests takes."""
    headers = {"Authorization": f"Bearer {bearer}"} | more.pop("headers", {})
    return requests.request(
        method, _url(target, path), headers=headers, timeout=TIMEOUT, verify=target.verify, **more
    )


def credentials(target: Target, who: Login) -> Keys:
    """S3 keys and session token, as a front end fetches them after the login."""
    answer = get(target, "/credentials", login(target, who))
    answer.raise_for_status()
    given: dict[str, Any] = answer.json()
    token = given.get("session_token") or ""
    return Keys(given["access_key_id"], given["secret_access_key"], token)


def s3(target: Target, method: str, path: str, bearer: str, **more: Any) -> requests.Response:
    """A request to the S3 door with any string as Bearer token; `more` is what requests takes."""
    headers = {"Authorization": f"Bearer {bearer}"} | more.pop("headers", {})
    return requests.request(
        method, target.s3 + path, headers=headers, timeout=TIMEOUT, verify=target.verify, **more
    )


def follow(target: Target, method: str, url: str, **more: Any) -> requests.Response:
    """Follows a link with no other proof, to where the S3 door is in this run."""
    parts = urlsplit(url)
    headers = {"Host": parts.netloc} | more.pop("headers", {})
    address = f"{target.s3}{parts.path}?{parts.query}"
    return requests.request(method, address, headers=headers, timeout=TIMEOUT, verify=target.verify, **more)


def _url(target: Target, path: str) -> str:
    return f"{target.api}{target.rest_prefix}{path}"
