"""Before a workload is measured: answers are right, signatures are checked and made anew."""

from processes import BenchError, Server
from signing import MIRROR, MIRROR_PATH, once, signed_for_store, signed_headers
from workloads import TRAILER, Workload

SIGNERS = ("envoy", "portico")


def prove(work: Workload, server: Server, host: str) -> str:
    """Raises where a figure would mean nothing; gives what TLS was agreed on."""
    body = work.body.read_bytes() if work.body else None
    headers = signed_headers(work, host)
    answer = once(work.method, work.path, server, headers, body)
    wanted = work.size if work.method == "GET" else 0
    tagged = answer.header("etag") is not None
    if (answer.status, len(answer.body), tagged) != (200, wanted, True):
        what = f"answers {answer.status} with {len(answer.body)} bytes"
        raise BenchError(f"{work.name}: {server.name} {what}")
    if server.name in SIGNERS:
        _prove_signing(server, host)
    if server.name == "portico":
        _prove_refusals(work, server, headers, body)
    return answer.tls


def _prove_signing(server: Server, host: str) -> None:
    """What reaches the store is signed with the store's keys, and rightly."""
    answer = once("GET", MIRROR_PATH, server, signed_headers(MIRROR, host, MIRROR_PATH))
    if answer.status != 200 or not signed_for_store(answer.body.decode()):
        raise BenchError(f"{server.name} does not sign for the store:\n{answer.body.decode()}")


def _prove_refusals(work: Workload, server: Server, headers: dict[str, str], body: bytes | None) -> None:
    forged = {**headers, "Authorization": headers["Authorization"][:-8] + "0" * 8}
    # The head alone: the answer comes before the body, and may close the connection.
    forged["Content-Length"] = str(len(body or b""))
    _expect(403, "a forged signature", work, server, forged, None)
    # A plain hash is the store's to check; the trailer ends at Portico, which must look at it.
    if body is None or work.payload_hash != TRAILER:
        return
    spoilt = bytearray(body)
    spoilt[len(body) // 2] ^= 1
    _expect(400, "a body that its checksum does not fit", work, server, headers, bytes(spoilt))


def _expect(
    wanted: int,
    what: str,
    work: Workload,
    server: Server,
    headers: dict[str, str],
    body: bytes | None,
) -> None:
    status = once(work.method, work.path, server, headers, body).status
    if status != wanted:
        raise BenchError(f"{work.name}: {server.name} answers {status} to {what}, not {wanted}")
