"""A simulated HCP with one namespace, and Portico before its Management API."""

import base64
import hashlib
import http.client
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from processes import BenchError, Server, child, free_port, wait_for_line
from servers import Place, Setup, started
from signing import once

DOMAIN = "hcp.test"
TENANT, NAMESPACE, USER = "bench", "data", "ada"
# HCP tells tenants by the host.
HOST = f"{TENANT}.{DOMAIN}:9090"
DATA_HOST = f"{TENANT}.{DOMAIN}"
NAMESPACES = f"/tenants/{TENANT}/namespaces"
LOGIN = "/api/v1/auth/token"
# How many requests the simulator remembers.
REMEMBERED = 4096


@dataclass(frozen=True)
class Hcp:
    """The simulator: its Management API, and whom it knows."""

    server: Server
    data: str
    control: str
    ca: Path
    password: str

    @property
    def authorization(self) -> str:
        """HCP's own proof: base64 of the name, MD5 of the password."""
        return "HCP " + ":".join(self.keys)

    @property
    def keys(self) -> tuple[str, str]:
        """The user's pair for S3."""
        name = base64.b64encode(USER.encode()).decode()
        return name, hashlib.md5(self.password.encode()).hexdigest()

    def forget(self) -> None:
        """Lets the list of what arrived begin anew."""
        self._control("DELETE", "/requests")

    def arrived(self) -> list[dict[str, Any]]:
        """The last `REMEMBERED` requests; without Portico's own, which are HEAD."""
        return [each for each in self._remembered() if each["method"] != "HEAD"]

    def answered(self, method: str, path: str) -> list[int]:
        """The statuses of those of the last `REMEMBERED` requests that asked for this."""
        found, asked = self._remembered(), (method, path)
        return [each["status"] for each in found if (each["method"], each["path"]) == asked]

    def delay(self, millis: int) -> None:
        """Every request waits so long before it is looked at."""
        trouble = {"kind": "latency", "millis": millis}
        self._control("POST", "/faults", json.dumps({"trouble": trouble, "times": 2**32 - 1}))

    def sow(self, sowing: dict[str, Any]) -> None:
        """Has objects be there that take no room."""
        self._control("POST", "/objects", json.dumps(sowing))

    def _remembered(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self._control("GET", "/requests"))
        return found

    def _control(self, method: str, path: str, body: str | None = None) -> bytes:
        host, _, port = self.control.partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            if response.status >= 300:
                raise BenchError(f"the simulated HCP answers {response.status} to {method} {path}")
            return response.read()
        finally:
            connection.close()


@contextmanager
def simulator(setup: Setup) -> Iterator[Hcp]:
    """The simulator, which chooses its own ports, with one namespace."""
    folder = setup.folder / "hcp"
    folder.mkdir(exist_ok=True)
    log, ca, password = folder / "log", folder / "ca.pem", os.urandom(9).hex()
    command = ["env", f"TOKIO_WORKER_THREADS={setup.origin_threads}"]
    command += [str(setup.binaries / "hcp-simulator"), "--domain", DOMAIN, "--control-port", "0"]
    command += ["--user", f"{TENANT}/{USER}:{password}", "--ca-file", str(ca)]
    with child(command, folder, log) as process:
        said = json.loads(wait_for_line("the simulated HCP", process, log))
        server = Server("direct", said["mapi"], process.pid, tls=True)
        hcp = Hcp(server, said["data"], said["control"], ca, password)
        _make_namespace(hcp)
        yield hcp


def _make_namespace(hcp: Hcp) -> None:
    document = json.dumps({"name": NAMESPACE, "owner": USER, "hardQuota": "1 GB"}).encode()
    headers = {"Host": HOST, "Authorization": hcp.authorization}
    headers["Content-Type"] = "application/json"
    answer = once("PUT", f"/mapi{NAMESPACES}", hcp.server, headers, document)
    if answer.status != 200:
        raise BenchError(f"the simulated HCP makes no namespace: {answer.status}")


@contextmanager
def portico(
    setup: Setup,
    hcp: Hcp,
    name: str = "management",
    template: str = "portico_hcp.toml",
    s3: str = "",
    **words: str,
) -> Iterator[Server]:
    """Portico before the simulator: its api listener without TLS, and S3's where there is one."""
    place = Place(setup, setup.folder / name, f"127.0.0.1:{free_port()}", hcp.server.address)
    words |= {"DOMAIN": DOMAIN, "DATA": hcp.data, "CA": str(hcp.ca), "S3": s3}
    words["TOKEN_SECRET"] = os.urandom(32).hex()

    def command(place: Place) -> list[str]:
        conf = place.fill(template, **words)
        return [str(setup.binaries / "portico"), "run", "--conf", str(conf)]

    with started("portico", place, command, *filter(None, [s3])) as server:
        yield server


def login(server: Server, hcp: Hcp) -> str:
    """A login token of the user."""
    return token(server, TENANT, USER, hcp.password)


def token(server: Server, tenant: str, user: str, password: str) -> str:
    """A login token of anybody."""
    form = urlencode({"username": user, "password": password, "tenant": tenant}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = once("POST", LOGIN, server, headers, form)
    if answer.status != 200:
        raise BenchError(f"portico answers {answer.status} to a login")
    return str(json.loads(answer.body)["access_token"])
