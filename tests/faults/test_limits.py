"""Limits while Redis is gone: guessing stays slow, everything else goes on."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from doorstep.identity.v1 import auth_service_pb2
from services import registry
from services.chassis.testing import Harness, Refusal
from services.stack.redis import RedisServer
from tests.contracts.walk import find
from tests.fixtures.servers import TestDatabase
from tests.identity.conftest import House

pytestmark = pytest.mark.faults


async def _outcome(call: Any) -> str:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return Refusal.of(error).reason
    return "OK"


async def test_sign_in_stays_limited_and_the_rest_goes_on_without_redis(
    database: TestDatabase, private_redis: Callable[[], RedisServer], tmp_path: Path
) -> None:
    redis = private_redis()
    limit = find("AuthService.Login").options.Extensions[_rate_limit()]
    assert limit.per_address
    assert limit.strict, "sign-in must keep a limit of the process"
    async with Harness.open(
        [registry.Builder("identity")],
        database_url=database.url,
        redis_url=redis.url(),
        keys_dir=tmp_path / "keys",
        credentials="identity",
    ) as harness:
        house = House(harness, database)
        person = await house.person()
        redis.kill()

        async def login(number: int, address: str) -> str:
            request = auth_service_pb2.LoginRequest(email=f"nobody{number}@example.com", password="not the password")
            return await _outcome(harness.call(house.auth.Login, request, None, x_envoy_external_address=address))

        seen = Counter([await login(n, "192.0.2.9") for n in range(3 * limit.requests)])
        assert seen["RATE_LIMITED"] >= 2 * limit.requests
        assert seen["INVALID_CREDENTIALS"] <= limit.requests
        assert set(seen) == {"RATE_LIMITED", "INVALID_CREDENTIALS"}
        assert await login(999, "192.0.2.10") == "INVALID_CREDENTIALS", "another address is not punished"

        # What is not strict goes on, far beyond nobody's patience.
        for _ in range(50):
            assert await house.alive(person.token)
        redis.start()


def _rate_limit() -> Any:
    from doorstep.options.v1 import options_pb2

    return options_pb2.rate_limit


@pytest.mark.parametrize("name", ["Login", "Register", "RequestPasswordReset", "ResetPassword", "RefreshToken"])
def test_what_invites_guessing_is_limited_by_address(name: str) -> None:
    limit = find(f"AuthService.{name}").options.Extensions[_rate_limit()]
    assert limit.requests > 0
    assert limit.per_address
    assert limit.strict
