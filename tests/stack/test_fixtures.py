"""The databases that tests are given."""

from collections.abc import Callable

import asyncpg
import pytest
import redis

from services.chassis.db.migrate import histories, newest
from tests.fixtures.servers import TestDatabase


async def test_every_database_is_migrated_and_apart(clone_database: Callable[[], TestDatabase]) -> None:
    first, second = clone_database(), clone_database()
    owner = await asyncpg.connect(first.owner_url)
    await owner.execute("CREATE SCHEMA only_here")
    await owner.close()
    other = await asyncpg.connect(second.owner_url)
    assert await other.fetchval("SELECT count(*) FROM pg_namespace WHERE nspname = 'only_here'") == 0
    await other.close()


async def test_the_services_role_may_enter(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("SELECT current_user") == "doorstep_app"
    for service in histories():
        assert await connection.fetchval(f"SELECT version_num FROM {service}.schema_version") == newest(service)
    await connection.close()


def test_every_redis_database_is_empty_and_apart(clone_redis: Callable[[], str]) -> None:
    with redis.Redis.from_url(clone_redis()) as first, redis.Redis.from_url(clone_redis()) as second:
        first.set("a", "1")
        assert second.get("a") is None


@pytest.mark.xdist_group("up")
def test_groups_of_tests_stay_together(request: pytest.FixtureRequest) -> None:
    """What shares a suite runs in one process; with a pytest that it does not know, xdist forgets that silently."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("this run does not distribute tests by their groups")
    assert request.node.nodeid.endswith("@up")
