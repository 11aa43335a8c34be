"""What is sent: the workloads, their signed requests, and one run of the load generator."""

import base64
import http.client
import json
import random
import subprocess
import zlib
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from servers import ACCESS_KEY, SECRET_KEY, BenchError, Server, counts

MIB = 1 << 20
REGION = "us-east-1"
UNSIGNED = "UNSIGNED-PAYLOAD"
TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
# Heads of requests and answers, generously.
HEAD_BYTES = 2048


@dataclass(frozen=True)
class Workload:
    """One request, sent again and again."""

    name: str
    method: str
    # Bytes of the object.
    size: int
    connections: int
    payload_hash: str
    body: Path | None = None
    extra_headers: tuple[tuple[str, str], ...] = ()
    # The same in a form that only a gateway for S3 understands.
    portico_too: "Workload | None" = None

    @property
    def path(self) -> str:
        """The origin takes the size from the name."""
        return f"/bucket/{self.size}"

    @property
    def large(self) -> bool:
        """Whether bytes count, and not requests."""
        return self.size >= MIB


def workloads(folder: Path) -> list[Workload]:
    """All of them, small ones first. Bodies are files in the folder."""
    small, large = random.Random(1).randbytes(1024), random.Random(2).randbytes(64 * MIB)
    files = {"small": small, "large": large, "chunked": _aws_chunked(large)}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    empty_hash, small_hash = sha256(b"").hexdigest(), sha256(small).hexdigest()
    trailer_headers = (
        ("Content-Encoding", "aws-chunked"),
        ("X-Amz-Decoded-Content-Length", str(len(large))),
        ("X-Amz-Trailer", "x-amz-checksum-crc32"),
    )
    chunked = Workload(
        "CRC32 trailer", "PUT", len(large), 4, TRAILER, folder / "chunked", trailer_headers
    )
    put_large = Workload("PUT 64 MiB", "PUT", len(large), 4, UNSIGNED, folder / "large")
    return [
        # wrk waits for the body that a HEAD announces and never gets: hence an empty object.
        Workload("HEAD", "HEAD", 0, 16, empty_hash),
        Workload("GET 1 KiB", "GET", len(small), 16, empty_hash),
        Workload("PUT 1 KiB", "PUT", len(small), 16, small_hash, folder / "small"),
        Workload("GET 64 MiB", "GET", len(large), 4, empty_hash),
        replace(put_large, portico_too=chunked),
    ]


def _aws_chunked(content: bytes) -> bytes:
    """The body with a checksum behind it, in pieces of 1 MiB, as botocore cuts them."""
    parts = []
    for start in range(0, len(content), MIB):
        piece = content[start : start + MIB]
        parts += [b"%x\r\n" % len(piece), piece, b"\r\n"]
    checksum = base64.b64encode(zlib.crc32(content).to_bytes(4, "big"))
    parts.append(b"0\r\nx-amz-checksum-crc32:%b\r\n\r\n" % checksum)
    return b"".join(parts)


class _Signer(S3SigV4Auth):  # type: ignore[misc]
    """Signs for a payload hash that is known already."""

    def __init__(self, payload_hash: str) -> None:
        super().__init__(Credentials(ACCESS_KEY, SECRET_KEY), "s3", REGION)
        self._payload_hash = payload_hash

    def payload(self, _request: AWSRequest) -> str:
        return self._payload_hash


def signed_headers(work: Workload, host: str) -> dict[str, str]:
    """The headers of a request to this host. A signature is good for fifteen minutes."""
    request = AWSRequest(work.method, f"http://{host}{work.path}")
    request.headers["Host"] = host
    for name, value in work.extra_headers:
        request.headers[name] = value
    _Signer(work.payload_hash).add_auth(request)
    # What SDKs send beside, so that parsing costs what it costs in earnest.
    request.headers["User-Agent"] = "Boto3/1.44 md/Botocore#1.44 ua/2.1 os/linux lang/python"
    request.headers["Accept-Encoding"] = "identity"
    request.headers["amz-sdk-invocation-id"] = "6f2e8f0c-6f0e-4d0e-9a53-8d1a6d6f2b11"
    request.headers["amz-sdk-request"] = "attempt=1"
    return {name: str(value) for name, value in request.headers.items()}


