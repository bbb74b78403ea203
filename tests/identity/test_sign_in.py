"""Signing in: lockout that cannot be used against the victim."""

import asyncio
import operator
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock

import grpc
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Insert
from sqlalchemy.ext.asyncio import AsyncSession

from doorstep.identity.v1 import auth_service_pb2 as pb
from doorstep.identity.v1 import user_service_pb2
from services.chassis.actor import SYSTEM
from services.chassis.errors import RateLimited
from services.chassis.ids import new_id
from services.chassis.testing import Refusal, refused
from services.identity.errors import InvalidCredentials, OrganizationNotFound, SignInLocked
from services.identity.operations.sign_in import Attempt, begin_sign_in, counted_subjects, forgive
from services.identity.origin import Origin
from services.identity.passwords import Passwords
from tests.identity.conftest import NEW_PASSWORD, PASSWORD, House

HOME, ELSEWHERE = "198.51.100.7", "203.0.113.9"


async def fail(house: House, email: str, times: int, **fields: str) -> Refusal:
    for _ in range(times):
        with refused(InvalidCredentials) as refusal:
            await house.login(email, "not my password", **fields)
    return refusal


class TestLogin:
    async def test_answers_with_tokens_that_work(self, house: House) -> None:
        person = await house.person()
        me = await house.call(house.auth.GetMe, pb.GetMeRequest(), person.token)
        assert me.user.email == person.email
        assert me.session_id == person.session_id
        assert list(me.roles) == ["buyer"]
        assert me.organization_id == ""
        assert "property.read" in me.permissions

    async def test_works_in_the_organisation_used_last(self, house: House) -> None:
        admin = await house.admin()
        again = await house.sign_in(admin.email)
        assert again.organization_id == admin.organization_id
        me = await house.call(house.auth.GetMe, pb.GetMeRequest(), again.token)
        assert list(me.roles) == ["admin"]
        assert [o.organization_id for o in me.organizations] == [admin.organization_id]

    async def test_an_organisation_of_others_is_not_found(self, house: House) -> None:
        person, other = await house.person(), await house.admin()
        for organization_id in (other.organization_id, str(new_id())):
            with refused(OrganizationNotFound):
                await house.login(person.email, organization_id=organization_id)

    async def test_right_passwords_for_the_wrong_organisation_do_not_lock(self, house: House) -> None:
        person = await house.person()
        for _ in range(7):
            with refused(OrganizationNotFound):
                await house.login(person.email, organization_id=str(new_id()))
        await house.login(person.email)

    async def test_a_hash_of_lesser_cost_is_replaced(self, house: House) -> None:
        person = await house.person()
        weak = PasswordHasher(time_cost=1, memory_cost=256, parallelism=1).hash(PASSWORD)
        await house.sql(
            "UPDATE identity.credentials SET password_hash = :hash WHERE user_id = :id", hash=weak, id=person.user_id
        )
        await house.login(person.email)
        ((stored,),) = await house.sql(
            "SELECT password_hash FROM identity.credentials WHERE user_id = :id", id=person.user_id
        )
        assert "m=1024" in stored
        await house.login(person.email)

    async def test_an_old_access_token_does_not_keep_one_from_signing_in(self, house: House) -> None:
        person = await house.person()
        request = pb.LoginRequest(email=person.email, password=PASSWORD)
        await house.call(house.auth.Login, request, "not a token")


