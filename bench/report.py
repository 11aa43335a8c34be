"""From samples to ratios, and to tables that people read."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from figures import middle, middle_of, p50_ms, p99_ms, summary
from load import Sample
from rounds import Rounds
from tables import heading, mebibytes, number, row, spread
from workloads import FEW_STREAMS, KIB, Load, Workload

BASES = ("nginx", "envoy", "bare")

Measure = Callable[[Sample], float | None]


@dataclass(frozen=True, kw_only=True)
class Cell(Rounds[Sample]):
    """All rounds of a workload under one load, by contender."""

    work: Workload
    load: Load

    def rate(self, sample: Sample) -> float:
        """What counts for this workload: bytes or requests a second."""
        return (sample.transferred if self.work.large else sample.requests) / sample.seconds

    def cost(self, sample: Sample) -> float | None:
        """CPU seconds of the contender for a gigabyte (10^9 bytes), or for 1000 requests."""
        if sample.cpu_seconds is None:
            return None
        units = sample.transferred / 1e9 if self.work.large else sample.requests / 1e3
        return sample.cpu_seconds / units


@dataclass(frozen=True)
class Verdict:
    """One target under one load: what was wanted, and what was found."""

    target: str
    workload: str
    load: Load
    wanted: float
    found: float
    met: bool
    # The same by the contender's own CPU time, where that says something.
    by_cpu: float | None


@dataclass(frozen=True)
class Growth:
    """Peaks of a contender's memory under few and under many streams."""

    few: Cell
    many: Cell
    name: str

    @property
    def peaks(self) -> tuple[int, int]:
        """Bytes."""
        return self.few.peak(self.name) or 0, self.many.peak(self.name) or 0

    @property
    def later(self) -> float:
        """The peak of the many at the end, as a multiple of that at half time."""
        sample = self.many.samples[self.name][-1]
        half = sample.half_time_peak_bytes
        return (sample.peak_bytes or 0) / half if half else 1.0

    @property
    def per_stream(self) -> float:
        """KiB for each stream more."""
        few, many = self.peaks
        more = self.many.load.connections - self.few.load.connections
        return (many - few) / KIB / more


def growths(cells: list[Cell]) -> list[Growth]:
    """Every contender under the many streams, beside itself under few."""
    found = []
    for many in (cell for cell in cells if cell.load.streams):
        for few in cells:
            same = few.work == many.work and few.load.tls == many.load.tls
            if same and few.load.connections == FEW_STREAMS and not few.load.streams:
                names = (name for name in many.samples if many.peak(name) and few.peak(name))
                found += [Growth(few, many, name) for name in names]
    return found


def table(cells: list[Cell]) -> str:
    """The Markdown section of one workload: medians, and the highest peak."""
    if not cells:
        return ""
    work = cells[0].work
    unit = "MB/s, CPU s per GB" if work.large else "requests/s, CPU s per 1000 requests"
    lines = [f"## {work.name}", "", f"{unit}; ratios: median of the rounds (lowest–highest)", ""]
    ratios = [f"{kind} / {base}" for kind in ("rate", "CPU") for base in BASES]
    columns = ("rate", "p50 ms", "p99 ms", "CPU s", "peak MiB")
    lines += heading("TLS", "connections", "contender", *columns, *ratios)
    lines += [row(_cells(cell, name)) for cell in cells for name in cell.samples]
    return "\n".join(lines) + "\n"


def _cells(cell: Cell, name: str) -> list[str]:
    scale = 1e6 if cell.work.large else 1
    return [
        *_where(cell.load),
        name,
        number(cell.median(name, lambda sample: cell.rate(sample) / scale), 0),
        middle(cell, name, p50_ms, 2),
        middle(cell, name, p99_ms, 2),
        middle(cell, name, cell.cost, 4),
        mebibytes(cell.peak(name), 1),
        *(spread(cell.ratios(name, base, cell.rate)) for base in BASES),
        *(spread(cell.ratios(name, base, cell.cost)) for base in BASES),
    ]


def _where(load: Load) -> list[str]:
    return ["on" if load.tls else "off", str(load.connections)]


def agreements(tls: dict[str, str]) -> str:
    """What TLS each contender agreed on: a ratio of different ciphers would say little."""
    if not tls:
        return ""
    return "TLS: " + "; ".join(f"{name} {agreed}" for name, agreed in tls.items()) + "\n\n"


def memory(cells: list[Cell]) -> str:
    """Few streams beside many: whether memory follows the bodies."""
    found = growths(cells)
    if not found:
        return ""
    many = found[0].many.load.connections
    lines = ["## Memory of many streams", "", "Peak of resident memory, fresh processes", ""]
    peaks = (f"MiB at {FEW_STREAMS}", f"MiB at {many}")
    columns = (*peaks, "KiB for each more", "end / half time")
    lines += heading("workload", "TLS", "contender", *columns)
    for growth in found:
        few, many_bytes = growth.peaks
        lines += [
            row(
                [
                    growth.many.work.name,
                    _where(growth.many.load)[0],
                    growth.name,
                    mebibytes(few, 1),
                    mebibytes(many_bytes, 1),
                    number(growth.per_stream, 0),
                    number(growth.later, 2),
                ]
            )
        ]
    return "\n".join(lines) + "\n\n"


def verdicts(found: list[Verdict]) -> str:
    """Which targets were met."""
    lines = ["## Targets", ""]
    columns = ("workload", "TLS", "connections", "wanted", "found", "", "by CPU time")
    lines += heading("target", *columns)
    for each in found:
        numbers = [number(each.wanted, 2), number(each.found, 2)]
        said = "met" if each.met else "**missed**"
        where = [each.target, each.workload, *_where(each.load)]
        lines += [row([*where, *numbers, said, number(each.by_cpu, 2)])]
    return "\n".join(lines) + "\n"


def document(cells: list[Cell], found: list[Verdict], facts: dict[str, Any]) -> dict[str, Any]:
    """Everything, for machines: the facts of the run, medians, ratios, and every sample."""
    return {
        "facts": facts,
        "targets": [asdict(each) for each in found],
        "cells": [
            {
                "workload": cell.work.name,
                "method": cell.work.method,
                "bytes": cell.work.size,
                **asdict(cell.load),
                "contenders": {name: _summary(cell, name) for name in cell.samples},
            }
            for cell in cells
        ],
    }


def _summary(cell: Cell, name: str) -> dict[str, Any]:
    large = cell.work.large
    rate, cost = "bytes_per_second", "cpu_seconds_per_gb"
    if not large:
        rate, cost = "requests_per_second", "cpu_seconds_per_1000_requests"
    return {
        rate: cell.median(name, cell.rate),
        cost: cell.median(name, cell.cost),
        "rate_to": {base: middle_of(cell.ratios(name, base, cell.rate)) for base in BASES},
        "cpu_to": {base: middle_of(cell.ratios(name, base, cell.cost)) for base in BASES},
        **summary(cell, name),
    }
