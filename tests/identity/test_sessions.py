"""Sessions: one successor per refresh token, and what ends a session."""

import asyncio
from datetime import timedelta

import grpc
import pytest

from doorstep.identity.v1 import auth_service_pb2 as pb
from doorstep.identity.v1 import session_service_pb2
from services.chassis.errors import CredentialsMissing, InvalidFields, PermissionMissing
from services.chassis.ids import new_id
from services.chassis.testing import Refusal, refused
from services.identity.errors import OrganizationNotFound, RefreshTokenInvalid, RefreshTokenReused, SessionNotFound
from services.identity.jobs import Housekeeping
from tests.faults.scale import times
from tests.identity.conftest import House


class TestRefresh:
    async def test_exchanges_a_token_for_the_next_pair(self, house: House) -> None:
        person = await house.person()
        answer = await house.refresh(person.refresh_token)
        assert answer.refresh_token != person.refresh_token
        assert answer.session_id == person.session_id
        assert await house.alive(answer.access_token)
        assert (await house.refresh(answer.refresh_token)).session_id == person.session_id

    async def test_twenty_at_once_get_one_successor(self, house: House) -> None:
        token = (await house.person()).refresh_token
        for turn in range(times(50, 1_000)):
            if turn % 10 == 0:  # more at once from one address than it is allowed in a minute
                await house.harness.resources.redis.flushdb()
            answers = await asyncio.gather(*(house.refresh(token) for _ in range(20)))
            (token,) = {answer.refresh_token for answer in answers}

    async def test_a_repetition_within_the_grace_gets_the_same_successor(self, house: House) -> None:
        person = await house.person()
        first = await house.refresh(person.refresh_token)
        house.clock.turn(timedelta(seconds=9))
        assert (await house.refresh(person.refresh_token)).refresh_token == first.refresh_token

    async def test_a_repetition_within_the_grace_by_a_clock_that_is_behind(self, house: House) -> None:
        """Another process, whose clock is ahead, has tidied up already."""
        person = await house.person()
        first = await house.refresh(person.refresh_token)
        house.clock.turn(timedelta(seconds=11))
        await Housekeeping(house.harness.resources.database("identity"), house.clock).once()
        house.clock.turn(timedelta(seconds=-2))
        assert (await house.refresh(person.refresh_token)).refresh_token == first.refresh_token

    async def test_the_salts_of_tokens_used_long_ago_are_forgotten(self, house: House) -> None:
        person = await house.person()
        await house.refresh(person.refresh_token)
        house.clock.turn(timedelta(minutes=2))
        await Housekeeping(house.harness.resources.database("identity"), house.clock).once()
        salts = await house.sql(
            "SELECT successor_salt FROM identity.refresh_tokens WHERE session_id = :id AND successor_salt IS NOT NULL",
            id=person.session_id,
        )
        assert not salts

    async def test_a_repetition_after_the_grace_ends_the_session(self, house: House) -> None:
        person = await house.person()
        newest = await house.refresh(person.refresh_token)
        house.clock.turn(timedelta(seconds=11))
        with refused(RefreshTokenReused):
            await house.refresh(person.refresh_token)
        with refused(RefreshTokenInvalid):
            await house.refresh(newest.refresh_token)
        assert not await house.alive(newest.access_token)
        assert (await house.messages(person.email))[-1].kind == "session_reused"

    async def test_a_grandparent_within_the_grace_ends_the_session(self, house: House) -> None:
        person = await house.person()
        child = await house.refresh(person.refresh_token)
        grandchild = await house.refresh(child.refresh_token)
        with refused(RefreshTokenReused):
            await house.refresh(person.refresh_token)
        with refused(RefreshTokenInvalid):
            await house.refresh(grandchild.refresh_token)

    async def test_an_idempotency_key_cannot_save_a_copied_token(self, house: House) -> None:
        person = await house.person()
        newest = await house.refresh(person.refresh_token)
        house.clock.turn(timedelta(seconds=11))
        request = pb.RefreshTokenRequest(refresh_token=person.refresh_token)
        with refused(RefreshTokenReused):
            await house.call(house.auth.RefreshToken, request, idempotency_key="k")
        with refused(RefreshTokenInvalid):
            await house.refresh(newest.refresh_token)

    async def test_other_sessions_of_the_user_live_on(self, house: House) -> None:
        person = await house.person()
        other = await house.sign_in(person.email)
        await house.refresh(person.refresh_token)
        house.clock.turn(timedelta(seconds=11))
        with refused(RefreshTokenReused):
            await house.refresh(person.refresh_token)
        await house.refresh(other.refresh_token)

    @pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 200])
    async def test_anything_else_is_invalid(self, house: House, token: str) -> None:
        with refused(RefreshTokenInvalid):
            await house.refresh(token)

    async def test_an_access_token_is_no_refresh_token(self, house: House) -> None:
        person = await house.person()
        with refused(InvalidFields):
            await house.refresh(person.token)

    async def test_ends_when_unused_for_two_weeks(self, house: House) -> None:
        person = await house.person()
        house.clock.turn(timedelta(days=14, seconds=1))
        with refused(RefreshTokenInvalid):
            await house.refresh(person.refresh_token)

    async def test_ends_after_thirty_days_however_busy(self, house: House) -> None:
        token = (await house.person()).refresh_token
        for _ in range(3):
            house.clock.turn(timedelta(days=9))
            token = (await house.refresh(token)).refresh_token
        house.clock.turn(timedelta(days=4))
        with refused(RefreshTokenInvalid):
            await house.refresh(token)

    async def test_the_salt_of_a_used_token_is_forgotten(self, house: House) -> None:
        person = await house.person()
        child = await house.refresh(person.refresh_token)
        await house.refresh(child.refresh_token)
        rows = await house.sql(
            "SELECT parent_hash IS NULL AS root, successor_salt FROM identity.refresh_tokens "
            "WHERE session_id = :id AND used_time IS NOT NULL",
            id=person.session_id,
        )
        assert {(row.root, row.successor_salt is None) for row in rows} == {(True, True), (False, False)}


