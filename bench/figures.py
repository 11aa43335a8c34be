"""What the parts of the bench have in common: rounds in turns, their middles, figures of requests."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Generic, TypeVar

from load import SETTLE_SECONDS
from report import number

T = TypeVar("T")
S = TypeVar("S")

# Of a thread's time; from here on it counts as having none left.
BUSY = 0.9


@dataclass(frozen=True, kw_only=True)
class Requests:
    """One run of the load generator in which every request came to its end."""

    requests: int
    seconds: float
    p50_us: int
    p99_us: int


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
        found = [value for value in map(measure, self.samples[name]) if value is not None]
        return median(found) if found else None

    def peak(self, name: str) -> int:
        """The highest resident memory of any round, in bytes."""
        return max(sample.peak_bytes for sample in self.samples[name])

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


def middle(cell: Any, name: str, measure: Callable[[Any], Any], digits: int, scale: float = 1) -> str:
    """The middle of a way's rounds, as a table shows it."""
    found = cell.median(name, measure)
    return number(None if found is None else found * scale, digits)


def rate(sample: Any) -> float:
    """Requests a second."""
    return sample.requests / sample.seconds


def p50(sample: Any) -> float:
    """Microseconds."""
    return sample.p50_us


def p99(sample: Any) -> float:
    """Microseconds."""
    return sample.p99_us


def cost(sample: Any, spent: float | None) -> float | None:
    """CPU seconds of so many in a sample for 1000 requests."""
    return None if spent is None else spent / sample.requests * 1e3


def busy(sample: Any, spent: float | None) -> float | None:
    """Processors that were kept busy."""
    return None if spent is None else spent / sample.seconds


def load_busy(sample: Any) -> float | None:
    """The same of the load generator: 1 is all that it can."""
    return busy(sample, sample.load_cpu_seconds)
