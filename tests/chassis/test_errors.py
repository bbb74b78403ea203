"""What the database and other parts say, as callers hear it."""

import asyncio
from typing import Any

import asyncpg
import grpc
import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from services.chassis import errors
from services.chassis.errors import Code
from services.chassis.interceptors.errors import translate
from services.chassis.redis import RedisUnavailable
from services.chassis.testing import refused
from tests.chassis.bakery import eventually
from tests.chassis.conftest import World
from tests.chassis.toy import SECRET

STATES = {
    "57014": errors.DeadlineExceeded,
    "40001": errors.ConflictRetry,
    "40P01": errors.ConflictRetry,
    "55P03": errors.ConflictRetry,
    "23P01": errors.ConflictRetry,
    "23505": errors.ConstraintViolated,
    "23503": errors.ConstraintViolated,
    "23514": errors.ConstraintViolated,
    "23502": errors.ConstraintViolated,
    "22001": errors.ValueRefused,
    "22003": errors.ValueRefused,
    "22021": errors.ValueRefused,
    "22P02": errors.ValueRefused,
    "54000": errors.ValueRefused,
    "53300": errors.DependencyUnavailable,
    "53100": errors.DependencyUnavailable,
    "08006": errors.DependencyUnavailable,
    "57P01": errors.DependencyUnavailable,
    "57P03": errors.DependencyUnavailable,
    "25006": errors.DependencyUnavailable,
}


@pytest.mark.parametrize("state", STATES)
async def test_a_state_of_the_database(world: World, state: str) -> None:
    with refused(STATES[state]) as refusal:
        await world.call("Do", f"sqlstate:{state}")
    assert refusal.message == STATES[state].message
    assert SECRET not in repr(refusal.trailing)
    if STATES[state] in (errors.ConflictRetry, errors.DependencyUnavailable):
        assert refusal.retry_after is not None


@pytest.mark.parametrize("state", ["42501", "42P01", "42601", "P0001", "XX000", "0A000"])
async def test_faults_of_ours(world: World, state: str) -> None:
    with refused("INTERNAL", Code.INTERNAL) as refusal:
        await world.call("Do", f"sqlstate:{state}")
    assert SECRET not in repr(refusal)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT CAST(:value AS integer)", errors.ValueRefused),
        ("SELECT 1/0", errors.ValueRefused),
        ("SELECT CAST('x' AS uuid)", errors.ValueRefused),
        ("SELECT repeat('x', 2000000000)", errors.ValueRefused),
        ("SELECT pg_terminate_backend(pg_backend_pid())", errors.DependencyUnavailable),
        ("SET LOCAL statement_timeout = 10; ", None),
    ],
)
async def test_true_statements(world: World, statement: str, expected: Any) -> None:
    if expected is None:
        with refused("INTERNAL"):
            await world.call("Do", f"sql:{statement}SELECT pg_sleep(1)")  # two statements are a fault of ours
        return
    with refused(expected) as refusal:
        await world.call("Do", f"sql:{statement}")
    assert SECRET not in repr(refusal)
    assert (await world.call("Do", "sql:SELECT 1")) is not None  # and the next call is served


