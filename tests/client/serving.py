"""A server in the test's own loop, over the generated server stubs, that the test scripts call by call."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf import any_pb2, duration_pb2, message
from google.rpc import error_details_pb2, status_pb2

from doorstep.identity.v1 import (
    auth_service_pb2,
    auth_service_pb2_grpc,
    user_pb2,
    user_service_pb2,
    user_service_pb2_grpc,
)

Script = Callable[[grpc.aio.ServicerContext], Awaitable[None]]


def packed(detail: message.Message) -> any_pb2.Any:
    found = any_pb2.Any()
    found.Pack(detail)
    return found


async def refuse(
    context: grpc.aio.ServicerContext,
    code: grpc.StatusCode,
    reason: str = "",
    *,
    metadata: dict[str, str] | None = None,
    fields: Iterable[tuple[str, str]] = (),
    retry_after: float | None = None,
) -> None:
    """End the call as the chassis does."""
    details: list[message.Message] = []
    if reason:
        details.append(error_details_pb2.ErrorInfo(reason=reason, domain="doorstep", metadata=metadata or {}))
    violations = [
        error_details_pb2.BadRequest.FieldViolation(field=field, description=text, reason="RULE")
        for field, text in fields
    ]
    if violations:
        details.append(error_details_pb2.BadRequest(field_violations=violations))
    if retry_after is not None:
        delay = duration_pb2.Duration()
        delay.FromNanoseconds(int(retry_after * 1e9))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    details.append(error_details_pb2.RequestInfo(request_id="request-1"))
    status = status_pb2.Status(code=code.value[0], message="refused", details=[packed(d) for d in details])
    await context.abort(code, "refused", (("grpc-status-details-bin", status.SerializeToString()),))


class Auth(auth_service_pb2_grpc.AuthServiceServicer):
    """Issues tokens `access-N` and takes only the newest."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.issued = 0
        self.lifetime = 600
        self.headers: list[dict[str, str]] = []
        self.on_refresh: Script | None = None
        self.on_me: Script | None = None
        self.timeouts: list[float] = []
        self.deadlines: list[float] = []

    def next(self) -> dict[str, Any]:
        self.issued += 1
        return {
            "access_token": f"access-{self.issued}",
            "refresh_token": f"refresh-{self.issued}",
            "expires_in": self.lifetime,
        }

    async def Login(self, request: Any, context: Any) -> Any:
        self._note("Login", context)
        if request.password != "right":
            await refuse(
                context, grpc.StatusCode.UNAUTHENTICATED, "INVALID_CREDENTIALS", metadata={"remaining_attempts": "3"}
            )
        user = user_pb2.User(email=request.email)
        return auth_service_pb2.LoginResponse(user=user, device_token="device", **self.next())

    async def RefreshToken(self, request: Any, context: Any) -> Any:
        self._note("RefreshToken", context)
        if self.on_refresh is not None:
            await self.on_refresh(context)
        if request.refresh_token != f"refresh-{self.issued}":
            await refuse(context, grpc.StatusCode.UNAUTHENTICATED, "REFRESH_TOKEN_REUSED")
        return auth_service_pb2.RefreshTokenResponse(**self.next())

    async def Logout(self, request: Any, context: Any) -> Any:
        self._note("Logout", context)
        return auth_service_pb2.LogoutResponse(revoked_sessions=1)

    async def GetMe(self, request: Any, context: Any) -> Any:
        self._note("GetMe", context)
        if self.on_me is not None:
            await self.on_me(context)
        headers = self.headers[-1]
        if "x-api-key" not in headers and headers.get("authorization") != f"Bearer access-{self.issued}":
            await refuse(context, grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_INVALID")
        return auth_service_pb2.GetMeResponse(user=user_pb2.User(email="ana@example.com"))

    async def ChangePassword(self, request: Any, context: Any) -> Any:
        self._note("ChangePassword", context)
        if self.on_me is not None:
            await self.on_me(context)
        return auth_service_pb2.ChangePasswordResponse(revoked_sessions=2)

    def _note(self, method: str, context: Any) -> None:
        self.calls[method] += 1
        self.headers.append(dict(context.invocation_metadata()))
        self.timeouts.append(context.time_remaining())
        self.deadlines.append(time.time() + self.timeouts[-1])


class Users(user_service_pb2_grpc.UserServiceServicer):
    """Seven users, in pages."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, str]] = []

    async def ListUsers(self, request: Any, context: Any) -> Any:
        self.asked.append((request.page_size, request.page_token))
        start, size = int(request.page_token or 0), request.page_size or 3
        following = str(start + size) if start + size < 7 else ""
        users = [{"user_id": str(n)} for n in range(start, min(7, start + size))]
        return user_service_pb2.ListUsersResponse(users=users, next_page_token=following)


@asynccontextmanager
async def served(*add: Callable[[grpc.aio.Server], None], port: int = 0) -> AsyncIterator[tuple[grpc.aio.Server, int]]:
    """A listening server; it is stopped hard at the end."""
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    for one in add:
        one(server)
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    try:
        yield server, bound
    finally:
        await server.stop(None)
