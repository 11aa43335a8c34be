"""The REST data plane as a front end uses it: forms, JSON, and keys that are escaped as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from support import rest
from support.target import Target


def escaped(name: str) -> str:
    """One segment of a path, slashes and all, as `encodeURIComponent` writes it."""
    return quote(name, safe="-_.~")


def at(bucket: str, key: str) -> str:
    """Where an object is."""
    return f"/{bucket}/objects/{escaped(key)}"


def part_at(bucket: str, key: str, step: str = "") -> str:
    """Where an upload in parts is, or one step of it."""
    return f"/{bucket}/multipart/{escaped(key)}{step}"


@dataclass(frozen=True)
class Desk:
    """Somebody who has logged in."""

    target: Target
    bearer: str

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """A request below `/buckets`; `more` is what requests takes."""
        return rest.send(self.target, method, f"/buckets{path}", self.bearer, **more)

    def __call__(self, method: str, path: str, document: Any = None, **query: Any) -> Any:
        """The document of the answer, which must be a success."""
        answer = self.ask(method, path, json=document, params=query)
        assert answer.status_code in {200, 201}, (method, path, answer.status_code, answer.text)
        return answer.json()

    def refused(self, status: int, method: str, path: str, document: Any = None, **query: Any) -> Any:
        """What an answer that must be a refusal says: words, or what is wrong with which field."""
        answer = self.ask(method, path, json=document, params=query)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return answer.json()["detail"]

    def invalid(self, method: str, path: str, document: Any = None, **query: Any) -> list[tuple[str, str]]:
        """The fields that a request is refused for, and in which way."""
        detail = self.refused(422, method, path, document, **query)
        return [(str(issue["loc"][-1]), issue["type"]) for issue in detail]

    def upload(self, bucket: str, key: str, data: bytes, **headers: str) -> requests.Response:
        """An upload through a form, as a browser sends it."""
        files = {"file": ("a name of the client's", data, "text/x-of-the-client")}
        return self.ask("POST", at(bucket, key), files=files, headers=headers)

    def store(self, bucket: str, key: str, data: bytes) -> None:
        """An upload that must succeed."""
        stored = self.upload(bucket, key, data)
        assert stored.status_code == 201, stored.text
        assert stored.json() == {"bucket": bucket, "key": key, "status": "uploaded"}

    def read(self, bucket: str, key: str, **query: str) -> bytes:
        """The bytes of an object."""
        got = self.ask("GET", at(bucket, key), params=query)
        assert got.status_code == 200, (key, got.status_code, got.text)
        return got.content

    def missing(self, bucket: str, key: str) -> bool:
        """Whether no object of that name is there."""
        status = self.ask("HEAD", at(bucket, key)).status_code
        assert status in {200, 404}, (key, status)
        return status == 404

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """Every key of a bucket in the order of the listing."""
        found: list[str] = []
        query = {"prefix": prefix}
        while True:
            page = self("GET", f"/{bucket}/objects", None, **query)
            found += [entry["Key"] for entry in page["objects"]]
            if not page["is_truncated"]:
                return found
            query["continuation_token"] = page["next_continuation_token"]
