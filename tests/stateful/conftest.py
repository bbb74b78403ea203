"""The world that both tests look at."""

from collections.abc import Callable, Iterator

import pytest

from tests.fixtures.servers import TestDatabase
from tests.stateful.world import World


@pytest.fixture(scope="module")
def world(
    clone_database: Callable[[], TestDatabase], clone_redis: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    opened = World.open(clone_database(), clone_redis(), tmp_path_factory.mktemp("keys"))
    yield opened
    opened.close()
