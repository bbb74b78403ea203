"""The whole suite in one process: every service there is, on a database of its own."""

import importlib.util
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from services import registry
from services.chassis.testing import Harness
from tests.fixtures.servers import TestDatabase

SERVED = [name for name in registry.NAMES if importlib.util.find_spec(f"services.{name}.app") is not None]


def served_packages() -> set[str]:
    """The proto packages of the services that can be built."""
    return {package.split(".")[1] for name in SERVED for package in registry.packages(name)}


@pytest.fixture(scope="session")
def suite_database(clone_database: Callable[[], TestDatabase]) -> TestDatabase:
    return clone_database()


@pytest_asyncio.fixture(scope="module")
async def suite(
    suite_database: TestDatabase, clone_redis: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Harness]:
    async with Harness.open(
        [registry.Builder(name) for name in SERVED],
        database_url=suite_database.url,
        redis_url=clone_redis(),
        keys_dir=tmp_path_factory.mktemp("keys"),
    ) as harness:
        yield harness
