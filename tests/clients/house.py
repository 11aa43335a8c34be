"""Starts Portico in front of a store, as a user of the house would configure it."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias, Union

import certificates
from certificates import Certificate
from processes import started, wait_until

# Made up for every run alike: nothing outside the run ever trusts it.
SECRET = "the client suite signs its tokens"
LISTENERS = ("s3", "api", "admin")

Value: TypeAlias = Union[str, int, float, "list[Value]", "Mapping[str, Value]"]
Sections: TypeAlias = Mapping[str, Mapping[str, Value]]


@dataclass(frozen=True)
class House:
    """A running Portico: the base URLs of its doors, and what clients must trust."""

    s3: str
    api: str
    admin: str
    ca: str
    log: Path
    pid: int
    conf: Path


@contextmanager
def running(binary: str, sections: Sections, names: list[str]) -> Iterator[House]:
    """Portico with these sections beside its listeners, for the length of the block.

    `names` are the DNS names of its certificate; without any it speaks no TLS.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portico-")))
        tls = certificates.make(folder, names) if names else None
        conf, log = folder / "portico.toml", folder / "log"
        conf.write_text(_toml({**_own_sections(folder, tls), **sections}))
        process = stack.enter_context(started([binary, "run", "--conf", str(conf)], folder, {}, log))
        wait_until(lambda: _addresses(log).keys() >= set(LISTENERS), process, "portico", log)
        addresses, scheme = _addresses(log), "https" if tls else "http"
        ca = str(tls.ca) if tls else ""
        s3, api, admin = (f"{scheme}://{addresses[name]}" for name in LISTENERS)
        yield House(s3, api, admin, ca, log, process.pid, conf)


def with_s3(house: House, url: str) -> House:
    """The same house, where its S3 door speaks another scheme than the others."""
    return replace(house, s3=url)


def password_hash(binary: str, password: str) -> str:
    """The hash of a password, as an operator makes it."""
    command = [binary, "hash-password"]
    made = subprocess.run(command, input=password, capture_output=True, text=True, timeout=30, check=True)
    return made.stdout.strip()


def _own_sections(folder: Path, tls: Certificate | None) -> dict[str, Mapping[str, Value]]:
    listener: dict[str, Value] = {"address": "127.0.0.1:0"}
    if tls:
        listener |= {"certificate": str(tls.chain), "key": str(tls.key)}
    return {
        "process": {"data_directory": str(folder)},
        "telemetry": {"log_format": "json"},
        "auth": {"secrets": [SECRET]},
        # A thousand failed proofs from one address within seconds are what the suite does.
        "limits": {"failed_proofs_per_minute": 0},
        **{f"listeners.{name}": listener for name in LISTENERS},
    }


def _toml(sections: Sections) -> str:
    lines = []
    for name, values in sections.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {_inline(value)}" for key, value in values.items()]
    return "\n".join([*lines, ""])


def _inline(value: Value) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key} = {_inline(inner)}' for key, inner in value.items())}}}"
    return json.dumps(value)  # a text or a number looks the same in TOML


def _addresses(log: Path) -> dict[str, str]:
    """`host:port` of every listener that the log has named so far."""
    found = {}
    for line in log.read_text(errors="replace").splitlines(keepends=True):
        if line.endswith("\n") and '"listening"' in line:
            event = json.loads(line)
            found[event["listener"]] = event["address"]
    return found
