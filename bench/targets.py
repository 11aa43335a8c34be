"""What Portico is meant to reach, held against what was measured. A miss is told, no failure."""

from collections.abc import Iterator
from statistics import median

from report import Cell, Verdict, growths
from workloads import KIB, MIB

# Size of the bodies, whom it is compared with, and the least ratio of rates.
RATES = ((64 * MIB, "nginx", 1.2), (64 * MIB, "bare", 0.9), (KIB, "bare", 0.8))
# Memory counts as flat when a stream of 64 MiB more costs no more than this: its buffers.
FLAT_KIB = 256


def verdicts(cells: list[Cell]) -> list[Verdict]:
    """Every target under every load that it speaks of."""
    return [*_rates(cells), *_memory(cells)]


def _rates(cells: list[Cell]) -> Iterator[Verdict]:
    for size, base, wanted in RATES:
        for cell in (cell for cell in cells if cell.work.size == size):
            found = cell.ratios("portico", base, cell.rate)
            costs = cell.ratios("portico", base, cell.cost)
            if not found:
                continue
            middle = median(found)
            by_cpu = 1 / median(costs) if costs and median(costs) else None
            target = f"rate / {base}"
            met = middle >= wanted
            yield Verdict(target, cell.work.name, cell.load, wanted, middle, met, by_cpu)


def _memory(cells: list[Cell]) -> Iterator[Verdict]:
    for growth in growths(cells):
        if growth.name.startswith("portico"):
            name = growth.many.work.name + growth.name.removeprefix("portico")
            found = growth.per_stream
            met = found <= FLAT_KIB
            target = "KiB of memory for each more stream"
            yield Verdict(target, name, growth.many.load, FLAT_KIB, found, met, None)
