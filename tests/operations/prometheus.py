"""A real Prometheus over a running Portico, with the files of `conf/prometheus/` in a hurry."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from processes import POLL_SECONDS, free_ports, started, wait_until

FILES = Path(__file__).parents[2] / "conf" / "prometheus"
TIMEOUT = 10
# How long anything may take before it is called a hang: the machine may be busy.
PATIENCE = 120.0
# The longest look back of the hurried rules, in seconds: a burst is forgotten after it.
WINDOW = 10


@dataclass(frozen=True)
class Prometheus:
    """Its API."""

    url: str

    def ask(self, path: str, **parameters: str) -> Any:
        """The data of an answer."""
        answer = requests.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=TIMEOUT)
        assert answer.ok, (parameters, answer.text)
        return answer.json()["data"]

    def value(self, query: str) -> list[Any]:
        """What a query gives now."""
        result: list[Any] = self.ask("query", query=query)["result"]
        return result

    def series(self, metric: str) -> list[dict[str, str]]:
        """The labels of every series of a metric."""
        found: list[dict[str, str]] = self.ask("series", **{"match[]": metric})
        return found

    def firing(self) -> set[str]:
        """The alerts that fire."""
        alerts = self.ask("alerts")["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def has_scraped(self, times: int) -> None:
        """Waits until it has scraped so often."""
        query = f'count_over_time(up{{job="portico"}}[1h]) >= {times}'
        until(lambda: bool(self.value(query)), f"{times} scrapes")

    def fires(self, alert: str) -> None:
        """Waits until an alert fires."""
        until(lambda: alert in self.firing(), f"{alert} fires")

    def clears(self, alert: str) -> None:
        """Waits until it does not any more."""
        until(lambda: alert not in self.firing(), f"{alert} clears")


def until(true: Callable[[], bool], what: str) -> None:
    """Waits until something is the case."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        time.sleep(POLL_SECONDS)


def hurried(text: str) -> str:
    """Rules and configuration with seconds in place of minutes."""
    text = re.sub(r"for: \w+", "for: 1s", text)
    text = re.sub(r"\[\d+[mh]\]", f"[{WINDOW}s]", text)
    return re.sub(r"(scrape_interval|evaluation_interval): \w+", r"\1: 500ms", text)


@contextmanager
def watching(admin: str, folder: Path) -> Iterator[Prometheus]:
    """Prometheus, scraping the admin listener of a house, for the length of the block."""
    for file in FILES.glob("*.yml"):
        text = hurried(file.read_text()).replace("127.0.0.1:9901", admin.removeprefix("http://"))
        (folder / file.name).write_text(text)
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    command = ["prometheus", f"--config.file={folder / 'prometheus.yml'}"]
    command += [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={address}"]
    log = folder / "log"
    with started(command, folder, {}, log) as process:
        running = Prometheus(f"http://{address}")
        wait_until(lambda: _is_ready(running.url), process, "prometheus", log)
        yield running


def _is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=TIMEOUT).ok
    except requests.ConnectionError:
        return False
