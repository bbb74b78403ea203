"""The blocking client."""

import copy
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import grpc
from grpclib.const import Status

from doorstep_client import paging
from doorstep_client.address import Address
from doorstep_client.api.doorstep.identity import v1 as identity
from doorstep_client.api.services import SERVICES, SyncServices
from doorstep_client.errors import DoorstepError, Unauthenticated, decode
from doorstep_client.retries import STREAM_TIMEOUT, UNARY_TIMEOUT, Attempts, Options, Throttle
from doorstep_client.signin import WITHOUT_CREDENTIALS, Headers, SyncSignIn, Tokens

if TYPE_CHECKING:
    from doorstep_client.vr.blocking import VrSync

T = TypeVar("T")

_CHANNEL_OPTIONS = (
    ("grpc.enable_retries", 0),  # ours know what may be repeated
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
)


class DoorstepSync(SyncServices):
    """A connection to Doorstep for code that blocks.

        with DoorstepSync("http://127.0.0.1:8080") as client:
            client.sign_in("ana@example.com", password)
            me = client.auth.get_me(GetMeRequest())

    As `Doorstep`, without `await`; one client serves any number of threads. The generated methods take the message
    only: deadline and idempotency key come by `client.options(...)`.
    """

    def __init__(
        self,
        address: str,
        *,
        api_key: str = "",
        tokens: Tokens | None = None,
        on_tokens: Callable[[Tokens], None] | None = None,
        root_certificates: Path | None = None,
        options: Options | None = None,
    ) -> None:
        """Make a client; it connects with its first call.

        Args:
            address: The gateway: `http://host:port` (HTTP/2 in the clear) or `https://host`.
            api_key: Key of a server or headset, instead of signing in.
            tokens: Of an earlier sign-in.
            on_tokens: Called with every new pair of tokens, to keep them.
            root_certificates: PEM file of certificate authorities to trust instead of the system's.
            options: Defaults for all calls.
        """
        self.address = Address.parse(address)
        self.root_certificates = root_certificates
        self._throttle = Throttle()
        self._options = options or Options()
        self._signin = SyncSignIn(self._refresh, api_key, tokens, on_tokens)
        self._grpc = self._connect(root_certificates)

    def _connect(self, root_certificates: Path | None) -> grpc.Channel:
        if not self.address.tls:
            return grpc.insecure_channel(self.address.target, options=_CHANNEL_OPTIONS)
        file = root_certificates or ssl.get_default_verify_paths().cafile
        # grpcio carries a list of its own and ignores the system's, where a company's own authority stands.
        roots = Path(file).read_bytes() if file else None
        return grpc.secure_channel(self.address.target, grpc.ssl_channel_credentials(roots), options=_CHANNEL_OPTIONS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection. Calls under way end with CANCELLED."""
        self._grpc.close()

    def __getattr__(self, name: str) -> Any:
        if name not in SERVICES:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        stub = SERVICES[name].blocking(self.channel)
        self.__dict__[name] = stub
        return stub

    def options(self, **changes: Any) -> Self:
        """This client with other options, sharing connection and sign-in; see `Options`."""
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

    def sign_in(
        self, email: str, password: str, *, organization_id: str = "", device_token: str = "", device_name: str = ""
    ) -> identity.User:
        """Begin a session; the client renews its tokens from then on.

        Raises:
            Unauthenticated: INVALID_CREDENTIALS.
            ResourceExhausted: SIGN_IN_LOCKED, RATE_LIMITED; see `retry_after`.
            NotFound: ORGANIZATION_NOT_FOUND.
        """
        answer = self.auth.login(
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

    def sign_out(self, *, all_sessions: bool = False) -> None:
        """End the session (or all of the user's), here and on the server."""
        with suppress(Unauthenticated):  # it had ended before: done as well
            self.auth.logout(identity.LogoutRequest(all_sessions=all_sessions))
        self._signin.forget()

    def switch_organization(self, organization_id: str) -> None:
        """Work in another organisation of the user from now on.

        Raises:
            NotFound: ORGANIZATION_NOT_FOUND.
        """
        request = identity.SwitchOrganizationRequest(organization_id=organization_id)
        self._signin.accept(self.auth.switch_organization(request))

    def _refresh(self, refresh_token: str) -> identity.RefreshTokenResponse:
        plain = self.options(timeout=None, idempotency_key="", metadata=())
        return plain.auth.refresh_token(identity.RefreshTokenRequest(refresh_token=refresh_token))

    # --- conveniences ---

    def items(self, method: Callable[[paging.Q], paging.R], request: paging.Q) -> Iterator[Any]:
        """Every item of a method that lists, page after page: `client.items(client.users.list_users, request)`."""
        return paging.items_sync(method, request)

    def pages(self, method: Callable[[paging.Q], paging.R], request: paging.Q) -> Iterator[paging.R]:
        """Every page of a method that lists."""
        return paging.pages_sync(method, request)

    @property
    def vr(self) -> "VrSync":
        """Records visits in VR: `client.vr.session(...)`."""
        from doorstep_client.vr.blocking import VrSync  # noqa: PLC0415  # what only reads needs no recorder

        return VrSync(self)

    # --- the way down ---

    @property
    def channel(self) -> grpc.Channel:
        """A channel that adds all of the above; protoc's own stubs (`..._pb2_grpc`) work on it as well."""
        return cast("grpc.Channel", _Calls(self, self._grpc))

    def headers(self, path: str) -> Headers:
        """Headers for one call: credentials, renewed if it is time to, and what the options say."""
        found = list(self._options.metadata)
        if self._options.idempotency_key:
            found.append(("idempotency-key", self._options.idempotency_key))
        if path not in WITHOUT_CREDENTIALS:
            self._signin.renew()
            found += self._signin.headers()
        return found

    def renewed(self, used: Headers) -> bool:
        """Whether there are other credentials now than the refused ones that were `used`."""
        token = dict(used).get("authorization", "").removeprefix("Bearer ")
        return bool(token) and self._signin.renew(token)

    def attempts(self, path: str, timeout: float | None, default: float, request: object = None) -> Attempts:
        """Begin to count the attempts of one call."""
        limit = next((t for t in (timeout, self._options.timeout) if t is not None), default)
        return Attempts(path, self._options, self._throttle, limit, request)

    def succeeded(self) -> None:
        """Note that the server answers."""
        self._throttle.succeeded()


def _translate(error: grpc.RpcError) -> DoorstepError:
    known = cast("Any", error)  # every error of a channel is a call as well
    trailing = dict(known.trailing_metadata() or ())
    raw = trailing.get("grpc-status-details-bin")
    return decode(Status(known.code().value[0]), known.details() or "", raw)


class _Calls:
    """A channel as generated stubs want one, whose calls have credentials, deadlines, repetitions and typed errors."""

    def __init__(self, client: DoorstepSync, channel: grpc.Channel) -> None:
        self._client = client
        self._channel = channel

    def unary_unary(self, method: str, *codecs: Any, **named: Any) -> Callable[..., Any]:
        """One message for one message."""
        call = self._channel.unary_unary(method, *codecs, **named)

        def invoke(request: Any, timeout: float | None = None, metadata: Any = (), **_: Any) -> Any:
            attempts = self._client.attempts(method, timeout, UNARY_TIMEOUT, request)
            given = tuple(metadata or ())
            return self._attempt(
                attempts, lambda headers: call(request, timeout=attempts.left, metadata=(*headers, *given))
            )

        return invoke

    def stream_unary(self, method: str, *codecs: Any, **named: Any) -> Callable[..., Any]:
        """Many messages for one."""
        call = self._channel.stream_unary(method, *codecs, **named)

        def invoke(requests: Any, timeout: float | None = None, metadata: Any = (), **_: Any) -> Any:
            attempts = self._client.attempts(method, timeout, STREAM_TIMEOUT)
            given = tuple(metadata or ())
            return self._attempt(
                attempts,
                lambda headers: call(iter(requests), timeout=attempts.left, metadata=(*headers, *given)),
                once=True,
            )

        return invoke

    def unary_stream(self, method: str, *codecs: Any, **named: Any) -> Callable[..., Iterator[Any]]:
        """Many messages for one of ours."""
        call = self._channel.unary_stream(method, *codecs, **named)

        def invoke(request: Any, timeout: float | None = None, metadata: Any = (), **_: Any) -> Iterator[Any]:
            attempts = self._client.attempts(method, timeout, STREAM_TIMEOUT, request)
            given = tuple(metadata or ())
            return self._stream(
                attempts, lambda headers: call(request, timeout=attempts.left, metadata=(*headers, *given))
            )

        return invoke

    def stream_stream(self, method: str, *codecs: Any, **named: Any) -> Callable[..., Iterator[Any]]:
        """Many messages both ways."""
        call = self._channel.stream_stream(method, *codecs, **named)

        def invoke(requests: Any, timeout: float | None = None, metadata: Any = (), **_: Any) -> Iterator[Any]:
            attempts = self._client.attempts(method, timeout, STREAM_TIMEOUT)
            given = tuple(metadata or ())
            return self._stream(
                attempts,
                lambda headers: call(iter(requests), timeout=attempts.left, metadata=(*headers, *given)),
                once=True,
            )

        return invoke

    def _attempt(self, attempts: Attempts, call: Callable[[Headers], T], *, once: bool = False) -> T:
        while True:
            used: Headers = []
            try:
                used = self._client.headers(attempts.path)
                answer = call(used)
            except grpc.RpcError as raised:
                error = _translate(raised)
                if once or not self._again(attempts, used, error):
                    raise error from raised
            else:
                self._client.succeeded()
                return answer

    def _again(self, attempts: Attempts, used: Headers, error: DoorstepError) -> bool:
        if attempts.renewable(error) and self._client.renewed(used):
            return True
        seconds = attempts.wait(error)
        if seconds is None:
            return False
        time.sleep(seconds)
        return True

    def _stream(self, attempts: Attempts, begin: Callable[[Headers], Any], *, once: bool = False) -> Iterator[Any]:
        """Repeat until the first response; a stream that breaks later is for the caller to take up again."""

        def first(headers: Headers) -> tuple[Any, list[Any]]:
            responses = begin(headers)
            for response in responses:
                return responses, [response]
            return responses, []

        responses, received = self._attempt(attempts, first, once=once)
        try:
            yield from received
            if received:
                yield from responses
        except grpc.RpcError as raised:
            raise _translate(raised) from raised
        finally:
            responses.cancel()
