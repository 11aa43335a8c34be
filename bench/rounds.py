"""Runs in turns: what a run of the load generator gives, and all rounds of a line of a table."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from figures import middle_of
from load import SETTLE_SECONDS
from processes import Server

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class Requests:
    """One run of the load generator in which every request came to its end."""

    requests: int
    seconds: float
    p50_us: int
    p99_us: int


@dataclass(frozen=True, kw_only=True)
class Served(Requests):
    """The same, with what it took."""

    # Those of the one that does the work, on whichever side it is.
    cpu_seconds: float
    peak_bytes: int


def watched(server: Server, run: Callable[[], dict[str, int]]) -> Served:
    """A run in which this server does the work."""
    server.forget_peak()
    before = server.cpu_seconds()
    found = run()
    spent = server.cpu_seconds() - before
    return Served(**told(found), cpu_seconds=spent, peak_bytes=server.peak_bytes())


def told(found: dict[str, int]) -> dict[str, Any]:
    """What the load generator has told, by the names of `Requests`."""
    seconds = found["microseconds"] / 1e6
    names = {"requests": "requests", "p50_us": "p50", "p99_us": "p99"}
    return {"seconds": seconds} | {name: found[word] for name, word in names.items()}


@dataclass(frozen=True, kw_only=True)
class Rounds(Generic[S]):
    """All rounds of a line, by way; each list as long as the rounds."""

    samples: dict[str, list[S]]

    def median(self, name: str, measure: Callable[[S], float | None]) -> float | None:
        """The middle of the rounds."""
        return middle_of(map(measure, self.samples[name]))

    def ratios(self, name: str, base: str, measure: Callable[[S], float | None]) -> list[float]:
        """One quotient a round, lowest first: a round is short, so the machine is the same."""
        if name == base:
            return []
        pairs = zip(self.samples.get(name, []), self.samples.get(base, []), strict=False)
        measured = ((measure(ours), measure(theirs)) for ours, theirs in pairs)
        return sorted(ours / theirs for ours, theirs in measured if ours is not None and theirs)

    def peak(self, name: str) -> int | None:
        """The highest resident memory of any round, in bytes."""
        found = [sample.peak_bytes for sample in self.samples.get(name, [])]
        return max((peak for peak in found if peak is not None), default=None)

    def requests(self, name: str) -> int:
        """Of all rounds together."""
        return sum(sample.requests for sample in self.samples[name])

    def rounds(self, name: str) -> list[dict[str, Any]]:
        """Every sample, for machines."""
        return [asdict(sample) for sample in self.samples[name]]


def in_turns(ways: list[T], rounds: int) -> Iterator[T]:
    """Every way in every round; in each another one is first."""
    for turn in range(rounds):
        shift = turn % len(ways)
        for way in ways[shift:] + ways[:shift]:
            time.sleep(SETTLE_SECONDS)
            yield way
