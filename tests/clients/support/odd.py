"""Object names that proxies, signers and listings like to get wrong."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

_PLAIN: dict[str, str] = {
    "space": "a b/c d",
    "space-at-both-ends": " a/ b ",
    "plus": "a+b/c++d",
    "percent": "100%/a%b",
    "percent-encoded": "a%20b/c%2Fd%252Fe",
    "percent-encoded-dots": "%2e%2e/a",
    "ampersand": "a&b/c&amp;d",
    "question": "a?b/c?d=e",
    "hash": "a#b/c#",
    "equals": "a=b/c==",
    "quotes": "a'b/c\"d",
    "angles": "<a>/</b>",
    "brackets": "[a]/{b}/(c)",
    "signs": "!$*,;:@|^`~/_-",
    "only-tilde": "~",
    "unicode-nfc": unicodedata.normalize("NFC", "åäö/é"),
    "unicode-nfd": unicodedata.normalize("NFD", "åäö-nfd/é"),
    "cjk": "東京/都",
    "right-to-left": "שלום/عالم",
    "emoji": "🗺/👩‍👩‍👧/x",
    "control": "a\tb/c\nd",
    "three-dots": ".../....",
    "hidden": ".hidden/.x",
    "looks-like-the-api": "api/v1/buckets",
    "looks-like-mapi": "mapi/tenants",
    "looks-like-hs3": "hs3/bucket/key",
    "looks-like-a-subresource": "x?versioning&uploads",
    "1000-bytes": "/".join(["n" * 199] * 5),
}
_NEEDS: dict[str, tuple[str, str]] = {
    "leading-slash": ("/leading/x", "keys.empty-segment"),
    "double-slash": ("a//b", "keys.empty-segment"),
    "many-slashes": ("a///b////c", "keys.empty-segment"),
    "looks-like-a-url": ("https://example.com:443/x", "keys.empty-segment"),
    "backslash": ("a\\b", "keys.backslash"),
    "dot-dot-first": ("../up", "keys.dots"),
    "dot-dot-inside": ("x/../b", "keys.dots"),
    "dot-dot-last": ("y/..", "keys.dots"),
    "dot-inside": ("z/./b", "keys.dots"),
    "1000-bytes-in-one-piece": ("o" * 1000, "keys.long-segment"),
    "2000-bytes": ("/".join(["t" * 199] * 10), "keys.over-1024"),
}

PLAIN: list[str] = list(_PLAIN.values())
"""Those that every store takes."""

ODD_KEYS: list[Any] = [
    *(pytest.param(key, id=name) for name, key in _PLAIN.items()),
    *(
        pytest.param(key, id=name, marks=pytest.mark.needs(capability))
        for name, (key, capability) in _NEEDS.items()
    ),
]
"""All of them, as parameters of a test; each test puts them under no prefix."""
