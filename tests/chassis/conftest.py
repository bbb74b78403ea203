"""One process with the toy in it per module, and callers of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.chassis.db.database import Database
from services.chassis.db.engine import Engine
from services.chassis.ids import new_id
from services.chassis.testing import Harness
from services.chassis.testing.harness import make_settings
from tests.chassis import toy
from tests.chassis.contract import Ask, ToyStub
from tests.fixtures.servers import TestDatabase


@dataclass
class World:
    """A served toy, and a user who may call it."""

    harness: Harness
    stub: Any
    toy: toy.Toy
    urls: TestDatabase
    organization_id: UUID
    token: str

    async def call(self, method: str, what: str = "", token: str | None = None, **how: Any) -> Any:
        """Call a unary RPC as the user, or with another token."""
        fields = {name: how.pop(name) for name in ("number", "names", "page_size", "page_token") if name in how}
        request = Ask(what=what, **fields)
        return await self.harness.call(getattr(self.stub, method), request, token or self.token, **how)

    async def anonymously(self, method: str, what: str = "", **how: Any) -> Any:
        """Call a unary RPC as nobody."""
        return await self.harness.call(getattr(self.stub, method), Ask(what=what), None, **how)

    def metadata(self, **how: Any) -> list[tuple[str, str]]:
        """The user's headers."""
        return self.harness.metadata(self.token, **how)


class Capture:
    """A `build` that keeps its servicer."""

    servicer: toy.Toy

    def __call__(self, resources: Any) -> Any:
        app = toy.build(resources)
        self.servicer = app.servicers[0][1]
        return app


@asynccontextmanager
async def few_connections(world: World, *, usual: int, fast: int) -> AsyncIterator[Database]:
    """The toy's database over so few connections that callers follow each other on them."""
    settings = make_settings(
        database_url=world.urls.url,
        redis_url="redis://unused:1/0",
        keys_dir=world.harness.settings.keys_dir,
        database_pool_size=usual,
        fast_pool_size=fast,
    )
    engine = await Engine.open(settings)
    yield Database(engine, "toy")
    await engine.close()


@pytest.fixture(scope="session")
def toy_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest_asyncio.fixture(scope="module")
async def toy_database(clone_database: Callable[[], TestDatabase]) -> TestDatabase:
    clone = clone_database()
    await toy.make_schema(clone.owner_url)
    return clone


@pytest_asyncio.fixture(scope="module")
async def world(toy_database: TestDatabase, clone_redis: Callable[[], str], toy_keys: Path) -> AsyncIterator[World]:
    capture = Capture()
    async with Harness.open(
        [capture], database_url=toy_database.url, redis_url=clone_redis(), keys_dir=toy_keys
    ) as harness:
        organization_id = new_id()
        token = harness.token(organization_id=organization_id, permissions=["toy.read"])
        stub = ToyStub(harness.channel)
        yield World(harness, stub, capture.servicer, toy_database, organization_id, token)
