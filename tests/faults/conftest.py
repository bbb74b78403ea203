"""A suite that is restarted and overloaded: of its own, because others use the one of the session."""

from collections.abc import Iterator

import pytest

from tests.faults.running import UNLIMITED
from tests.fixtures.suite import Suite
from tests.journeys.conftest import People, people_of

PATIENCE = 15.0
"""Seconds that the suite below waits for a worker that hangs: fewer than by default, for tests to end."""


@pytest.fixture(scope="session")
def stressed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """It admits any number of calls of one caller."""
    suite = Suite(tmp_path_factory.mktemp("stressed") / "home", "--patience", str(PATIENCE), environment=UNLIMITED)
    try:
        yield suite.start()
    finally:
        suite.stop()


@pytest.fixture(scope="session")
def stressed_people(stressed: Suite) -> People:
    return people_of(stressed)
