"""Runs the suite by hand: against a SeaweedFS of its own, or against what the environment names.

python run.py                     SeaweedFS over http
python run.py --https             SeaweedFS over https (boto3 then sends aws-chunked bodies)
python run.py --given -k copies   the endpoint of the PORTICO_ variables; the rest goes to pytest
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import weed

HERE = Path(__file__).parent


def _pytest(more: list[str], env: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", *more]
    return subprocess.run(command, cwd=HERE, env={**os.environ, **env}, check=False).returncode


def _against_weed(https: bool, more: list[str]) -> int:
    with weed.running(https=https) as store:
        env = {
            "PORTICO_S3": store.endpoint,
            "PORTICO_CA": store.ca,
            "PORTICO_ACCESS_KEY": store.access_key,
            "PORTICO_SECRET_KEY": store.secret_key,
            "PORTICO_DOMAIN": store.domain,
            "PORTICO_UPSTREAM": "generic",
            "PORTICO_DIRECT": "weed",
        }
        return _pytest(more, env)


def main() -> int:
    parser = argparse.ArgumentParser(description="The client behaviour suite, by hand.")
    parser.add_argument("--https", action="store_true", help="SeaweedFS behind TLS")
    parser.add_argument("--given", action="store_true", help="take the endpoint from the environment")
    options, more = parser.parse_known_args()
    return _pytest(more, {}) if options.given else _against_weed(options.https, more)


if __name__ == "__main__":
    sys.exit(main())
