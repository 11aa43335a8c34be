"""The table of the REST data plane, beside the store itself."""

from typing import Any

from figures import middle, own_cost, p50_ms, p99_ms, rate, summary
from objects import Cell
from tables import heading, mebibytes, row


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
        middle(cell, name, p50_ms, 3),
        middle(cell, name, p99_ms, 3),
        middle(cell, name, own_cost, 4),
        mebibytes(cell.peak(name), 0),
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
        "cpu_seconds_per_1000_requests": cell.median(name, own_cost),
        **summary(cell, name),
    }
