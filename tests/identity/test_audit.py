"""The audit log: what is in it, that it cannot be changed, and that changes show."""

import asyncio
from typing import Any

import asyncpg
import pytest

from doorstep.identity.v1 import audit_pb2, organization_service_pb2, team_service_pb2, user_service_pb2
from doorstep.identity.v1 import audit_service_pb2 as pb
from services.chassis.errors import PermissionMissing
from services.chassis.testing import refused
from services.identity.errors import CheckpointInvalid
from tests.identity.conftest import House, Person


async def log(house: House, admin: Person, **fields: Any) -> list[Any]:
    found: list[Any] = []
    token = ""
    while True:
        request = pb.ListAuditLogRequest(page_size=3, page_token=token, **fields)
        answer = await house.call(house.audit.ListAuditLog, request, admin.token)
        found += answer.entries
        token = answer.next_page_token
        if not token:
            return found


async def verify(house: House, admin: Person, checkpoint: str = "") -> Any:
    request = pb.VerifyAuditChainRequest(checkpoint=checkpoint)
    return await house.call(house.audit.VerifyAuditChain, request, admin.token)


async def teams(house: House, admin: Person, count: int) -> None:
    for number in range(count):
        request = team_service_pb2.CreateTeamRequest(display_name=f"Team {number}")
        await house.call(house.teams.CreateTeam, request, admin.token)


async def tamper(house: House, *statements: str, **values: Any) -> None:
    """Change the log as somebody would who owns the server: past grants and triggers."""
    connection = await asyncpg.connect(house.database.superuser_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        for statement in statements:
            await connection.execute(statement, *values.values())
    finally:
        await connection.close()


class TestEntries:
    async def test_say_who_did_what_to_whom_from_where(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "viewer")
        request = organization_service_pb2.UpdateMemberRequest(user_id=member.user_id, roles=["agent"])
        await house.call(
            house.organizations.UpdateMember,
            request,
            admin.token,
            x_request_id="the-request",
            x_envoy_external_address="192.0.2.77",
        )
        (entry,) = await log(house, admin, action="member.roles_changed")
        assert entry.actor_kind == audit_pb2.AUDIT_ACTOR_KIND_USER
        assert (entry.actor_id, entry.resource_id) == (admin.user_id, member.user_id)
        assert list(entry.before["roles"]) == ["viewer"]
        assert list(entry.after["roles"]) == ["agent"]
        assert entry.request_id
        assert entry.address == "192.0.2.77"

    async def test_are_numbered_without_a_gap_newest_first(self, house: House) -> None:
        admin = await house.admin()
        await teams(house, admin, 7)
        sequences = [e.sequence for e in await log(house, admin)]
        assert sequences == list(range(len(sequences), 0, -1))

    async def test_can_be_narrowed(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "agent")
        await teams(house, admin, 2)
        assert {e.action for e in await log(house, admin, action="team.")} == {"team.created"}
        assert {e.actor_id for e in await log(house, admin, actor_id=member.user_id)} == {member.user_id}
        assert await log(house, admin, action="team") == []

    async def test_hold_nothing_personal(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "agent")
        request = user_service_pb2.UpdateUserRequest(
            user_id=member.user_id, phone_number="+12065550111", given_name="Canary"
        )
        await house.call(house.users.UpdateUser, request, member.token)
        wire = b"".join(e.SerializeToString() for e in await log(house, admin))
        for secret in (member.email, "+12065550111", "Canary"):
            assert secret.encode() not in wire
        assert b"[personal]" in wire

    async def test_others_logs_do_not_show(self, house: House) -> None:
        admin, other = await house.admin(), await house.admin()
        await teams(house, other, 3)
        assert {e.action for e in await log(house, admin)} == {"organization.created", "session.switched"}
        with refused(PermissionMissing):
            await log(house, await house.member(admin, "agent"))

    async def test_forty_changes_at_once_stand_in_one_line(self, house: House) -> None:
        admin = await house.admin()
        await asyncio.gather(
            *(
                house.call(house.teams.CreateTeam, team_service_pb2.CreateTeamRequest(display_name=f"{n}"), admin.token)
                for n in range(40)
            )
        )
        found = await verify(house, admin)
        assert found.intact
        assert found.verified_entries == 42


class TestAppendOnly:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE identity.audit_entries SET action = 'nothing'",
            "DELETE FROM identity.audit_entries",
            "TRUNCATE identity.audit_entries",
        ],
    )
    async def test_nobody_changes_it_by_sql(self, house: House, statement: str) -> None:
        await house.admin()
        for url in (house.database.url, house.database.owner_url):
            connection = await asyncpg.connect(url)
            try:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
            finally:
                await connection.close()


class TestVerify:
    async def test_an_untouched_log_is_intact(self, house: House) -> None:
        admin = await house.admin()
        await teams(house, admin, 5)
        found = await verify(house, admin)
        assert (found.intact, found.verified_entries, found.first_broken_sequence) == (True, 7, 0)
        again = await verify(house, admin, found.checkpoint)
        assert again.intact

    @pytest.mark.parametrize(
        ("statement", "broken"),
        [
            ("UPDATE identity.audit_entries SET action = 'x' WHERE sequence = 4 AND organization_id = $1", 4),
            ("UPDATE identity.audit_entries SET address = 'x' WHERE sequence = 4 AND organization_id = $1", 4),
            ("UPDATE identity.audit_entries SET create_time = now() WHERE sequence = 4 AND organization_id = $1", 4),
            ("DELETE FROM identity.audit_entries WHERE sequence = 4 AND organization_id = $1", 4),
            ("DELETE FROM identity.audit_entries WHERE sequence = 7 AND organization_id = $1", 7),
            ("UPDATE identity.audit_entries SET hash = previous_hash WHERE sequence = 7 AND organization_id = $1", 7),
        ],
    )
    async def test_a_change_shows(self, house: House, statement: str, broken: int) -> None:
        admin = await house.admin()
        await teams(house, admin, 5)
        await tamper(house, statement, organization_id=admin.organization_id)
        found = await verify(house, admin)
        assert not found.intact
        assert found.first_broken_sequence == broken
        assert found.problem
        assert found.checkpoint == ""

    async def test_a_log_cut_off_with_its_head_shows_against_a_checkpoint(self, house: House) -> None:
        admin = await house.admin()
        await teams(house, admin, 5)
        before = await verify(house, admin)
        await tamper(
            house,
            "DELETE FROM identity.audit_entries WHERE sequence > 4 AND organization_id = $1",
            "UPDATE identity.audit_heads h SET sequence = 4, hash = (SELECT hash FROM identity.audit_entries e "
            "WHERE e.organization_id = h.organization_id AND e.sequence = 4) WHERE organization_id = $1",
            organization_id=admin.organization_id,
        )
        assert (await verify(house, admin)).intact  # what a chain alone cannot know
        found = await verify(house, admin, before.checkpoint)
        assert not found.intact
        assert found.first_broken_sequence == 5

    async def test_a_checkpoint_of_others_is_refused(self, house: House) -> None:
        admin, other = await house.admin(), await house.admin()
        theirs = (await verify(house, other)).checkpoint
        for checkpoint in (theirs, admin.token, "x", theirs[:-2] + "xx"):
            with refused(CheckpointInvalid):
                await verify(house, admin, checkpoint)
