"""Writes clients.json: requests as boto3 (botocore's HmacV1Auth, HmacV1QueryAuth) and s3cmd
(S3.Crypto) sign them with Signature Version 2. Nothing is sent.

    python generate.py > clients.json      # with boto3 installed, and s3cmd importable

Made with botocore 1.44.5 and s3cmd 2.3.0. The time stands still at 24 May 2013.
"""

import json
import sys
import types
from unittest import mock
from urllib.parse import urlsplit

sys.path.append("/usr/lib/python3/dist-packages")  # where Debian's s3cmd lies

import boto3
import botocore.auth
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from S3 import Config as s3cmd_config
from S3 import Crypto
from S3.SortedDict import SortedDict

NOW = 1369353600
DATE = "Fri, 24 May 2013 00:00:00 GMT"
ACCESS, SECRET, TOKEN = "YWRtaW4=", "5f4dcc3b5aa765d61d8327deb882cf99", "tok/en+with=signs"
HOST = "tenant.example.com"
KEYS = ["plain", "with space", "grüße/ключ.txt", "a+b&c=d?e#f%25", "~(x)!*'", "a//b/./c"]

found = []


def keep(name, method, url, headers, bucket=None):
    parts = urlsplit(url)
    wanted = ("authorization", "date", "content-type", "content-md5")
    text = lambda value: value.decode() if isinstance(value, bytes) else value
    found.append({
        "name": name,
        "method": method,
        "path": parts.path,
        "query": parts.query or None,
        "headers": [
            [key.lower(), text(value)]
            for key, value in headers.items()
            if key.lower() in wanted or key.lower().startswith("x-amz-")
        ],
        "bucket": bucket if parts.netloc.startswith("bucket.") else None,
    })


def client(style, token, version="s3"):
    session = boto3.Session(ACCESS, SECRET, token, region_name="us-east-1")
    return session.client("s3", endpoint_url=f"http://{HOST}", config=Config(
        signature_version=version, s3={"addressing_style": style},
        request_checksum_calculation="when_required"))


def boto(style, token, operation, **parameters):
    name = f"boto3 {operation} {style}{' token' if token else ''} {parameters.get('Key', '')}"
    s3 = client(style, token)

    def capture(request, **_):
        keep(name, request.method, request.url, request.headers, "bucket")
        return AWSResponse(request.url, 200, {}, types.SimpleNamespace(
            stream=lambda: iter(()), read=lambda *_: b""))

    s3.meta.events.register("before-send.s3.*", capture)
    try:
        getattr(s3, operation)(**parameters)
    except Exception as error:  # an answer without a body is none, but what was sent counts
        print(f"{name}: {error!r}"[:100], file=sys.stderr)


def boto_link(style, token, operation, headers=(), **parameters):
    name = f"boto3 link {operation} {style}{' token' if token else ''} {parameters.get('Key', '')}"
    method = {"put_object": "PUT", "upload_part": "PUT"}.get(operation, "GET")
    url = client(style, token).generate_presigned_url(operation, parameters, ExpiresIn=3600)
    keep(name, method, url, dict(headers), "bucket")


