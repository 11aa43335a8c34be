"""curl at the transparent door cannot tell Portico from HCP."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TypeAlias
from zipfile import ZipFile

import pytest

from support import manage, rest, shell
from support.shell import Heard, Shell
from support.target import Login, Target

Proofs: TypeAlias = tuple[str, ...]


@pytest.fixture
def shells(target: Target, tmp_path: Path) -> tuple[Shell, Shell]:
    """curl to Portico, and the same to HCP."""
    manage.domain(target)
    return shell.shells(target, tmp_path)


def proofs(target: Target, who: Login | None) -> Proofs:
    """HCP's own header, and a login token."""
    assert who is not None
    return shell.own_proof(who), f"Authorization: Bearer {rest.login(target, who)}"


# Status, path of the tenant, and what curl is told.
CASES = [
    (200, "/namespaces", ["-H", "Accept: application/json"]),
    (200, "/namespaces", ["-H", "Accept: application/xml"]),
    (200, "/userAccounts/{user}?verbose=true", ["-H", "Accept: application/json"]),
    (200, "/userAccounts/{user}?verbose=true&prettyprint", ["-H", "Accept: application/xml"]),
    (200, "", ["--head"]),
    (302, "/namespaces/there-is-none", ["--head"]),
    (404, "/namespaces/there-is-none", []),
    (200, "/namespaces", ["-X", "OPTIONS"]),
    (405, "/namespaces/there-is-none", ["-T", "-", "-H", "Content-Type: application/json"]),
    (415, "/contactInfo", ["-d", "x", "-H", "Content-Type: text/plain"]),
    (400, "/namespaces", ["-X", "PUT", "-d", '{"name": "-"}', "-H", "Content-Type: application/json"]),
]

# Comparisons, until one in which nothing has changed meanwhile.
TRIES = 10


@pytest.mark.parametrize(("status", "path", "arguments"), CASES)
def test_every_byte_is_hcps(
    target: Target, shells: tuple[Shell, Shell], status: int, path: str, arguments: list[str]
) -> None:
    who = target.login
    native, bearer = proofs(target, who)
    assert who is not None
    portico, hcp = shells
    path = f"/tenants/{who.tenant}{path.format(user=who.user)}"
    for _ in range(TRIES):
        said = hcp(target.domain, path, "-H", native, *arguments)
        told = [portico(target.domain, path, "-H", proof, *arguments) for proof in (native, bearer)]
        # Other stories make buckets of this tenant, and take them away.
        if hcp(target.domain, path, "-H", native, *arguments) == said:
            break
    assert said.status == status, said.body
    assert said.headers["x-hcp-softwareversion"]
    assert told == [said, said]


def test_a_wrong_proof_is_refused_by_hcp(target: Target, shells: tuple[Shell, Shell]) -> None:
    assert target.login is not None
    wrong = shell.own_proof(Login(target.login.tenant, target.login.user, "not the password"))
    portico, hcp = (curl(target.domain, f"/tenants/{target.login.tenant}", "-H", wrong) for curl in shells)
    assert (portico.status, bool(portico.headers["x-hcp-errormessage"])) == (403, True)
    assert portico == hcp


def package(curl: Shell, host: str, proof: str) -> Heard:
    """Has HCP make a package of its logs, and fetches it."""
    ask = ["-H", proof, "-H", "Accept: application/json"]
    send = [*ask, "-H", "Content-Type: application/json", "-d"]
    prepared = curl(host, "/logs/prepare", *send, "{}")
    assert (prepared.status, prepared.body) == (200, b""), prepared
    assert json.loads(curl(host, "/logs", *ask).body)["readyForStreaming"] is True
    return curl(host, "/logs/download", *send, '{"content": "ACCESS"}')


def names(folder: Path) -> list[str]:
    """What is in the package, whose checksums must be right; the time is in some names."""
    with ZipFile(folder / "body") as archive:
        assert archive.testzip() is None
        return [re.sub(r"\d", "0", name) for name in archive.namelist()]


def test_logs_are_downloaded(target: Target, shells: tuple[Shell, Shell], tmp_path: Path) -> None:
    """HCP holds one package at a time, so all of this is one story."""
    portico, hcp = shells
    host = f"admin.{manage.domain(target)}"
    native, bearer = proofs(target, target.root)
    heard = []
    for curl, proof in ((hcp, native), (portico, native), (portico, bearer)):
        logs = package(curl, host, proof)
        heard.append((logs.status, logs.headers["content-type"], names(tmp_path)))
        assert "filename=" in logs.headers["content-disposition"]
    assert heard[0][:2] == (200, "application/zip")
    assert heard[0][2] != []
    assert heard == heard[:1] * 3
