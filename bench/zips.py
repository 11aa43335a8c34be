"""Many objects in one archive, and the same objects one by one.

Each way fetches all objects once and throws the bytes away; only rclone has to keep them.
"""

import argparse
import random
import shutil
from collections.abc import Callable

from processes import BenchError
from rounds import in_turns
from servers import Setup
from signing import once
from zip_desk import BUCKETS, PREFIX, Cell, Desk, Sample, Way, gets, instant, opened, rclone, sample, stored

GETS, INSTANT, STORED, RCLONE = "GET, one by one", "ZIP, instant", "ZIP, stored", "rclone + zip -0"


def measure_all(args: argparse.Namespace, setup: Setup, say: Callable[[str], None]) -> list[Cell]:
    """Every way, in turns."""
    say(f"zip, {args.zip_objects} objects of {args.zip_size} bytes")
    keys = [f"{PREFIX}{number:05}" for number in range(args.zip_objects)]
    whole = args.zip_objects * args.zip_size
    with opened(args, setup, keys, whole) as desk:
        _fill(desk, args.zip_size)
        ways: dict[str, Way] = {GETS: gets, INSTANT: instant, STORED: stored}
        if desk.rclone and shutil.which("zip"):
            ways[RCLONE] = rclone
        else:
            say("bench: rclone or zip is not installed and does not take part (--rclone)")
        samples: dict[str, list[Sample]] = {name: [] for name in ways}
        for name in in_turns(list(ways), args.rounds):
            samples[name].append(sample(desk, ways[name], whole))
    title = f"{args.zip_objects} objects of {args.zip_size} bytes"
    return [Cell(title=title, count=len(keys), size=whole, samples=samples)]


def _fill(desk: Desk, size: int) -> None:
    data = random.Random(1).randbytes(size)
    for key in desk.keys:
        path = f"{BUCKETS}/objects/{key}"
        headers = {**desk.bearer, "Content-Type": "application/octet-stream"}
        if once("POST", path, desk.server, headers, data).status != 201:
            raise BenchError("portico refuses an upload")
