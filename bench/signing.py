"""Requests signed as an SDK signs them; one of them sent outside the measurement."""

import hashlib
import hmac
import http.client
import ssl
from dataclasses import dataclass
from typing import Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from processes import BenchError, Server
from servers import CLIENT_KEYS, REGION, STORE_KEYS
from workloads import EMPTY_HASH, Workload

# The origin answers this path with the head of the request as it came in.
MIRROR = Workload("GET", 0, EMPTY_HASH)
MIRROR_PATH = "/bucket/head"


class _Signer(S3SigV4Auth):  # type: ignore[misc]
    """Signs for a payload hash that is known already."""

    def __init__(self, payload_hash: str, keys: tuple[str, ...]) -> None:
        super().__init__(Credentials(*keys), "s3", REGION)
        self._payload_hash = payload_hash

    def payload(self, _request: AWSRequest) -> str:
        return self._payload_hash


def signed_headers(
    work: Workload, host: str, path: str = "", keys: tuple[str, ...] = CLIENT_KEYS
) -> dict[str, str]:
    """The headers of a request to this host. A signature is good for fifteen minutes.

    Keys are a pair, or with a session's token three.
    """
    request = AWSRequest(work.method, f"http://{host}{path or work.path}")
    request.headers["Host"] = host
    for name, value in work.extra_headers:
        request.headers[name] = value
    _Signer(work.payload_hash, keys).add_auth(request)
    # What SDKs send beside, so that parsing costs what it costs in earnest.
    request.headers["User-Agent"] = "Boto3/1.44 md/Botocore#1.44 ua/2.1 os/linux lang/python"
    request.headers["Accept-Encoding"] = "identity"
    request.headers["amz-sdk-invocation-id"] = "6f2e8f0c-6f0e-4d0e-9a53-8d1a6d6f2b11"
    request.headers["amz-sdk-request"] = "attempt=1"
    return {name: str(value) for name, value in request.headers.items()}


@dataclass(frozen=True)
class Answer:
    """What one request brought."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]
    # Protocol and cipher suite; empty without TLS.
    tls: str

    def header(self, name: str) -> str | None:
        """The first of this name (lower case)."""
        return next((value for each, value in self.headers if each.lower() == name), None)


def once(
    method: str, path: str, server: Server, headers: dict[str, str], body: bytes | None = None
) -> Answer:
    """One request outside the measurement."""
    connection = _connection(server)
    try:
        connection.connect()
        chosen = connection.sock.cipher() if server.tls else None
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        found = response.read()
        tls = f"{chosen[1]} {chosen[0]}" if chosen else ""
        return Answer(response.status, found, tuple(response.getheaders()), tls)
    except (OSError, http.client.HTTPException) as error:
        where = f"{method} {path}: {server.name}"
        raise BenchError(f"{where} gives no answer: {error!r}") from error
    finally:
        connection.close()


def _connection(server: Server) -> Any:
    host, _, port = server.address.partition(":")
    if not server.tls:
        return http.client.HTTPConnection(host, int(port), timeout=60)
    # As wrk does: the certificate is ours and of this minute.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(host, int(port), timeout=60, context=context)


def signed_for_store(head: str) -> bool:
    """Whether the head of a request, as the store has got it, bears a good signature of ours.

    Written from the specification of Signature Version 4, and apart from botocore: proxies sign
    headers that botocore never signs. The path must need no escapes, and there is no query.
    """
    line, *rest = head.splitlines()
    method, path = line.split(" ")
    headers = dict(field.split(": ", 1) for field in rest)
    scheme, _, fields = headers.get("authorization", "").partition(" ")
    given = dict(part.strip().split("=", 1) for part in fields.split(",") if "=" in part)
    access_key, _, scope = given.get("Credential", "").partition("/")
    if scheme != "AWS4-HMAC-SHA256" or access_key != STORE_KEYS[0]:
        return False
    names = given["SignedHeaders"]
    lines = [f"{name}:{' '.join(headers[name].split())}" for name in names.split(";")]
    canonical = [method, path, "", *lines, "", names, headers["x-amz-content-sha256"]]
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    key = f"AWS4{STORE_KEYS[1]}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    text = "\n".join([scheme, headers["x-amz-date"], scope, digest])
    return hmac.compare_digest(_hmac(key, text).hex(), given["Signature"])


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
