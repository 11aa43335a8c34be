"""`portico credentials` gives any SDK keys that renew themselves, by a profile of two lines."""

from __future__ import annotations

import json
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from support.boto import REGION, Client, body_of
from support.programs import Program, find
from support.target import Login, Target


@pytest.fixture
def login(target: Target) -> Login:
    """The user who asks; skips where there is nothing to ask."""
    if not (target.binary and target.api and target.login):
        pytest.skip("no PORTICO_BIN with PORTICO_API and a user")
    return target.login


@pytest.fixture
def command(target: Target, login: Login, tmp_path: Path) -> list[str]:
    """The password comes in a file: arguments are visible to everybody on the machine."""
    password = tmp_path / "password"
    password.write_text(f"{login.password}\n")
    password.chmod(0o600)
    return [
        target.binary, "credentials", "--endpoint", target.api, "--tenant", login.tenant,
        "--user", login.user, "--password-file", str(password),
        *(["--ca-file", target.ca] if target.ca else []),
    ]  # fmt: skip


@pytest.fixture
def env(target: Target, command: list[str], tmp_path: Path) -> dict[str, str]:
    """An environment that holds nothing but a profile of two lines."""
    profile = f"[profile house]\ncredential_process = {shlex.join(command)}\n"
    (tmp_path / "config").write_text(profile)
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_PROFILE": "house",
        "AWS_DEFAULT_REGION": REGION,
        **({"AWS_CA_BUNDLE": target.ca} if target.ca else {}),
    }


def ask(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env={"HOME": str(folder)}, capture_output=True, text=True, timeout=30, check=False
    )


def test_it_speaks_the_protocol(command: list[str], login: Login, tmp_path: Path) -> None:
    done = ask(command, tmp_path)
    assert done.returncode == 0, done.stderr
    given = json.loads(done.stdout)
    assert given["Version"] == 1
    assert given["AccessKeyId"]
    assert given["SecretAccessKey"]
    assert given["SessionToken"]
    assert datetime.fromisoformat(given["Expiration"]) > datetime.now(UTC)
    assert login.password not in done.stdout + done.stderr


def test_without_a_password_it_says_why(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "password").unlink()
    done = ask(command, tmp_path)
    assert done.returncode != 0
    assert done.stdout == ""
    assert str(tmp_path / "password") in done.stderr


def test_aws_cli_with_the_profile(
    target: Target, env: dict[str, str], s3: Client, bucket: str, tmp_path: Path
) -> None:
    cli = Program((find("aws"), "--endpoint-url", target.s3), env, tmp_path)
    s3.put_object(Bucket=bucket, Key="for-aws-cli", Body=b"x")
    assert "for-aws-cli" in cli("s3", "ls", f"s3://{bucket}/").text
    cli("s3", "cp", "config", f"s3://{bucket}/by-aws-cli")
    assert body_of(s3, bucket, "by-aws-cli") == (tmp_path / "config").read_bytes()


@pytest.fixture
def by_profile(target: Target, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Client:
    """boto3 with the profile and without any key."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return boto3.session.Session().client("s3", endpoint_url=target.s3, verify=target.ca or None)


def test_boto3_with_the_profile(by_profile: Client, s3: Client, bucket: str) -> None:
    by_profile.put_object(Bucket=bucket, Key="by-boto3", Body=b"by profile")
    assert body_of(s3, bucket, "by-boto3") == body_of(by_profile, bucket, "by-boto3") == b"by profile"
