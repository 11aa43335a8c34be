"""The tables of search in tables of Lance."""

from statistics import median
from typing import Any

from figures import cost, middle, p50, p99, rate
from lance_desk import INDEXED
from lance_search import ALONE, CROWDED, Cell, Crowd, Found, Sample
from report import heading, number, row
from workloads import MIB

# By how much p99 of a small GET may grow at most.
MOST = 2.0


def table(found: Found | None) -> str:
    """The Markdown section: medians of the rounds, and the highest peak."""
    if found is None:
        return ""
    lines = ["## Search in tables of Lance", ""]
    lines += [f"{found.count} vectors of {found.length} numbers; milliseconds, CPU s per search", ""]
    columns = ("searches/s", "p50", "p99", "CPU s", "peak MiB")
    lines += heading("index", "connections", "way", *columns)
    lines += [row(_cells(cell, name)) for cell in found.cells for name in cell.samples]
    return "\n".join([*lines, "", *_crowd(found.crowd)]) + "\n"


def _cells(cell: Cell, name: str) -> list[str]:
    return [
        "IVF_PQ" if cell.table == INDEXED else "none",
        str(cell.connections),
        name,
        middle(cell, name, rate, 2),
        middle(cell, name, p50, 1, 1e-3),
        middle(cell, name, p99, 1, 1e-3),
        middle(cell, name, _cost, 4),
        number(cell.peak(name) / MIB, 0),
    ]


def _crowd(crowd: Crowd) -> list[str]:
    lines = ["Small GETs through the S3 door, one after the other; milliseconds", ""]
    lines += heading("meanwhile", "GETs/s", "p50", "p99")
    for name in (ALONE, CROWDED):
        figures = [middle(crowd, name, p50, 3, 1e-3), middle(crowd, name, p99, 3, 1e-3)]
        lines.append(row([name, middle(crowd, name, rate, 0), *figures]))
    factors = crowd.factors()
    said = ", ".join(number(factor, 2) for factor in factors)
    verdict = "met" if _met(crowd) else "missed"
    lines += ["", f"p99 grows by a factor of {number(median(factors), 2)} (rounds: {said}; searches"]
    lines[-1] += f" meanwhile: {sum(crowd.searches)}); target: below {number(MOST, 0)}, {verdict}"
    return lines


def _met(crowd: Crowd) -> bool:
    return median(crowd.factors()) < MOST


def document(found: Found | None) -> dict[str, Any] | None:
    """Everything, for machines: medians, peaks, and every sample."""
    if found is None:
        return None
    crowd = found.crowd
    return {
        "vectors": found.count,
        "numbers": found.length,
        "searches": [_summary(cell) for cell in found.cells],
        "crowd": {
            "rounds": {name: crowd.rounds(name) for name in crowd.samples},
            "searches": crowd.searches,
            "p99_factors": crowd.factors(),
            "target": MOST,
            "met": _met(crowd),
        },
    }


def _summary(cell: Cell) -> dict[str, Any]:
    ways = {
        name: {
            "searches_per_second": cell.median(name, rate),
            "p50_us": cell.median(name, p50),
            "p99_us": cell.median(name, p99),
            "cpu_seconds_per_1000_searches": cell.median(name, lambda each: cost(each, each.cpu_seconds)),
            "peak_bytes": cell.peak(name),
            "rounds": cell.rounds(name),
        }
        for name in cell.samples
    }
    return {"table": cell.table, "connections": cell.connections, "ways": ways}


def _cost(sample: Sample) -> float:
    return sample.cpu_seconds / sample.requests
