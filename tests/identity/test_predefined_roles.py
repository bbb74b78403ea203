"""Predefined roles of organisations that were made by an older release."""

from collections.abc import AsyncIterator
from types import MappingProxyType
from typing import Any

import asyncpg
import pytest

from doorstep.identity.v1 import auth_service_pb2, role_service_pb2
from services.chassis.db.migrate import migrate
from services.identity import permissions
from services.identity.permissions import PREDEFINED
from tests.identity.conftest import House

LATER = ["deal.read", "deal.write", "visit.read", "visit.write"]
"""What agents could not do in the first release."""


async def migrated(house: House) -> dict[tuple[str, str], Any]:
    """Every role there is, by organisation and name, after `doorstep migrate`."""
    await migrate(house.database.owner_url, ["identity"])
    rows = await house.sql("SELECT organization_id, name, description, permissions, version FROM identity.roles")
    return {(str(row.organization_id), row.name): row for row in rows}


async def run_last(house: House) -> str:
    ((said,),) = await house.sql("SELECT obj_description('identity'::regnamespace, 'pg_namespace')")
    return str(said)


@pytest.fixture
async def as_before(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Leaves the database, which other tests share, at the catalogue that the code has."""
    yield
    monkeypatch.undo()
    await migrate(house.database.owner_url, ["identity"])


@pytest.mark.usefixtures("as_before")
async def test_migrating_brings_them_up_to_the_catalogue(house: House) -> None:
    here, elsewhere = await house.admin(), await house.admin()
    agent, viewer = await house.member(here, "agent"), await house.member(here, "viewer")
    own = role_service_pb2.CreateRoleRequest(name="stager", permissions=["property.read"])
    await house.call(house.roles.CreateRole, own, here.token)
    # As an older release left it: agents with less, viewers with more, no finance, nothing said of a last run.
    await house.sql(
        "UPDATE identity.roles SET permissions = ARRAY(SELECT p FROM unnest(permissions) p WHERE p <> ALL(:later)) "
        "WHERE predefined AND name = 'agent'",
        later=LATER,
    )
    await house.sql("UPDATE identity.roles SET permissions = permissions || '{team.manage}' WHERE name = 'viewer'")
    await house.sql("DELETE FROM identity.roles WHERE name = 'finance'")
    connection = await asyncpg.connect(house.database.owner_url)
    await connection.execute("COMMENT ON SCHEMA identity IS NULL")
    await connection.close()

    roles = await migrated(house)
    for organization in (here.organization_id, elsewhere.organization_id):
        for name, (description, held) in PREDEFINED.items():
            row = roles[organization, name]
            assert (row.description, row.permissions) == (description, sorted(held))
    assert roles[here.organization_id, "stager"].permissions == ["property.read"]
    assert roles[here.organization_id, "stager"].version == 1
    assert await house.alive(agent.token), "who only gained something may go on with an older token"
    assert not await house.alive(viewer.token), "who lost something may not"
    again = await house.sign_in(agent.email)
    me = await house.call(house.auth.GetMe, auth_service_pb2.GetMeRequest(), again.token)
    assert set(LATER) <= set(me.permissions)
    forced = await house.sql(
        "SELECT relname FROM pg_class WHERE relnamespace = 'identity'::regnamespace "
        "AND relrowsecurity AND NOT relforcerowsecurity"
    )
    assert forced == []


@pytest.mark.usefixtures("as_before")
async def test_they_are_looked_at_again_when_the_catalogue_has_changed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = (await house.admin()).organization_id
    before, said = await migrated(house), await run_last(house)
    assert await migrated(house) == before
    assert await run_last(house) == said

    description, held = PREDEFINED["sales"]
    changed = {**PREDEFINED, "sales": (f"{description}'s", held | {"team.manage"})}
    monkeypatch.setattr(permissions, "PREDEFINED", MappingProxyType(changed))
    after = await migrated(house)
    assert await run_last(house) != said
    row = after[organization, "sales"]
    assert (row.description, row.permissions) == (f"{description}'s", sorted(held | {"team.manage"}))
    untouched = {key: row for key, row in after.items() if key[1] != "sales"}
    assert untouched == {key: before[key] for key in untouched}
