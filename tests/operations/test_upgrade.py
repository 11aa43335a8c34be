"""One process after another on the same sockets, under load: nobody's request fails."""

from __future__ import annotations

import os
import random
import signal
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import load
from load import Kept, Load
from processes import started, wait_until
from prometheus import until
from stage import LONG, Programs, Stage, staged

SMALL = b"small" * 200
LARGE = random.Random(7).randbytes(8 << 20)
# How many small reads are to be seen before and after whatever happens.
ENOUGH = 300
# Between two pieces of 64 KiB, in seconds: a long one takes some seconds.
PAUSE = 0.02
LISTENERS = ("s3", "api", "admin")
PLAIN = {"listeners.s3": {"address": "127.0.0.1:0"}}


def objects(stage: Stage) -> dict[str, str]:
    """What the clients read; gives the headers that they read with."""
    stage.put("/loaded", b"")
    stage.put("/loaded/small", SMALL)
    stage.put("/loaded/large", LARGE)
    return stage.bearer()


def clients(crowd: Load) -> list[tuple[str, Callable[[], None]]]:
    """Some of every kind."""
    kept = [("kept", Kept(crowd, "/loaded/small", SMALL).once) for _ in range(4)]
    fresh = [("fresh", partial(load.fresh, crowd, "/loaded/small", SMALL)) for _ in range(2)]
    up = [("up", partial(load.write_and_read, crowd, f"/loaded/up{n}", LARGE, PAUSE)) for n in range(2)]
    return [*kept, *fresh, *downloads(crowd), *up]


def downloads(crowd: Load) -> list[tuple[str, Callable[[], None]]]:
    """Long reads."""
    down = partial(load.slow_download, crowd, "/loaded/large", LARGE, PAUSE)
    return [("down", down), ("down", down)]


@contextmanager
def crowded(stage: Stage) -> Iterator[Load]:
    """The house under load."""
    crowd = Load(stage.house.s3, objects(stage))
    with load.running(crowd, clients(crowd)):
        crowd.wait_for("kept", ENOUGH)
        yield crowd


def successor(stage: Stage) -> dict[str, str]:
    """The environment of the next process: the addresses that the one before has got."""
    addresses = {name: getattr(stage.house, name).partition("//")[2] for name in LISTENERS}
    return {f"PORTICO__LISTENERS__{name.upper()}__ADDRESS": address for name, address in addresses.items()}


def gone(process: int) -> bool:
    """Whether a process has ended; it is the stage's child, which nobody has waited for."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def listens(log: Path) -> bool:
    """Whether it has taken the listeners over."""
    return log.read_text().count('"listening"') >= len(LISTENERS)


@contextmanager
def taking_over(programs: Programs, stage: Stage, folder: Path) -> Iterator[None]:
    """The next process, which has the listeners and is alone."""
    command = [programs.portico, "run", "--upgrade", "--conf", str(stage.house.conf)]
    log = folder / "log"
    with started(command, folder, successor(stage), log) as process:
        time.sleep(0.5)  # until it waits for them, of which it says nothing
        os.kill(stage.house.pid, signal.SIGQUIT)
        wait_until(lambda: listens(log), process, "the next process", log)
        until(lambda: gone(stage.house.pid), "the old process ends")
        yield


def test_the_next_process_takes_over_under_load(programs: Programs, tmp_path: Path) -> None:
    # The load ends before the next process does, which its house is by then.
    with staged(programs, PLAIN) as stage, ExitStack() as stack, crowded(stage) as crowd:
        stack.enter_context(taking_over(programs, stage, tmp_path))
        for kind, more in (("kept", ENOUGH), ("fresh", ENOUGH // 10), ("down", 2), ("up", 2)):
            crowd.wait_for(kind, more)


def _shows(door: tuple[str, int], certificate: str) -> bool:
    return ssl.get_server_certificate(door) == certificate


def test_new_certificates_under_load_are_felt_by_nobody(programs: Programs) -> None:
    with staged(programs, {}) as stage, crowded(stage) as crowd:
        place = urlsplit(stage.house.s3)
        for days in (LONG, LONG + 1):
            stage.certify(days)
            new = (stage.folder / "s3.pem").read_text()
            door = (str(place.hostname), int(place.port or 0))
            until(partial(_shows, door, new), "the new certificate is shown")
            crowd.wait_for("fresh", ENOUGH // 10)
            crowd.wait_for("kept", ENOUGH)


def test_the_end_cuts_nothing_short(programs: Programs) -> None:
    with staged(programs, PLAIN) as stage:
        crowd = Load(stage.house.s3, objects(stage))
        up = partial(load.slow_upload, crowd, "/loaded/up", LARGE, PAUSE)
        with load.running(crowd, [*downloads(crowd), ("up", up)]):
            # Two downloads, an upload, and whoever asks here.
            until(lambda: stage.figure("portico_requests_in_flight") >= 4, "all are in the middle")
            crowd.over.set()
            os.kill(stage.house.pid, signal.SIGTERM)
        assert crowd.done == {"down": 2, "up": 1}
        until(lambda: gone(stage.house.pid), "the process ends")


def test_hang_ups_under_load_are_felt_by_nobody(programs: Programs) -> None:
    with staged(programs, PLAIN) as stage, crowded(stage) as crowd:
        for _ in range(3):
            os.kill(stage.house.pid, signal.SIGHUP)
            crowd.wait_for("kept", ENOUGH)
