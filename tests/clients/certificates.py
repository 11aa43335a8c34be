"""Makes a certificate authority and one certificate with `openssl`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]


@dataclass(frozen=True)
class Certificate:
    """Three PEM files; `chain` and `key` are the server's, `ca` is what clients trust."""

    ca: Path
    chain: Path
    key: Path


def make(folder: Path, names: Iterable[str]) -> Certificate:
    """A certificate for 127.0.0.1, localhost and further DNS names.

    The authority is a certificate of its own: some clients refuse one that is both.
    """
    made = Certificate(folder / "ca.pem", folder / "chain.pem", folder / "key.pem")
    _openssl(
        *_KEY, "-subj", "/CN=client suite authority", "-keyout", f"{folder}/ca-key.pem", "-out", made.ca,
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    )  # fmt: skip
    alternatives = ",".join(["IP:127.0.0.1", "DNS:localhost", *(f"DNS:{name}" for name in names)])
    _openssl(
        *_KEY, "-subj", "/CN=client suite", "-keyout", made.key, "-out", made.chain,
        "-CA", made.ca, "-CAkey", f"{folder}/ca-key.pem",
        "-addext", f"subjectAltName={alternatives}", "-addext", "basicConstraints=critical,CA:FALSE",
        "-addext", "keyUsage=critical,digitalSignature", "-addext", "extendedKeyUsage=serverAuth",
    )  # fmt: skip
    return made


def _openssl(*arguments: str | Path) -> None:
    command = ["openssl", "req", "-x509", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)
