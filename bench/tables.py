"""Figures as a table in Markdown shows them."""

from collections.abc import Iterable
from statistics import median

from workloads import MIB


def number(value: float | None, digits: int) -> str:
    """A dash where nothing was measured."""
    return "–" if value is None else f"{value:.{digits}f}"


def mebibytes(count: int | None, digits: int) -> str:
    """The same of so many bytes."""
    return number(None if count is None else count / MIB, digits)


def spread(quotients: list[float]) -> str:
    """The middle of quotients that are in order, with the lowest and highest."""
    if not quotients:
        return "–"
    if len(quotients) == 1:
        return f"{quotients[0]:.2f}"
    return f"{median(quotients):.2f} ({quotients[0]:.2f}–{quotients[-1]:.2f})"


def heading(*names: str) -> list[str]:
    """The first two lines of a table."""
    return [row(names), row("---" for _ in names)]


def row(cells: Iterable[str]) -> str:
    """A line of a table."""
    return "| " + " | ".join(cells) + " |"
