"""Accounts as their owners, colleagues and administrators see and change them."""

from datetime import timedelta
from typing import Any

import pytest

from doorstep.identity.v1 import auth_service_pb2, invitation_service_pb2, user_pb2
from doorstep.identity.v1 import user_service_pb2 as pb
from services.chassis.errors import EtagMismatch, InvalidFields, PermissionMissing, ReauthRequired
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.identity.errors import (
    EmailTaken,
    InvalidCredentials,
    LastAdmin,
    RefreshTokenInvalid,
    UserNotFound,
    UserNotManaged,
    UserStateRefused,
)
from services.identity.jobs import Housekeeping
from tests.identity.conftest import PASSWORD, House, Person


async def get(house: House, by: Person, user_id: str) -> Any:
    return await house.call(house.users.GetUser, pb.GetUserRequest(user_id=user_id), by.token)


async def update(house: House, by: Person, user_id: str, **fields: str) -> Any:
    request = pb.UpdateUserRequest(user_id=user_id, **fields)
    return (await house.call(house.users.UpdateUser, request, by.token)).user


async def delete(house: House, by: Person, user_id: str, etag: str = "") -> Any:
    request = pb.DeleteUserRequest(user_id=user_id, etag=etag)
    return (await house.call(house.users.DeleteUser, request, by.token)).user


async def undelete(house: House, by: Person, user_id: str) -> Any:
    return (await house.call(house.users.UndeleteUser, pb.UndeleteUserRequest(user_id=user_id), by.token)).user


class TestFaces:
    async def test_a_colleague_sees_a_name_and_nothing_private(self, house: House) -> None:
        admin = await house.admin()
        one, other = await house.member(admin, "agent"), await house.member(admin, "agent")
        canary = "+12065550123"
        await update(house, other, other.user_id, phone_number=canary, family_name="Canaryson")
        answer = await get(house, one, other.user_id)
        assert answer.profile.display_name == "Ben Okafor"
        assert list(answer.profile.roles) == ["agent"]
        assert not answer.HasField("user")
        assert not answer.HasField("account")
        listed = await house.call(house.users.ListUsers, pb.ListUsersRequest(), one.token)
        for wire in (answer.SerializeToString(), listed.SerializeToString()):
            for secret in (other.email, canary, "Canaryson"):
                assert secret.encode() not in wire

    async def test_the_owner_sees_all_of_it(self, house: House) -> None:
        person = await house.person()
        answer = await get(house, person, person.user_id)
        assert answer.user.email == person.email
        assert not answer.HasField("account")

    async def test_an_administrator_sees_how_to_reach_a_member(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "agent")
        answer = await get(house, admin, member.user_id)
        assert answer.account.email == member.email
        assert answer.account.managed
        assert answer.account.HasField("last_sign_in_time")
        assert not answer.HasField("user")

    async def test_strangers_do_not_exist(self, house: House) -> None:
        admin, other = await house.admin(), await house.admin()
        for user_id in (other.user_id, str(new_id())):
            with refused(UserNotFound):
                await get(house, admin, user_id)

    async def test_a_buyer_sees_only_itself(self, house: House) -> None:
        person, other = await house.person(), await house.person()
        with refused(PermissionMissing):
            await get(house, person, other.user_id)


class TestList:
    async def test_by_role_and_name_in_pages(self, house: House) -> None:
        admin = await house.admin()
        people = [await house.member(admin, "agent", given_name=name) for name in ("Ann", "Bob", "Annika")]
        await house.member(admin, "viewer", given_name="Anton")

        async def listed(**fields: Any) -> list[str]:
            found, token = [], ""
            while True:
                request = pb.ListUsersRequest(page_size=1, page_token=token, **fields)
                answer = await house.call(house.users.ListUsers, request, admin.token)
                found += [u.user_id for u in answer.users]
                token = answer.next_page_token
                if not token:
                    return found

        assert await listed(role="agent") == [p.user_id for p in reversed(people)]
        assert await listed(role="agent", query="aNN") == [people[2].user_id, people[0].user_id]
        assert await listed(query="%") == []
        assert len(await listed()) == 5

    async def test_the_administrators_list_shows_deleted_ones_on_request(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "agent")
        await delete(house, admin, member.user_id)
        for show, expected in ((False, [admin.user_id]), (True, [member.user_id, admin.user_id])):
            request = pb.ListUsersAdminRequest(show_deleted=show)
            answer = await house.call(house.users.ListUsersAdmin, request, admin.token)
            assert [u.user_id for u in answer.users] == expected
        with refused(PermissionMissing):
            await house.call(
                house.users.ListUsersAdmin, pb.ListUsersAdminRequest(), (await house.member(admin, "agent")).token
            )


