"""Runs the command line clients in an environment that holds nothing but what they are given."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.boto import REGION
from support.target import Keys, Target

TIMEOUT = 120


@dataclass(frozen=True)
class Done:
    """What a program said when it ended."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Its standard output as text."""
        return self.out.decode()

    @property
    def lines(self) -> list[str]:
        """The lines of its standard output."""
        return self.text.splitlines()


@dataclass(frozen=True)
class Program:
    """A client with its settings; calling it runs it once."""

    command: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    folder: Path

    def __call__(self, *arguments: str | Path, stdin: bytes = b"") -> Done:
        """Runs it and fails the test when it fails."""
        done = self.attempt(*arguments, stdin=stdin)
        assert done.code == 0, f"{self.command[0]} {arguments}: {done.err or done.text}"
        return done

    def attempt(self, *arguments: str | Path, stdin: bytes = b"") -> Done:
        """Runs it and lets it fail."""
        ran = subprocess.run(
            [*self.command, *map(str, arguments)], input=stdin, capture_output=True,
            env=dict(self.env), cwd=self.folder, timeout=TIMEOUT, check=False,
        )  # fmt: skip
        return Done(ran.returncode, ran.stdout, ran.stderr.decode(errors="replace"))


def find(*names: str) -> str:
    """The first that is there; beside this Python first, so that the pinned version runs. Else skips."""
    for name in names:
        beside = Path(sys.executable).with_name(name)
        found = str(beside) if beside.exists() else shutil.which(name)
        if found is not None:
            return found
    pytest.skip(f"no program {' or '.join(names)}")


def _bare(folder: Path) -> dict[str, str]:
    """No proxies, no profiles, no keys of whoever runs the tests."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _aws_keys(keys: Keys) -> dict[str, str]:
    """Keys as every AWS SDK reads them; an empty token would be sent as one."""
    given = {
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SESSION_TOKEN": keys.session_token,
    }
    return {name: value for name, value in given.items() if value}


def aws(target: Target, keys: Keys, folder: Path) -> Program:
    """aws-cli with keys in the environment and nothing else configured."""
    env = _bare(folder) | _aws_keys(keys)
    env |= {"AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true", "BOTO_DISABLE_CRT": "true"}
    if target.ca:
        env["AWS_CA_BUNDLE"] = target.ca
    return Program((find("aws"), "--endpoint-url", target.s3), env, folder)


def curl(target: Target, folder: Path) -> Program:
    """curl that shows nothing but errors, and fails where the answer is one."""
    command = [find("curl"), "--silent", "--show-error", "--fail", "--max-time", str(TIMEOUT)]
    if target.ca:
        command += ["--cacert", target.ca]
    return Program(tuple(command), _bare(folder), folder)


def rclone(target: Target, keys: Keys, folder: Path) -> Program:
    """rclone with a remote `s3:` of provider Other, told by environment variables."""
    env = _bare(folder) | {
        "RCLONE_CONFIG": str(folder / "none.conf"),
        "RCLONE_CONFIG_S3_TYPE": "s3",
        "RCLONE_CONFIG_S3_PROVIDER": "Other",
        "RCLONE_CONFIG_S3_ENDPOINT": target.s3,
        "RCLONE_CONFIG_S3_ACCESS_KEY_ID": keys.access_key,
        "RCLONE_CONFIG_S3_SECRET_ACCESS_KEY": keys.secret_key,
        "RCLONE_CONFIG_S3_SESSION_TOKEN": keys.session_token,
        "RCLONE_CONFIG_S3_REGION": REGION,
    }
    # A refusal must show at once, not after three runs of ten tries.
    command = [find("rclone"), "--retries", "1", "--low-level-retries", "1"]
    if target.ca:
        command += ["--ca-cert", target.ca]
    (folder / "none.conf").touch()
    return Program(tuple(command), env, folder)


def s5cmd(target: Target, keys: Keys, folder: Path) -> Program:
    """s5cmd with keys in the environment; like all programs in Go it trusts `SSL_CERT_FILE`."""
    env = _bare(folder) | _aws_keys(keys) | {"AWS_REGION": REGION}
    if target.ca:
        env["SSL_CERT_FILE"] = target.ca
    return Program((find("s5cmd"), "--endpoint-url", target.s3), env, folder)


def s3fs(target: Target, keys: Keys, folder: Path) -> Program:
    """The FUSE file system s3fs: `s3fs(bucket, mountpoint)` mounts and comes back."""
    env = _bare(folder) | _aws_keys(keys)
    if target.ca:
        env["CURL_CA_BUNDLE"] = target.ca
    command = (find("s3fs"), "-o", f"url={target.s3}", "-o", "use_path_request_style")
    return Program(command, env, folder)


def s3cmd(target: Target, keys: Keys, folder: Path, *, signature_v2: bool = False) -> Program:
    """s3cmd with a configuration file; `host_bucket` without a placeholder means path style.

    Keys come by environment: a token that comes from the file makes s3cmd 2.3 ask the metadata
    service of EC2 for a new one before every request.
    """
    host = f"{target.address.hostname}:{target.port}"
    lines = {
        "host_base": host,
        "host_bucket": host,
        "use_https": str(target.https),
        "ca_certs_file": target.ca,
        "bucket_location": REGION,
        "signature_v2": str(signature_v2),
        "progress_meter": "False",
        "max_retries": "1",
    }
    file = folder / "s3cmd.cfg"
    settings = [f"{name} = {value}" for name, value in lines.items() if value]
    file.write_text("\n".join(["[default]", *settings, ""]))
    return Program((find("s3cmd"), "-c", str(file)), _bare(folder) | _aws_keys(keys), folder)
