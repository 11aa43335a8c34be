"""`portico credentials` gives any SDK keys that renew themselves, by a profile of two lines."""

from __future__ import annotations

import json
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support.boto import Client
from support.programs import Program, find
from support.target import Login, Target


@pytest.fixture
def login(target: Target) -> Login:
    """The user who asks; skips where there is nothing to ask."""
    if not (target.binary and target.api and target.login):
        pytest.skip("no PORTICO_BIN with PORTICO_API and a user")
    return target.login


def command(target: Target, login: Login) -> list[str]:
    """The password comes by environment: arguments are visible to everybody on the machine."""
    return [
        target.binary, "credentials", "--api", target.api, "--tenant", login.tenant, "--username", login.user,
        *(["--ca", target.ca] if target.ca else []),
    ]  # fmt: skip


def test_it_speaks_the_protocol(target: Target, login: Login) -> None:
    done = subprocess.run(
        command(target, login), env={"PORTICO_PASSWORD": login.password},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    given = json.loads(done.stdout)
    assert given["Version"] == 1
    assert given["AccessKeyId"]
    assert given["SecretAccessKey"]
    assert given["SessionToken"]
    assert datetime.fromisoformat(given["Expiration"]) > datetime.now(UTC)
    assert login.password not in done.stdout + done.stderr


def test_a_profile_of_two_lines(
    target: Target, login: Login, s3: Client, bucket: str, tmp_path: Path
) -> None:
    profile = f"[default]\ncredential_process = {shlex.join(command(target, login))}\n"
    (tmp_path / "config").write_text(profile)
    env = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CA_BUNDLE": target.ca,
        "PORTICO_PASSWORD": login.password,
    }
    cli = Program((find("aws"), "--endpoint-url", target.s3), env, tmp_path)
    s3.put_object(Bucket=bucket, Key="by-profile", Body=b"x")
    assert "by-profile" in cli("s3", "ls", f"s3://{bucket}/").text
