"""The table of management: what the way through Portico adds."""

from collections.abc import Callable
from typing import Any

from figures import BUSY, busy, cost, load_busy, middle, p50, p50_ms, p99, p99_ms, rate
from management import TARGET, Cell, Sample
from tables import heading, number, row

Measure = Callable[[Sample], float | None]


def table(cells: list[Cell]) -> str:
    """The Markdown section: medians of the rounds."""
    if not cells:
        return ""
    lines = [f"## Management: GET {TARGET}", "", "Milliseconds; CPU s per 1000 requests", ""]
    columns = ("requests/s", "p50", "p99", "added p50", "added p99")
    cpu = ("Portico CPU s", "HCP CPU s")
    busy = ("Portico busy %", "HCP busy %", "load busy %")
    lines += heading("connections", "way", *columns, *cpu, *busy)
    lines += [row(_cells(cell, name)) for cell in cells for name in cell.samples]
    return "\n".join([*lines, "", *_bounds(cells)]) + "\n"


def _cells(cell: Cell, name: str) -> list[str]:
    def of(measure: Measure, digits: int, scale: float = 1) -> str:
        return middle(cell, name, measure, digits, scale)

    def added(measure: Callable[[Sample], float]) -> str:
        found = cell.added(name, measure)
        return number(None if found is None else found / 1e3, 3)

    return [
        str(cell.connections),
        name,
        of(rate, 0),
        of(p50_ms, 3),
        of(p99_ms, 3),
        added(p50),
        added(p99),
        of(_portico_cost, 4),
        of(_hcp_cost, 4),
        of(_portico_busy, 0, 100),
        of(_hcp_busy, 0, 100),
        of(load_busy, 0, 100),
    ]


def _bounds(cells: list[Cell]) -> list[str]:
    """Says where somebody other than Portico had no time left."""
    lines = []
    for who, measure in (("the simulated HCP", _hcp_busy), ("the load generator", load_busy)):
        places = [
            f"{name} with {cell.connections}"
            for cell in cells
            for name in cell.samples
            if (cell.median(name, measure) or 0) >= BUSY * _threads(cell, measure)
        ]
        if places:
            lines += [f"Bounded by {who}: {'; '.join(places)}.", ""]
    return lines


def _threads(cell: Cell, measure: Measure) -> int:
    return cell.hcp_threads if measure is _hcp_busy else 1


def document(cells: list[Cell]) -> list[dict[str, Any]]:
    """Everything, for machines: medians, what was added, and every sample."""
    return [
        {
            "target": TARGET,
            "connections": cell.connections,
            "ways": {name: _summary(cell, name) for name in cell.samples},
        }
        for cell in cells
    ]


def _summary(cell: Cell, name: str) -> dict[str, Any]:
    return {
        "requests_per_second": cell.median(name, rate),
        "p50_us": cell.median(name, p50),
        "p99_us": cell.median(name, p99),
        "added_p50_us": cell.added(name, p50),
        "added_p99_us": cell.added(name, p99),
        "portico_cpu_seconds_per_1000_requests": cell.median(name, _portico_cost),
        "hcp_cpu_seconds_per_1000_requests": cell.median(name, _hcp_cost),
        "portico_busy": cell.median(name, _portico_busy),
        "hcp_busy": cell.median(name, _hcp_busy),
        "load_busy": cell.median(name, load_busy),
        "rounds": cell.rounds(name),
    }


def _portico_cost(sample: Sample) -> float | None:
    return cost(sample, sample.portico_cpu_seconds)


def _hcp_cost(sample: Sample) -> float | None:
    return cost(sample, sample.hcp_cpu_seconds)


def _portico_busy(sample: Sample) -> float | None:
    return busy(sample, sample.portico_cpu_seconds)


def _hcp_busy(sample: Sample) -> float | None:
    return busy(sample, sample.hcp_cpu_seconds)