class TestLogout:
    async def test_ends_the_session_at_once(self, house: House) -> None:
        person = await house.person()
        other = await house.sign_in(person.email)
        answer = await house.call(house.auth.Logout, pb.LogoutRequest(), person.token)
        assert answer.revoked_sessions == 1
        assert not await house.alive(person.token)
        assert await house.alive(other.token)
        with refused(RefreshTokenInvalid):
            await house.refresh(person.refresh_token)

    async def test_ends_all(self, house: House) -> None:
        person = await house.person()
        other = await house.sign_in(person.email)
        answer = await house.call(house.auth.Logout, pb.LogoutRequest(all_sessions=True), person.token)
        assert answer.revoked_sessions == 2
        assert not await house.alive(other.token)

    async def test_needs_a_caller(self, house: House) -> None:
        with refused(CredentialsMissing):
            await house.call(house.auth.Logout, pb.LogoutRequest())


class TestList:
    async def test_shows_where_one_is_signed_in(self, house: House) -> None:
        person = await house.person()
        await house.login(person.email, device_name="Ana's laptop", address="192.0.2.55")
        answer = await house.call(house.sessions.ListSessions, session_service_pb2.ListSessionsRequest(), person.token)
        newest, oldest = answer.sessions
        assert (newest.device_name, newest.address, newest.current) == ("Ana's laptop", "192.0.2.55", False)
        assert "grpc" in newest.user_agent
        assert oldest.current
        assert oldest.session_id == person.session_id

    async def test_pages(self, house: House) -> None:
        person = await house.person()
        for _ in range(4):
            await house.login(person.email)
        seen: list[str] = []
        token = ""
        while True:
            answer = await house.call(
                house.sessions.ListSessions,
                session_service_pb2.ListSessionsRequest(page_size=2, page_token=token),
                person.token,
            )
            seen += [s.session_id for s in answer.sessions]
            token = answer.next_page_token
            if not token:
                break
        assert len(seen) == len(set(seen)) == 5

    async def test_others_sessions_do_not_exist(self, house: House) -> None:
        person, other = await house.person(), await house.person()
        for session_id in (other.session_id, str(new_id())):
            with refused(SessionNotFound):
                await house.call(
                    house.sessions.RevokeSession,
                    session_service_pb2.RevokeSessionRequest(session_id=session_id),
                    person.token,
                )
        assert await house.alive(other.token)

    async def test_revoking_ends_it_and_repeating_does_nothing(self, house: House) -> None:
        person = await house.person()
        other = await house.sign_in(person.email)
        request = session_service_pb2.RevokeSessionRequest(session_id=other.session_id)
        await house.call(house.sessions.RevokeSession, request, person.token)
        await house.call(house.sessions.RevokeSession, request, person.token)
        assert not await house.alive(other.token)


class TestSwitch:
    async def test_moves_the_session(self, house: House) -> None:
        admin = await house.admin()
        me = await house.call(house.auth.GetMe, pb.GetMeRequest(), admin.token)
        assert me.organization_id == admin.organization_id
        refreshed = await house.refresh(admin.refresh_token)
        assert refreshed.organization_id == admin.organization_id

    async def test_only_to_an_organisation_of_ones_own(self, house: House) -> None:
        person, other = await house.person(), await house.admin()
        for organization_id in (other.organization_id, str(new_id())):
            with refused(OrganizationNotFound):
                await house.call(
                    house.auth.SwitchOrganization,
                    pb.SwitchOrganizationRequest(organization_id=organization_id),
                    person.token,
                )


class TestCheckSession:
    async def check(self, house: House, person: object, **changes: object) -> bool:
        fields = {
            "session_id": person.session_id,  # type: ignore[attr-defined]
            "user_id": person.user_id,  # type: ignore[attr-defined]
            "authorization_version": 1,
            **changes,
        }
        answer = await house.call(
            house.sessions.CheckSession, session_service_pb2.CheckSessionRequest(**fields), service="identity"
        )
        return bool(answer.live)

    async def test_tells_services_whether_a_token_is_good(self, house: House) -> None:
        person, other = await house.person(), await house.person()
        assert await self.check(house, person)
        assert not await self.check(house, person, authorization_version=0)
        assert not await self.check(house, person, user_id=other.user_id)
        assert not await self.check(house, person, session_id=str(new_id()))
        assert not await self.check(house, person, organization_id=str(new_id()))

    async def test_is_for_services_only(self, house: House) -> None:
        person = await house.person()
        request = session_service_pb2.CheckSessionRequest(session_id=person.session_id, user_id=person.user_id)
        with refused(PermissionMissing):
            await house.call(house.sessions.CheckSession, request, person.token)
        with refused(CredentialsMissing):
            await house.call(house.sessions.CheckSession, request)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await house.call(house.sessions.CheckSession, request, service="property")
        assert Refusal.of(error.value).code is grpc.StatusCode.UNAUTHENTICATED
