"""A process that is behind: it refuses a share of what is new, and nothing when it is over."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from prometheus import until
from stage import Programs, Stage, staged

SECTIONS = {"limits": {"shed_above": "20ms", "failed_proofs_per_minute": 0}}
# How long the process is stopped, again and again, and how long it runs between: not long enough for
# anything that is due every 50 ms to be in time.
STOPPED, RUNNING = 0.15, 0.02
# Whoever is let in without a token hears that it is missing.
CLOSED = "/api/v1/buckets"


@contextmanager
def behind(stage: Stage) -> Iterator[None]:
    """The process gets hardly any time, for the length of the block."""
    over = threading.Event()

    def hold() -> None:
        while not over.is_set():
            os.kill(stage.house.pid, signal.SIGSTOP)
            time.sleep(STOPPED)
            os.kill(stage.house.pid, signal.SIGCONT)
            over.wait(RUNNING)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_process_that_is_behind_refuses_a_share_until_it_is_not(programs: Programs) -> None:
    with staged(programs, SECTIONS) as stage:
        refused = 'portico_requests_refused_total{cause="lateness"}'

        def ask() -> requests.Response:
            return requests.get(f"{stage.house.api}{CLOSED}", timeout=30)

        assert ask().status_code == 401 and stage.figure(refused) == 0
        with behind(stage):
            answers: list[requests.Response] = []

            def one_is_refused() -> bool:
                answers.append(ask())
                return answers[-1].status_code == 503

            until(one_is_refused, "a request is refused")
            for _ in range(20):
                # Whoever asks whether the process lives is told so.
                alive = requests.get(f"{stage.house.api}/liveness", timeout=30)
                assert alive.status_code == 200
        assert {answer.status_code for answer in answers[:-1]} <= {401}
        assert answers[-1].headers["Retry-After"].isdigit() and "detail" in answers[-1].json()
        assert stage.figure(refused) >= 1
        until(lambda: stage.figure("portico_shed_ratio") == 0, "it is over")
        assert [ask().status_code for _ in range(50)] == [401] * 50
