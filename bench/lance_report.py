"""The tables of search in tables of Lance."""

from statistics import median
from typing import Any

from figures import middle, own_cost, p50, p50_ms, p99, p99_ms, rate, summary
from lance_desk import INDEXED, SEARCHED
from lance_search import GETS, GETTING, STORELESS, STRAIGHT, Cell, Crowd, Found
from lance_ways import CLIENT
from tables import heading, mebibytes, number, row, spread

# By how much p99 of a small GET may grow at most.
MOST = 2.0


def table(found: Found | None) -> str:
    """The Markdown section: medians of the rounds, and the highest peak."""
    if found is None:
        return ""
    lines = ["## Search in tables of Lance", ""]
    lines += [f"{found.count} vectors of {found.length} numbers; milliseconds, CPU s per search", ""]
    columns = ("searches", "searches/s", "p50", "p99", "CPU s", "peak MiB")
    ratios = [f"{figure} / {CLIENT}" for figure in ("p50", "p99")]
    lines += heading("index", "connections", "way", *columns, *ratios)
    lines += [row(_cells(cell, name)) for cell in found.cells for name in cell.samples]
    return "\n".join([*lines, "", *_crowd(found.crowd)]) + "\n"


def _cells(cell: Cell, name: str) -> list[str]:
    return [
        "IVF_PQ" if cell.table == INDEXED else "none",
        str(cell.connections),
        name,
        str(cell.requests(name)),
        middle(cell, name, rate, 2),
        middle(cell, name, p50_ms, 1),
        middle(cell, name, p99_ms, 1),
        middle(cell, name, own_cost, 4, 1e-3),
        mebibytes(cell.peak(name), 0),
        *(spread(cell.ratios(name, CLIENT, measure)) for measure in (p50, p99)),
    ]


def _crowd(crowd: Crowd) -> list[str]:
    lines = ["Small GETs through the S3 door, one after the other; milliseconds", ""]
    lines += heading("meanwhile", "GETs", "GETs/s", "p50", "p99")
    for name in GETTING:
        figures = [middle(crowd, name, p50_ms, 3), middle(crowd, name, p99_ms, 3)]
        lines.append(row([name, str(crowd.requests(name)), middle(crowd, name, rate, 0), *figures]))
    factors, store, own = (crowd.factors(way) for way in ("", STRAIGHT, STORELESS))
    said = ", ".join(number(factor, 2) for factor in factors)
    verdict = "met" if _met(crowd) else "missed"
    lines += ["", f"p99 grows by a factor of {number(median(factors), 2)} (rounds: {said}; searches"]
    lines[-1] += f" meanwhile: {sum(crowd.searches)}); target: below {number(MOST, 0)}, {verdict}"
    lines += ["", f"By itself the store is slower by a factor of {number(median(store), 2)}, what needs"]
    lines[-1] += f" no store by {number(median(own), 2)}."
    if min(sample.requests for rounds in crowd.samples.values() for sample in rounds) < GETS:
        lines += ["", f"There was a measurement of fewer than {GETS} GETs: its p99 tells little."]
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
        "threads": found.threads,
        "nprobes": SEARCHED["nprobes"],
        "searches": [_summary(cell) for cell in found.cells],
        "crowd": {
            "rounds": {name: crowd.rounds(name) for name in crowd.samples},
            "searches": crowd.searches,
            "p99_factors": crowd.factors(),
            "p99_factors_of_store": crowd.factors(STRAIGHT),
            "p99_factors_without_store": crowd.factors(STORELESS),
            "target": MOST,
            "met": _met(crowd),
        },
    }


def _summary(cell: Cell) -> dict[str, Any]:
    ways = {
        name: {
            "searches_per_second": cell.median(name, rate),
            "cpu_seconds_per_1000_searches": cell.median(name, own_cost),
            "p50_to_client": cell.ratios(name, CLIENT, p50),
            "p99_to_client": cell.ratios(name, CLIENT, p99),
            **summary(cell, name),
        }
        for name in cell.samples
    }
    return {"table": cell.table, "connections": cell.connections, "ways": ways}
