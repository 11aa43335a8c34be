"""Asks the same again and again, on one way; reads one order as JSON, prints a line as load.lua does.

A process of its own, so that its time and its memory are told apart from everybody else's; and one
loop for all ways, so that their figures mean the same: wrk corrects its percentiles for requests that
it could not send, which a client does not.
"""

import json
import resource
import sys
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from figures import percentile
from lance_ways import WAYS, Ask

# However slow the machine is: so many times the time that was asked for, and no longer.
PATIENCE = 4


def main() -> None:
    # What releases to come will do otherwise is not for a report.
    warnings.simplefilter("ignore")
    order = json.loads(sys.stdin.readline())
    asks = [WAYS[order["way"]](order) for _ in range(order["connections"])]
    if order["task"] == "find":
        found = {"ids": [asks[0](vector) for vector in order["vectors"]]}
    else:
        found = _measure(asks, order)
    print("RESULT " + json.dumps(found), flush=True)


def _measure(asks: list[Ask], order: dict[str, Any]) -> dict[str, int]:
    """What is opened, loaded and kept by the first requests is before the measurement."""
    with ThreadPoolExecutor(len(asks)) as pool:

        def all_of_them(goes_on: Callable[[int, float], bool]) -> list[float]:
            vectors = order["vectors"]
            shifted = [vectors[shift % len(vectors) :] + vectors for shift in range(len(asks))]
            running = [pool.submit(_again, *each, goes_on) for each in zip(asks, shifted, strict=True)]
            return sorted(one for each in running for one in each.result())

        all_of_them(lambda count, gone: count < 1 or gone < order["warm_up"])
        print("READY", flush=True)
        spent, begun = _spent(), time.perf_counter()
        times = all_of_them(_end(order))
        seconds = time.perf_counter() - begun
    return {
        "requests": len(times),
        "microseconds": round(seconds * 1e6),
        "p50": round(percentile(times, 0.5) * 1e6),
        "p99": round(percentile(times, 0.99) * 1e6),
        "cpu_microseconds": round((_spent() - spent) * 1e6),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def _end(order: dict[str, Any]) -> Callable[[int, float], bool]:
    """Whether a connection goes on after so many requests and so many seconds."""
    if order["seconds"] is None:
        told = threading.Event()
        threading.Thread(target=lambda: (sys.stdin.read(), told.set()), daemon=True).start()
        return lambda count, _gone: count < 1 or not told.is_set()
    seconds, least = order["seconds"], max(-(-order["least"] // order["connections"]), 1)
    return lambda count, gone: gone < seconds or (count < least and gone < PATIENCE * seconds)


def _again(ask: Ask, vectors: list[list[float]], goes_on: Callable[[int, float], bool]) -> list[float]:
    times: list[float] = []
    begun = time.perf_counter()
    while goes_on(len(times), time.perf_counter() - begun):
        asked = time.perf_counter()
        ask(vectors[len(times) % len(vectors)])
        times.append(time.perf_counter() - asked)
    return times


def _spent() -> float:
    """CPU seconds of this process so far, of all its threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
