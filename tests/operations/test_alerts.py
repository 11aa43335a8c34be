"""Alerts fire over a running house when they should, and clear again."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from prometheus import until, watching
from stage import LONG, SILENCE, Programs, staged


def test_a_dead_store_and_its_errors_are_told_until_it_is_back(programs: Programs, tmp_path: Path) -> None:
    sections = {"upstream": SILENCE}
    with staged(programs, sections) as stage, watching(stage.house.admin, tmp_path) as prometheus:
        good = stage.bearer()
        until(lambda: stage.get("/", good) == 200, "the store answers")
        prometheus.has_scraped(3)
        for alert in ("PorticoStoreUnreachable", "PorticoNotReady", "PorticoErrorBurst"):
            prometheus.clears(alert)
        stage.fall_silent()
        prometheus.fires("PorticoStoreUnreachable")
        prometheus.fires("PorticoNotReady")

        def ask_in_vain() -> bool:
            assert stage.get("/some/key", good) >= 500
            return "PorticoErrorBurst" in prometheus.firing()

        until(ask_in_vain, "PorticoErrorBurst fires")
        prometheus.fires("PorticoStoreUnanswered")
        stage.speak_again()
        for alert in ("PorticoStoreUnreachable", "PorticoNotReady", "PorticoErrorBurst"):
            prometheus.clears(alert)
        assert stage.get("/", good) == 200


def test_a_crowd_of_connections_is_told_until_it_is_gone(programs: Programs, tmp_path: Path) -> None:
    limits = {"limits": {"max_connections": 20, "header_timeout": "10m", "failed_proofs_per_minute": 0}}
    with staged(programs, limits) as stage, watching(stage.house.admin, tmp_path) as prometheus:
        prometheus.has_scraped(2)
        assert "PorticoConnectionsNearLimit" not in prometheus.firing()
        door = urlsplit(stage.house.api)
        with ExitStack() as crowd:
            for _ in range(17):
                crowd.enter_context(socket.create_connection((door.hostname, door.port), 10))
            prometheus.fires("PorticoConnectionsNearLimit")
        prometheus.clears("PorticoConnectionsNearLimit")


def test_a_certificate_that_ends_soon_is_told_until_it_is_exchanged(
    programs: Programs, tmp_path: Path
) -> None:
    with staged(programs, {}) as stage, watching(stage.house.admin, tmp_path) as prometheus:
        prometheus.fires("PorticoCertificateExpiring")
        prometheus.fires("PorticoCertificateEnds")
        stage.certify(LONG)
        prometheus.clears("PorticoCertificateExpiring")
        prometheus.clears("PorticoCertificateEnds")
