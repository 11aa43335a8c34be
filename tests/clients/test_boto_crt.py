"""boto3 with awscrt installed: another signer, and two more checksums."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.target import Keys


def test_boto3_with_crt(bucket: str, keys: Keys) -> None:
    pytest.importorskip("awscrt")
    env = {name: value for name, value in os.environ.items() if name != "BOTO_DISABLE_CRT"}
    done = subprocess.run(
        [sys.executable, "-m", "support.crt_child", bucket],
        input=json.dumps([keys.access_key, keys.secret_key, keys.session_token]),
        cwd=Path(__file__).parent, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(reports) == 11
    assert [report["what"] for report in reports if not report["same"]] == []
