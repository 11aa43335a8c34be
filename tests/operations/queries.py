"""Which metrics and labels a query asks for; enough of PromQL for the queries of this house."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

CONF = Path(__file__).parents[2] / "conf"
METRIC = re.compile(r"(?<![\w:])((?:portico|process)_\w+|up|\w+:\w+:\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"[^"]*"')
GROUPED = re.compile(r"(?:by|on|without|ignoring)\s*\(([^)]*)\)")
# What Prometheus itself puts there.
TARGET = {"job", "instance", "le"}


@dataclass(frozen=True)
class Query:
    """A query, and where it stands."""

    place: str
    text: str

    @property
    def metrics(self) -> dict[str, set[str]]:
        """The metrics that are asked for, each with the labels that are matched."""
        found: dict[str, set[str]] = {}
        for name, matchers in METRIC.findall(self.text):
            found.setdefault(name, set()).update(MATCHER.findall(matchers))
        return found

    @property
    def grouping(self) -> set[str]:
        """The labels that results are grouped by."""
        return {label.strip() for group in GROUPED.findall(self.text) for label in group.split(",")}


def rules() -> Iterator[Query]:
    """Every recording rule and alert."""
    for file in ("recording.yml", "alerts.yml"):
        for group in yaml.safe_load((CONF / "prometheus" / file).read_text())["groups"]:
            for rule in group["rules"]:
                yield Query(rule.get("alert") or rule["record"], rule["expr"])


def recorded() -> set[str]:
    """The names that recording rules make."""
    return {query.place for query in rules() if ":" in query.place}


def panels() -> Iterator[Query]:
    """Every query of every dashboard, as Grafana would send it."""
    for file in (CONF / "grafana").glob("*.json"):
        dashboard = json.loads(file.read_text())
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                yield Query(f"{file.name}: {panel['title']}", _filled(target["expr"]))


def _filled(text: str) -> str:
    return text.replace("$__rate_interval", "1m").replace("$job", "portico").replace("$instance", ".*")
