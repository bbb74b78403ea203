"""Every link, for all four kinds of RPC."""

import asyncio
from typing import Any

import grpc
import pytest

from services.chassis.errors import (
    AccessUndeclared,
    Code,
    CredentialsInvalid,
    CredentialsMissing,
    InvalidFields,
    MalformedRequest,
    PermissionMissing,
    ReauthRequired,
)
from services.chassis.interceptors.call import Kind
from services.chassis.ratelimit import RateLimiter
from services.chassis.server import links
from services.chassis.testing import Refusal, overtaken, refused
from services.chassis.testing.harness import TrustingCredentials
from tests.chassis.bakery import eventually
from tests.chassis.conftest import World
from tests.chassis.contract import Answer, Ask
from tests.chassis.toy import SECRET, ToyMissing

KINDS = {"Do": Kind.UNARY_UNARY, "Tell": Kind.UNARY_STREAM, "Collect": Kind.STREAM_UNARY, "Talk": Kind.STREAM_STREAM}
MALFORMED = (b"\xff\xff\xff\xff", b"\x0a\x05ab", b"\x0a\x02\xff\xfe", b"\x08", b"\x0b\x0b\x0b")
"""Broken varint, truncated string, text that is no UTF-8, a field without value, unclosed groups."""


async def converse(
    world: World, method: str, messages: list[Any], metadata: Any = None, made: list[Any] | None = None
) -> list[Any]:
    """Call an RPC of any kind with `messages`; all that it answers. Each call that it takes goes into `made`."""
    kind = KINDS[method]
    given = world.metadata() if metadata is None else metadata
    call = getattr(world.stub, method)

    async def each() -> Any:
        for message in messages:
            yield message

    while True:
        running = call(each() if kind.request_streams else messages[0], metadata=given, timeout=10)
        if made is not None:
            made.append(running)
        try:
            return [answer async for answer in running] if kind.response_streams else [await running]
        except grpc.aio.AioRpcError as error:
            if not overtaken(error):
                raise


def test_the_order_of_the_links(world: World) -> None:
    found = links(world.harness.resources, RateLimiter(world.harness.resources.redis), TrustingCredentials())
    assert [type(link).__name__ for link in found] == [
        "RequestId",
        "Tracing",
        "Logging",
        "Metrics",
        "Errors",
        "Deadline",
        "RateLimitByAddress",
        "Authenticate",
        "RateLimitByCaller",
        "Authorize",
        "Validate",
        "Idempotency",
    ]


