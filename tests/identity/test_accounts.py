"""Registering, verifying, passwords: and that nothing tells whether an address has an account."""

import asyncio
from datetime import timedelta
from uuid import UUID

import grpc
import pytest
from sqlalchemy import text

from doorstep.identity.v1 import auth_service_pb2 as pb
from services.chassis.actor import Actor, CallerKind
from services.chassis.errors import InvalidFields
from services.chassis.testing import Refusal, refused
from services.identity.errors import InvalidCredentials, LinkInvalid, WeakPassword
from tests.identity.conftest import NEW_PASSWORD, PASSWORD, House


class TestRegister:
    async def test_an_account_begins_with_the_link(self, house: House) -> None:
        email = house.new_email()
        await house.register(email)
        with refused(InvalidCredentials):
            await house.login(email)
        token = await house.link(email, "verify_email")
        made = await house.call(house.auth.VerifyEmail, pb.VerifyEmailRequest(token=token))
        assert made.user.email == email
        assert made.user.display_name == "Ana Costa"
        signed_in = await house.login(email.upper())
        assert signed_in.user.user_id == made.user.user_id
        assert signed_in.token_type == "Bearer"
        assert signed_in.expires_in == 900

    async def test_a_link_works_once(self, house: House) -> None:
        email = house.new_email()
        await house.register(email)
        request = pb.VerifyEmailRequest(token=await house.link(email, "verify_email"))
        outcomes = await asyncio.gather(
            *(house.call(house.auth.VerifyEmail, request) for _ in range(8)), return_exceptions=True
        )
        failures = [Refusal.of(o) for o in outcomes if isinstance(o, grpc.aio.AioRpcError)]
        assert len(failures) == 7
        assert {f.reason for f in failures} == {"LINK_INVALID"}

    async def test_a_link_works_for_a_day(self, house: House) -> None:
        email = house.new_email()
        await house.register(email)
        token = await house.link(email, "verify_email")
        house.clock.turn(timedelta(hours=24, seconds=1))
        with refused(LinkInvalid):
            await house.call(house.auth.VerifyEmail, pb.VerifyEmailRequest(token=token))

    async def test_a_link_for_nothing_is_refused(self, house: House) -> None:
        with refused(LinkInvalid):
            await house.call(house.auth.VerifyEmail, pb.VerifyEmailRequest(token="x" * 43))

    async def test_of_two_registrations_the_verified_one_counts(self, house: House) -> None:
        email = house.new_email()
        await house.register(email)
        first = await house.link(email, "verify_email")
        await house.register(email, given_name="Eve")
        second = await house.link(email, "verify_email")
        assert first != second
        await house.call(house.auth.VerifyEmail, pb.VerifyEmailRequest(token=first))
        with refused(LinkInvalid):
            await house.call(house.auth.VerifyEmail, pb.VerifyEmailRequest(token=second))

    @pytest.mark.parametrize(
        "fields",
        [
            {"email": "nobody"},
            {"email": ""},
            {"email": f"{'a' * 250}@example.com"},
            {"given_name": ""},
            {"given_name": "x" * 101},
            {"phone_number": "call me"},
            {"password": ""},
            {"password": "x" * 257},
            {"language_code": "!"},
        ],
    )
    async def test_fields_are_checked(self, house: House, fields: dict[str, str]) -> None:
        request = pb.RegisterRequest(**{"email": "x@example.com", "password": PASSWORD, "given_name": "Ana", **fields})
        with refused(InvalidFields) as refusal:
            await house.call(house.auth.Register, request)
        assert refusal.fields == list(fields)

    async def test_weak_passwords_are_refused(self, house: House) -> None:
        request = pb.RegisterRequest(email="x@example.com", password="Password123", given_name="Ana")
        with refused(WeakPassword) as refusal:
            await house.call(house.auth.Register, request)
        assert refusal.fields == ["password"]
        assert "Password123" not in refusal.message


class TestEnumeration:
    async def test_registering_a_taken_address_answers_the_same(self, house: House) -> None:
        taken, free = (await house.person()).email, house.new_email()

        async def ask(email: str) -> tuple[bytes, str]:
            request = pb.RegisterRequest(email=email, password=PASSWORD, given_name="Ana")
            call = house.auth.Register(request)
            answer = await call
            answer.email = ""
            return answer.SerializeToString(), str(await call.code())

        assert await ask(taken) == await ask(free)
        assert [m.kind for m in await house.messages(taken)][-1] == "account_exists"
        assert "token" not in (await house.messages(taken))[-1].data

    async def test_asking_for_a_reset_answers_the_same(self, house: House) -> None:
        known = (await house.person()).email
        answers = [
            await house.call(house.auth.RequestPasswordReset, pb.RequestPasswordResetRequest(email=email))
            for email in (known, house.new_email())
        ]
        assert answers[0] == answers[1]

    async def test_both_kinds_of_address_cost_the_same_rows(self, house: House) -> None:
        async def rows() -> list[int]:
            tables = ("registrations", "password_links", "notifications", "sign_in_counters", "audit_entries")
            counts = [await house.sql(f"SELECT count(*) FROM identity.{table}") for table in tables]
            return [int(found[0][0]) for found in counts]

        async def cost(email: str) -> list[int]:
            before = await rows()
            await house.register(email)
            await house.call(house.auth.RequestPasswordReset, pb.RequestPasswordResetRequest(email=email))
            for _ in range(5):
                with refused(InvalidCredentials):
                    await house.login(email, "wrong password")
            return [b - a for a, b in zip(before, await rows(), strict=True)]

        person = await house.person()
        await house.sql("DELETE FROM identity.sign_in_counters WHERE user_id = :id", id=person.user_id)
        assert await cost(person.email) == await cost(house.new_email()) == [1, 1, 3, 2, 1]

    async def test_wrong_passwords_answer_the_same_until_and_during_the_lock(self, house: House) -> None:
        known, unknown = (await house.person()).email, house.new_email()

        async def refusals(email: str) -> list[tuple[object, ...]]:
            found: list[tuple[object, ...]] = []
            for _ in range(7):
                try:
                    await house.login(email, "wrong password")
                except grpc.aio.AioRpcError as error:
                    refusal = Refusal.of(error)
                    refusal.metadata.pop("retry_after_seconds", None)
                    found.append((refusal.code, refusal.reason, refusal.message, refusal.metadata))
            return found

        first, second = await refusals(known), await refusals(unknown)
        assert first == second
        assert [entry[1] for entry in first] == ["INVALID_CREDENTIALS"] * 5 + ["SIGN_IN_LOCKED"] * 2


