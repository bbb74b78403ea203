"""Typed errors: one class per gRPC code, one stable `reason` per case.

Catch by class where the code is enough, and compare `error.reason` where the case matters:

    try:
        await client.listings.publish_listing(request)
    except FailedPrecondition as refusal:
        if refusal.reason == "LISTING_STATE_REFUSED": ...

The texts of errors may change; reasons do not: they are enums, `api.doorstep.<service>.v1.ErrorReason`.
"""

import struct
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from grpclib.const import Status
from grpclib.encoding.base import StatusDetailsCodecBase
from grpclib.exceptions import GRPCError, StreamTerminatedError

from doorstep_client.api.google import rpc


class FieldViolation(NamedTuple):
    """One field of a request that breaks a rule."""

    field: str
    """Path of the field in the request, for instance `listing.list_price.units`."""
    description: str
    reason: str = ""


@dataclass
class Details:
    """What `google.rpc.Status` said beside code and text."""

    reason: str = ""
    metadata: dict[str, str] | None = None
    field_violations: tuple[FieldViolation, ...] = ()
    retry_after: float | None = None
    request_id: str = ""


class DoorstepError(Exception):
    """A call that did not succeed.

    Attributes:
        code: gRPC status code.
        reason: Stable name of the case, for instance `PROPERTY_NOT_FOUND`. Empty where something between client and
            service answered (a proxy). `CONNECTION_LOST` and `DEADLINE_EXCEEDED` may also be the client's own words.
        message: For people; may change.
        metadata: Values of the case, for instance `{"state": "CLOSED", "allowed_states": "ACTIVE"}`.
        field_violations: The fields that break rules (INVALID_ARGUMENT).
        retry_after: Seconds after which a repetition may succeed; None where the server said nothing of it.
        request_id: Finds the call in the server's logs.
    """

    code: Status = Status.UNKNOWN
    classes: ClassVar[dict[Status, type["DoorstepError"]]] = {}

    def __init_subclass__(cls, code: Status | None = None) -> None:
        """Register the class for its code."""
        if code is not None:
            cls.code = code
            DoorstepError.classes[code] = cls

    def __init__(self, message: str = "", details: Details | None = None, *, code: Status | None = None) -> None:
        details = details or Details()
        self.code = type(self).code if code is None else code
        self.message = message
        self.reason = details.reason
        self.metadata = details.metadata or {}
        self.field_violations = details.field_violations
        self.retry_after = details.retry_after
        self.request_id = details.request_id
        self._details = details
        super().__init__(f"{self.code.name}{f' ({self.reason})' if self.reason else ''}: {message}")

    def again(self) -> "DoorstepError":
        """The same error, to be raised a second time without the first one's traceback."""
        copy = type(self)(self.message, self._details, code=self.code)
        copy.__cause__ = self.__cause__
        return copy


class Cancelled(DoorstepError, code=Status.CANCELLED):
    """The call was given up."""


class InvalidArgument(DoorstepError, code=Status.INVALID_ARGUMENT):
    """The request can never work; see `field_violations`."""


class DeadlineExceeded(DoorstepError, code=Status.DEADLINE_EXCEEDED):
    """Not done in time. The outcome of a write is unknown: repeat it with the same idempotency key."""


class NotFound(DoorstepError, code=Status.NOT_FOUND):
    """There is no such thing within the caller's reach."""


class AlreadyExists(DoorstepError, code=Status.ALREADY_EXISTS):
    """The thing to be made is there."""


class PermissionDenied(DoorstepError, code=Status.PERMISSION_DENIED):
    """The caller is known and may not."""


class Unauthenticated(DoorstepError, code=Status.UNAUTHENTICATED):
    """The caller is not known: sign in (again)."""


class ResourceExhausted(DoorstepError, code=Status.RESOURCE_EXHAUSTED):
    """A limit is reached; see `retry_after`."""


class FailedPrecondition(DoorstepError, code=Status.FAILED_PRECONDITION):
    """The state does not allow it; see `metadata["allowed_states"]`."""


class Aborted(DoorstepError, code=Status.ABORTED):
    """Somebody else was faster: read again, then repeat."""


class OutOfRange(DoorstepError, code=Status.OUT_OF_RANGE):
    """Past the end of what is there."""


class Unimplemented(DoorstepError, code=Status.UNIMPLEMENTED):
    """The server does not know the method."""


class Internal(DoorstepError, code=Status.INTERNAL):
    """A fault of the server's; `metadata["reference"]` finds it in the logs."""


class Unavailable(DoorstepError, code=Status.UNAVAILABLE):
    """Out of reach for now."""


class RawDetails(StatusDetailsCodecBase):
    """Hands the bytes of `grpc-status-details-bin` through: grpclib by itself knows no generated messages of ours."""

    def encode(self, status: Status, message: str | None, details: object) -> bytes:
        """Clients send no status."""
        raise NotImplementedError

    def decode(self, status: Status, message: str | None, data: bytes) -> bytes:
        """As they are."""
        return data


def decode(code: Status, message: str, raw: bytes | None) -> DoorstepError:
    """Make the error of a status.

    Args:
        code: The status code.
        message: The status text.
        raw: The `google.rpc.Status` of `grpc-status-details-bin`; None where there was none.
    """
    return DoorstepError.classes.get(code, DoorstepError)(message, _details(raw) if raw else None, code=code)


def _details(raw: bytes) -> Details:
    found = Details()
    try:
        for detail in rpc.Status.parse(raw).details:
            match detail.type_url.rpartition("/")[2]:
                case "google.rpc.ErrorInfo":
                    info = rpc.ErrorInfo.parse(detail.value)
                    found.reason, found.metadata = info.reason, dict(info.metadata)
                case "google.rpc.BadRequest":
                    found.field_violations = tuple(
                        FieldViolation(v.field, v.description, v.reason)
                        for v in rpc.BadRequest.parse(detail.value).field_violations
                    )
                case "google.rpc.RetryInfo":
                    delay = rpc.RetryInfo.parse(detail.value).retry_delay
                    found.retry_after = None if delay is None else delay.total_seconds()
                case "google.rpc.RequestInfo":
                    found.request_id = rpc.RequestInfo.parse(detail.value).request_id
    except (ValueError, EOFError, KeyError, TypeError, NotImplementedError, struct.error):
        # Somebody between us and the server garbled the trailer. Code and text are still true; the rest is not known.
        return Details()
    return found


CALL_ERRORS = (GRPCError, StreamTerminatedError, OSError)
"""What grpclib raises when a call fails. OSError covers time and connections that ran out."""


def translate(error: GRPCError | StreamTerminatedError | OSError) -> DoorstepError:
    """Make ours of what grpclib raises."""
    match error:
        case GRPCError():
            raw = error.details if isinstance(error.details, bytes) else None
            return decode(error.status, error.message or "", raw)
        case TimeoutError(errno=None):
            return DeadlineExceeded("the call did not finish in time", Details(reason="DEADLINE_EXCEEDED"))
    return Unavailable(f"the connection failed: {error}", Details(reason="CONNECTION_LOST"))
