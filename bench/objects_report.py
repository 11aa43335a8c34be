"""The table of the REST data plane, beside the store itself."""

from typing import Any

from figures import cost, middle, p50, p99, rate
from objects import Cell, Sample
from report import heading, number, row
from workloads import MIB


def table(cells: list[Cell]) -> str:
    """The Markdown section: medians of the rounds, and the highest peak."""
    if not cells:
        return ""
    lines = ["## Objects as REST", "", "Milliseconds; CPU s per 1000 requests", ""]
    columns = ("requests/s", "p50", "p99", "CPU s", "peak MiB")
    lines += heading("task", "connections", "way", *columns)
    lines += [row(_cells(cell, name)) for cell in cells for name in sorted(cell.samples)]
    return "\n".join(lines) + "\n"


def _cells(cell: Cell, name: str) -> list[str]:
    return [
        cell.task,
        str(cell.connections),
        name,
        middle(cell, name, rate, 0),
        middle(cell, name, p50, 3, 1e-3),
        middle(cell, name, p99, 3, 1e-3),
        middle(cell, name, _cost, 4),
        number(cell.peak(name) / MIB, 0),
    ]


def document(cells: list[Cell]) -> list[dict[str, Any]]:
    """Everything, for machines: medians, peaks, and every sample."""
    return [
        {
            "task": cell.task,
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
        "cpu_seconds_per_1000_requests": cell.median(name, _cost),
        "peak_bytes": cell.peak(name),
        "rounds": cell.rounds(name),
    }


def _cost(sample: Sample) -> float | None:
    return cost(sample, sample.cpu_seconds)
