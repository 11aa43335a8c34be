"""The tables of `docs/operations.md`, and what the sources register."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operations.md"
ROW = re.compile(r"^\| `((?:portico|process)_\w+)` \| (\w+) \|([^|]*)\|", re.MULTILINE)
ALERT = re.compile(r"^#+ (Portico\w+)$", re.MULTILINE)
LITERAL = re.compile(r'"(portico_[a-z_0-9]+)"')


@dataclass(frozen=True)
class Metric:
    """A row of the table of metrics."""

    kind: str
    labels: frozenset[str]


def metrics() -> dict[str, Metric]:
    """Every metric that the page names; its name stands there once."""
    found: dict[str, Metric] = {}
    for name, kind, labels in ROW.findall(PAGE.read_text()):
        assert name not in found, f"{name} twice"
        found[name] = Metric(kind, frozenset(re.findall(r"`(\w+)`", labels)))
    return found


def alerts() -> list[str]:
    """Every alert that has a section of its own."""
    return ALERT.findall(PAGE.read_text())


def registered() -> set[str]:
    """The names of metrics in the sources of what is shipped."""
    sources = [*(ROOT / "src").rglob("*.rs"), *(ROOT / "plugins").rglob("*.rs")]
    aside = {"tests", "sample"}
    shipped = (file for file in sources if not aside & set(file.relative_to(ROOT).parts))
    texts = (file.read_text() for file in shipped if file.name != "tests.rs")
    without_tests = (text.split("#[cfg(test)]\nmod tests {")[0] for text in texts)
    return {name for text in without_tests for name in LITERAL.findall(text)}
