"""A store that says nothing: its own clients hear so at once, and nobody else notices."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

import load
from load import Kept, Load
from prometheus import until
from stage import Programs, Stage, staged

# How long it is silent, in seconds.
OUTAGE = float(os.environ.get("PORTICO_OUTAGE_SECONDS", "4"))
CALLERS = 8
ENOUGH = 1000
# What asks no store.
QUIET = "/api/v1/capabilities"
# A refusal that waited for nobody, in seconds: the stage gives the store half a second.
AT_ONCE = 0.25
# How often the story is measured before it counts as failed: other programs use this machine too.
ROUNDS = 4
SECTIONS = {
    "listeners.s3": {"address": "127.0.0.1:0"},
    "upstream": {"response_timeout": "500ms", "breaker_failures": 5, "breaker_rest": "1s"},
}


@dataclass
class Callers:
    """Whoever asks the store, and what they heard since it is silent: how long it took, and the status."""

    stage: Stage
    headers: dict[str, str]
    silent: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    heard: list[tuple[float, int]] = field(default_factory=list)

    def call(self) -> None:
        """Asks again and again, at the pace of somebody who heeds an answer."""
        while not self.over.wait(0.02):
            began, silent = time.monotonic(), self.silent.is_set()
            status = self.stage.get("/silent/nothing", self.headers)
            if silent:
                self.heard.append((time.monotonic() - began, status))


@contextmanager
def calling(stage: Stage) -> Iterator[Callers]:
    """Them, for the length of the block."""
    callers = Callers(stage, stage.bearer())
    threads = [threading.Thread(target=callers.call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    try:
        yield callers
    finally:
        stage.speak_again()
        callers.over.set()
        for thread in threads:
            thread.join()


@dataclass(frozen=True)
class Outage:
    """How much longer the p99 of all others was meanwhile, and which share was answered at once."""

    ratio: float
    at_once: float

    def was_harmless(self) -> bool:
        return self.ratio <= 2 and self.at_once > 0.8


def outage(stage: Stage, crowd: Load) -> Outage:
    """Has the store fall silent for a while."""
    with calling(stage) as callers:
        before = crowd.p99(ENOUGH)
        stage.fall_silent()
        callers.silent.set()
        end = time.monotonic() + OUTAGE
        among = crowd.p99(ENOUGH)
        time.sleep(max(0.0, end - time.monotonic()))
        heard = list(callers.heard)
    at_once = [status for took, status in heard if took < AT_ONCE]
    print(f"{len(at_once)} of {len(heard)} answered at once; p99 {before:.4f} s, then {among:.4f} s")
    assert {status for _, status in heard} <= {503, 504}, heard
    assert set(at_once) <= {503}, heard
    good = stage.bearer()
    until(lambda: stage.get("/silent/nothing", good) == 404, "the store is asked again")
    return Outage(among / before, len(at_once) / len(heard))


def test_a_silent_store_costs_its_clients_no_time_and_others_nothing(programs: Programs) -> None:
    with staged(programs, SECTIONS) as stage:
        stage.put("/silent", b"")
        content = requests.get(f"{stage.house.api}{QUIET}", timeout=30).content
        crowd = Load(stage.house.api, {})
        with load.running(crowd, [("kept", Kept(crowd, QUIET, content).once)]):
            rounds = [outage(stage, crowd)]
            while not rounds[-1].was_harmless() and len(rounds) < ROUNDS:
                rounds.append(outage(stage, crowd))
        assert rounds[-1].was_harmless(), rounds
