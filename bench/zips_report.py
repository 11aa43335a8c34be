"""The tables of archives."""

from typing import Any

from figures import middle
from tables import heading, mebibytes, row
from zip_desk import Cell, Sample


def table(cells: list[Cell]) -> str:
    """The Markdown section: medians of the rounds, and the highest peak."""
    if not cells:
        return ""
    lines = ["## Archives", ""]
    for cell in cells:
        lines += [cell.title, ""]
        columns = ("first byte, s", "Portico's CPU s", "MiB before", "peak MiB")
        lines += heading("way", "MB/s", "seconds", *columns)
        lines += [row(_cells(cell, name)) for name in cell.samples]
        lines += [""]
    return "\n".join(lines) + "\n"


def _cells(cell: Cell, name: str) -> list[str]:
    # A count and a deletion move no bytes of objects.
    moved = any(sample.bytes for sample in cell.samples[name])
    return [
        name,
        middle(cell, name, cell.rate, 0) if moved else "–",
        middle(cell, name, _seconds, 2),
        middle(cell, name, _first, 3),
        middle(cell, name, _cpu, 2),
        mebibytes(min(sample.before_bytes for sample in cell.samples[name]), 0),
        mebibytes(cell.peak(name), 0),
    ]


def document(cells: list[Cell]) -> list[dict[str, Any]]:
    """Everything, for machines."""
    return [
        {
            "objects": cell.count,
            "bytes": cell.size,
            "ways": {name: cell.rounds(name) for name in cell.samples},
        }
        for cell in cells
    ]


def _seconds(sample: Sample) -> float:
    return sample.seconds


def _first(sample: Sample) -> float:
    return sample.first_seconds


def _cpu(sample: Sample) -> float:
    return sample.portico_cpu_seconds
