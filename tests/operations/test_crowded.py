"""Slow clients in great number, beside one that is not: it is served as before."""

from __future__ import annotations

import random
import time
from pathlib import Path

import load
from load import Kept, Load
from stage import Programs, Stage, staged

SMALL = b"small" * 200
# More than the buffers of the kernel hold on both sides.
LARGE = random.Random(9).randbytes(16 << 20)
HEADS, READERS = 500, 200
ENOUGH = 2000
# How often a story is measured before it counts as failed: other programs use this machine too.
ROUNDS = 4
# What a slow client may cost, in bytes: buffers of a connection here and one to the store.
EACH = 1 << 20


def resident(stage: Stage) -> int:
    """The memory of the process, in bytes."""
    status = Path(f"/proc/{stage.house.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def test_slow_clients_do_not_slow_others(programs: Programs) -> None:
    sections = {"listeners.s3": {"address": "127.0.0.1:0"}, "limits": {"failed_proofs_per_minute": 0}}
    with staged(programs, sections) as stage:
        for path, content in (("/crowd", b""), ("/crowd/small", SMALL), ("/crowd/large", LARGE)):
            stage.put(path, content)
        crowd = Load(stage.house.s3, stage.bearer())
        reader = Kept(crowd, "/crowd/small", SMALL)
        with load.running(crowd, [("kept", reader.once)]):
            crowd.wait_for("kept", ENOUGH)
            ratios = []
            while not ratios or (min(ratios) > 2 and len(ratios) < ROUNDS):
                ratios.append(measured(stage, crowd))
        assert min(ratios) <= 2, ratios
        crowd.over.clear()
        # All of it was theirs: who comes afterwards finds the house as it was.
        load.slow_download(crowd, "/crowd/large", LARGE, 0.0)


def measured(stage: Stage, crowd: Load) -> float:
    """How much longer the p99 is among slow clients."""
    address = stage.house.s3.partition("//")[2]
    before, memory = crowd.p99(ENOUGH), resident(stage)
    with load.slow_heads(address, HEADS), load.slow_readers(address, READERS, "/crowd/large", crowd.headers):
        time.sleep(0.5)  # until they all are as slow as they will be
        among, more = crowd.p99(ENOUGH), resident(stage) - memory
    print(f"p99 {before * 1000:.2f} ms, among slow clients {among * 1000:.2f} ms, {more >> 20} MiB more")
    assert more < (HEADS + READERS) * EACH, more
    return among / before
