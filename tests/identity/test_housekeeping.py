"""Forgetting goes by steps, and waits for nobody."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from services.chassis.actor import SYSTEM
from services.chassis.ids import new_id
from services.identity import jobs
from services.identity.jobs import Housekeeping
from tests.identity.conftest import House

OLD = "now() - interval '100 days'"
_MADE = {
    "account_links": f"SELECT sha256(n::text::bytea), 'restore', NULL, :mark, {OLD}, {OLD}",
    "registrations": f"SELECT sha256(n::text::bytea), :mark, :mark, '', '', '', 'en', '', {OLD}, {OLD}",
    "password_links": f"SELECT sha256(n::text::bytea), NULL, {OLD}, {OLD}",
    "sign_in_counters": f"SELECT sha256(n::text::bytea), 'pair', NULL, 1, 0, NULL, {OLD}",
    "notifications": f"SELECT gen_random_uuid(), :mark, NULL, NULL, '{{}}', {OLD}",
    "sessions": f"SELECT gen_random_uuid(), CAST(:user_id AS uuid), NULL, :mark, '', '', {OLD}, {OLD}, {OLD}, {OLD}, "
    "NULL, NULL",
}


async def left(house: House, table: str) -> int:
    moment = {"sign_in_counters": "update_time"}.get(table, "create_time")
    rows = await house.sql(f"SELECT 1 FROM identity.{table} WHERE {moment} < now() - interval '99 days'")
    return len(rows)


async def make(house: House, table: str) -> None:
    mark, user_id = str(new_id()), (await house.person()).user_id
    given = {"mark": mark, "user_id": user_id}
    columns = f"{_MADE[table]} FROM generate_series(1, 7) n"
    used = {name: value for name, value in given.items() if f":{name}" in columns}
    await house.sql(f"INSERT INTO identity.{table} {columns}", **used)


@pytest.mark.parametrize("table", _MADE)
async def test_everything_old_goes_though_by_steps(house: House, monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    monkeypatch.setattr(jobs, "_BATCH", 2)
    await make(house, table)
    await Housekeeping(house.harness.resources.database("identity"), house.clock).once()
    assert await left(house, table) == 0


@pytest.mark.parametrize("table", _MADE)
async def test_rows_that_somebody_is_at_are_left_for_the_next_time(house: House, table: str) -> None:
    tidy = Housekeeping(house.harness.resources.database("identity"), house.clock)
    await make(house, table)
    async with house.harness.resources.database("identity").transaction(SYSTEM) as other:
        moment = {"sign_in_counters": "update_time"}.get(table, "create_time")
        await other.session.execute(
            text(f"SELECT 1 FROM identity.{table} WHERE {moment} < now() - interval '99 days' LIMIT 1 FOR UPDATE")
        )
        await tidy.once()
        assert await left(house, table) == 1
    await tidy.once()
    assert await left(house, table) == 0


async def test_a_session_takes_its_tokens_along(house: House) -> None:
    person = await house.person()
    await house.refresh(person.refresh_token)
    house.clock.turn(timedelta(days=61))
    await Housekeeping(house.harness.resources.database("identity"), house.clock).once()
    assert not await house.sql("SELECT 1 FROM identity.refresh_tokens WHERE session_id = :id", id=person.session_id)