def once(
    work: Workload, server: Server, headers: dict[str, str], body: bytes | None
) -> tuple[int, int, bool]:
    """One request outside the measurement: status, bytes of the answer, whether it has an ETag."""
    host, _, port = server.address.partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    try:
        connection.request(work.method, work.path, body=body, headers=headers)
        response = connection.getresponse()
        return response.status, len(response.read()), response.getheader("ETag") is not None
    except (OSError, http.client.HTTPException) as error:
        raise BenchError(f"{work.name}: {server.name} gives no answer: {error!r}") from error
    finally:
        connection.close()


@dataclass(frozen=True)
class Sample:
    """One run of the load generator against one contender."""

    requests: int
    seconds: float
    # Bytes of bodies that crossed, unfinished ones included; for GET the heads of answers too.
    transferred: int
    p50_us: int
    p99_us: int
    # None where no process stands between.
    cpu_seconds: float | None
    peak_bytes: int | None


def measure(
    work: Workload, server: Server, origin: Server, headers: dict[str, str], seconds: int
) -> Sample:
    """Runs the load and checks that every request came through whole."""
    before = counts(origin)
    server.forget_peak()
    cpu = server.cpu_seconds()
    found = generate(work, server, headers, seconds)
    cpu, peak = server.cpu_seconds() - cpu, server.peak_bytes()
    after = counts(origin)
    requests, received = after.requests - before.requests, after.received - before.received
    _check(work, server, found, requests, received)
    measured = server.pid is not None
    return Sample(
        requests=found["requests"],
        seconds=found["microseconds"] / 1e6,
        transferred=found["bytes"] if work.method == "GET" else received,
        p50_us=found["p50"],
        p99_us=found["p99"],
        cpu_seconds=cpu if measured else None,
        peak_bytes=peak if measured else None,
    )


def generate(
    work: Workload, server: Server, headers: dict[str, str], seconds: int
) -> dict[str, int]:
    """Sends the request as often as it goes; gives what load.lua found."""
    script = str(Path(__file__).with_name("load.lua"))
    url = f"http://{server.address}{work.path}"
    command = ["wrk", "-t1", f"-c{work.connections}", f"-d{seconds}s", "--timeout", "30s"]
    command += ["-s", script, url, "--", work.method, str(work.body or "")]
    command += [f"{name}: {value}" for name, value in headers.items()]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    for line in ran.stdout.splitlines():
        if line.startswith("RESULT "):
            return dict(json.loads(line.removeprefix("RESULT ")))
    raise BenchError(f"wrk fails on {server.name}, {work.name}:\n{ran.stdout}{ran.stderr}")


def _check(
    work: Workload, server: Server, found: dict[str, int], requests: int, received: int
) -> None:
    """Refuses a run in which anything was lost, answered elsewhere, or answered badly."""
    where = f"{work.name} through {server.name}"
    kinds = ("connect", "read", "write", "status", "timeout")
    failed = {kind: found[kind] for kind in kinds if found[kind]}
    if failed or not found["requests"]:
        raise BenchError(f"{where}: {found['requests']} requests, failed: {failed}")
    # Counted on one side only: what was under way at the end, and the answer before it on a
    # connection whose last answer wrk had read but not yet booked.
    most = found["requests"] + 2 * work.connections
    if not found["requests"] <= requests <= most:
        raise BenchError(f"{where}: {found['requests']} requests, {requests} at the origin")
    size = work.size if work.method != "HEAD" else 0
    moved = received if work.method == "PUT" else found["bytes"]
    least, most = found["requests"] * size, most * (size + HEAD_BYTES)
    if not least <= moved <= most:
        raise BenchError(f"{where}: {moved} bytes crossed, expected {least} to {most}")
