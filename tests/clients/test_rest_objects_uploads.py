"""Uploads at the REST data plane that break off, that tell how far they are, and that are large."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from support import flow, rest
from support.boto import Client, NewBucket, missing
from support.data import MIB
from support.desk import Desk, at
from support.flow import Flow
from support.target import Target


@pytest.fixture
def events(target: Target, bearer: str) -> Any:
    """Asks how far an upload is: all that is told until its end."""

    def events(name: str, token: str = bearer) -> requests.Response:
        return rest.get(target, f"/uploads/{name}/events", token)

    return events


def unfinished(desk: Desk, bucket: str) -> list[str]:
    return [one["UploadId"] for one in desk("GET", f"/{bucket}/uploads")["uploads"]]


def has_begun(desk: Desk, bucket: str) -> None:
    flow.until(lambda: bool(unfinished(desk, bucket)), "no upload has begun")


def has_settled(desk: Desk, bucket: str) -> None:
    flow.until(lambda: not unfinished(desk, bucket), "an upload stays unfinished")


@pytest.mark.parametrize("form", [True, False], ids=["form", "body"])
@pytest.mark.parametrize("announced", [True, False], ids=["length", "chunks"])
def test_one_that_breaks_off_leaves_nothing(
    target: Target, desk: Desk, s3: Client, new_bucket: NewBucket, form: bool, announced: bool
) -> None:
    bucket = new_bucket()
    upload = Flow(target, desk.bearer, at(bucket, "broken"), 40 * MIB, form=form, announced=announced)
    with upload as connection:
        connection.send(20 * MIB)
        has_begun(desk, bucket)
    has_settled(desk, bucket)
    assert missing(s3, bucket, "broken")
    assert desk.missing(bucket, "broken")


def test_one_that_breaks_off_early_stores_nothing(
    target: Target, desk: Desk, s3: Client, bucket: str
) -> None:
    for number, sent in enumerate((0, 1, MIB)):
        with Flow(target, desk.bearer, at(bucket, f"early {number}"), 2 * MIB) as connection:
            connection.send(sent)
    # What comes later over the same way is not held up by it.
    desk.store(bucket, "later", b"x")
    for number in range(3):
        assert missing(s3, bucket, f"early {number}")


def test_one_that_breaks_off_leaves_the_old_object(target: Target, desk: Desk, new_bucket: NewBucket) -> None:
    bucket = new_bucket()
    desk.store(bucket, "kept", b"the old one")
    with Flow(target, desk.bearer, at(bucket, "kept"), 40 * MIB) as connection:
        connection.send(20 * MIB)
        has_begun(desk, bucket)
    has_settled(desk, bucket)
    assert desk.read(bucket, "kept") == b"the old one"


def told(answer: requests.Response) -> list[dict[str, Any]]:
    assert answer.headers["Content-Type"] == "text/event-stream"
    lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def test_how_far_one_is(target: Target, desk: Desk, bucket: str, events: Any) -> None:
    heard: list[requests.Response] = []
    size = 24 * MIB
    upload = Flow(target, desk.bearer, at(bucket, "told"), size, name="mine-1")
    with upload as connection:
        connection.send(10 * MIB)
        flow.until(lambda: bool(unfinished(desk, bucket)), "no upload has begun")
        listener = Thread(target=lambda: heard.append(events("mine-1")))
        listener.start()
        assert connection.finish() == 201
        listener.join()
    steps = told(heard[0])
    assert steps[-1] == {"status": "uploaded", "received": size, "stored": size, "total": upload.length}
    assert [one["received"] for one in steps] == sorted(one["received"] for one in steps)
    assert all(one["stored"] <= one["received"] for one in steps)
    assert told(events("mine-1")) == [steps[-1]], "its end can be asked for"


def test_how_one_ended_that_broke_off(target: Target, desk: Desk, bucket: str, events: Any) -> None:
    with Flow(target, desk.bearer, at(bucket, "broken"), 24 * MIB, name="broken-1") as connection:
        connection.send(10 * MIB)
    assert told(events("broken-1"))[-1]["status"] == "failed"


def test_nobody_else_hears_of_one(target: Target, desk: Desk, bucket: str, events: Any) -> None:
    assert desk.upload(bucket, "named", b"x", **{"X-Upload-ID": "named-1"}).status_code == 201
    assert told(events("named-1"))[-1]["status"] == "uploaded"
    assert (events("named-2").status_code, events("named-2").json()) == (404, {"detail": "Upload not found"})
    assert events("named-1", "").status_code == 401
    if target.other_login is not None:
        other = rest.login(target, target.other_login)
        assert events("named-1", other).status_code == 404
    for name in ("a b", "a/b", "x" * 129, "ö"):
        assert desk.upload(bucket, "named", b"x", **{"X-Upload-ID": name}).status_code == 400


@pytest.fixture
def memory(target: Target) -> Callable[[], int]:
    """The most memory that Portico has taken since the story began, in bytes."""
    if not target.process:
        pytest.skip("no PORTICO_PID")
    folder = Path("/proc") / target.process

    def peak() -> int:
        found = re.search(r"VmHWM:\s+(\d+) kB", (folder / "status").read_text())
        assert found, "no VmHWM"
        return int(found[1]) * 1024

    try:
        (folder / "clear_refs").write_text("5")  # the peak begins anew: proc_pid_clear_refs(5)
    except OSError as error:
        pytest.skip(f"the peak cannot be reset: {error}")
    return peak


@pytest.mark.large
@pytest.mark.parametrize("form", [True, False], ids=["form", "body"])
def test_memory_stays_flat(
    target: Target, desk: Desk, bucket: str, memory: Callable[[], int], form: bool
) -> None:
    """However large the object; other stories run beside this one, so the bound is not a close one."""
    size, before = 256 * MIB, memory()
    with Flow(target, desk.bearer, at(bucket, "large"), size, form=form) as connection:
        assert connection.finish() == 201
        digest = connection.digest.hexdigest()
    seen, length = sha256(), 0
    with desk.ask("GET", at(bucket, "large"), stream=True) as got:
        for piece in got.iter_content(MIB):
            seen.update(piece)
            length += len(piece)
    desk("DELETE", at(bucket, "large"))
    assert (length, seen.hexdigest()) == (size, digest)
    assert memory() - before < 128 * MIB
