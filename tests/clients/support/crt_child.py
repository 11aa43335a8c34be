"""Run in a process of its own by `test_boto_crt`: boto3 as it is with awscrt installed.

Whether boto3 uses CRT is decided once, when it is imported. Stores, reads back and links one
object per checksum; prints a line of JSON for each.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import requests
from botocore.config import Config

from support import boto
from support.data import MIB, md5_of_file, write_file
from support.target import Keys, Target, from_environment


def _round_trip(client: boto.Client, bucket: str, folder: Path, algorithm: str, size: int) -> bool:
    source, back, key = folder / "source", folder / "back", f"crt {algorithm} {size}"
    digest = write_file(source, size)
    client.upload_file(str(source), bucket, key, ExtraArgs={"ChecksumAlgorithm": algorithm})
    client.download_file(bucket, key, str(back))
    return md5_of_file(back) == digest


def _link(target: Target, keys: Keys, bucket: str) -> bool:
    signer = boto.client(target, keys, Config(signature_version="s3v4"))
    signer.put_object(Bucket=bucket, Key="crt link/ö", Body=b"linked")
    params = {"Bucket": bucket, "Key": "crt link/ö"}
    url = signer.generate_presigned_url("get_object", Params=params)
    return requests.get(url, timeout=30, verify=target.verify).content == b"linked"


def main(bucket: str, keys: Keys) -> None:
    target = from_environment()
    client = boto.client(target, keys)
    with tempfile.TemporaryDirectory() as name:
        for algorithm in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"):
            for size in (MIB + 7, 9 * MIB):
                same = _round_trip(client, bucket, Path(name), algorithm, size)
                print(json.dumps({"what": f"{algorithm} {size}", "same": same}))
    print(json.dumps({"what": "link", "same": _link(target, keys, bucket)}))


if __name__ == "__main__":
    main(sys.argv[1], Keys(*json.loads(sys.stdin.read())))
