"""A class for each test, whose submissions come through nbgrader's exchange."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from served_class import School, Service


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> School:
    """A course with the assignment released, and nobody in it."""
    made = School(tmp_path_factory.mktemp("prepared") / "school")
    made.folder.mkdir()
    made.build()
    return made


@pytest.fixture
def school(prepared: School, tmp_path: Path) -> School:
    """A class of its own, with three students and a due date that is not near."""
    made = prepared.copy(tmp_path / "school")
    made.enrol("ada", "ben", "cleo")
    made.due_in(3600)
    return made


@pytest.fixture
def ended() -> Iterator[Callable[[Service], Service]]:
    """Remembers what a test starts, and ends it."""
    started: list[Service] = []

    def remember(service: Service) -> Service:
        started.append(service)
        return service

    yield remember
    for service in started:
        if service.process.poll() is None:
            service.end(signal.SIGKILL)
