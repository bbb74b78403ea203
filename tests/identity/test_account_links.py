"""Moving an account to another address, and taking a deletion back."""

import asyncio
from datetime import timedelta
from typing import Any

import grpc
import pytest

from doorstep.identity.v1 import auth_service_pb2 as pb
from doorstep.identity.v1 import user_pb2, user_service_pb2
from services.chassis.errors import InvalidFields
from services.chassis.testing import Refusal, refused
from services.identity.errors import EmailTaken, InvalidCredentials, LinkInvalid, UserStateRefused
from services.identity.jobs import Housekeeping
from tests.identity.conftest import NEW_PASSWORD, PASSWORD, House, Person


async def ask(house: House, person: Person, new_email: str, password: str = PASSWORD) -> Any:
    request = pb.RequestEmailChangeRequest(new_email=new_email, current_password=password)
    return await house.call(house.auth.RequestEmailChange, request, person.token)


async def confirm(house: House, person: Person, token: str) -> Any:
    return await house.call(house.auth.ConfirmEmailChange, pb.ConfirmEmailChangeRequest(token=token), person.token)


class TestEmailChange:
    async def test_the_account_moves_with_the_link(self, house: House) -> None:
        person, new_email = await house.person(), house.new_email()
        other = await house.sign_in(person.email)
        answer = await ask(house, person, new_email)
        assert (answer.new_email, answer.link_lifetime.seconds) == (new_email, 3600)
        with refused(InvalidCredentials):
            await house.login(new_email)
        assert await house.alive(other.token)
        moved = await confirm(house, person, await house.link(new_email, "confirm_email"))
        assert (moved.user.email, moved.revoked_sessions) == (new_email, 1)
        assert await house.alive(person.token)
        assert not await house.alive(other.token)
        assert (await house.login(new_email.upper())).user.user_id == person.user_id
        with refused(InvalidCredentials):
            await house.login(person.email)

    async def test_the_address_in_use_is_told_at_the_request_and_after(self, house: House) -> None:
        person, new_email = await house.person(), house.new_email()
        await ask(house, person, new_email)
        assert (await house.messages(person.email))[-1].kind == "email_change_requested"
        await confirm(house, person, await house.link(new_email, "confirm_email"))
        told = (await house.messages(person.email))[-1]
        assert (told.kind, told.data) == ("email_changed", {})
        assert {m.kind for m in await house.messages(new_email)} == {"confirm_email"}

    async def test_asks_for_the_password_and_counts_wrong_ones(self, house: House) -> None:
        person, new_email = await house.person(), house.new_email()
        with refused(InvalidCredentials) as refusal:
            await ask(house, person, new_email, "not this one")
        assert refusal.metadata["remaining_attempts"] == "4"
        assert not await house.messages(new_email)

    async def test_a_link_works_once_for_an_hour_and_is_kept_as_a_hash(self, house: House) -> None:
        person, new_email = await house.person(), house.new_email()
        await ask(house, person, new_email)
        token = await house.link(new_email, "confirm_email")
        rows = await house.sql("SELECT token_hash FROM identity.account_links")
        assert rows
        assert all(token.encode() not in bytes(row.token_hash) for row in rows)
        outcomes = await asyncio.gather(*(confirm(house, person, token) for _ in range(5)), return_exceptions=True)
        failures = [Refusal.of(o) for o in outcomes if isinstance(o, grpc.aio.AioRpcError)]
        assert [f.reason for f in failures] == ["LINK_INVALID"] * 4
        too_late = house.new_email()
        await ask(house, person, too_late)
        # Not by the clock: an hour later the access token would be refused before the link is looked at.
        await house.sql(
            "UPDATE identity.account_links SET expire_time = expire_time - interval '1 hour' WHERE user_id = :id",
            id=person.user_id,
        )
        with refused(LinkInvalid):
            await confirm(house, person, await house.link(too_late, "confirm_email"))

    async def test_a_link_is_for_who_asked_and_not_used_up_by_others(self, house: House) -> None:
        person, stranger, new_email = await house.person(), await house.person(), house.new_email()
        await ask(house, person, new_email)
        token = await house.link(new_email, "confirm_email")
        for wrong in (token, "x" * 43):
            with refused(LinkInvalid):
                await confirm(house, stranger, wrong)
        assert (await confirm(house, person, token)).user.user_id == person.user_id

    async def test_a_second_request_ends_the_first_link(self, house: House) -> None:
        person, first, second = await house.person(), house.new_email(), house.new_email()
        await ask(house, person, first)
        await ask(house, person, second)
        with refused(LinkInvalid):
            await confirm(house, person, await house.link(first, "confirm_email"))
        await confirm(house, person, await house.link(second, "confirm_email"))

    async def test_a_new_password_ends_the_link(self, house: House) -> None:
        person, new_email = await house.person(), house.new_email()
        await ask(house, person, new_email)
        request = pb.ChangePasswordRequest(current_password=PASSWORD, new_password=NEW_PASSWORD)
        await house.call(house.auth.ChangePassword, request, person.token)
        with refused(LinkInvalid):
            await confirm(house, person, await house.link(new_email, "confirm_email"))

    async def test_links_to_choose_a_password_end_with_the_address(self, house: House) -> None:
        person, new_email = await house.person(), house.new_email()
        await house.call(house.auth.RequestPasswordReset, pb.RequestPasswordResetRequest(email=person.email))
        token = await house.link(person.email, "password_reset")
        await ask(house, person, new_email)
        await confirm(house, person, await house.link(new_email, "confirm_email"))
        with refused(LinkInvalid):
            await house.call(house.auth.ResetPassword, pb.ResetPasswordRequest(token=token, new_password=NEW_PASSWORD))

    async def test_a_taken_address_answers_and_costs_the_same(self, house: House) -> None:
        person, other, free = await house.person(), await house.person(), house.new_email()

        async def cost(email: str) -> tuple[bytes, list[int]]:
            counts = []
            answer = pb.RequestEmailChangeResponse()
            for step in range(2):
                tables = ("account_links", "notifications", "audit_entries")
                found = [await house.sql(f"SELECT count(*) FROM identity.{table}") for table in tables]
                counts.append([int(rows[0][0]) for rows in found])
                if step == 0:
                    answer = await ask(house, person, email)
            answer.new_email = ""
            return answer.SerializeToString(), [b - a for a, b in zip(*counts, strict=True)]

        first = await cost(free)
        await house.sql("DELETE FROM identity.account_links")
        assert await cost(other.email) == first
        assert [m.kind for m in await house.messages(other.email)][-1] == "account_exists"
        assert not (await house.messages(other.email))[-1].data

    async def test_an_address_taken_meanwhile_is_refused(self, house: House) -> None:
        person, new_email = await house.person(), house.new_email()
        await ask(house, person, new_email)
        await house.register(new_email)
        token = await house.link(new_email, "verify_email")
        await house.call(house.auth.VerifyEmail, pb.VerifyEmailRequest(token=token))
        with refused(LinkInvalid):
            await confirm(house, person, await house.link(new_email, "confirm_email"))
        await house.login(person.email)

    async def test_ones_own_address_in_other_letters_is_another_one(self, house: House) -> None:
        person = await house.person()
        with refused(InvalidFields) as refusal:
            await ask(house, person, person.email)
        assert refusal.fields == ["new_email"]
        await ask(house, person, person.email.upper())
        moved = await confirm(house, person, await house.link(person.email.upper(), "confirm_email"))
        assert moved.user.email == person.email.upper()

    @pytest.mark.parametrize("new_email", ["", "nobody", f"{'a' * 250}@example.com"])
    async def test_fields_are_checked(self, house: House, new_email: str) -> None:
        with refused(InvalidFields) as refusal:
            await ask(house, await house.person(), new_email)
        assert refusal.fields == ["new_email"]

    async def test_the_log_notes_it_without_the_addresses(self, house: House) -> None:
        person, new_email = await house.admin(), house.new_email()
        await ask(house, person, new_email)
        await confirm(house, person, await house.link(new_email, "confirm_email"))
        rows = await house.sql(
            "SELECT action, before::text, after::text FROM identity.audit_entries WHERE organization_id = :id "
            "AND action LIKE 'user.email%' ORDER BY sequence",
            id=person.organization_id,
        )
        assert [row.action for row in rows] == ["user.email_change_requested", "user.email_changed"]
        assert not any("@" in row.before + row.after for row in rows)


