"""The same call twice has one effect and one answer."""

import asyncio
from typing import Any
from unittest.mock import AsyncMock

import asyncpg
import grpc
import pytest

from services.chassis import failpoints
from services.chassis.errors import Code, IdempotencyKeyReused, InvalidFields
from services.chassis.idempotency import Guard
from services.chassis.ids import new_id
from services.chassis.testing import Refusal, refused
from services.chassis.testing.harness import ISSUER
from services.chassis.tokens import AccessTokens
from tests.chassis.bakery import eventually
from tests.chassis.conftest import World
from tests.chassis.contract import Ask
from tests.chassis.toy import ToyMissing, ToyStuck, count


def key() -> str:
    return f"key-{new_id()}"


async def made(world: World, name: str) -> int:
    return await count(world.toy.database, f"name = '{name}'")


async def insistently(world: World, what: str, given: str, **how: Any) -> str:
    """Call as a client does: again, for as long as the first call runs."""
    while True:
        try:
            return str((await world.call("Make", what, idempotency_key=given, **how)).text)
        except grpc.aio.AioRpcError as error:
            refusal = Refusal.of(error)
            if refusal.reason not in ("IDEMPOTENCY_IN_PROGRESS", "DEPENDENCY_UNAVAILABLE"):
                raise
            assert refusal.code in (grpc.StatusCode.ABORTED, grpc.StatusCode.UNAVAILABLE)
            assert refusal.retry_after is not None
            await asyncio.sleep(0.01)


async def test_without_a_key_every_call_counts(world: World) -> None:
    answers = {(await world.call("Make", "twice")).text for _ in range(2)}
    assert (len(answers), await made(world, "twice")) == (2, 2)


async def test_fifty_at_once(world: World) -> None:
    for round_ in range(4):
        name, given = f"fifty {round_}", key()
        answers = await asyncio.gather(*(insistently(world, name, given) for _ in range(50)))
        assert len(set(answers)) == 1
        assert await made(world, name) == 1


async def test_the_field_request_id_is_a_key_too(world: World) -> None:
    given = str(new_id())
    request = Ask(what="by field", request_id=given)
    answers = {(await world.harness.call(world.stub.Make, request, world.token)).text for _ in range(3)}
    assert (len(answers), await made(world, "by field")) == (1, 1)


async def test_another_request_with_the_key_is_refused(world: World) -> None:
    given = key()
    await world.call("Make", "first", idempotency_key=given)
    for how in ({"what": "second"}, {"what": "first", "number": 1}):
        with refused(IdempotencyKeyReused):
            await world.call("Make", idempotency_key=given, **how)
    assert await made(world, "second") == 0


async def test_another_method_with_the_key_is_refused(world: World) -> None:
    given = key()
    await world.call("Make", "sql:SELECT 1", idempotency_key=given)
    with refused(IdempotencyKeyReused):
        await world.call("Do", "sql:SELECT 1", idempotency_key=given)


async def test_each_caller_has_keys_of_its_own(world: World) -> None:
    given = key()
    tokens = [world.harness.token(organization_id=world.organization_id) for _ in range(3)]
    answers = {(await world.call("Make", "mine", token=token, idempotency_key=given)).text for token in tokens}
    assert (len(answers), await made(world, "mine")) == (3, 3)


async def test_the_answer_of_one_organisation_is_not_told_in_another(world: World) -> None:
    given, user = key(), new_id()
    here, there = (world.harness.token(organization_id=new_id(), user_id=user) for _ in range(2))
    await world.call("Make", "private", token=here, idempotency_key=given)
    with refused(IdempotencyKeyReused):
        await world.call("Make", "private", token=there, idempotency_key=given)


@pytest.mark.parametrize(("how", "reason"), [("fails afterwards", "TOY_MISSING"), ("breaks afterwards", "INTERNAL")])
async def test_a_failure_after_the_transaction_leaves_nothing(world: World, how: str, reason: str) -> None:
    given = key()
    for _ in range(2):
        with refused(reason):
            await world.call("Make", how, idempotency_key=given)
    assert await made(world, how) == 0
    assert await stored(world, given) == 0


def digest(world: World, given: str) -> str:
    """How the table knows the user's key."""
    import hashlib

    caller = f"user:{AccessTokens(world.harness.resources.key_ring, ISSUER).verify(world.token).actor.user_id}"
    return hashlib.sha256(f"{caller}\0{given}".encode()).hexdigest()


async def test_neither_key_nor_answer_stand_in_the_table(world: World) -> None:
    given = key()
    answer = await world.call("Make", "shown once", idempotency_key=given)
    assert await stored(world, given) == 1
    connection = await asyncpg.connect(world.urls.superuser_url)
    try:
        rows = await connection.fetch("SELECT * FROM toy.idempotency_keys")
    finally:
        await connection.close()
    kept = b"".join(row["response"] + row["key"].encode() for row in rows)
    assert answer.text.encode() not in kept
    assert given.encode() not in kept
    assert (await world.call("Make", "shown once", idempotency_key=given)).text == answer.text


async def stored(world: World, given: str) -> int:
    connection = await asyncpg.connect(world.urls.superuser_url)
    try:
        return int(
            await connection.fetchval("SELECT count(*) FROM toy.idempotency_keys WHERE key = $1", digest(world, given))
        )
    finally:
        await connection.close()


async def test_a_refusal_is_not_remembered(world: World) -> None:
    given = key()
    with refused(ToyMissing):
        await world.call("Do", "missing:x", idempotency_key=given)
    assert await stored(world, given) == 0


