"""A headless browser on a page of its own origin, which does what it is told and reports back."""

from __future__ import annotations

import json
import queue
import ssl
import subprocess
import tempfile
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from support.programs import find
from support.target import Target

SECONDS = 60
NAMES = ("chromium", "chromium-headless-shell", "google-chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server",
)  # fmt: skip

# One step after the other: `send` is the body from this origin, or none. A failed fetch, which is
# all that a script learns of a refused preflight, is reported as status 0.
PAGE = b"""<!doctype html><meta charset=utf-8><title>another origin</title><script>
const hex = async (buffer) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", buffer))]
  .map((byte) => byte.toString(16).padStart(2, "0")).join("");
const step = async ({ url, method, headers, send }) => {
  try {
    const body = send ? await (await fetch("/body")).arrayBuffer() : undefined;
    const answer = await fetch(url, { method, headers, body });
    const names = Object.fromEntries(answer.headers);
    const data = await answer.arrayBuffer();
    return { status: answer.status, headers: names, size: data.byteLength, sha256: await hex(data) };
  } catch (error) {
    return { status: 0, headers: {}, size: 0, sha256: "", error: String(error) };
  }
};
(async () => {
  const reports = [];
  for (const one of await (await fetch("/steps")).json()) reports.push(await step(one));
  await fetch("/report", { method: "POST", body: JSON.stringify(reports) });
})();
</script>"""


@dataclass(frozen=True)
class Step:
    """One request of the page; `send` puts the page's body into it."""

    method: str
    url: str
    send: bool = False
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def json(self) -> dict[str, Any]:
        """As the page reads it."""
        return {"method": self.method, "url": self.url, "send": self.send, "headers": dict(self.headers)}


@dataclass(frozen=True)
class Seen:
    """What the page saw of an answer; status 0 means that the browser kept it from the page."""

    status: int
    headers: dict[str, str]
    size: int
    sha256: str
    error: str = ""


class Origin:
    """A web site with one page; its origin is what the browser names to the door."""

    def __init__(self, body: bytes) -> None:
        self.steps: list[Step] = []
        self.reports: queue.Queue[list[dict[str, Any]]] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, body))
        # By name: a page at an address would share the host with the door.
        self.url = f"http://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """The site is gone."""
        self._server.shutdown()
        self._server.server_close()


def _handler(origin: Origin, body: bytes) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            steps = json.dumps([step.json for step in origin.steps]).encode()
            answers = {"/": PAGE, "/body": body, "/steps": steps}
            self._answer(answers.get(self.path), "text/html" if self.path == "/" else "application/json")

        def do_POST(self) -> None:
            origin.reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer(b"", "text/plain")

        def _answer(self, data: bytes | None, kind: str) -> None:
            self.send_response(404 if data is None else 200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, format: str, *values: object) -> None:
            """pytest's output is no access log."""

    return Handler


@contextmanager
def another_origin(body: bytes) -> Iterator[Origin]:
    """A site whose page sends this body, for the length of the block."""
    with ExitStack() as stack:
        origin = Origin(body)
        stack.callback(origin.close)
        yield origin


def visit(target: Target, origin: Origin, steps: list[Step], folder: Path) -> list[Seen]:
    """Opens the page in a fresh browser, lets it take the steps, and tells what it saw.

    Every host below the door's domain leads to the door.
    """
    origin.steps = steps
    profile = [f"--user-data-dir={folder / 'profile'}", *_trust(target)]
    if target.domain:
        profile.append(f"--host-resolver-rules=MAP {target.domain} {target.address.netloc}")
    command = [find(*NAMES), *FLAGS, *profile, origin.url]
    with _running(command, folder):
        try:
            return [Seen(**report) for report in origin.reports.get(timeout=SECONDS)]
        except queue.Empty:
            said = (folder / "browser.log").read_text(errors="replace")
            raise AssertionError(f"the page reported nothing within {SECONDS} s\n{said[-2000:]}") from None


def shown(target: Target, url: str, folder: Path) -> str:
    """A page as a fresh browser shows it once its script is done: the elements, as HTML."""
    patience = ("--virtual-time-budget=20000", "--dump-dom")
    command = [find(*NAMES), *FLAGS, *patience, f"--user-data-dir={folder / 'profile'}", *_trust(target), url]
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as aside:
        env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "TMPDIR": aside}
        ran = subprocess.run(command, env=env, capture_output=True, timeout=SECONDS, check=True)
    return ran.stdout.decode()


@contextmanager
def _running(command: list[str], folder: Path) -> Iterator[None]:
    """The browser for the length of the block; it keeps a socket, whose path must be short, aside."""
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as aside:
        env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "TMPDIR": aside}
        with (folder / "browser.log").open("wb") as log:
            browser = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        try:
            yield
        finally:
            browser.kill()
            browser.wait()


def _trust(target: Target) -> list[str]:
    """Browsers read no authority from a file, so the door's own key is named."""
    if not target.https:
        return []
    pem = ssl.get_server_certificate((str(target.address.hostname), target.port), timeout=SECONDS)
    key = _openssl("x509", "-noout", "-pubkey", given=pem.encode())
    digest = sha256(_openssl("pkey", "-pubin", "-outform", "DER", given=key)).digest()
    return [f"--ignore-certificate-errors-spki-list={b64encode(digest).decode()}"]


def _openssl(*arguments: str, given: bytes) -> bytes:
    ran = subprocess.run([find("openssl"), *arguments], input=given, capture_output=True, check=True)
    return ran.stdout
