"""The document of the API keeps to OpenAPI 3.1, and a browser shows the page made from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

from support.browser import shown
from support.rest import TIMEOUT
from support.target import Target


@pytest.fixture(scope="module")
def document(target: Target) -> dict[str, Any]:
    """What any client reads, without a token."""
    if not target.api:
        pytest.skip("no REST API under test")
    answer = requests.get(f"{target.api}/openapi.json", timeout=TIMEOUT, verify=target.verify)
    answer.raise_for_status()
    read: dict[str, Any] = answer.json()
    return read


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    faults = [
        f"{list(fault.path)}: {fault.message}" for fault in OpenAPIV31SpecValidator(document).iter_errors()
    ]
    assert faults == []


def test_the_page_shows_every_operation(target: Target, document: dict[str, Any], tmp_path: Path) -> None:
    page = shown(target, f"{target.api}/docs", tmp_path)
    methods = ("get", "put", "post", "delete", "head", "options", "patch")
    told = [item[method] for item in document["paths"].values() for method in methods if method in item]
    assert [one["operationId"] for one in told if f'id="{one["operationId"]}"' not in page] == []
    assert f"{len(told)} operations" in page
