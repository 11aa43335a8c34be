"""What a store cannot do, whoever stands in front of it: the only source of skips by store.

A story names what it needs with `@pytest.mark.needs("…")`. Lines under a `direct-…` name hold
only when no gateway is in between: they say what Portico must make good.
"""

from __future__ import annotations

from support.target import Target

# HCP's own documents: no such headers kept, no conditional PUT, whole-object links only.
_HCP = {
    "objects.http-headers": "HCP does not store Cache-Control, Content-Disposition and the like",
    "objects.conditional-put": "HCP knows no conditional PUT",
    "presign.response-headers": "HCP documents response overrides as headers only",
    "copies.onto-itself-refused": "HCP copies onto itself where a namespace allows to overwrite",
    "conditions.list": "the simulator compares If-Match with one ETag",
    "versions.delete-one": "HCP marks DELETE of a version as not supported",
    "versions.delete-marker": "HCP writes delete markers only where the namespace asks for them",
}

_WEED = {
    "keys.dots": "SeaweedFS refuses `.` and `..` between slashes",
    "keys.empty-segment": "SeaweedFS folds `//` and drops a leading slash",
    "keys.backslash": "SeaweedFS reads a backslash as a slash",
    "keys.long-segment": "SeaweedFS takes 255 bytes between slashes",
    "keys.over-1024": "S3 allows 1024 bytes; only HCP takes more",
    "tenants.own-names": "SeaweedFS has one set of bucket names for all users",
    "listing.v1-encoded-marker": "SeaweedFS forgets to encode NextMarker",
    "listing.bad-token": "SeaweedFS takes any continuation token as a key",
    "ranges.malformed-ignored": "SeaweedFS answers 416",
}

_HCP_ALONE = {
    "buckets.location": "HCP cannot say where a bucket is",
    "copies.plus-is-a-blank": "the simulator takes a plus in the source of a copy as it stands",
    "bulk-delete.without-md5": "HCP wants Content-MD5, which boto3 no longer sends",
    "framing.strict": "the simulator forgives odd headers and goes on to the next request",
    "location.virtual-host": "HCP names its own host",
    "location.door": "HCP names its own host",
    "chunks.decoded-length": "the simulator does not compare the decoded length with the data",
    "chunks.trailer-announced": "the simulator does not miss a trailer that was announced",
    "presign.week": "the simulator sets no limit to the life of a link",
    "sigv2": "the simulator does not take the path of a bucket as boto3 signs it",
    "signature.algorithm": "the simulator does not look at the algorithm's name",
}

LACKS: dict[str, dict[str, str]] = {
    "generic": _WEED,
    "hcp9": _HCP,
    "hcp10": _HCP,
    # What passes through untouched is judged by HCP alone, by its own rules.
    "passthrough": {
        name: f"untouched: {reason}"
        for name, reason in _HCP_ALONE.items()
        if name != "framing.strict"  # which no way in escapes
    },
    "direct-weed": {
        "chunks.decoded-length": "SeaweedFS does not compare the decoded length with the data",
        "chunks.end": "SeaweedFS ignores bytes after the last chunk",
        "chunks.trailer-signature": "SeaweedFS does not check signatures at the end of a trailer upload",
        "copies.plus-is-a-blank": "SeaweedFS takes a plus in the source of a copy as it stands",
        "encoding.aws-chunked-removed": "SeaweedFS stores aws-chunked as Content-Encoding",
        "expect.refused-first": "SeaweedFS asks for the body before it checks the signature",
        "framing.strict": "SeaweedFS reads a body with two framings",
        "location.virtual-host": "SeaweedFS names the bucket in the host and in the path",
        "payload.hash-checked": "SeaweedFS does not compare the body with the signed hash",
        "presign.future-refused": "SeaweedFS takes links that are not valid yet",
        "sigv2": "SeaweedFS does not take the path of a bucket as boto3 signs it",
        "refusals.not-500": "SeaweedFS answers 500 to a broken aws-chunked body",
    },
    "direct-hcp": _HCP_ALONE,
}

# What Portico itself cannot do yet, whatever stands behind. The stories run and are expected to
# fail; the first that passes turns the run red until its line here is gone.
UNFINISHED: dict[str, str] = {}

KNOWN: frozenset[str] = frozenset(name for lacks in [*LACKS.values(), UNFINISHED] for name in lacks)


def lack(target: Target, capability: str) -> str | None:
    """Why the target lacks a capability, or nothing when it has it."""
    rows = [target.upstream, target.way] + ([f"direct-{target.direct}"] if target.direct else [])
    return next((LACKS[row][capability] for row in rows if capability in LACKS.get(row, {})), None)


def unfinished(target: Target, capability: str) -> str | None:
    """Why Portico cannot do it yet; nothing where it is not asked to."""
    untouched = target.direct or target.way == "passthrough"
    return None if untouched else UNFINISHED.get(capability)
