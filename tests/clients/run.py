"""Runs the suite: behind Portico over one of three stores, or against what the environment names.

python run.py --behind hcp9             Portico in front of the HCP simulator, release 9
python run.py --behind generic --https  Portico with TLS in front of a SeaweedFS
python run.py --direct [--https]        a SeaweedFS with no gateway in between
python run.py --given -k copies         the endpoint of the PORTICO_ variables

python run.py --behind hcp10 --https --way passthrough
                                        HCP's own names lead to Portico, and nobody has logged in

All else goes to pytest, and the exit code is pytest's.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import names
import weed
from behind import STAGES
from processes import StartError, die_with_parent, end_when_told
from support.target import HCP_WAYS, WAYS

HERE = Path(__file__).parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parents[1] / "target"))


def _pytest(more: list[str], env: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", *more]
    ran = subprocess.run(
        command, cwd=HERE, env=_own_environment() | env, preexec_fn=die_with_parent, check=False
    )
    return ran.returncode


def _own_environment() -> dict[str, str]:
    """What another run left behind would change what the stories do."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}


def _behind(options: argparse.Namespace, more: list[str]) -> int:
    with STAGES[options.behind](options) as env:
        return _pytest(more, env)


def _direct(options: argparse.Namespace, more: list[str]) -> int:
    with weed.running(https=options.https) as store:
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


def _options() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description="The client behaviour suite.", allow_abbrev=False)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--behind", choices=STAGES, help="Portico in front of this store")
    where.add_argument("--direct", action="store_true", help="a SeaweedFS alone")
    where.add_argument("--given", action="store_true", help="the endpoint of the environment")
    parser.add_argument("--https", action="store_true", help="clients speak TLS")
    way = "what clients prove themselves with; keyring and passthrough use HCP's own names"
    parser.add_argument("--way", choices=WAYS, default=WAYS[0], help=way)
    for name, file in (("portico", "portico"), ("simulator", "hcp-simulator")):
        binary = TARGET / "debug" / file
        parser.add_argument(f"--{name}", metavar="BIN", default=str(binary), help=f"default: {binary}")
    options, more = parser.parse_known_args()
    there = HCP_WAYS if options.behind in {"hcp9", "hcp10"} else ("token", "keys")
    if options.way not in there:
        parser.error(f"--way {options.way} is not there behind {options.behind}")
    return options, more


def main() -> int:
    end_when_told()
    options, more = _options()
    if options.way in {"keyring", "passthrough"}:
        names.enter_namespace()
    options.portico, options.simulator = map(os.path.abspath, (options.portico, options.simulator))
    if options.given:
        return _pytest(more, dict(os.environ))
    try:
        return _behind(options, more) if options.behind else _direct(options, more)
    except StartError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
