"""As many objects as an archive may hold and a huge one: what takes time, and that memory stays flat.

The objects are sown in the simulated HCP, where they take no room; an archive that is made as a job does.
"""

import argparse
import json
import time
from collections.abc import Callable

import hcp
from processes import BenchError
from servers import Setup
from zip_desk import (
    BUCKETS,
    POLL_SECONDS,
    PREFIX,
    Cell,
    Desk,
    Sample,
    Way,
    connected,
    gets,
    instant,
    opened,
    sample,
    stored,
)

GETS, INSTANT, STORED = "GET, one by one", "ZIP, instant", "ZIP, stored"
COUNT, DELETE = "count", "delete"
HUGE = f"{PREFIX}huge"


def measure_all(args: argparse.Namespace, setup: Setup, say: Callable[[str], None]) -> list[Cell]:
    """Every way once, the deletion last."""
    many, each, huge = args.zip_big_objects, args.zip_big_size, args.zip_big_huge
    title = f"{many} objects of {each} bytes, and one of {huge}"
    say(f"zip, {title}")
    keys = [f"{PREFIX}{number // 100:03}/{number:06}" for number in range(many)] + [HUGE]
    whole = many * each + huge
    with opened(args, setup, keys, whole) as desk:
        sown = {"tenant": hcp.TENANT, "bucket": hcp.NAMESPACE}
        desk.house.sow({**sown, "key": PREFIX, "size": each, "count": many})
        desk.house.sow({**sown, "key": HUGE, "size": huge})
        ways: dict[str, Way] = {GETS: gets, INSTANT: instant, STORED: stored}
        samples: dict[str, list[Sample]] = {}
        for name, way in ways.items():
            say(f"zip, {name}")
            samples[name] = [sample(desk, way, whole)]
        samples[COUNT] = [sample(desk, _count, 0)]
        samples[DELETE] = [sample(desk, _delete, 0)]
    return [Cell(title=title, count=len(keys), size=whole, samples=samples)]


def _count(desk: Desk) -> tuple[float, int]:
    told = _job(desk, f"s3_stats?prefix={PREFIX}", "s3_stats", None)
    if (told["files"], told["bytes"]) != (len(desk.keys), desk.size):
        raise BenchError(f"a count of {len(desk.keys)} objects tells {told}")
    return time.monotonic(), 0


def _delete(desk: Desk) -> tuple[float, int]:
    told = _job(desk, "delete-task", "delete-task", {"prefixes": [PREFIX]})
    if told["objects"] != len(desk.keys) or told["failed"]:
        raise BenchError(f"a deletion of {len(desk.keys)} objects tells {told}")
    return time.monotonic(), 0


def _job(desk: Desk, target: str, word: str, order: object) -> dict[str, object]:
    """Has a job done, and gives what it tells at its end."""
    connection = connected(desk)
    headers = {**desk.bearer, "Content-Type": "application/json"}

    def ask(method: str, path: str, body: str | None = None) -> dict[str, object]:
        connection.request(method, f"{BUCKETS}/objects/{path}", body, headers)
        response = connection.getresponse()
        said: dict[str, object] = json.loads(response.read())
        if response.status not in (200, 202):
            raise BenchError(f"portico answers {response.status} to {word}: {said}")
        return said

    told = ask("POST", target, None if order is None else json.dumps(order))
    task = told["task_id"]
    while told.get("status", "processing") in ("counting", "processing"):
        time.sleep(POLL_SECONDS)
        told = ask("GET", f"{word}/{task}")
    connection.close()
    return told
