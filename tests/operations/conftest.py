"""Fixtures: the programs, and one stage for all stories that only look."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from prometheus import Prometheus, watching
from stage import Programs, Stage, staged

ROOT = Path(__file__).parents[2]
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which programs run; those of the debug build otherwise."""
    parser.addoption("--portico", default=str(BUILT / "portico"))
    parser.addoption("--simulator", default=str(BUILT / "hcp-simulator"))


@pytest.fixture(scope="session")
def programs(pytestconfig: pytest.Config) -> Programs:
    """Paths of the programs, whatever folder they are started in."""
    given = [Path(pytestconfig.getoption(option)) for option in ("--portico", "--simulator")]
    return Programs(*(str(program.absolute()) for program in given))


@pytest.fixture(scope="session")
def stage(programs: Programs) -> Iterator[Stage]:
    """A house with some traffic, for whoever changes nothing about it."""
    with staged(programs, {}) as stage:
        stage.traffic()
        yield stage


@pytest.fixture(scope="session")
def prometheus(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Prometheus over that house, which has scraped it before and after some traffic."""
    with watching(stage.house.admin, tmp_path_factory.mktemp("prometheus")) as prometheus:
        prometheus.has_scraped(2)
        stage.traffic()
        prometheus.has_scraped(4)
        yield prometheus