class TestRestoreAccount:
    async def delete(self, house: House, person: Person, token: str = "") -> None:
        request = user_service_pb2.DeleteUserRequest(user_id=person.user_id)
        await house.call(house.users.DeleteUser, request, token or person.token)

    async def restore(self, house: House, token: str) -> Any:
        return await house.call(house.auth.RestoreAccount, pb.RestoreAccountRequest(token=token))

    async def test_the_owner_takes_the_deletion_back(self, house: House) -> None:
        person = await house.admin()
        await house.member(person, "admin")  # or nobody would be left to administer
        await self.delete(house, person)
        with refused(InvalidCredentials):
            await house.login(person.email)
        token = await house.link(person.email, "account_deleted")
        back = await self.restore(house, token)
        assert back.user.state == user_pb2.USER_STATE_ACTIVE
        assert not back.user.HasField("purge_time")
        assert not await house.alive(person.token)
        again = await house.sign_in(person.email)
        assert (again.user_id, again.organization_id) == (person.user_id, person.organization_id)
        with refused(LinkInvalid):
            await self.restore(house, token)

    async def test_a_link_works_for_thirty_days(self, house: House) -> None:
        person = await house.person()
        await self.delete(house, person)
        token = await house.link(person.email, "account_deleted")
        house.clock.turn(timedelta(days=30, seconds=1))
        with refused(LinkInvalid):
            await self.restore(house, token)

    async def test_nothing_is_left_to_restore_after_the_erasure(self, house: House) -> None:
        person = await house.person()
        await self.delete(house, person)
        token = await house.link(person.email, "account_deleted")
        house.clock.turn(timedelta(days=30, seconds=1))
        await Housekeeping(house.harness.resources.database("identity"), house.clock).once()
        assert not await house.sql("SELECT 1 FROM identity.account_links WHERE user_id = :id", id=person.user_id)
        with refused(LinkInvalid):
            await self.restore(house, token)

    async def test_an_administrators_deletion_is_told_without_a_link(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "viewer")
        await self.delete(house, member, admin.token)
        told = (await house.messages(member.email))[-1]
        assert (told.kind, told.data) == ("account_deleted", {})

    async def test_an_administrators_undeletion_ends_the_link(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "viewer")
        await self.delete(house, member)
        token = await house.link(member.email, "account_deleted")
        request = user_service_pb2.UndeleteUserRequest(user_id=member.user_id)
        await house.call(house.users.UndeleteUser, request, admin.token)
        with refused(LinkInvalid):
            await self.restore(house, token)
        with refused(UserStateRefused):
            await house.call(house.users.UndeleteUser, request, admin.token)

    async def test_an_address_registered_again_is_told(self, house: House) -> None:
        person = await house.person()
        await self.delete(house, person)
        token = await house.link(person.email, "account_deleted")
        await house.register(person.email)
        link = await house.link(person.email, "verify_email")
        await house.call(house.auth.VerifyEmail, pb.VerifyEmailRequest(token=link))
        with refused(EmailTaken):
            await self.restore(house, token)