def all_boto():
    for style in ("path", "virtual"):
        for token in (None, TOKEN):
            boto(style, token, "list_buckets")
            boto(style, token, "list_objects_v2", Bucket="bucket", Prefix="a b", MaxKeys=5)
            boto(style, token, "get_bucket_acl", Bucket="bucket")
            boto_link(style, token, "get_object", Bucket="bucket", Key="k ü")
        for key in KEYS:
            boto(style, None, "get_object", Bucket="bucket", Key=key)
            boto_link(style, None, "get_object", Bucket="bucket", Key=key)
        where = {"Bucket": "bucket", "Key": "key"}
        boto(style, None, "create_bucket", Bucket="bucket")
        boto(style, None, "list_object_versions", Bucket="bucket")
        boto(style, None, "list_multipart_uploads", Bucket="bucket")
        boto(style, None, "get_bucket_location", Bucket="bucket")
        boto(style, None, "get_bucket_encryption", Bucket="bucket")
        boto(style, None, "get_object_lock_configuration", Bucket="bucket")
        boto(style, None, "get_object_retention", **where, VersionId="v1")
        boto(style, None, "get_object_tagging", **where)
        boto(style, None, "create_multipart_upload", **where, Metadata={"b": "2", "a": "1"})
        boto(style, None, "upload_part", **where, UploadId="a/b+c=", PartNumber=3, Body=b"x")
        boto(style, None, "copy_object", **where, CopySource="other/grüße")
        boto(style, None, "delete_objects", Bucket="bucket", Delete={"Objects": [{"Key": "k"}]})
        boto(style, None, "put_object", **where, Body=b"x", ContentType="text/plain",
             ACL="private", Metadata={"note": "two  words"})
        boto(style, None, "get_object", **where, VersionId="v+/=",
             ResponseContentDisposition='attachment; filename="a&b ü.txt"')
        boto_link(style, None, "get_object", **where, VersionId="v+/=",
                  ResponseContentDisposition='attachment; filename="a&b ü.txt"',
                  ResponseContentType="text/html; charset=utf-8")
        boto_link(style, None, "upload_part", **where, UploadId="u~1", PartNumber=2)
        boto_link(style, None, "put_object", {"content-type": "text/plain"}, **where,
                  ContentType="text/plain", ACL="private", Metadata={"note": "two words"})
        boto_link(style, None, "list_objects_v2", Bucket="bucket", Prefix="p/")


def all_s3cmd():
    config = s3cmd_config.Config()
    config.update_option("access_key", ACCESS)
    config.update_option("secret_key", SECRET)
    config.update_option("host_base", HOST)
    date = {"x-amz-date": "Fri, 24 May 2013 00:00:00 +0000"}
    for name, method, path, parameters, headers in [
        ("get", "GET", "/bucket/a b/ü+1.txt", None, {}),
        ("list", "GET", "/bucket/", {"prefix": "a b/", "delimiter": "/"}, {}),
        ("acl", "GET", "/bucket/key", {"acl": None}, {}),
        ("put", "PUT", "/bucket/key", None, {
            "content-type": "text/plain", "content-md5": "nQ==", "x-amz-acl": "private",
            "x-amz-meta-s3cmd-attrs": "atime:1/md5:2", "x-amz-storage-class": "STANDARD"}),
        ("part", "PUT", "/bucket/k", {"partNumber": "1", "uploadId": "a/b+c="}, {}),
        ("token", "GET", "/bucket/key", None, {"x-amz-security-token": TOKEN}),
        ("delete", "POST", "/bucket/", {"delete": None}, {"content-md5": "nQ=="}),
    ]:
        signed = Crypto.sign_request_v2(
            method, path, parameters, SortedDict({**date, **headers}, ignore_case=True))
        sent = Crypto.s3_quote(path, quote_backslashes=False, unicode_output=True)
        sent += Crypto.format_param_str(parameters)
        keep(f"s3cmd {name}", method, f"http://{HOST}{sent}", signed)
    for bucket in ("bucket", "Not_DNS"):
        for disposition in ("", "attachment; filename=ü&b.txt"):
            config.update_option("content_disposition", disposition)
            url = Crypto.sign_url_base_v2(bucket=bucket, object="a b/ü+1.txt", expiry=NOW + 3600)
            keep(f"s3cmd signurl {bucket} {disposition}", "GET", url, {}, bucket)


clock = types.SimpleNamespace(time=lambda: NOW, gmtime=None, strftime=None, mktime=None)
with mock.patch.object(botocore.auth, "time", clock), \
        mock.patch.object(botocore.auth, "formatdate", lambda usegmt: DATE):
    all_boto()
all_s3cmd()
lines = ",\n".join("    " + json.dumps(case, ensure_ascii=False) for case in found)
print(f'{{\n  "access_key": "{ACCESS}",\n  "secret": "{SECRET}",\n  "token": "{TOKEN}",')
print(f'  "now": {NOW},\n  "cases": [\n{lines}\n  ]\n}}')
