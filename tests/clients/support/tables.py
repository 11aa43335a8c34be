"""Tables of Lance as a front end sees them, and as LanceDB's own client does."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from support import libraries, rest
from support.libraries import Library
from support.target import Keys, Target


@dataclass(frozen=True)
class Tables:
    """A folder of tables, somebody who has logged in, and LanceDB's own client with the same rights."""

    target: Target
    bearer: str
    bucket: str
    path: str
    database: Library

    def ask(self, route: str, **query: Any) -> requests.Response:
        """A GET below `/lance`."""
        place = {"bucket": self.bucket, "path": self.path}
        headers = query.pop("headers", {})
        return rest.send(
            self.target, "GET", f"/lance/{route}", self.bearer, params=place | query, headers=headers
        )

    def __call__(self, route: str, **query: Any) -> Any:
        """The document of the answer, which must be a success."""
        answer = self.ask(route, **query)
        assert answer.status_code == 200, (route, query, answer.status_code, answer.text)
        return answer.json()

    def refused(self, status: int, route: str, **query: Any) -> Any:
        """What an answer that must be a refusal says."""
        answer = self.ask(route, **query)
        assert answer.status_code == status, (route, query, answer.status_code, answer.text)
        return answer.json()["detail"]

    def search(self, **document: Any) -> Any:
        """A search by document, which must be a success."""
        place = {"bucket": self.bucket, "path": self.path}
        answer = rest.post(self.target, "/lance/search", self.bearer, place | document)
        assert answer.status_code == 200, (document, answer.status_code, answer.text)
        return answer.json()["rows"]


def served(target: Target, bearer: str) -> None:
    """Skips where Portico is built without Lance, unless the run was told that it is not."""
    answer = rest.get(target, "/lance/tables", bearer)
    if answer.status_code == 404:
        assert not os.environ.get("LANCE"), "LANCE is set, and Portico is built without"
        pytest.skip("Portico is built without Lance")
    assert answer.status_code == 422, answer.text


def tables(target: Target, bearer: str, keys: Keys, bucket: str, path: str) -> Tables:
    """A folder of a bucket."""
    served(target, bearer)
    lancedb = pytest.importorskip("lancedb")
    options = libraries.object_store(target, keys)
    database = lancedb.connect(f"s3://{bucket}/{path}", storage_options=options)
    return Tables(target, bearer, bucket, path, database)