def _rpc_error(code: grpc.StatusCode) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details=SECRET)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (asyncpg.ConnectionDoesNotExistError(SECRET), errors.DependencyUnavailable),
        (asyncpg.InterfaceError(SECRET), errors.DependencyUnavailable),
        (asyncpg.InternalClientError(SECRET), errors.DependencyUnavailable),
        (asyncpg.CannotConnectNowError(SECRET), errors.DependencyUnavailable),
        (asyncpg.TooManyConnectionsError(SECRET), errors.DependencyUnavailable),
        (ConnectionRefusedError(SECRET), errors.DependencyUnavailable),
        (ConnectionResetError(SECRET), errors.DependencyUnavailable),
        (PoolTimeoutError(SECRET), errors.DependencyUnavailable),
        (RedisConnectionError(SECRET), errors.DependencyUnavailable),
        (RedisUnavailable(SECRET), errors.DependencyUnavailable),
        (TimeoutError(SECRET), errors.DeadlineExceeded),
        (StaleDataError(SECRET), errors.EtagMismatch),
        (asyncpg.UniqueViolationError(SECRET), errors.ConstraintViolated),
        (asyncpg.DeadlockDetectedError(SECRET), errors.ConflictRetry),
        (_rpc_error(grpc.StatusCode.UNAVAILABLE), errors.DependencyUnavailable),
        (_rpc_error(grpc.StatusCode.INTERNAL), None),
        (_rpc_error(grpc.StatusCode.PERMISSION_DENIED), None),
        (asyncpg.InsufficientPrivilegeError(SECRET), None),
        (KeyError(SECRET), None),
        (RecursionError(SECRET), None),
        (MemoryError(SECRET), None),
        (NotImplementedError(SECRET), None),
    ],
    ids=repr,
)
def test_what_stands_for_an_exception(error: Exception, expected: Any) -> None:
    found = translate(error)
    assert type(found) is (expected or type(None))
    if found is not None:
        assert SECRET not in found.text
        assert SECRET not in str(found.metadata)


async def test_a_full_pool_says_so_and_recovers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.harness.resources.engine.sql.pool, "_timeout", 0.2)
    size = world.harness.settings.database_pool_size
    slow = [asyncio.ensure_future(world.call("Do", "sleep:1.5")) for _ in range(size)]
    pool: Any = world.harness.resources.engine.sql.pool
    await eventually(lambda: pool.checkedout() == size)
    with refused(errors.DependencyUnavailable) as refusal:
        await world.call("Do", "sql:SELECT 1")
    assert refusal.retry_after == 1
    await asyncio.gather(*slow)
    assert await world.call("Do", "sql:SELECT 1") is not None


def test_every_error_of_the_chassis_is_documented() -> None:
    from doorstep.errors.v1 import error_reason_pb2

    declared = {name.removeprefix("ERROR_REASON_") for name in error_reason_pb2.ErrorReason.DESCRIPTOR.values_by_name}
    found = {
        cls.reason
        for cls in vars(errors).values()
        if isinstance(cls, type) and issubclass(cls, errors.DoorstepError) and "reason" in vars(cls)
    }
    assert found | {"INTERNAL"} <= declared


class TestMoments:
    """Times that are none are refused for all services in one place."""

    @pytest.mark.parametrize(
        ("seconds", "nanos", "good"),
        [
            (0, 0, True),
            (-62_135_596_800, 0, True),
            (253_402_300_799, 999_999_999, True),
            (253_402_300_800, 0, False),
            (-62_135_596_801, 0, False),
            (2**63 - 1, 0, False),
            (-(2**63), 0, False),
            (0, -1, False),
            (0, 1_000_000_000, False),
        ],
    )
    def test_timestamps(self, seconds: int, nanos: int, good: bool) -> None:
        from doorstep.identity.v1 import audit_service_pb2
        from services.chassis.interceptors.moments import impossible

        request = audit_service_pb2.ListAuditLogRequest()
        request.end_time.seconds, request.end_time.nanos = seconds, nanos
        request.start_time.seconds = 5
        found = list(impossible(request))
        assert [v.field for v in found] == ([] if good else ["end_time"])
        if good:
            assert request.end_time.ToDatetime() is not None

    @pytest.mark.parametrize(
        ("seconds", "nanos", "good"),
        [(5, 5, True), (-5, -5, True), (5, -5, False), (-5, 5, False), (315_576_000_001, 0, False), (0, 10**9, False)],
    )
    def test_durations(self, seconds: int, nanos: int, good: bool) -> None:
        from doorstep.identity.v1 import api_key_service_pb2
        from services.chassis.interceptors.moments import impossible

        request = api_key_service_pb2.RotateApiKeyRequest()
        request.overlap.seconds, request.overlap.nanos = seconds, nanos
        assert bool(list(impossible(request))) is not good
