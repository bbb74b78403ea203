"""One key, many callers, the first executor killed: one effect, equal answers (2,000 keys in the long form)."""

import asyncio
import collections
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from services.chassis.ids import new_id
from services.chassis.tokens import KeyRing, make_key
from tests.chassis import toy
from tests.chassis.contract import Ask, ToyStub
from tests.faults.racing import race
from tests.faults.scale import times
from tests.fixtures.servers import TestDatabase
from tests.fixtures.worker import Process, worker_environment

pytestmark = pytest.mark.faults

SERVED = ("tests.chassis.toy:build", "tests.fixtures.identity:build")


@pytest.mark.parametrize("protected", [True, False], ids=["with key", "control: without key"])
async def test_one_effect_although_the_first_executor_is_killed(
    database: TestDatabase, redis_url: str, tmp_path: Path, token_for: Callable[..., str], *, protected: bool
) -> None:
    await toy.make_schema(database.owner_url)
    make_key(tmp_path / "keys")
    ring = KeyRing(tmp_path / "keys", strict=False)
    environment = worker_environment(database_url=database.url, redis_url=redis_url, keys_dir=tmp_path / "keys")
    kills, keys = (times(4, 40), times(5, 50)) if protected else (1, 3)
    with Process("tests.fixtures.serve", *SERVED, environment=environment) as survivor:
        for kill in range(kills):
            # The victim dies with a change done and not committed, or committed and not told.
            point = "before_commit" if kill % 2 else "after_commit"
            token = token_for(ring, organization_id=new_id())  # the long form outlives a token
            doomed = {**environment, "DOORSTEP_FAILPOINTS": f"{point}=kill"}
            with Process("tests.fixtures.serve", *SERVED, environment=doomed) as victim:
                ports = victim.port, survivor.port
                names = [f"kill-{kill}-key-{key}" for key in range(keys)]
                answers = await asyncio.gather(*(_race(ports, token, name, protected=protected) for name in names))
                assert await asyncio.to_thread(victim.dies), "the fault did not happen"
            if protected:
                assert all(len(each) == 1 for each in answers), answers
    connection = await asyncpg.connect(database.superuser_url)
    try:
        effects = await connection.fetch("SELECT name, count(*) AS n FROM toy.made GROUP BY name")
    finally:
        await connection.close()
    assert len(effects) == kills * keys
    if protected:
        assert all(row["n"] == 1 for row in effects)
    else:
        assert any(row["n"] > 1 for row in effects), "the checker cannot tell one effect from many"


async def _race(ports: tuple[int, int], token: str, name: str, *, protected: bool) -> collections.Counter[bytes]:
    metadata = [("authorization", f"Bearer {token}")]
    if protected:
        metadata.append(("idempotency-key", name))
    return await race(ports, lambda channel: ToyStub(channel).Make, Ask(what=name), metadata)
