"""curl as an administrator of HCP uses it, to Portico and to HCP itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from support import programs
from support.programs import Done, Program
from support.target import Login, Target

PORT = 9090


@dataclass(frozen=True)
class Heard:
    """What curl heard: the status, the headers that are HCP's, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)


# What belongs to one connection, to the moment, to a cache on the way, or to the template plugin, which
# test builds have.
_NOT_SAID = {
    *("connection", "keep-alive", "date", "transfer-encoding"),
    *("age", "cache-status", "x-request-id"),
    "x-sample",
}


def _heard(done: Done, head: Path, body: Path) -> Heard:
    assert done.code == 0, done.err
    # After any `100 Continue`.
    lines = head.read_bytes().decode("latin-1").strip().split("\r\n\r\n")[-1].splitlines()
    pairs = [line.partition(":")[::2] for line in lines[1:]]
    headers = {name.lower(): value.strip() for name, value in pairs if name.lower() not in _NOT_SAID}
    return Heard(int(lines[0].split()[1]), headers, body.read_bytes() if body.exists() else b"")


@dataclass(frozen=True)
class Shell:
    """curl under HCP's own names, which lead to Portico or to HCP itself."""

    program: Program
    scheme: str
    address: str
    ca: str

    def __call__(self, host: str, path: str, *arguments: str) -> Heard:
        """The answer to a request of `/mapi`, whatever its status; `arguments` are curl's."""
        folder = self.program.folder
        head, body = folder / "head", folder / "body"
        body.unlink(missing_ok=True)
        trust = ["--cacert", self.ca] if self.ca else []
        url = f"{self.scheme}://{host}:{PORT}/mapi{path}"
        # With `--head` it writes the headers where else the body goes.
        kept = "/dev/null" if "--head" in arguments else body
        done = self.program.attempt(
            "--no-fail", "--connect-to", f"::{self.address}", *trust, "-D", head, "-o", kept, *arguments, url
        )  # fmt: skip
        return _heard(done, head, body)


def shells(target: Target, folder: Path) -> tuple[Shell, Shell]:
    """curl to Portico, and the same to HCP."""
    scheme, _, address = target.api.partition("://")
    program = programs.curl(target, folder)
    return Shell(program, scheme, address, target.ca), Shell(program, "https", target.mapi, target.mapi_ca)


def own_proof(who: Login) -> str:
    """HCP's own header, as its documentation makes it."""
    return f"Authorization: HCP {who.own_keys.access_key}:{who.own_keys.secret_key}"
