"""What `docs/operations.md` says of metrics and alerts is what there is."""

from __future__ import annotations

import requests

import documented
import queries
from stage import Stage


def test_the_page_names_every_metric_of_the_sources() -> None:
    named = {name for name in documented.metrics() if name.startswith("portico_")}
    assert named == documented.registered()


def test_every_figure_of_a_running_house_has_the_type_and_labels_of_the_page(stage: Stage) -> None:
    page, seen = documented.metrics(), set()
    text = requests.get(f"{stage.house.admin}/metrics", timeout=10).text
    kinds = dict(line.split()[2:4] for line in text.splitlines() if line.startswith("# TYPE"))
    # A template that packages leave out.
    kinds.pop("portico_sample_responses_total", None)
    for name, kind in kinds.items():
        assert name in page, f"{name} stands nowhere"
        assert page[name].kind == kind, name
        seen.add(name)
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        series = line.split("{")[0].split(" ")[0]
        name = next((name for name in (series, series.rpartition("_")[0]) if name in page), None)
        if name is None:
            assert series.startswith("portico_sample_"), line
            continue
        labels = queries.MATCHER.findall(line)
        assert set(labels) - {"le"} == page[name].labels, line
    # The rest is there once something has happened.
    assert len(seen) > 40


def test_every_alert_has_a_section_and_points_there() -> None:
    alerts = [query.place for query in queries.rules() if ":" not in query.place]
    assert sorted(documented.alerts()) == sorted(alerts)


def test_rules_and_dashboards_ask_for_what_the_page_names() -> None:
    page = documented.metrics()
    asked = [*queries.rules(), *queries.panels()]
    assert len(asked) > 50
    for query in asked:
        assert query.metrics, query
        known: set[str] = set()
        for series, labels in query.metrics.items():
            if series in {"up", *queries.recorded()}:
                known |= {"listener", "stack"}
                continue
            name = series if series in page else series.rpartition("_")[0]
            assert name in page, query
            assert labels <= page[name].labels | queries.TARGET, query
            known |= page[name].labels
        assert query.grouping <= known | queries.TARGET, query
