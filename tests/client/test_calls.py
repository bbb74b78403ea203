"""Errors, repetitions, deadlines and paging, through both faces."""

import ast
import asyncio
import ssl
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import doorstep_client
from doorstep.identity.v1 import auth_service_pb2_grpc
from doorstep_client import (
    Code,
    DeadlineExceeded,
    Doorstep,
    DoorstepError,
    DoorstepSync,
    InvalidArgument,
    Options,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
)
from doorstep_client.api.doorstep.identity.v1 import (
    ChangePasswordRequest,
    GetMeRequest,
    ListUsersRequest,
    User,
)
from doorstep_client.errors import decode
from doorstep_client.retries import Throttle, backoff
from tests.client.conftest import World
from tests.client.serving import Auth, refuse

Call = Callable[..., Awaitable[Any]]
CHANGE = ChangePasswordRequest(current_password="a", new_password="b")


@pytest.fixture(params=["awaited", "blocking"])
def call(request: pytest.FixtureRequest, client: Doorstep, blocking: DoorstepSync) -> Call:
    """`await call("auth", "get_me", request, timeout=...)` through either face."""

    async def awaited(service: str, method: str, message: Any, **options: Any) -> Any:
        return await getattr(getattr(client.options(**options), service), method)(message)

    async def threaded(service: str, method: str, message: Any, **options: Any) -> Any:
        return await asyncio.to_thread(getattr(getattr(blocking.options(**options), service), method), message)

    return awaited if request.param == "awaited" else threaded


def failing(times: int, code: grpc.StatusCode, reason: str = "", **details: Any) -> Callable[[Any], Awaitable[None]]:
    left = times

    async def script(context: Any) -> None:
        nonlocal left
        if left:
            left -= 1
            await refuse(context, code, reason, **details)

    return script


class TestErrors:
    async def test_every_detail_arrives(self, world: World, call: Call) -> None:
        world.auth.on_me = failing(
            1,
            grpc.StatusCode.INVALID_ARGUMENT,
            "INVALID_FIELDS",
            metadata={"fields": "email"},
            fields=[("email", "must be an address")],
        )
        with pytest.raises(InvalidArgument) as caught:
            await call("auth", "get_me", GetMeRequest())
        error = caught.value
        assert (error.code, error.reason, error.metadata) == (
            Code.INVALID_ARGUMENT,
            "INVALID_FIELDS",
            {"fields": "email"},
        )
        assert [(v.field, v.description, v.reason) for v in error.field_violations] == [
            ("email", "must be an address", "RULE")
        ]
        assert (error.retry_after, error.request_id, error.message) == (None, "request-1", "refused")

    async def test_retry_after_is_in_seconds(self, world: World, call: Call) -> None:
        world.auth.on_me = failing(1, grpc.StatusCode.RESOURCE_EXHAUSTED, "SIGN_IN_LOCKED", retry_after=118.5)
        with pytest.raises(ResourceExhausted) as caught:
            await call("auth", "get_me", GetMeRequest())
        assert caught.value.retry_after == 118.5

    async def test_nobody_listens(self) -> None:
        async with Doorstep("http://127.0.0.1:1", tokens=None) as nowhere:
            with pytest.raises(Unavailable) as caught:
                await nowhere.options(retries=0).auth.get_me(GetMeRequest())
        assert caught.value.reason == "CONNECTION_LOST"

    @pytest.mark.parametrize("code", list(Code))
    def test_every_code_has_a_class(self, code: Code) -> None:
        error = decode(code, "text", None)
        assert isinstance(error, DoorstepError)
        assert error.code is code

    @pytest.mark.parametrize("garbage", [b"\x0a\xff", b"\x12\x02\xff\xfe", b"\x1a\x01", b"\x00" * 9])
    def test_garbled_details_leave_code_and_text(self, garbage: bytes) -> None:
        error = decode(Code.NOT_FOUND, "gone", garbage)
        assert (error.code, error.message, error.reason) == (Code.NOT_FOUND, "gone", "")