class TestUpdate:
    async def test_changes_what_is_present_and_leaves_the_rest(self, house: House) -> None:
        person = await house.person()
        changed = await update(house, person, person.user_id, display_name="Ana", time_zone="Europe/Lisbon")
        assert (changed.display_name, changed.time_zone, changed.given_name) == ("Ana", "Europe/Lisbon", "Ana")
        assert changed.etag == '"2"'
        assert (await update(house, person, person.user_id)).etag == '"2"'

    async def test_an_older_version_is_refused(self, house: House) -> None:
        person = await house.person()
        await update(house, person, person.user_id, display_name="One", etag='"1"')
        with refused(EtagMismatch) as refusal:
            await update(house, person, person.user_id, display_name="Two", etag='"1"')
        assert refusal.metadata["etag"] == '"2"'

    async def test_administrators_change_managed_accounts_only(self, house: House) -> None:
        admin, guest = await house.admin(), await house.person()
        managed = await house.member(admin, "agent")
        await update(house, admin, managed.user_id, display_name="Renamed")
        await house.invite(admin, guest.email, "agent")
        token = await house.link(guest.email, "invitation")
        accept = invitation_service_pb2.AcceptInvitationRequest(token=token)
        await house.call(house.invitations.AcceptInvitation, accept)
        with refused(UserNotManaged):
            await update(house, admin, guest.user_id, display_name="Renamed")
        with refused(UserNotManaged):
            await delete(house, admin, guest.user_id)
        with refused(PermissionMissing):
            await update(house, managed, guest.user_id, display_name="Renamed")

    @pytest.mark.parametrize(
        "fields",
        [
            {"phone_number": "12"},
            {"display_name": ""},
            {"given_name": "x" * 101},
            {"language_code": "english please"},
            {"time_zone": "../etc"},
            {"picture_uri": "http://example.com/a.png"},
            {"picture_uri": "javascript:alert(1)"},
        ],
    )
    async def test_fields_are_checked(self, house: House, fields: dict[str, str]) -> None:
        person = await house.person()
        with refused(InvalidFields) as refusal:
            await update(house, person, person.user_id, **fields)
        assert refusal.fields == list(fields)