class TestLockout:
    async def test_counts_down_and_locks(self, house: House) -> None:
        person = await house.person()
        seen = []
        for _ in range(5):
            refusal = await fail(house, person.email, 1)
            seen.append(refusal.metadata["remaining_attempts"])
        assert seen == ["4", "3", "2", "1", "0"]
        assert refusal.retry_after == 120
        with refused(SignInLocked) as refusal:
            await house.login(person.email)
        assert refusal.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert refusal.retry_after is not None
        assert 100 < refusal.retry_after <= 120
        assert int(str(refusal.trailing["retry-after"])) <= 121

    async def test_heals_by_itself_and_doubles(self, house: House) -> None:
        person = await house.person()
        for minutes in (2, 4, 8):
            refusal = await fail(house, person.email, 5)
            assert refusal.retry_after == minutes * 60
            house.clock.turn(timedelta(minutes=minutes, seconds=1))
        await house.login(person.email)
        assert (await fail(house, person.email, 5)).retry_after == 120

    async def test_tells_the_owner(self, house: House) -> None:
        person = await house.person()
        await fail(house, person.email, 5)
        (message,) = await house.messages(person.email, "sign_in_locked")
        assert message.data == {"minutes": "2"}

    async def test_success_forgives(self, house: House) -> None:
        person = await house.person()
        await fail(house, person.email, 4)
        await house.login(person.email)
        assert (await fail(house, person.email, 1)).metadata["remaining_attempts"] == "4"

    async def test_another_network_is_not_locked(self, house: House) -> None:
        person = await house.person()
        await fail(house, person.email, 5, address=ELSEWHERE)
        await house.login(person.email, address=HOME)

    async def test_guessers_with_many_addresses_are_stopped(self, house: House) -> None:
        person = await house.person()
        admitted = 0
        for n in range(60):
            try:
                await house.login(person.email, "not my password", address=f"203.0.113.{n}")
            except grpc.aio.AioRpcError as error:
                admitted += Refusal.of(error).reason == "INVALID_CREDENTIALS"
        assert admitted == 50
        with refused(SignInLocked):
            await house.login(person.email, address=HOME)
        await house.login(person.email, address=HOME, device_token=person.device_token)

    async def test_a_hundred_and_ninety_five_of_two_hundred_parallel_guesses_never_reach_the_hash(
        self, house: House
    ) -> None:
        """Two hundred wrong passwords at once, while the owner signs in from a device that has done so before."""
        person = await house.person()
        guesses = [
            asyncio.ensure_future(house.login(person.email, "not my password", address=ELSEWHERE)) for _ in range(200)
        ]
        owner = [await house.login(person.email, address=ELSEWHERE, device_token=person.device_token) for _ in range(5)]
        reasons = [
            Refusal.of(e).reason
            for e in await asyncio.gather(*guesses, return_exceptions=True)
            if isinstance(e, grpc.aio.AioRpcError)
        ]
        assert reasons.count("INVALID_CREDENTIALS") == 5
        assert reasons.count("SIGN_IN_LOCKED") == 195
        assert all(answer.user.user_id == person.user_id for answer in owner)
        with refused(SignInLocked):
            await house.login(person.email, address=ELSEWHERE)

    async def test_twenty_parallel_sign_ins_of_one_person_are_no_attack(self, house: House) -> None:
        person = await house.person()
        answers = await asyncio.gather(*(house.login(person.email) for _ in range(20)))
        assert len({a.session_id for a in answers}) == 20

    async def test_a_stolen_device_token_is_counted_too(self, house: House) -> None:
        person = await house.person()
        await fail(house, person.email, 5, device_token=person.device_token)
        with refused(SignInLocked):
            await house.login(person.email, device_token=person.device_token)
        await house.login(person.email)

    async def test_a_device_of_somebody_else_opens_nothing(self, house: House) -> None:
        person, other = await house.person(), await house.person()
        await fail(house, person.email, 5)
        for device_token in (other.device_token, "x" * 43):
            with refused(SignInLocked):
                await house.login(person.email, device_token=device_token)

    async def test_a_known_device_keeps_its_token(self, house: House) -> None:
        person = await house.person()
        assert (await house.login(person.email, device_token=person.device_token)).device_token == person.device_token
        assert (await house.login(person.email, device_token="x" * 43)).device_token != "x" * 43

    async def test_the_tables_do_not_hold_the_secrets(self, house: House) -> None:
        person = await house.person()
        await house.login(person.email, device_token=person.device_token)
        rows = await house.sql(
            "SELECT to_jsonb(d)::text || (SELECT coalesce(string_agg(to_jsonb(r)::text, ''), '') FROM "
            "identity.refresh_tokens r) AS everything FROM identity.known_devices d WHERE user_id = :id",
            id=person.user_id,
        )
        for secret in (person.device_token, person.refresh_token):
            assert secret not in rows[0].everything
            assert secret.encode().hex() not in rows[0].everything

    async def test_a_right_password_locks_nobody_although_it_is_the_fiftieth_attempt(self, house: House) -> None:
        person = await house.person()
        for n in range(49):
            await fail(house, person.email, 1, address=f"203.0.113.{n}")
        await house.login(person.email, address=HOME)
        await house.login(person.email, address=ELSEWHERE)

    async def test_attempts_that_nobody_has_looked_at_are_not_counted(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Others keep all hashing threads busy: that says nothing about who is turned away."""
        person = await house.person()
        with monkeypatch.context() as patch:
            patch.setattr(Passwords, "_run", AsyncMock(side_effect=RateLimited))
            change = pb.ChangePasswordRequest(current_password=PASSWORD, new_password=NEW_PASSWORD)
            for _ in range(3):
                with refused(RateLimited):
                    await house.login(person.email)
                with refused(RateLimited):
                    await house.call(house.auth.ChangePassword, change, person.token)
        assert (await fail(house, person.email, 1)).metadata["remaining_attempts"] == "4"

    async def test_a_counter_that_another_process_forgives_meanwhile(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between finding its counters and locking them, an attempt loses them to the success of another one."""
        person = await house.person()
        await fail(house, person.email, 1)
        execute = AsyncSession.execute

        async def forgiven(session: AsyncSession, statement: Any, *rest: Any, **more: Any) -> Any:
            answer = await execute(session, statement, *rest, **more)
            if isinstance(statement, Insert) and statement.table.name == "sign_in_counters":
                monkeypatch.setattr(AsyncSession, "execute", execute)
                await house.sql(
                    "DELETE FROM identity.sign_in_counters WHERE subject IN "
                    "(SELECT subject FROM identity.sign_in_counters FOR UPDATE SKIP LOCKED)"
                )
            return answer

        monkeypatch.setattr(AsyncSession, "execute", forgiven)
        await house.login(person.email)

    async def test_of_two_processes_one_forgives_while_the_other_counts(self, house: House) -> None:
        """Both are at the same counters, and neither may wait for the other with one of them in hand."""
        database, now = house.harness.resources.database("identity"), house.clock.now()
        email = house.new_email()
        origin = next(
            origin
            for origin in (Origin(address=f"198.51.100.{n}", user_agent="", request_id="") for n in range(256))
            if operator.gt(*(s.key for s in counted_subjects(email, origin.address)))
        )

        async def begin() -> Attempt:
            async with database.transaction(SYSTEM) as tx:
                return await begin_sign_in(tx, email=email, device_token="", origin=origin, now=now)

        attempt = await begin()
        async with database.transaction(SYSTEM) as tx:
            execute, other = tx.session.execute, None

            async def first(statement: Any, *rest: Any, **more: Any) -> Any:
                nonlocal other
                answer = await execute(statement, *rest, **more)
                tx.session.execute = execute  # type: ignore[method-assign]
                other = asyncio.ensure_future(begin())
                while not (await house.sql("SELECT 1 FROM pg_locks WHERE NOT granted") or other.done()):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                return answer

            tx.session.execute = first  # type: ignore[method-assign]
            await forgive(tx, attempt)
        assert other is not None
        assert (await other).remaining == 4


class TestMeanwhile:
    """A password is compared outside of any transaction; the account does not stand still."""

    @pytest.fixture
    def compared(self, monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
        """Set when a password has been compared; what comes of it waits for the second one."""
        done, go_on = asyncio.Event(), asyncio.Event()
        verify = Passwords.verify

        async def slowly(passwords: Passwords, *of: Any, **more: Any) -> bool:
            right = await verify(passwords, *of, **more)
            done.set()
            await go_on.wait()
            return right

        monkeypatch.setattr(Passwords, "verify", slowly)
        return done, go_on

    async def reset(self, house: House, email: str) -> None:
        await house.call(house.auth.RequestPasswordReset, pb.RequestPasswordResetRequest(email=email))
        token = await house.link(email, "password_reset")
        await house.call(house.auth.ResetPassword, pb.ResetPasswordRequest(token=token, new_password=NEW_PASSWORD))

    async def test_a_reset_ends_the_sign_in_that_is_under_way_too(
        self, house: House, compared: tuple[asyncio.Event, asyncio.Event]
    ) -> None:
        done, go_on = compared
        go_on.set()
        person = await house.person()
        done.clear()
        go_on.clear()
        signing_in = asyncio.ensure_future(house.login(person.email))
        await done.wait()
        await self.reset(house, person.email)
        go_on.set()
        with refused(InvalidCredentials):
            await signing_in
        living = await house.sql(
            "SELECT id FROM identity.sessions WHERE user_id = :id AND revoke_time IS NULL", id=person.user_id
        )
        assert not living

    async def test_a_reset_is_not_undone_by_who_knew_the_old_password(
        self, house: House, compared: tuple[asyncio.Event, asyncio.Event]
    ) -> None:
        done, go_on = compared
        go_on.set()
        person = await house.person()
        done.clear()
        go_on.clear()
        request = pb.ChangePasswordRequest(current_password=PASSWORD, new_password="sand between the toes")
        changing = asyncio.ensure_future(house.call(house.auth.ChangePassword, request, person.token))
        await done.wait()
        await self.reset(house, person.email)
        go_on.set()
        with refused(InvalidCredentials):
            await changing
        await house.login(person.email, NEW_PASSWORD)


class TestUnlock:
    async def test_an_administrator_sees_and_lifts_the_lock(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "agent")
        await fail(house, member.email, 5)
        with refused(SignInLocked):
            await house.login(member.email)
        request = user_service_pb2.GetUserRequest(user_id=member.user_id)
        assert (await house.call(house.users.GetUser, request, admin.token)).account.HasField("lock_expire_time")
        unlock = user_service_pb2.UnlockUserRequest(user_id=member.user_id)
        answer = await house.call(house.users.UnlockUser, unlock, admin.token)
        assert not answer.user.HasField("lock_expire_time")
        await house.login(member.email)

    async def test_a_reset_by_mail_unlocks(self, house: House) -> None:
        person = await house.person()
        await fail(house, person.email, 5)
        await house.call(house.auth.RequestPasswordReset, pb.RequestPasswordResetRequest(email=person.email))
        token = await house.link(person.email, "password_reset")
        await house.call(house.auth.ResetPassword, pb.ResetPasswordRequest(token=token, new_password=NEW_PASSWORD))
        await house.login(person.email, NEW_PASSWORD)
        with refused(InvalidCredentials):
            await house.login(person.email, PASSWORD)


@pytest.mark.parametrize("field", ["email", "password"])
async def test_an_idempotency_key_does_not_hide_failures(house: House, field: str) -> None:
    """The same key again and again must neither repeat an old answer nor undo the counting."""
    person = await house.person()
    fields = {"email": person.email, "password": "not my password", field: "somebody.else@example.com"}
    if field == "password":
        fields["password"] = "another wrong one"
    reasons = []
    for _ in range(6):
        try:
            await house.call(house.auth.Login, pb.LoginRequest(**fields), idempotency_key="the-same-key")
        except grpc.aio.AioRpcError as error:
            reasons.append(Refusal.of(error).reason)
    assert reasons == ["INVALID_CREDENTIALS"] * 5 + ["SIGN_IN_LOCKED"]
    await house.sql("DELETE FROM identity.sign_in_counters")
