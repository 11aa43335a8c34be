"""The tables of the cache: kept answers side by side, and what a hit is worth."""

from statistics import median
from typing import Any

from cache import Cell, Sample
from cache_ways import BARE, DELAY, DIRECT, NGINX
from figures import BUSY, busy, cost, load_busy, middle, p50_ms, p99_ms, summary
from report import Measure
from tables import heading, number, row, spread

BASES = (DIRECT, NGINX, BARE)


def table(cells: list[Cell]) -> str:
    """The Markdown section: one table for each question, medians of the rounds."""
    if not cells:
        return ""
    questions = {cell.question.name: None for cell in cells}
    lines = []
    for question in questions:
        lines += _table(question, [cell for cell in cells if cell.question.name == question])
    return "\n".join([*lines, *_redis(cells), *_bounds(cells)]) + "\n"


def _table(question: str, cells: list[Cell]) -> list[str]:
    lines = [f"## Kept answers: {question}", ""]
    lines += [f"Milliseconds; CPU s per 1000 requests; direct: {DELAY} ms at the store", ""]
    columns = ("requests/s", "p50", "p99", "CPU s", "peak MiB")
    ratios = [f"rate / {base}" for base in BASES] + [f"CPU / {BARE}"]
    lines += heading("connections", "way", *columns, *ratios, "busy %", "load busy %")
    return [*lines, *(row(_cells(cell, name)) for cell in cells for name in cell.samples), ""]


def _cells(cell: Cell, name: str) -> list[str]:
    def of(measure: Measure, digits: int, scale: float = 1) -> str:
        return middle(cell, name, measure, digits, scale)

    return [
        str(cell.load.connections),
        name,
        of(cell.rate, 0),
        of(p50_ms, 3),
        of(p99_ms, 3),
        of(cell.cost, 4),
        of(lambda sample: sample.peak_bytes, 1, 1 / (1 << 20)),
        *(spread(cell.ratios(name, base, cell.rate)) for base in BASES),
        spread(cell.ratios(name, BARE, cell.cost)),
        of(_busy, 0, 100),
        of(load_busy, 0, 100),
    ]


def _redis(cells: list[Cell]) -> list[str]:
    """What the Redis behind Portico does for each answer."""
    said = []
    for cell in cells:
        for name in cell.samples:
            commands = cell.median(name, _redis_commands)
            cost = cell.median(name, _redis_cost)
            if commands is not None:
                where = f"{name} with {cell.load.connections}"
                figures = f"{number(commands, 2)} commands for each answer, {number(cost, 4)} CPU s"
                said.append(f"{where}: {figures}")
    return [f"Redis: {'; '.join(said)}.", ""] if said else []


def _bounds(cells: list[Cell]) -> list[str]:
    """Says where the load generator had no time left."""
    places = [
        f"{name} with {cell.load.connections} ({cell.question.name})"
        for cell in cells
        for name in cell.samples
        if (cell.median(name, load_busy) or 0) >= BUSY
    ]
    return [f"Bounded by the load generator: {'; '.join(places)}.", ""] if places else []


def document(cells: list[Cell]) -> list[dict[str, Any]]:
    """Everything, for machines: medians, ratios, and every sample."""
    return [
        {
            "question": cell.question.name,
            "bytes": cell.work.size,
            "connections": cell.load.connections,
            "delay_ms": DELAY,
            "ways": {name: _summary(cell, name) for name in cell.samples},
        }
        for cell in cells
    ]


def _summary(cell: Cell, name: str) -> dict[str, Any]:
    ratios = {base: cell.ratios(name, base, cell.rate) for base in BASES}
    costs = {base: cell.ratios(name, base, cell.cost) for base in BASES}
    return {
        "requests_per_second": cell.median(name, cell.rate),
        "cpu_seconds_per_1000_requests": cell.median(name, cell.cost),
        "busy": cell.median(name, _busy),
        "load_busy": cell.median(name, load_busy),
        "redis_commands_per_request": cell.median(name, _redis_commands),
        "redis_cpu_seconds_per_1000_requests": cell.median(name, _redis_cost),
        "rate_to": {base: median(found) for base, found in ratios.items() if found},
        "cpu_to": {base: median(found) for base, found in costs.items() if found},
        **summary(cell, name),
    }


def _busy(sample: Sample) -> float | None:
    return busy(sample, sample.cpu_seconds)


def _redis_commands(sample: Sample) -> float | None:
    commands = sample.redis_commands
    return None if commands is None else commands / sample.requests


def _redis_cost(sample: Sample) -> float | None:
    return cost(sample, sample.redis_cpu_seconds)