@pytest.mark.parametrize("method", KINDS)
class TestEveryKind:
    async def test_answers(self, world: World, method: str) -> None:
        assert (await converse(world, method, [Ask(what="echo:hello")]))[0] is not None

    async def test_names_the_call_in_its_answer(self, world: World, method: str) -> None:
        call = getattr(world.stub, method)
        metadata = world.metadata(x_request_id="gateway-made-this-1")

        async def one() -> Any:
            yield Ask()

        running = call(one() if KINDS[method].request_streams else Ask(), metadata=metadata)
        if KINDS[method].response_streams:
            async for _ in running:
                pass
        else:
            await running
        assert dict(await running.trailing_metadata())["x-request-id"] == "gateway-made-this-1"

    @pytest.mark.parametrize("hostile", ["short", "a" * 65, "has space in it", "injected%0a", "ünicode-ünicode", ""])
    async def test_makes_an_id_where_the_given_one_is_unsound(self, world: World, method: str, hostile: str) -> None:
        if not hostile.isascii():
            hostile = "semicolon;colon:1"
        metadata = world.metadata(x_request_id=hostile)
        with refused(ToyMissing) as refusal:
            await converse(world, method, [Ask(what="missing:x")], metadata)
        assert refusal.trailing["x-request-id"] != hostile

    async def test_refuses_strangers(self, world: World, method: str) -> None:
        with refused(CredentialsMissing):
            await converse(world, method, [Ask()], [])

    @pytest.mark.parametrize("header", ["Bearer x", "Basic dXNlcjpwYXNz", "Bearer ", "x", "Bearer a.b.c"])
    async def test_refuses_bad_credentials(self, world: World, method: str, header: str) -> None:
        with refused(CredentialsInvalid):
            await converse(world, method, [Ask()], [("authorization", header)])

    async def test_refuses_revoked_sessions(self, world: World, method: str) -> None:
        from services.chassis.ids import new_id

        session = new_id()
        credentials: Any = world.harness.credentials
        credentials.revoked.add(session)
        with refused(CredentialsInvalid):
            token = world.harness.token(session_id=session)
            await converse(world, method, [Ask()], world.harness.metadata(token))

    @pytest.mark.parametrize("raw", MALFORMED)
    async def test_refuses_malformed_bytes_at_first(self, world: World, method: str, raw: bytes) -> None:
        with refused(MalformedRequest) as refusal:
            await converse(world, method, [raw])
        assert refusal.message == "the request is malformed"

    async def test_refuses_invalid_fields_at_any_place(self, world: World, method: str) -> None:
        bad = Ask(number=-1, names=["fine", "far too long"])
        sent = [Ask(what="a"), Ask(what="b"), bad] if KINDS[method].request_streams else [bad]
        with refused(InvalidFields) as refusal:
            await converse(world, method, sent)
        assert refusal.fields == ["number", "names[1]"]
        assert refusal.metadata["fields"] == "number,names[1]"

    @pytest.mark.parametrize(
        "how", ["leak", "stop", "group", "cancelled", "sqlstate:P0001", "sqlstate:42501", "sqlstate:ST001"]
    )
    async def test_never_tells_what_went_wrong_inside(self, world: World, method: str, how: str) -> None:
        with refused("INTERNAL", Code.INTERNAL) as refusal:
            await converse(world, method, [Ask(what=how)])
        assert refusal.message == "internal error"
        assert refusal.metadata == {"reference": refusal.trailing["x-request-id"]}
        everything = repr(refusal) + repr(refusal.trailing)
        for word in (SECRET, "hunter2", "Traceback", "ValueError", "asyncpg", "sqlalchemy", ".py"):
            assert word not in everything

    async def test_passes_expected_refusals_on(self, world: World, method: str) -> None:
        with refused(ToyMissing) as refusal:
            await converse(world, method, [Ask(what="missing:bear")])
        assert refusal.metadata == {"toy": "bear"}
        assert refusal.message == "there is no such toy"

    async def test_counts_the_call(self, world: World, method: str) -> None:
        from services.chassis.interceptors.metrics import ACTIVE, CALLS
        from services.chassis.tally import TALLY

        path = f"/doorstep.toy.v1.ToyService/{method}"

        def value(code: str) -> float:
            TALLY.hand_over()  # as a scrape does
            return float(CALLS.labels(path, code)._value.get())

        said = {"NOT_FOUND": Ask(what="missing:x"), "INTERNAL": Ask(what="leak"), "INVALID_ARGUMENT": MALFORMED[0]}
        before = {code: value(code) for code in ("OK", *said)}
        made: dict[str, list[Any]] = {code: [] for code in before}
        await converse(world, method, [Ask()], made=made["OK"])
        for code, message in said.items():
            with pytest.raises(grpc.aio.AioRpcError):
                await converse(world, method, [message], made=made[code])
        await eventually(lambda: ACTIVE.labels(path)._value.get() == 0)  # a refusal is told before its call has ended
        assert {code: value(code) - n for code, n in before.items()} == {
            code: len(calls) for code, calls in made.items()
        }


@pytest.mark.parametrize("raw", MALFORMED)
@pytest.mark.parametrize("method", ["Collect", "Talk"])
async def test_malformed_bytes_later_in_a_stream(world: World, method: str, raw: bytes) -> None:
    with refused(MalformedRequest):
        await converse(world, method, [Ask(what="a"), Ask(what="b"), raw, Ask(what="c")])


