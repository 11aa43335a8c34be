"""schemathesis asks for everything that the document of the API tells, rightly and wrongly.

No answer may be a failure of Portico's own, and none may be of a status or form that the document does not
tell. Requests are the same in every run.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from support.desk import Desk
from support.manage import Manager, Tenant
from support.names import unique_name
from support.programs import find
from support.target import Target

pytestmark = pytest.mark.alone

SECONDS = 300
EXAMPLES = 3
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_schema_conformance", "ignored_auth",
)  # fmt: skip
Ask: TypeAlias = Callable[..., None]


@pytest.fixture
def ask(target: Target, tmp_path: Path) -> Ask:
    """Lets schemathesis loose on a part of the document."""

    def ask(bearer: str, tenant: str, namespace: str, *part: str) -> None:
        told, known = Path(__file__).with_name("schema.toml"), tmp_path / "schema.toml"
        text = told.read_text().replace("@TENANT@", tenant).replace("@NAMESPACE@", namespace)
        known.write_text(text)
        trusted = ["--tls-verify", target.ca] if target.ca else []
        command = [
            find("st"), "--no-color", "--config-file", str(known), "run", f"{target.api}/openapi.json",
            "-H", f"Authorization: Bearer {bearer}", *trusted, *part,
            "--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing", "--seed", "1",
            "--max-examples", str(EXAMPLES), "--continue-on-failure", "--no-shrink", "--warnings", "off",
            "--request-timeout", "30", "--suppress-health-check", "all",
        ]  # fmt: skip
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        ran = subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, timeout=SECONDS, check=False
        )
        said = ran.stdout.decode(errors="replace")
        assert ran.returncode == 0, said[-8000:] + ran.stderr.decode(errors="replace")
        assert "No issues found" in said

    return ask


@pytest.fixture
def furnished(desk: Desk) -> Iterator[str]:
    """A bucket with some objects and versions."""
    name = unique_name("schema")
    desk("POST", "", {"bucket": name})
    for key in ("k", "k", "a/ö +"):
        desk("PUT", f"/{name}/versioning", {"status": "Enabled"})
        desk.store(name, key, key.encode() * 500)
    yield name
    desk.ask("DELETE", f"/{name}", params={"force": "true"})


@pytest.fixture
def admin(tenant: Tenant) -> Manager:
    """Who may do everything in a tenant that nobody else uses, where something is."""
    admin = tenant.hire("ada", "second day 2", "ADMINISTRATOR", "MONITOR", "SECURITY", "COMPLIANCE")
    tenant.hire("ben", "third day 3")
    admin("PUT", f"{tenant.path}/namespaces", {"name": "letters"})
    return admin


def test_objects(target: Target, ask: Ask, bearer: str, furnished: str) -> None:
    assert target.login is not None
    # Rows for tables come as Arrow, Parquet or lines, none of which schemathesis can write.
    mine = ("--exclude-path-regex", "/mapi/", "--exclude-operation-id", "writeLanceTable")
    ask(bearer, target.login.tenant or "none", furnished, *mine)


def test_management_of_a_tenant(ask: Ask, tenant: Tenant, admin: Manager) -> None:
    # Whoever resets all passwords is out.
    mine = ("--include-path-regex", "/mapi/tenants/", "--exclude-operation-id")
    ask(admin.bearer, tenant.name, "letters", *mine, "mapi_post_tenants_tenant_name_userAccounts")


def test_management_of_the_system(target: Target, ask: Ask, tenant: Tenant, admin: Manager) -> None:
    ask(tenant.root.bearer, tenant.name, "letters", "--include-path-regex", "/mapi/(?!tenants/)")