async def test_what_a_call_has_done_does_not_refuse_its_repetition(world: World) -> None:
    """Some calls look before their transaction begins, and then see what they have done themselves."""
    given = key()
    first = await world.call("Make", "only one", idempotency_key=given)
    assert (await world.call("Make", "only one", idempotency_key=given)).text == first.text
    for again in ({"idempotency_key": key()}, {}, {"idempotency_key": given, "number": 1}):
        with refused(ToyStuck):
            await world.call("Make", "only one", **again)
    assert await made(world, "only one") == 1


async def test_what_can_never_work_is_not_looked_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal that has nothing to do with the database must not depend on it."""
    monkeypatch.setattr(Guard, "answer", AsyncMock(side_effect=OSError("the database is away")))
    given = key()
    with refused(InvalidFields):
        await world.call("Make", "invalid", idempotency_key=given)


async def test_a_caller_that_left_finds_what_was_done(world: World) -> None:
    given = key()
    world.toy.entered.clear()
    call = world.stub.Make(Ask(what="waits afterwards"), metadata=world.metadata(idempotency_key=given), timeout=10)
    await asyncio.wait_for(world.toy.entered.wait(), 10)
    call.cancel()
    with refused("IDEMPOTENCY_IN_PROGRESS", Code.ABORTED):
        await world.call("Make", "waits afterwards", idempotency_key=given)
    world.toy.release.set()
    answer = await insistently(world, "waits afterwards", given)
    world.toy.release.clear()
    assert answer
    assert await made(world, "waits afterwards") == 1


@pytest.mark.parametrize(("point", "rows"), [("before_commit", 0), ("after_commit", 1), ("before_reply", 0)])
async def test_a_fault_on_the_way_is_mended_by_repeating(world: World, point: str, rows: int) -> None:
    given, name = key(), f"fault {point}"
    failpoints.activate(f"{point}=raise@1", production=False)
    try:
        with refused("INTERNAL"):
            await world.call("Make", name, idempotency_key=given)
    finally:
        failpoints.deactivate()
    assert await made(world, name) == rows
    answers = {await insistently(world, name, given) for _ in range(3)}
    assert (len(answers), await made(world, name)) == (1, 1)


async def test_kept_for_a_day(world: World) -> None:
    given = key()
    first = (await world.call("Make", "a day", idempotency_key=given)).text
    await _age(world, given, "23 hours 59 minutes")
    assert (await world.call("Make", "a day", idempotency_key=given)).text == first
    await _age(world, given, "2 minutes")
    assert (await world.call("Make", "a day", idempotency_key=given)).text != first
    assert await made(world, "a day") == 2


async def _age(world: World, given: str, by: str) -> None:
    connection = await asyncpg.connect(world.urls.superuser_url)
    try:
        await connection.execute(
            f"UPDATE toy.idempotency_keys SET create_time = create_time - interval '{by}' WHERE key = $1",
            digest(world, given),
        )
    finally:
        await connection.close()


@pytest.mark.parametrize("bad", ["x" * 256, "with space"])
async def test_unsound_keys_are_refused(world: World, bad: str) -> None:
    with refused(InvalidFields) as refusal:
        await world.call("Make", "never", idempotency_key=bad)
    assert refusal.fields == ["idempotency-key"]
    with refused(InvalidFields):
        await world.harness.call(world.stub.Make, Ask(what="never", request_id=bad), world.token)
    assert await made(world, "never") == 0


async def test_reads_take_no_key(world: World) -> None:
    given = key()
    await world.call("List", idempotency_key=given)
    assert await stored(world, given) == 0


async def test_answers_are_hidden_from_other_callers(world: World) -> None:
    """Row-level security holds for stored answers as well, whatever a statement says."""
    from sqlalchemy import text

    from services.chassis.actor import Actor, CallerKind

    given = key()
    await world.call("Make", "hidden", idempotency_key=given)
    stranger = Actor(CallerKind.USER, user_id=new_id(), organization_id=world.organization_id)
    async with world.toy.database.read(stranger) as tx:
        assert (await tx.session.scalar(text("SELECT count(*) FROM toy.idempotency_keys"))) == 0


async def test_no_connection_stays_behind(world: World) -> None:
    pool: Any = world.harness.resources.engine.sql.pool
    await eventually(lambda: pool.checkedout() == 0)


async def test_methods_that_are_harmless_to_repeat_take_no_key() -> None:
    """A refusal that must leave a trace (a wrong password, a stolen refresh token) is not rolled back by a key."""
    import doorstep.identity.v1.auth_service_pb2  # noqa: F401 - loads the descriptors
    from services.chassis.interceptors.call import Method

    for path, takes in (
        ("/doorstep.identity.v1.AuthService/Login", False),
        ("/doorstep.identity.v1.AuthService/RefreshToken", False),
        ("/doorstep.identity.v1.AuthService/ChangePassword", True),
        ("/doorstep.identity.v1.AuthService/GetMe", False),
        ("/doorstep.toy.v1.ToyService/Make", True),
    ):
        assert Method.of(path).takes_key is takes, path


@pytest.mark.parametrize(("apart", "rows"), [(True, 1), (False, 0)])
async def test_what_stands_apart_stays_when_the_call_is_refused(world: World, apart: bool, rows: int) -> None:
    from services.chassis.actor import Actor, CallerKind
    from services.chassis.idempotency import Guard, set_current_guard
    from tests.chassis.toy import Made, MadeRepository

    actor = Actor(CallerKind.USER, user_id=new_id(), organization_id=new_id())
    name = f"apart {apart}"

    async def refused_call() -> None:
        guard = Guard(key=key(), caller=actor.identity, method="m", organization_id=None, request=b"")
        set_current_guard(guard)
        async with world.toy.database.transaction(actor, apart=apart) as tx:
            MadeRepository(tx).add(Made(id=new_id(), organization_id=actor.organization_id, name=name))
        await guard.abandon()

    await asyncio.create_task(refused_call())
    assert await made(world, name) == rows
