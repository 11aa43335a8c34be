"""How each Python library is told where the door is: endpoint, keys, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from support.boto import REGION
from support.target import Keys, Target

# The libraries' classes come from compiled modules, which have no types to import early.
Library = Any


def present(**settings: str) -> dict[str, str]:
    """The settings that say something: an empty token is not the same as none."""
    return {name: value for name, value in settings.items() if value}


def object_store(target: Target, keys: Keys) -> dict[str, str]:
    """What Rust's `object_store` calls them: `storage_options` of polars and LanceDB."""
    return present(
        aws_endpoint_url=target.s3,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        aws_session_token=keys.session_token,
        aws_region=REGION,
        aws_allow_http="" if target.https else "true",
    )


def pyarrow(target: Target, keys: Keys) -> Library:
    """A file system of pyarrow, which does not look where the system keeps its authorities."""
    fs = pytest.importorskip("pyarrow.fs")
    given = present(session_token=keys.session_token, tls_ca_file_path=target.ca)
    return fs.S3FileSystem(
        access_key=keys.access_key, secret_key=keys.secret_key, endpoint_override=target.s3,
        region=REGION, **given,
    )  # fmt: skip


def obstore(target: Target, keys: Keys, bucket: str) -> Library:
    """A bucket as obstore sees it."""
    stores = pytest.importorskip("obstore.store")
    given = present(session_token=keys.session_token)
    options = {} if target.https else {"allow_http": True}
    return stores.S3Store(
        bucket, endpoint=target.s3, access_key_id=keys.access_key, secret_access_key=keys.secret_key,
        region=REGION, client_options=options, **given,
    )  # fmt: skip


def minio(target: Target, keys: Keys, region: str | None = None) -> Library:
    """MinIO's client; without a region it asks where each bucket is."""
    module = pytest.importorskip("minio")
    return module.Minio(
        f"{target.address.hostname}:{target.port}", access_key=keys.access_key,
        secret_key=keys.secret_key, session_token=keys.session_token or None, secure=target.https,
        region=region,
    )  # fmt: skip


def duckdb(target: Target, keys: Keys) -> Library:
    """A connection of DuckDB with the extension that the package `duckdb-ext-httpfs` brings."""
    module = pytest.importorskip("duckdb")
    connection = module.connect()
    connection.execute(f"LOAD '{_httpfs()}'")
    if target.ca:
        connection.execute(f"SET ca_cert_file = '{target.ca}'")
    secret = {
        "TYPE": "s3",
        "KEY_ID": f"'{keys.access_key}'",
        "SECRET": f"'{keys.secret_key}'",
        "ENDPOINT": f"'{target.address.hostname}:{target.port}'",
        "URL_STYLE": "'path'",
        "USE_SSL": str(target.https).lower(),
        "REGION": f"'{REGION}'",
    }
    if keys.session_token:
        secret["SESSION_TOKEN"] = f"'{keys.session_token}'"
    told = ", ".join(f"{name} {value}" for name, value in secret.items())
    connection.execute(f"CREATE SECRET ({told})")
    return connection


def _httpfs() -> Path:
    """The extension's file: by itself DuckDB would fetch it from the network."""
    found = next(Path(sys.prefix).glob("lib/*/site-packages/duckdb_ext/**/httpfs.duckdb_extension"), None)
    if found is None:
        pytest.skip("no extension of the package duckdb-ext-httpfs")
    return found
