"""Logs, metrics, and what is remembered of credentials."""

import asyncio
import io
import json
from typing import Any

import grpc
import httpx
import pytest
import structlog

from services.chassis import credentials, observability
from services.chassis.actor import Actor, CallerKind
from services.chassis.credentials import IdentityCredentials, Recent
from services.chassis.ids import new_id
from services.chassis.interceptors.call import current_call
from services.chassis.interceptors.metrics import ACTIVE
from services.chassis.testing import refused
from tests.chassis.bakery import eventually
from tests.chassis.conftest import World
from tests.chassis.contract import Ask
from tests.chassis.toy import SECRET


@pytest.fixture
def lines(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is logged in the block, as parsed lines."""
    written = io.StringIO()
    settings = world.harness.settings.model_copy(update={"log_level": "INFO"})
    observability.set_up(settings, "test")
    before = structlog.get_config()
    structlog.configure(
        **{**before, "logger_factory": structlog.WriteLoggerFactory(file=written), "cache_logger_on_first_use": False}
    )
    from services.chassis.interceptors import deadline, errors, logging

    for module, name in ((errors, "errors"), (logging, "rpc"), (deadline, "errors")):
        monkeypatch.setattr(module, "_log", structlog.get_logger(f"doorstep.{name}"))
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    observability.set_up(world.harness.settings, "test")


class TestLogs:
    async def test_one_line_per_call(self, world: World, lines: Any) -> None:
        await world.call("Do", "echo:x", x_request_id="gateway-made-this-2")
        with refused("TOY_MISSING"):
            await world.call("Do", "missing:x")
        # Only of this test: what an earlier one gave up may end, and be logged, late.
        organization_id = str(world.organization_id)

        def mine() -> list[Any]:
            return [one for one in lines() if one["event"] == "rpc" and one["organization_id"] == organization_id]

        await eventually(lambda: len(mine()) >= 2)  # a refusal is on its way before its line is
        first, second = mine()
        assert first["method"] == "/doorstep.toy.v1.ToyService/Do"
        assert (first["code"], first["reason"], first["level"]) == ("OK", None, "info")
        assert first["request_id"] == "gateway-made-this-2"
        assert first["caller"].startswith("user:")
        assert first["duration_ms"] > 0
        assert (second["code"], second["reason"], second["level"]) == ("NOT_FOUND", "TOY_MISSING", "info")

    async def test_a_fault_is_found_by_its_reference(self, world: World, lines: Any) -> None:
        with refused("INTERNAL") as refusal:
            await world.call("Do", "leak")

        def told() -> list[Any]:
            return [line for line in lines() if line.get("request_id") == refusal.metadata["reference"]]

        await eventually(lambda: len(told()) >= 2)
        found = told()
        assert [line["event"] for line in found] == ["unexpected", "rpc"]
        assert all(line["level"] == "error" for line in found)
        assert "test_observability" not in found[0]["exception"]

    async def test_streams_too(self, world: World, lines: Any) -> None:
        # One that waits for something else than its caller: whoever reads may see a cancellation as the end.
        who = world.metadata(x_request_id="a-stream-of-this-test")
        call = world.stub.Tell(Ask(what="wait:stream", number=1), metadata=who)
        await call.read()
        call.cancel()

        def mine() -> list[Any]:
            return [line for line in lines() if line.get("request_id") == "a-stream-of-this-test"]

        await eventually(mine)
        assert [line["code"] for line in mine()] == ["CANCELLED"]

    async def test_no_value_of_a_request_or_a_row(self, world: World, lines: Any) -> None:
        """Statements that fail are logged without their parameters."""
        canary = "canary-of-a-row@example.com"
        for what in (f"echo:{canary}", f"missing:{canary}", f"sql:SELECT '{canary}' FROM nothing"):
            with pytest.raises(grpc.aio.AioRpcError) if not what.startswith("echo") else Nothing():
                await world.call("Do", what)
        with refused("INTERNAL"):
            await world.call("Do", "sql:SELECT nothing FROM nothing WHERE a = :value")
        text = json.dumps(lines())
        assert SECRET not in text
        assert world.token not in text
        assert text.count(canary) == text.count(f"SELECT '{canary}'"), "only in the statement that held it itself"

    def test_careless_fields_are_blanked(self) -> None:
        event = {
            "event": "x",
            "password": "a",
            "Authorization": "Bearer a",
            "refresh_token": "b",
            "api_key": "c",
            "user_email": "d",
            "phone_number": "e",
            "otp_code": "f",
            "client_secret": "g",
            "method": "kept",
            "long": "x" * 9000,
            "token": None,
        }
        found = observability.redact(None, "info", dict(event))
        assert {k for k, v in found.items() if v == "[redacted]"} == set(event) - {"event", "method", "long", "token"}
        assert len(found["long"]) < 5000

    async def test_one_record_is_one_line(self, world: World, lines: Any) -> None:
        structlog.get_logger("doorstep.rpc").info("x\ny", field="a\r\nb\u2028c")
        assert [line["field"] for line in lines() if line["event"] == "x\ny"] == ["a\r\nb\u2028c"]


class Nothing:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


async def test_metrics_are_served_on_loopback(world: World) -> None:
    await world.call("Do", "echo:x")
    port = observability.serve_metrics(world.harness.settings)
    # What earlier tests gave up runs on for a moment, and counts as active.
    await eventually(lambda: ACTIVE.labels("/doorstep.toy.v1.ToyService/Do")._value.get() == 0)
    async with httpx.AsyncClient(timeout=30) as client:
        text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    for name in (
        'rpc_server_calls_total{code="OK",method="/doorstep.toy.v1.ToyService/Do"}',
        'rpc_server_duration_seconds_bucket{le="0.005",method="/doorstep.toy.v1.ToyService/Do"}',
        'rpc_server_active_calls{method="/doorstep.toy.v1.ToyService/Do"} 0.0',
        "event_loop_lag_seconds",
    ):
        assert name in text
    assert str(world.organization_id) not in text


class TestRecent:
    """Answers of identity, believed for seconds."""

    async def test_one_question_at_a_time(self) -> None:
        recent: Recent[int] = Recent()
        asked = 0

        async def ask() -> int:
            nonlocal asked
            asked += 1
            await asyncio.sleep(0.02)
            return asked

        assert set(await asyncio.gather(*(recent.get("q", ask) for _ in range(50)))) == {1}
        assert await recent.get("other", ask) == 2

    async def test_for_less_than_five_seconds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert credentials.FRESH < 5
        recent: Recent[bool] = Recent()
        clock = 1000.0
        monkeypatch.setattr(credentials.time, "monotonic", lambda: clock)

        async def yes() -> bool:
            return True

        async def no() -> bool:
            return False

        assert await recent.get("q", yes)
        clock += credentials.FRESH - 0.01
        assert await recent.get("q", no)
        clock += 0.02
        assert not await recent.get("q", no)

    async def test_failures_are_not_remembered(self) -> None:
        recent: Recent[int] = Recent()

        async def fail() -> int:
            raise ConnectionRefusedError

        async def answer() -> int:
            return 5

        with pytest.raises(ConnectionRefusedError):
            await recent.get("q", fail)
        assert await recent.get("q", answer) == 5

    async def test_whoever_came_first_and_left_takesNothing_along(self) -> None:
        recent: Recent[int] = Recent()

        async def ask() -> int:
            await asyncio.sleep(0.05)
            return 7

        first = asyncio.ensure_future(recent.get("q", ask))
        await asyncio.sleep(0.01)
        second = asyncio.ensure_future(recent.get("q", ask))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == 7

    async def test_asks_as_nobody(self, world: World) -> None:
        """Neither the caller's token nor its deadline go along to identity."""
        from services.chassis.actor import acting_as, current_actor
        from services.chassis.interceptors.call import set_current_call

        seen: list[Any] = []

        async def ask() -> int:
            seen.extend((current_call(), current_actor().kind))
            return 1

        async def inside() -> None:
            set_current_call(object())  # type: ignore[arg-type]
            with acting_as(Actor(CallerKind.USER, user_id=new_id(), token="t")):
                await Recent[int]().get("q", ask)

        await asyncio.create_task(inside())
        assert seen == [None, CallerKind.ANONYMOUS]

    async def test_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(credentials, "CAPACITY", 10)
        recent: Recent[int] = Recent()

        async def ask() -> int:
            return 1

        for n in range(50):
            await recent.get(n, ask)
        assert len(recent._answers) == 10
        assert not recent._asking

    @pytest.mark.parametrize("key", ["k" * 201, "ä" * 5, "\N{SNOWMAN}"])
    async def test_impossible_keys_are_not_asked_about(self, world: World, key: str) -> None:
        found = IdentityCredentials(world.harness.resources.peers)
        assert await found.verify_key(key) is None
