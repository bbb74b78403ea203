"""The awaited client."""

import asyncio
import copy
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from betterproto2.grpclib import ServiceStub
from grpclib.client import Channel

from doorstep_client import paging
from doorstep_client.address import Address
from doorstep_client.api.doorstep.identity import v1 as identity
from doorstep_client.api.services import SERVICES, Services
from doorstep_client.errors import (
    CALL_ERRORS,
    DeadlineExceeded,
    Details,
    DoorstepError,
    RawDetails,
    Unauthenticated,
    translate,
)
from doorstep_client.retries import STREAM_TIMEOUT, UNARY_TIMEOUT, Attempts, Options, Throttle
from doorstep_client.signin import WITHOUT_CREDENTIALS, AsyncSignIn, Headers, Tokens

if TYPE_CHECKING:
    from doorstep_client.vr import Vr

T = TypeVar("T")


class Doorstep(Services):
    """A connection to Doorstep.

        async with Doorstep("http://127.0.0.1:8080") as client:
            await client.sign_in("ana@example.com", password)
            me = await client.auth.get_me(GetMeRequest())

    Services are attributes: `client.listings`, `client.search`, ... (`doorstep_client.api.services` lists them). Their
    methods take the request message and raise `DoorstepError`s; every call has a deadline, and is repeated where that
    is safe. One client serves any number of tasks of one event loop.
    """

    def __init__(
        self,
        address: str,
        *,
        api_key: str = "",
        tokens: Tokens | None = None,
        on_tokens: Callable[[Tokens], None] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        options: Options | None = None,
    ) -> None:
        """Make a client; it connects with its first call.

        Args:
            address: The gateway: `http://host:port` (HTTP/2 in the clear) or `https://host`.
            api_key: Key of a server or headset, instead of signing in.
            tokens: Of an earlier sign-in.
            on_tokens: Called with every new pair of tokens, to keep them.
            ssl_context: Trusts something else than the system's certificate authorities.
            options: Defaults for all calls.
        """
        self.address = Address.parse(address)
        self._ssl = ssl_context
        self._link = _Link()
        self._throttle = Throttle()
        self._options = options or Options()
        self._signin = AsyncSignIn(self._refresh, api_key, tokens, on_tokens)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection. Calls under way end with CONNECTION_LOST."""
        if self._link.channel is not None:
            self._link.channel.close()

    # The services are made when asked for, so that the generated list is the only one there is.
    def __getattr__(self, name: str) -> Any:
        if name not in SERVICES:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        generated = SERVICES[name].aio
        stub = type(generated.__name__, (_Calls, generated), {})(self)
        self.__dict__[name] = stub
        return stub

    def options(self, **changes: Any) -> Self:
        """This client with other options, sharing connection and sign-in.

        `client.options(timeout=2, idempotency_key="...").listings.create_listing(...)`; see `Options`.
        """
        view = copy.copy(self)
        for name in SERVICES:
            view.__dict__.pop(name, None)
        view._options = self._options.with_(**changes)
        return view

    # --- who calls ---

    @property
    def tokens(self) -> Tokens | None:
        """The tokens of the sign-in, if there is one."""
        return self._signin.tokens

    async def sign_in(
        self, email: str, password: str, *, organization_id: str = "", device_token: str = "", device_name: str = ""
    ) -> identity.User:
        """Begin a session; the client renews its tokens from then on.

        Raises:
            Unauthenticated: INVALID_CREDENTIALS.
            ResourceExhausted: SIGN_IN_LOCKED, RATE_LIMITED; see `retry_after`.
            NotFound: ORGANIZATION_NOT_FOUND.
        """
        answer = await self.auth.login(
            identity.LoginRequest(
                email=email,
                password=password,
                organization_id=organization_id,
                device_token=device_token,
                device_name=device_name,
            )
        )
        self._signin.accept(answer)
        return cast("identity.User", answer.user)

    async def sign_out(self, *, all_sessions: bool = False) -> None:
        """End the session (or all of the user's), here and on the server."""
        with suppress(Unauthenticated):  # it had ended before: done as well
            await self.auth.logout(identity.LogoutRequest(all_sessions=all_sessions))
        self._signin.forget()

    async def switch_organization(self, organization_id: str) -> None:
        """Work in another organisation of the user from now on.

        Raises:
            NotFound: ORGANIZATION_NOT_FOUND.
        """
        request = identity.SwitchOrganizationRequest(organization_id=organization_id)
        self._signin.accept(await self.auth.switch_organization(request))

    async def _refresh(self, refresh_token: str) -> identity.RefreshTokenResponse:
        # Without the caller's options: a flight serves many callers.
        plain = self.options(timeout=None, idempotency_key="", metadata=())
        return await plain.auth.refresh_token(identity.RefreshTokenRequest(refresh_token=refresh_token))

    # --- conveniences ---

    def items(self, method: Callable[[paging.Q], Awaitable[paging.R]], request: paging.Q) -> AsyncIterator[Any]:
        """Every item of a method that lists, page after page: `client.items(client.users.list_users, request)`."""
        return paging.items(method, request)

    def pages(self, method: Callable[[paging.Q], Awaitable[paging.R]], request: paging.Q) -> AsyncIterator[paging.R]:
        """Every page of a method that lists."""
        return paging.pages(method, request)

    @property
    def vr(self) -> "Vr":
        """Records visits in VR: `client.vr.session(...)`."""
        from doorstep_client.vr import Vr  # noqa: PLC0415  # what only reads needs no recorder

        return Vr(self)

    # --- the way down ---

    @property
    def channel(self) -> Channel:
        """The connection, for generated stubs used by themselves (without any of the above)."""
        if self._link.channel is None:
            secure = (self._ssl or True) if self.address.tls else None
            if self._ssl is not None:
                self._ssl.set_alpn_protocols(["h2"])  # gRPC is HTTP/2; a context by itself offers nothing
            self._link.channel = Channel(
                self.address.host, self.address.port, ssl=secure, status_details_codec=RawDetails()
            )
        return self._link.channel

    async def headers(self, path: str) -> Headers:
        """Headers for one call: credentials, renewed if it is time to, and what the options say."""
        found = list(self._options.metadata)
        if self._options.idempotency_key:
            found.append(("idempotency-key", self._options.idempotency_key))
        if path not in WITHOUT_CREDENTIALS:
            await self._signin.renew()
            found += self._signin.headers()
        return found

    async def renewed(self, used: Headers) -> bool:
        """Whether there are other credentials now than the refused ones that were `used`."""
        token = dict(used).get("authorization", "").removeprefix("Bearer ")
        return bool(token) and await self._signin.renew(token)

    def attempts(self, path: str, timeout: float | None, default: float, request: object = None) -> Attempts:
        """Begin to count the attempts of one call."""
        limit = next((t for t in (timeout, self._options.timeout) if t is not None), default)
        return Attempts(path, self._options, self._throttle, limit, request)

    def succeeded(self) -> None:
        """Note that the server answers."""
        self._throttle.succeeded()


class _Link:
    """The connection that a client and its views share."""

    channel: Channel | None = None


class _Calls(ServiceStub):
    """What comes before the generated stub: credentials, deadline, repetitions, typed errors.

    The generated methods call these four by name, so overriding them reaches every method of every service.
    """

    def __init__(self, client: Doorstep) -> None:
        super().__init__(client.channel)
        self._client = client

    async def _attempt(self, attempts: Attempts, call: Callable[[Headers], Awaitable[T]], *, once: bool = False) -> T:
        client = self._client
        while True:
            used: Headers = []
            try:
                # Our own limit as well: grpclib's begins when the connection stands.
                async with asyncio.timeout(attempts.left):
                    used = await client.headers(attempts.path)
                    answer = await call(used)
            except CALL_ERRORS as raised:
                error = translate(raised)
                if once or not await self._again(attempts, used, error):
                    raise error from raised
            else:
                client.succeeded()
                return answer

    async def _again(self, attempts: Attempts, used: Headers, error: DoorstepError) -> bool:
        if attempts.renewable(error) and await self._client.renewed(used):
            return True
        seconds = attempts.wait(error)
        if seconds is None:
            return False
        await asyncio.sleep(seconds)
        return True

    async def _unary_unary(
        self,
        route: str,
        request: Any,
        response_type: Any,
        *,
        timeout: Any = None,
        deadline: Any = None,
        metadata: Any = None,
    ) -> Any:
        attempts = self._client.attempts(route, _limit(timeout, deadline), UNARY_TIMEOUT, request)
        call = super()._unary_unary

        async def once(headers: Headers) -> Any:
            given = headers + _pairs(metadata)
            return await call(route, request, response_type, timeout=attempts.left, metadata=given)

        return await self._attempt(attempts, once)

    async def _stream_unary(
        self,
        route: str,
        request_iterator: Iterable[Any] | AsyncIterable[Any],
        request_type: Any,
        response_type: Any,
        *,
        timeout: Any = None,
        deadline: Any = None,
        metadata: Any = None,
    ) -> Any:
        attempts = self._client.attempts(route, _limit(timeout, deadline), STREAM_TIMEOUT)
        call = super()._stream_unary

        async def once(headers: Headers) -> Any:
            given = headers + _pairs(metadata)
            left = attempts.left
            return await call(route, request_iterator, request_type, response_type, timeout=left, metadata=given)

        return await self._attempt(attempts, once, once=True)  # the messages are spent: they cannot be sent again

    async def _unary_stream(
        self,
        route: str,
        request: Any,
        response_type: Any,
        *,
        timeout: Any = None,
        deadline: Any = None,
        metadata: Any = None,
    ) -> AsyncIterator[Any]:
        attempts = self._client.attempts(route, _limit(timeout, deadline), STREAM_TIMEOUT, request)

        def begin(headers: Headers) -> AsyncIterator[Any]:
            given = headers + _pairs(metadata)
            return ServiceStub._unary_stream(self, route, request, response_type, timeout=attempts.left, metadata=given)

        async for response in self._stream(attempts, begin):
            yield response

    async def _stream_stream(
        self,
        route: str,
        request_iterator: Iterable[Any] | AsyncIterable[Any],
        request_type: Any,
        response_type: Any,
        *,
        timeout: Any = None,
        deadline: Any = None,
        metadata: Any = None,
    ) -> AsyncIterator[Any]:
        attempts = self._client.attempts(route, _limit(timeout, deadline), STREAM_TIMEOUT)

        def begin(headers: Headers) -> AsyncIterator[Any]:
            given = headers + _pairs(metadata)
            return ServiceStub._stream_stream(
                self, route, request_iterator, request_type, response_type, timeout=attempts.left, metadata=given
            )

        async for response in self._stream(attempts, begin, once=True):
            yield response

    async def _stream(
        self, attempts: Attempts, begin: Callable[[Headers], AsyncIterator[Any]], *, once: bool = False
    ) -> AsyncIterator[Any]:
        """Repeat until the first response; a stream that breaks later is for the caller to take up again."""

        async def first(headers: Headers) -> tuple[AsyncIterator[Any], list[Any]]:
            responses = begin(headers)
            async for response in responses:
                return responses, [response]
            return responses, []

        responses, received = await self._attempt(attempts, first, once=once)
        async with aclosing(cast("Any", responses)):
            for response in received:
                yield response
            while received:
                try:
                    response = await anext(responses)
                except StopAsyncIteration:
                    return
                except CALL_ERRORS as raised:
                    raise translate(raised) from raised
                yield response


def _pairs(metadata: Any) -> Headers:
    return list(metadata.items() if hasattr(metadata, "items") else metadata or ())


def _limit(timeout: float | None, deadline: Any) -> float | None:
    remaining = None if deadline is None else deadline.time_remaining()
    given = [t for t in (timeout, remaining) if t is not None]
    if given and min(given) <= 0:
        raise DeadlineExceeded("the deadline has passed", Details(reason="DEADLINE_EXCEEDED"))
    return min(given) if given else None
