"""Archives of many objects: as a job, as a stream, through a link that a browser follows."""

from __future__ import annotations

import io
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from support.desk import Desk
from support.rest import TIMEOUT

PATIENCE = 60
OBJECTS = {"z/a.txt": b"a text " * 5000, "z/b/1.jpg": b"", "z/ö +%2F.bin": b"x" * 3_000_000}


@pytest.fixture(scope="module")
def filled(desk: Desk, bucket: str) -> str:
    """A bucket with some objects."""
    for name, data in OBJECTS.items():
        desk.store(bucket, name, data)
    return bucket


@pytest.fixture
def holds(tmp_path: Path) -> Callable[..., None]:
    """Checks that an archive holds all objects, and that every reader takes it for whole."""

    def check(data: bytes, *, besides: tuple[str, ...] = ()) -> None:
        archive = zipfile.ZipFile(io.BytesIO(data))
        files = {one.filename: archive.read(one) for one in archive.infolist() if not one.is_dir()}
        extra = {name: files.pop(name) for name in besides}
        assert files == OBJECTS
        assert all(extra.values())
        file = tmp_path / "archive.zip"
        file.write_bytes(data)
        for command in (["unzip", "-tqq"], ["7z", "t", "-bso0", "-bsp0"]):
            done = subprocess.run([*command, file], capture_output=True, text=True, check=False)
            assert done.returncode == 0, (command, done.stdout, done.stderr)

    return check


def begin(desk: Desk, bucket: str, **order: Any) -> str:
    """Asks for an archive; gives where it will be."""
    answer = desk.ask("POST", f"/{bucket}/objects/download", json=order)
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert told["status"] == "processing"
    assert (told["completed"], told["failed"], told["failed_keys"], told["error"]) == (0, 0, [], None)
    return f"/{bucket}/objects/download/{told['task_id']}"


def fetched(desk: Desk, path: str) -> requests.Response:
    """Asks as a front end does, until the answer is the archive."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = desk.ask("GET", path)
        assert answer.status_code == 200, answer.text
        if answer.headers["Content-Type"] == "application/zip":
            return answer
        assert answer.json()["status"] == "processing"
        time.sleep(0.05)
    raise AssertionError("the archive is never ready")


def test_an_archive_is_made_and_fetched_once(desk: Desk, filled: str, holds: Any) -> None:
    path = begin(desk, filled, keys=list(OBJECTS))
    answer = fetched(desk, path)
    holds(answer.content)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{filled}-objects.zip"'
    assert (answer.headers["X-Zip-Failed"], answer.headers["X-Zip-Failed-Keys"]) == ("0", "")
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert "Content-Encoding" not in answer.headers
    assert desk.refused(404, "GET", path) == "Task not found"


def test_a_prefix_takes_all_below_it(desk: Desk, filled: str, holds: Any) -> None:
    holds(fetched(desk, begin(desk, filled, prefix="z/")).content)
    holds(fetched(desk, begin(desk, filled, prefix="")).content)


def test_what_cannot_be_had_is_listed(desk: Desk, filled: str, holds: Any) -> None:
    answer = fetched(desk, begin(desk, filled, keys=[*OBJECTS, "gone"]))
    assert (answer.headers["X-Zip-Failed"], answer.headers["X-Zip-Failed-Keys"]) == ("1", "gone")
    holds(answer.content, besides=("FAILED.txt",))


def test_a_stream_is_the_archive_with_its_length(desk: Desk, filled: str, holds: Any) -> None:
    for order in ({"prefix": "z/"}, {"keys": list(OBJECTS)}):
        answer = desk.ask("POST", f"/{filled}/objects/download", json={**order, "stream": True})
        assert answer.status_code == 200, answer.text
        assert int(answer.headers["Content-Length"]) == len(answer.content)
        holds(answer.content)


def test_a_browser_follows_a_link_once(desk: Desk, filled: str, holds: Any) -> None:
    link = desk("POST", f"/{filled}/objects/download", {"prefix": "z/", "link": True})
    url = link["url"] if "://" in link["url"] else f"{desk.target.api}{link['url']}"
    browser = {"User-Agent": "Mozilla/5.0", "Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"}

    def follow(method: str, **headers: str) -> requests.Response:
        return requests.request(
            method, url, headers=browser | headers, timeout=TIMEOUT, verify=desk.target.verify
        )

    head = follow("HEAD")
    assert (head.status_code, int(head.headers["Content-Length"])) == (200, link["length"])
    assert follow("GET", Purpose="prefetch").status_code == 503
    answer = follow("GET")
    assert answer.status_code == 200, answer.text
    assert len(answer.content) == link["length"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    holds(answer.content)
    assert follow("GET").status_code == 404


def test_refusals(desk: Desk, filled: str) -> None:
    path = f"/{filled}/objects/download"
    assert desk.refused(400, "POST", path, {}) == "Provide either 'prefix' or 'keys'"
    nothing = "No objects found under the given prefix"
    assert desk.refused(400, "POST", path, {"prefix": "none/"}) == nothing
    many = "Too many objects (50001). Maximum is 50000."
    assert desk.refused(400, "POST", path, {"keys": ["k"] * 50_001}) == many
    gone = desk.ask("POST", path, json={"keys": ["gone"], "stream": True})
    assert gone.status_code == 404
    missing = desk.ask("POST", "/no-such-bucket-here/objects/download", json={"prefix": ""})
    assert missing.status_code in {403, 404}
