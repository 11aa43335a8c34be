"""Figures of a sample, and of the rounds of a line: rates, percentiles, costs, middles."""

import math
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any

from tables import number

# Of a thread's time; from here on it counts as having none left.
BUSY = 0.9


def middle(cell: Any, name: str, measure: Callable[[Any], Any], digits: int, scale: float = 1) -> str:
    """The middle of a way's rounds, as a table shows it."""
    found = cell.median(name, measure)
    return number(None if found is None else found * scale, digits)


def rate(sample: Any) -> float:
    """Requests a second."""
    return sample.requests / sample.seconds


def p50(sample: Any) -> float | None:
    """Microseconds."""
    return sample.p50_us


def p99(sample: Any) -> float | None:
    """Microseconds."""
    return sample.p99_us


def p50_ms(sample: Any) -> float | None:
    """Milliseconds, as tables have them."""
    return None if sample.p50_us is None else sample.p50_us / 1e3


def p99_ms(sample: Any) -> float | None:
    """Milliseconds, as tables have them."""
    return None if sample.p99_us is None else sample.p99_us / 1e3


def percentile(ordered: list[float], share: float) -> float:
    """The nearest rank: the least value that this share of all does not exceed."""
    return ordered[max(math.ceil(len(ordered) * share), 1) - 1]


def cost(sample: Any, spent: float | None) -> float | None:
    """CPU seconds of so many in a sample for 1000 requests."""
    return None if spent is None else spent / sample.requests * 1e3


def own_cost(sample: Any) -> float | None:
    """The same of the one that does the work."""
    return cost(sample, sample.cpu_seconds)


def busy(sample: Any, spent: float | None) -> float | None:
    """Processors that were kept busy."""
    return None if spent is None else spent / sample.seconds


def load_busy(sample: Any) -> float | None:
    """The same of the load generator: 1 is all that it can."""
    return busy(sample, sample.load_cpu_seconds)


def middle_of(values: Iterable[float | None]) -> float | None:
    """The median of what there is."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def summary(cell: Any, name: str) -> dict[str, Any]:
    """A way's medians and its peak, for machines."""
    return {
        "p50_us": cell.median(name, p50),
        "p99_us": cell.median(name, p99),
        "peak_bytes": cell.peak(name),
        "rounds": cell.rounds(name),
    }