async def test_messages_before_the_malformed_one_are_answered(world: World) -> None:
    call = world.stub.Talk(metadata=world.metadata(), timeout=10)
    for n in range(3):
        await call.write(Ask(what="fine", number=n))
        assert (await call.read()).number == n
    await call.write(b"\xff")
    with refused(MalformedRequest):
        await call.read()
        await call
        raise await _error(call)


async def _error(call: Any) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(
        await call.code(), await call.initial_metadata(), await call.trailing_metadata(), await call.details()
    )


async def test_a_servicer_may_ask_for_bytes(world: World) -> None:
    call = world.stub.Raw(metadata=world.metadata(), timeout=10)
    await call.write(b"\xff\xff")
    answer = await call.read()
    await call.done_writing()
    assert (answer.text, answer.number) == ("bytes", 2)


async def test_streams_may_yield_what_they_serialised_themselves(world: World) -> None:
    answers = await converse(world, "Tell", [Ask(number=6)])
    assert [a.number for a in answers[:6]] == list(range(6))


async def test_unknown_methods_and_services(world: World) -> None:
    for path in ("/doorstep.toy.v1.ToyService/Nothing", "/doorstep.nothing.v1.No/No", "/", "//"):
        method = world.harness.channel.unary_unary(path)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await method(b"", metadata=world.metadata(), timeout=10)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_too_many_violations_still_reach_the_caller(world: World) -> None:
    with refused(InvalidFields) as refusal:
        await world.call("Do", names=["too long"] * 20_000)
    assert 5 < len(refusal.fields) < 200
    with refused(ToyMissing) as refusal:
        await world.call("Do", "missing:" + "ü" * 150)
    assert refusal.metadata["toy"] == "ü" * 150


async def test_hostile_headers_do_no_harm(world: World) -> None:
    for headers in (
        {"traceparent": "00-zz-zz-01", "tracestate": "=,=,"},
        {"traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-01"},
        {"baggage": "a=" + "b" * 4000 + ",,,=;;"},
        {"x_doorstep_hops": "nine"},
        {"x_envoy_external_address": "no address at all ::::"},
        {"grpc_accept_encoding": "nonsense"},
        {"x_api_key": "k" * 3000},
    ):
        answer = await world.call("Do", "echo:fine", **headers)
        assert answer.text == "fine"


class TestAccess:
    async def test_no_rule_no_entry(self, world: World) -> None:
        with refused(AccessUndeclared):
            await world.call("Closed")
        with refused(AccessUndeclared):
            await world.anonymously("Closed", service="toy")

    async def test_public_for_all(self, world: World) -> None:
        assert (await world.anonymously("Open", "echo:a")).text == "a"
        assert (await world.call("Open", "who")).text.startswith("user:")

    async def test_bad_credentials_count_as_none_on_public_rpcs(self, world: World) -> None:
        assert (await world.call("Open", "who", token="x.y.z")).text == ""
        assert (await world.anonymously("Open", "who", api_key="nobody's")).text == ""

    async def test_internal_is_for_peers(self, world: World) -> None:
        for call in (world.call("Inside"), world.anonymously("Inside", service="other")):
            with refused(PermissionMissing if call.__name__ == "call" else CredentialsInvalid):
                await call
        with refused(CredentialsMissing):
            await world.anonymously("Inside")
        assert (await world.anonymously("Inside", "echo:a", service="toy")).text == "a"

    async def test_peers_may_call_on_behalf_of_a_user(self, world: World) -> None:
        assert (await world.call("Inside", "who", service="toy")).text.startswith("user:")

    async def test_a_service_is_no_user(self, world: World) -> None:
        for method in ("Do", "Write"):
            with refused(PermissionMissing):
                await world.anonymously(method, service="toy")

    async def test_permission(self, world: World) -> None:
        with refused(PermissionMissing) as refusal:
            await world.call("Write")
        assert refusal.metadata == {"permission": "toy.write"}
        assert await world.call("Write", token=world.harness.token(permissions=["toy.write"])) is not None
        with refused(PermissionMissing):
            await world.call("Write", token=world.harness.token(permissions=["toy.writer", "toy", "*", "toy.*"]))

    async def test_keys_enter_only_where_they_are_named(self, world: World) -> None:
        from services.chassis.actor import Actor, CallerKind
        from services.chassis.ids import new_id

        credentials: Any = world.harness.credentials
        for kind in (CallerKind.API_KEY, CallerKind.DEVICE):
            credentials.keys[f"{kind}"] = Actor(
                kind, organization_id=new_id(), key_id=new_id(), permissions=frozenset({"toy.write"})
            )
        assert await world.anonymously("Write", api_key="api_key") is not None
        with refused(PermissionMissing):
            await world.anonymously("Write", api_key="device")
        with refused(PermissionMissing):
            await world.anonymously("Do", api_key="api_key")
        with refused(CredentialsInvalid):
            await world.anonymously("Write", api_key="unknown")

    async def test_recent_authentication(self, world: World) -> None:
        assert await world.call("Recent") is not None
        with refused(ReauthRequired) as refusal:
            await world.call("Recent", token=world.harness.token(age=301))
        assert refusal.metadata == {"max_age_seconds": "300"}


