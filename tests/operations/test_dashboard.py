"""Every query of the dashboard gets an answer from a real Prometheus over a running house."""

from __future__ import annotations

import pytest

import documented
import queries
from prometheus import Prometheus, until

PANELS = list(queries.panels())
# What a quiet house with some traffic and one healthy store cannot have.
SILENT = {
    "portico_connections_refused_total",
    "portico_upstream_ejections_total",
    "portico_passthrough_requests_total",
}


def _family(series: str) -> str:
    page = documented.metrics()
    return series if series in page else series.rpartition("_")[0]


@pytest.mark.parametrize("query", PANELS, ids=lambda query: query.place)
def test_a_panel_has_data(query: queries.Query, prometheus: Prometheus) -> None:
    prometheus.value(query.text)
    for series, matched in query.metrics.items():
        if _family(series) in SILENT:
            continue
        until(lambda series=series: bool(prometheus.series(series)), f"a series of {series}")
        for labels in prometheus.series(series):
            assert matched <= labels.keys(), (query, labels)


def test_every_rule_is_evaluated(prometheus: Prometheus) -> None:
    def healthy() -> bool:
        groups = prometheus.ask("rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert len(rules) == len(list(queries.rules()))
        assert not [rule for rule in rules if rule["health"] == "err"], rules
        return all(rule["health"] == "ok" for rule in rules)

    until(healthy, "all rules are evaluated")
    until(
        lambda: bool(prometheus.value("max_over_time(job:portico_requests:rate5m[1h]) > 0")),
        "a recorded rate",
    )