class TestPasswordReset:
    async def test_a_link_sets_a_password_and_ends_all_sessions(self, house: House) -> None:
        person = await house.person()
        await house.call(house.auth.RequestPasswordReset, pb.RequestPasswordResetRequest(email=person.email))
        token = await house.link(person.email, "password_reset")
        request = pb.ResetPasswordRequest(token=token, new_password=NEW_PASSWORD)
        await house.call(house.auth.ResetPassword, request)
        assert not await house.alive(person.token)
        with refused(InvalidCredentials):
            await house.login(person.email, PASSWORD)
        await house.login(person.email, NEW_PASSWORD)
        assert (await house.messages(person.email))[-1].kind == "password_changed"
        with refused(LinkInvalid):
            await house.call(house.auth.ResetPassword, request)

    async def test_a_used_link_ends_the_others(self, house: House) -> None:
        person = await house.person()
        for _ in range(2):
            await house.call(house.auth.RequestPasswordReset, pb.RequestPasswordResetRequest(email=person.email))
        first, second = [m.data["token"] for m in await house.messages(person.email, "password_reset")]
        await house.call(house.auth.ResetPassword, pb.ResetPasswordRequest(token=second, new_password=NEW_PASSWORD))
        with refused(LinkInvalid):
            await house.call(
                house.auth.ResetPassword, pb.ResetPasswordRequest(token=first, new_password="another long walk")
            )

    async def test_a_link_works_for_an_hour(self, house: House) -> None:
        person = await house.person()
        await house.call(house.auth.RequestPasswordReset, pb.RequestPasswordResetRequest(email=person.email))
        token = await house.link(person.email, "password_reset")
        house.clock.turn(timedelta(hours=1, seconds=1))
        with refused(LinkInvalid):
            await house.call(house.auth.ResetPassword, pb.ResetPasswordRequest(token=token, new_password=NEW_PASSWORD))

    async def test_a_weak_password_does_not_use_the_link_up(self, house: House) -> None:
        person = await house.person()
        await house.call(house.auth.RequestPasswordReset, pb.RequestPasswordResetRequest(email=person.email))
        token = await house.link(person.email, "password_reset")
        with refused(WeakPassword) as refusal:
            await house.call(house.auth.ResetPassword, pb.ResetPasswordRequest(token=token, new_password="qwertyuiop"))
        assert refusal.fields == ["new_password"]
        await house.call(house.auth.ResetPassword, pb.ResetPasswordRequest(token=token, new_password=NEW_PASSWORD))

    async def test_the_secret_is_not_kept(self, house: House) -> None:
        person = await house.person()
        await house.call(house.auth.RequestPasswordReset, pb.RequestPasswordResetRequest(email=person.email))
        token = await house.link(person.email, "password_reset")
        rows = await house.sql("SELECT token_hash FROM identity.password_links")
        assert rows
        assert all(token.encode() not in bytes(row.token_hash) for row in rows)


class TestChangePassword:
    async def test_ends_the_other_sessions(self, house: House) -> None:
        person = await house.person()
        other = await house.sign_in(person.email)
        answer = await house.call(
            house.auth.ChangePassword,
            pb.ChangePasswordRequest(current_password=PASSWORD, new_password=NEW_PASSWORD),
            person.token,
        )
        assert answer.revoked_sessions == 1
        assert await house.alive(person.token)
        assert not await house.alive(other.token)
        await house.login(person.email, NEW_PASSWORD)

    async def test_asks_for_the_old_password_and_counts_wrong_ones(self, house: House) -> None:
        person = await house.person()
        request = pb.ChangePasswordRequest(current_password="not this one", new_password=NEW_PASSWORD)
        with refused(InvalidCredentials) as refusal:
            await house.call(house.auth.ChangePassword, request, person.token)
        assert refusal.metadata["remaining_attempts"] == "4"

    async def test_does_not_know_whether_the_stored_hash_is_readable(self, house: House) -> None:
        """No caller's transaction can read a password hash."""
        person = await house.admin()

        actor = Actor(CallerKind.USER, user_id=UUID(person.user_id), organization_id=UUID(person.organization_id))
        async with house.harness.resources.database("identity").read(actor) as tx:
            for table in ("credentials", "refresh_tokens", "registrations", "password_links", "notifications"):
                assert (await tx.session.execute(text(f"SELECT count(*) FROM identity.{table}"))).scalar() == 0
            assert (await tx.session.execute(text("SELECT count(*) FROM identity.users"))).scalar() == 1