class TestLimits:
    async def test_by_caller(self, world: World) -> None:
        token = world.harness.token()
        for _ in range(5):
            await world.call("Limited", token=token)
        with refused("RATE_LIMITED", Code.RESOURCE_EXHAUSTED) as refusal:
            await world.call("Limited", token=token)
        assert refusal.metadata == {"limit": "5", "window_seconds": "60"}
        assert refusal.retry_after is not None
        assert 1 <= refusal.retry_after <= 120
        assert int(str(refusal.trailing["retry-after"])) >= refusal.retry_after
        await world.call("Limited", token=world.harness.token())  # another caller has a share of its own

    async def test_by_address(self, world: World) -> None:
        def origin(address: str) -> dict[str, str]:
            return {"x_envoy_external_address": address}

        for _ in range(3):
            await world.anonymously("Guarded", **origin("192.0.2.1"))
        with refused("RATE_LIMITED"):
            await world.anonymously("Guarded", **origin("192.0.2.1"))
        with refused("RATE_LIMITED"):
            await world.call("Guarded", **origin("192.0.2.1"))  # being somebody does not help
        with refused("RATE_LIMITED"):
            await world.anonymously("Guarded", **origin("::ffff:192.0.2.1"))
        with refused("RATE_LIMITED"):  # what only the outside says counts for nothing
            await world.anonymously("Guarded", x_forwarded_for="198.51.100.7", **origin("192.0.2.1"))
        await world.anonymously("Guarded", **origin("192.0.2.2"))

    async def test_one_ipv6_network_is_one_address(self, world: World) -> None:
        answers = []
        for n in range(12):
            try:
                await world.anonymously("Guarded", x_envoy_external_address=f"2001:db8:0:1::{n:x}")
                answers.append("OK")
            except grpc.aio.AioRpcError as error:
                answers.append(Refusal.of(error).reason)
        assert answers == ["OK"] * 3 + ["RATE_LIMITED"] * 9

    async def test_peers_are_not_limited(self, world: World) -> None:
        for _ in range(9):
            await world.anonymously("Guarded", service="toy", x_envoy_external_address="192.0.2.77")
        token = world.harness.token()
        for _ in range(9):
            await world.call("Limited", token=token, service="toy")

    async def test_a_forged_service_token_does_not_open_the_limit(self, world: World) -> None:
        outcomes = set()
        for _ in range(6):
            try:
                await world.anonymously(
                    "Guarded", x_envoy_external_address="192.0.2.78", x_doorstep_service_token="forged"
                )
            except grpc.aio.AioRpcError as error:
                outcomes.add(Refusal.of(error).reason)
        assert outcomes == {"RATE_LIMITED"}


async def test_concurrent_calls_do_not_see_each_other(world: World) -> None:
    from services.chassis.ids import new_id

    users = [new_id() for _ in range(60)]
    answers = await asyncio.gather(
        *(world.call("Do", "who", token=world.harness.token(user_id=user)) for user in users)
    )
    assert [a.text for a in answers] == [f"user:{user}" for user in users]
    assert isinstance(answers[0], Answer)
