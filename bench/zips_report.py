"""The table of archives."""

from dataclasses import asdict
from typing import Any

from report import heading, number, row
from workloads import MIB
from zips import Cell, Sample


def table(cells: list[Cell]) -> str:
    """The Markdown section: medians of the rounds, and the highest peak."""
    if not cells:
        return ""
    lines = ["## Archives", ""]
    for cell in cells:
        lines += [f"{cell.count} objects of {cell.size} bytes", ""]
        lines += heading("way", "MB/s", "seconds", "first byte, s", "Portico's CPU s", "peak MiB")
        lines += [row(_cells(cell, name)) for name in cell.samples]
    return "\n".join(lines) + "\n"


def _cells(cell: Cell, name: str) -> list[str]:
    return [
        name,
        number(cell.median(name, cell.rate), 0),
        number(cell.median(name, _seconds), 2),
        number(cell.median(name, _first), 3),
        number(cell.median(name, _cpu), 2),
        number(cell.peak(name) / MIB, 0),
    ]


def document(cells: list[Cell]) -> list[dict[str, Any]]:
    """Everything, for machines."""
    return [
        {
            "objects": cell.count,
            "size": cell.size,
            "ways": {name: [asdict(one) for one in cell.samples[name]] for name in cell.samples},
        }
        for cell in cells
    ]


def _seconds(sample: Sample) -> float:
    return sample.seconds


def _first(sample: Sample) -> float:
    return sample.first_seconds


def _cpu(sample: Sample) -> float:
    return sample.portico_cpu_seconds