class TestRepetition:
    async def test_a_read_is_repeated(self, world: World, call: Call) -> None:
        world.auth.on_me = failing(2, grpc.StatusCode.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", retry_after=0.01)
        await call("auth", "get_me", GetMeRequest(), metadata=(("x-api-key", "key"),))
        assert world.auth.calls["GetMe"] == 3

    async def test_a_write_is_not(self, world: World, call: Call) -> None:
        world.auth.on_me = failing(1, grpc.StatusCode.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", retry_after=0.01)
        with pytest.raises(Unavailable):
            await call("auth", "change_password", CHANGE)
        assert world.auth.calls["ChangePassword"] == 1

    async def test_a_write_with_a_key_is(self, world: World, call: Call) -> None:
        world.auth.on_me = failing(1, grpc.StatusCode.ABORTED, "IDEMPOTENCY_IN_PROGRESS", retry_after=0.01)
        await call("auth", "change_password", CHANGE, idempotency_key="once")
        assert [h["idempotency-key"] for h in world.auth.headers] == ["once", "once"]

    async def test_what_cannot_succeed_is_not_repeated(self, world: World, call: Call) -> None:
        world.auth.on_me = failing(1, grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_MISSING")
        with pytest.raises(PermissionDenied):
            await call("auth", "get_me", GetMeRequest())
        assert world.auth.calls["GetMe"] == 1

    async def test_no_waiting_past_the_deadline(self, world: World, call: Call) -> None:
        world.auth.on_me = failing(1, grpc.StatusCode.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", retry_after=60)
        with pytest.raises(Unavailable) as caught:
            await call("auth", "get_me", GetMeRequest())
        assert caught.value.retry_after == 60

    async def test_repetitions_end(self, world: World, call: Call) -> None:
        world.auth.on_me = failing(99, grpc.StatusCode.UNAVAILABLE, retry_after=0)
        with pytest.raises(Unavailable):
            await call("auth", "get_me", GetMeRequest(), retries=2)
        assert world.auth.calls["GetMe"] == 3

    def test_a_struggling_server_is_left_alone(self) -> None:
        throttle = Throttle(tokens=10)
        assert [throttle.failed() for _ in range(6)] == [True, True, True, True, False, False]
        for _ in range(30):
            throttle.succeeded()
        assert throttle.failed()

    def test_backoff_grows_and_keeps_to_what_was_asked(self) -> None:
        assert all(0 <= backoff(n) <= min(5.0, 0.1 * 2**n) for n in range(12))
        assert all(2 <= backoff(n, 2.0) <= 2.5 for n in range(12))


class TestDeadlines:
    async def test_every_call_has_one(self, world: World, call: Call) -> None:
        before = time.time()
        await call("auth", "change_password", CHANGE)
        # The default of 10 s, from somewhere within the call. What travels is rounded up, and clocks are not one.
        assert before + 9.5 < world.auth.deadlines[0] < time.time() + 10.5

    async def test_one_s_own(self, world: World, call: Call) -> None:
        async def hang(context: Any) -> None:
            await asyncio.Event().wait()

        world.auth.on_me = hang
        for patience in (0.2, 2.0, 20.0):  # on a busy machine a short one may be over before the call arrives
            with pytest.raises(DeadlineExceeded):
                await call("auth", "change_password", CHANGE, timeout=patience)
            if world.auth.timeouts:
                break
        assert world.auth.timeouts[0] <= patience

    async def test_the_generated_argument_works(self, world: World, client: Doorstep) -> None:
        await client.auth.change_password(CHANGE, timeout=60, metadata={"x-extra": "1"})
        assert 30 < world.auth.timeouts[0] <= 61, "more than the default"
        assert world.auth.headers[0]["x-extra"] == "1"


class TestCredentials:
    async def test_an_api_key_goes_with_every_call(self, world: World) -> None:
        async with Doorstep(world.address, api_key="ds_live_1") as client:
            await client.auth.get_me(GetMeRequest())
        assert world.auth.headers[-1]["x-api-key"] == "ds_live_1"

    async def test_an_api_key_cannot_be_renewed(self, world: World) -> None:
        world.auth.on_me = failing(9, grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_INVALID")
        async with Doorstep(world.address, api_key="ds_live_1") as client:
            with pytest.raises(Unauthenticated):
                await client.auth.get_me(GetMeRequest())
        assert world.auth.calls["GetMe"] == 1


class TestPaging:
    async def test_awaited(self, world: World, client: Doorstep) -> None:
        found = [user.user_id async for user in client.items(client.users.list_users, ListUsersRequest(page_size=2))]
        assert found == [str(n) for n in range(7)]
        assert world.users.asked == [(2, ""), (2, "2"), (2, "4"), (2, "6")]

    async def test_blocking(self, world: World, blocking: DoorstepSync) -> None:
        def collect() -> list[User]:
            return list(blocking.items(blocking.users.list_users, ListUsersRequest()))

        found = await asyncio.to_thread(collect)
        assert [user.user_id for user in found] == [str(n) for n in range(7)]

    async def test_pages_come_when_wanted(self, world: World, client: Doorstep) -> None:
        async for page in client.pages(client.users.list_users, ListUsersRequest()):
            assert len(page.users) == 3
            break
        assert len(world.users.asked) == 1

    async def test_what_does_not_list_is_refused(self, world: World, client: Doorstep) -> None:
        await client.sign_in("ana@example.com", "right")
        with pytest.raises(TypeError, match="GetMeResponse"):
            async for _ in client.items(client.auth.get_me, GetMeRequest()):
                pass


class TestShape:
    def test_every_service_has_an_accessor(self, client: Doorstep, blocking: DoorstepSync) -> None:
        for name in ("auth", "users", "properties", "listings", "search", "imports", "sessions", "telemetry"):
            assert getattr(client, name) is getattr(client, name)
            assert getattr(blocking, name) is getattr(blocking, name)

    def test_others_are_attribute_errors(self, client: Doorstep) -> None:
        with pytest.raises(AttributeError, match="houses"):
            client.houses  # noqa: B018

    @pytest.mark.parametrize("address", ["ftp://host", "http://", "http://host/path"])
    def test_addresses_that_are_none(self, address: str) -> None:
        with pytest.raises(ValueError, match="address"):
            Doorstep(address)

    def test_it_stands_alone(self) -> None:
        package = Path(doorstep_client.__file__).parent
        imported = set()
        for file in package.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    imported.add(str(node.module).partition(".")[0])
        third_party = imported - sys.stdlib_module_names
        assert third_party <= {"doorstep_client", "betterproto2", "grpc", "grpclib", "typing_extensions", "dateutil"}


@dataclass(frozen=True)
class Secured:
    """A server that speaks TLS, with an authority that nobody else trusts."""

    address: str
    authority: Path


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[Secured]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    authority = tmp_path / "authority.pem"
    authority.write_bytes(certificate)
    server = grpc.aio.server()
    auth_service_pb2_grpc.add_AuthServiceServicer_to_server(Auth(), server)
    port = server.add_secure_port("localhost:0", grpc.ssl_server_credentials([(private, certificate)]))
    await server.start()
    yield Secured(f"https://localhost:{port}", authority)
    await server.stop(None)


class TestTls:
    async def test_awaited(self, secured: Secured) -> None:
        trust = ssl.create_default_context(cafile=secured.authority)
        async with Doorstep(secured.address, ssl_context=trust) as client:
            await client.auth.change_password(CHANGE)

    async def test_blocking(self, secured: Secured) -> None:
        with DoorstepSync(secured.address, root_certificates=secured.authority) as client:
            await asyncio.to_thread(client.auth.change_password, CHANGE)

    async def test_strangers_are_not_trusted(self, secured: Secured) -> None:
        async with Doorstep(secured.address, options=Options(retries=0)) as client:
            with pytest.raises(Unavailable):
                await client.auth.change_password(CHANGE)
        with DoorstepSync(secured.address, options=Options(retries=0)) as blocking, pytest.raises(Unavailable):
            await asyncio.to_thread(blocking.auth.change_password, CHANGE)
