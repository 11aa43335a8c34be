"""Changes one byte of a request at a time, never into something that means the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from support.sign import Wire


def _other(byte: int) -> int:
    """Another byte of the same sort, so that the request mostly stays well formed."""
    char = chr(byte)
    if char in "9zZ":
        return byte - 1
    if char.isascii() and char.isalnum():
        return byte + 1
    return ord("x") if char != "x" else ord("y")


def flips(data: bytes) -> Iterator[bytes]:
    """All strings that differ from `data` in one byte, one for each place."""
    for place, byte in enumerate(data):
        yield data[:place] + bytes([_other(byte)]) + data[place + 1 :]


def case_flips(data: bytes) -> Iterator[bytes]:
    """All strings in which one letter changed its case."""
    for place, byte in enumerate(data):
        if chr(byte).isalpha() and byte < 128:
            yield data[:place] + bytes([byte ^ 0x20]) + data[place + 1 :]


def _with_header(wire: Wire, place: int, name: bytes, value: bytes) -> Wire:
    headers = (*wire.headers[:place], (name, value), *wire.headers[place + 1 :])
    return replace(wire, headers=headers)


def methods(wire: Wire) -> Iterator[Wire]:
    """Another byte, another case, another method of the same length and of any other."""
    others = [b"GET", b"PUT", b"POST", b"HEAD", b"DELETE", b"PATCH"]
    changed = [*flips(wire.method), *case_flips(wire.method), *others]
    yield from (replace(wire, method=method) for method in changed if method != wire.method)


def paths(wire: Wire) -> Iterator[Wire]:
    """Every byte of the path; letters also in the other case."""
    yield from (replace(wire, path=path) for path in [*flips(wire.path), *case_flips(wire.path)])


def queries(wire: Wire) -> Iterator[Wire]:
    """Every byte of the query, the query dropped, and one parameter more."""
    changed = [*flips(wire.query), *case_flips(wire.query), b"", wire.query + b"&more=1"]
    yield from (replace(wire, query=query) for query in changed)


def header_names(wire: Wire) -> Iterator[Wire]:
    """Every byte of every header's name; case does not count there."""
    for place, (name, value) in enumerate(wire.headers):
        yield from (_with_header(wire, place, other, value) for other in flips(name))


def header_values(wire: Wire) -> Iterator[Wire]:
    """Every byte of every header's value but the length of the body, which frames it."""
    for place, (name, value) in enumerate(wire.headers):
        if name.lower() != b"content-length":
            yield from (_with_header(wire, place, name, other) for other in flips(value))


def dropped_headers(wire: Wire) -> Iterator[Wire]:
    """Each header left out once."""
    for place in range(len(wire.headers)):
        yield replace(wire, headers=wire.headers[:place] + wire.headers[place + 1 :])


def bodies(wire: Wire) -> Iterator[Wire]:
    """Every byte of the body."""
    yield from (replace(wire, body=body) for body in flips(wire.body))
