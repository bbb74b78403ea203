"""Errors: the only place where an exception becomes a status.

Expected refusals keep their code, reason and details. What the database says is translated by SQLSTATE and never
forwarded (the detail of an exclusion violation holds the other booking's times). Anything else is logged with the
request id and answered INTERNAL without a word about it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import grpc
import structlog
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from services.chassis.errors import (
    ConflictRetry,
    ConstraintViolated,
    DeadlineExceeded,
    DependencyUnavailable,
    DoorstepError,
    EtagMismatch,
    ValueRefused,
    Violation,
)
from services.chassis.interceptors.call import Call, Proceed
from services.chassis.interceptors.request_id import HEADER

DOMAIN = "doorstep"
INTERNAL = "INTERNAL"
VIOLATIONS = 2048
"""Bytes of field violations in one status; gRPC's own limit is 8 KiB for all trailing headers, in base64."""

_log = structlog.get_logger("doorstep.errors")
_codes = {code.value[0]: code for code in grpc.StatusCode}

_UNREACHABLE = (
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    PoolTimeoutError,
    InterfaceError,
    RedisError,
    OSError,
)
"""What losing a server looks like: four unrelated classes from asyncpg alone."""


class Errors:
    """Turns exceptions into statuses with details."""

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Answer the caller, or let the answer through."""
        try:
            return await proceed(call)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and not task.cancelling():
                # Nobody cancelled the call: something that it waited for was cancelled. grpc.aio would never answer.
                await refuse(call, None, error)
            call.status = "CANCELLED"
            raise
        except grpc.aio.AbortError:
            code = call.context.code()
            call.status = _codes[code].name if isinstance(code, int) else getattr(code, "name", "UNKNOWN")
            raise
        except Exception as error:  # noqa: BLE001 - the boundary
            await refuse(call, translate(error, call), error)


def translate(error: Exception, call: Call | None = None) -> DoorstepError | None:
    """The refusal that stands for `error`, or None when it is a fault of ours."""
    match error:
        case DoorstepError():
            return error
        case StaleDataError():
            return EtagMismatch()
        case DBAPIError():
            if error.connection_invalidated:
                return DependencyUnavailable(retry_after=1)
            return _of_database(error.orig)
        case asyncpg.PostgresError():
            return _of_database(error)
        case TimeoutError():
            return DeadlineExceeded()
        case grpc.aio.AioRpcError() if error.code() in (
            grpc.StatusCode.UNAVAILABLE,
            grpc.StatusCode.DEADLINE_EXCEEDED,
            grpc.StatusCode.RESOURCE_EXHAUSTED,
        ):
            return DependencyUnavailable(retry_after=1)
        case _ if isinstance(error, _UNREACHABLE):
            return DependencyUnavailable(retry_after=1)
    return None


def _of_database(error: BaseException | None) -> DoorstepError | None:
    state: str = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    match state[:2], state:
        case _, "57014":
            return DeadlineExceeded()
        case _, "40001" | "40P01" | "55P03" | "23P01":
            return ConflictRetry(retry_after=0.1)
        case "23", _:
            return ConstraintViolated()
        case ("22", _) | (_, "54000"):
            _log.error("value_refused", sqlstate=state)  # validation let it through: ours to mend
            return ValueRefused()
        case ("53" | "08", _) | (_, "57P01" | "57P02" | "57P03" | "25006"):
            return DependencyUnavailable(retry_after=1)
    cause = error.__cause__ if error is not None else None
    if not state and (isinstance(error, _UNREACHABLE) or isinstance(cause, _UNREACHABLE)):
        return DependencyUnavailable(retry_after=1)
    return None


async def refuse(call: Call, refusal: DoorstepError | None, cause: BaseException) -> None:
    """End the call with a status; always raises."""
    status = status_pb2.Status()
    info = error_details_pb2.ErrorInfo(domain=DOMAIN)
    trailing: list[tuple[str, str | bytes]] = [(HEADER, call.request_id)]
    details: list[Any] = [info]
    if refusal is None:
        _log.error("unexpected", method=call.method.path, exc_info=cause)
        status.code, status.message = grpc.StatusCode.INTERNAL.value[0], "internal error"
        info.reason = INTERNAL
        info.metadata["reference"] = call.request_id
    else:
        status.code, status.message = int(refusal.code), refusal.text
        info.reason = refusal.reason
        info.metadata.update({name: _short(value, 1024) for name, value in refusal.metadata.items()})
        if refusal.violations:
            details.append(_bad_request(refusal.violations))
        if refusal.retry_after is not None:
            seconds = max(refusal.retry_after, 0.0)
            delay = Duration(seconds=int(seconds), nanos=int(seconds % 1 * 1e9))
            details.append(error_details_pb2.RetryInfo(retry_delay=delay))
            trailing.append(("retry-after", str(max(1, round(seconds + 0.499)))))
    details.append(error_details_pb2.RequestInfo(request_id=call.request_id))
    for detail in details:
        status.details.add().Pack(detail)
    call.reason = info.reason
    code = _codes[status.code]
    call.status = code.name
    trailing.append(("grpc-status-details-bin", status.SerializeToString()))
    await call.context.abort(code, status.message, tuple(trailing))


def _bad_request(violations: Sequence[Violation]) -> error_details_pb2.BadRequest:
    """The first violations: a status travels in headers, and one that is too big reaches nobody."""
    bad = error_details_pb2.BadRequest()
    size = 0
    for violation in violations:
        field, description, reason = (_short(text, 256) for text in violation)
        size += len(field.encode()) + len(description.encode()) + len(reason)
        if size > VIOLATIONS:
            break
        bad.field_violations.add(field=field, description=description, reason=reason)
    return bad


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