class TestDelete:
    async def test_ends_everything_and_keeps_the_account_for_a_while(self, house: House) -> None:
        person = await house.person()
        deleted = await delete(house, person, person.user_id)
        assert deleted.state == user_pb2.USER_STATE_DELETED
        assert deleted.purge_time.seconds - deleted.delete_time.seconds == 30 * 24 * 3600
        assert not await house.alive(person.token)
        with refused(RefreshTokenInvalid):
            await house.refresh(person.refresh_token)
        with refused(InvalidCredentials):
            await house.login(person.email)

    async def test_the_address_can_be_registered_again(self, house: House) -> None:
        person = await house.person()
        await delete(house, person, person.user_id)
        await house.register(person.email)
        token = await house.link(person.email, "verify_email")
        made = await house.call(house.auth.VerifyEmail, auth_service_pb2.VerifyEmailRequest(token=token))
        assert made.user.user_id != person.user_id

    async def test_can_be_undone_by_the_organisation(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "agent")
        await delete(house, admin, member.user_id)
        with refused(UserStateRefused) as refusal:
            await delete(house, admin, member.user_id)
        assert refusal.metadata["state"] == "DELETED"
        assert refusal.metadata["allowed_states"] == "ACTIVE"
        back = await undelete(house, admin, member.user_id)
        assert list(back.roles) == ["agent"]
        assert not await house.alive(member.token)
        assert (await house.sign_in(member.email)).user_id == member.user_id
        with refused(UserStateRefused):
            await undelete(house, admin, member.user_id)

    async def test_not_when_the_address_is_taken_again(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "agent")
        await delete(house, admin, member.user_id)
        await house.register(member.email)
        token = await house.link(member.email, "verify_email")
        await house.call(house.auth.VerifyEmail, auth_service_pb2.VerifyEmailRequest(token=token))
        with refused(EmailTaken):
            await undelete(house, admin, member.user_id)

    async def test_the_last_administrator_stays(self, house: House) -> None:
        admin = await house.admin()
        with refused(LastAdmin):
            await delete(house, admin, admin.user_id)

    async def test_after_thirty_days_nothing_personal_is_left(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "agent", given_name="Erasmus")
        canary = "+12065550987"
        await update(house, member, member.user_id, phone_number=canary, display_name="Erasmus Canary")
        await delete(house, admin, member.user_id)
        house.clock.turn(timedelta(days=30, seconds=1))
        await Housekeeping(house.harness.resources.database("identity"), house.clock).once()
        # The outbox is cut by the relay; its events of a name end with UserErased.
        tables = await house.sql(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'identity' "
            "AND table_name <> 'outbox'"
        )
        for (table,) in tables:
            for secret in (member.email, canary, "Erasmus"):
                rows = await house.sql(
                    f"SELECT count(*) FROM identity.{table} t WHERE t::text LIKE :s", s=f"%{secret}%"
                )
                assert rows[0][0] == 0, (table, secret)
        house.clock.offset *= 0
        with refused(UserNotFound):
            await undelete(house, admin, member.user_id)


class TestAdminResetPassword:
    async def test_sends_a_link_and_shows_nothing(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "agent")
        request = pb.AdminResetPasswordRequest(user_id=member.user_id, revoke_sessions=True)
        answer = await house.call(house.users.AdminResetPassword, request, admin.token)
        assert answer.SerializeToString() == b""
        assert await house.link(member.email, "password_reset")
        assert not await house.alive(member.token)
        await house.login(member.email, PASSWORD)

    async def test_needs_a_recent_password(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "agent")
        house.clock.turn(timedelta(minutes=6))
        request = pb.AdminResetPasswordRequest(user_id=member.user_id)
        with refused(ReauthRequired):
            await house.call(house.users.AdminResetPassword, request, admin.token)

    async def test_members_only(self, house: House) -> None:
        admin, other = await house.admin(), await house.admin()
        for user_id in (other.user_id, str(new_id())):
            with refused(UserNotFound):
                await house.call(
                    house.users.AdminResetPassword, pb.AdminResetPasswordRequest(user_id=user_id), admin.token
                )
            with refused(UserNotFound):
                await house.call(house.users.UnlockUser, pb.UnlockUserRequest(user_id=user_id), admin.token)


class TestResolveUsers:
    async def resolve(self, house: House, *user_ids: str, organization_id: str = "") -> dict[str, Any]:
        request = pb.ResolveUsersRequest(user_ids=user_ids, organization_id=organization_id)
        answer = await house.call(house.users.ResolveUsers, request, service="identity")
        return {user.user_id: user for user in answer.users}

    async def test_tells_services_how_to_reach_active_users(self, house: House) -> None:
        admin, person, gone = await house.admin(), await house.person(), await house.person()
        await house.call(house.users.DeleteUser, pb.DeleteUserRequest(user_id=gone.user_id), gone.token)
        found = await self.resolve(
            house, admin.user_id, person.user_id, gone.user_id, str(new_id()), organization_id=admin.organization_id
        )
        assert found.keys() == {admin.user_id, person.user_id}
        assert found[person.user_id].email == person.email
        assert list(found[admin.user_id].roles) == ["admin"]
        assert not found[person.user_id].roles

    async def test_is_for_services_only(self, house: House) -> None:
        person = await house.person()
        with refused(PermissionMissing):
            await house.call(house.users.ResolveUsers, pb.ResolveUsersRequest(user_ids=[person.user_id]), person.token)
