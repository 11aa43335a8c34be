"""What Portico is meant to reach, held against what was measured. A miss is told, no failure."""

from collections.abc import Iterator
from statistics import median

import cache
from cache_ways import BARE, DIRECT, MEMORY
from report import Cell, Verdict, growths
from workloads import KIB, MIB

# Size of the bodies, whom it is compared with, and the least ratio of rates.
RATES = ((64 * MIB, "nginx", 1.2), (64 * MIB, "bare", 0.9), (KIB, "bare", 0.8))
# Kept answers, out of Portico's memory and with every proof checked: whom they are compared with,
# and the least ratio of rates. The bare engine asks nobody for a proof.
KEPT = ((BARE, 0.8), (DIRECT, 10.0))
# Memory counts as flat when a stream of 64 MiB more costs its buffers and nothing of its body, and
# when the second half of a run adds nothing worth naming to the first.
FLAT_KIB, FLAT_LATER = 1024.0, 1.1


def verdicts(cells: list[Cell], kept: list[cache.Cell]) -> list[Verdict]:
    """Every target under every load that it speaks of."""
    return [*_rates(cells), *_memory(cells), *_kept(kept)]


def _rates(cells: list[Cell]) -> Iterator[Verdict]:
    for size, base, wanted in RATES:
        for cell in (cell for cell in cells if cell.work.size == size):
            found = cell.ratios("portico", base, cell.rate)
            costs = cell.ratios("portico", base, cell.cost)
            if not found:
                continue
            middle = median(found)
            by_cpu = 1 / median(costs) if costs and median(costs) else None
            target = f"rate / {base}, at least"
            met = middle >= wanted
            yield Verdict(target, cell.work.name, cell.load, wanted, middle, met, by_cpu)


def _memory(cells: list[Cell]) -> Iterator[Verdict]:
    for growth in growths(cells):
        if not growth.name.startswith("portico"):
            continue
        name = growth.many.work.name + growth.name.removeprefix("portico")
        for target, wanted, found in (
            ("KiB of memory for each more stream, at most", FLAT_KIB, growth.per_stream),
            ("peak of memory / that at half time, at most", FLAT_LATER, growth.later),
        ):
            load, met = growth.many.load, found <= wanted
            yield Verdict(target, name, load, wanted, found, met, None)


def _kept(cells: list[cache.Cell]) -> Iterator[Verdict]:
    for base, wanted in KEPT:
        for cell in cells:
            for name in (name for name in MEMORY if name in cell.samples):
                middle = median(cell.ratios(name, base, cell.rate))
                costs = cell.ratios(name, base, cell.cost)
                by_cpu = 1 / median(costs) if costs and median(costs) else None
                target, met = f"kept: rate / {base}, at least", middle >= wanted
                yield Verdict(target, name, cell.load, wanted, middle, met, by_cpu)
