"""Looks into the status that a call ended with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

from services.chassis.errors import Code, DoorstepError


@dataclass
class Refusal:
    """A status with its details, as a client sees it."""

    code: grpc.StatusCode = grpc.StatusCode.OK
    message: str = ""
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    """Which rule each of the fields has broken."""
    retry_after: float | None = None
    trailing: dict[str, str | bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, error: grpc.aio.AioRpcError) -> "Refusal":
        """Read the details out of an error of grpc.aio."""
        given: Any = error.trailing_metadata() or ()
        trailing: dict[str, str | bytes] = dict(given)
        found = cls(code=error.code(), message=error.details() or "", trailing=trailing)
        raw = trailing.get("grpc-status-details-bin")
        if not isinstance(raw, bytes):
            return found
        for detail in status_pb2.Status.FromString(raw).details:
            if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                info = error_details_pb2.ErrorInfo.FromString(detail.value)
                found.reason, found.metadata = info.reason, dict(info.metadata)
            elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
                bad = error_details_pb2.BadRequest.FromString(detail.value)
                found.fields = [v.field for v in bad.field_violations]
                found.rules = [v.reason for v in bad.field_violations]
            elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
                retry = error_details_pb2.RetryInfo.FromString(detail.value).retry_delay
                found.retry_after = retry.seconds + retry.nanos / 1e9
        return found


def overtaken(error: grpc.aio.AioRpcError) -> bool:
    """Whether grpc.aio's client has ended a call by itself, and the server's status is lost to it.

    That happens where it is about to send a message of a stream and the server has just refused the call. Such an error
    says nothing of the server: the call is to be made again.
    """
    return error.details() == "Internal error from Core"


@contextmanager
def refused(expected: type[DoorstepError] | str, code: Code | None = None) -> Iterator[Refusal]:
    """Expect the block to be refused: by an error class, or by a reason and a code.

    Yields the refusal, filled when the block has ended.
    """
    refusal = Refusal()
    try:
        yield refusal
    except grpc.aio.AioRpcError as error:
        refusal.__dict__.update(Refusal.of(error).__dict__)
        reason = expected if isinstance(expected, str) else expected.reason
        wanted = code if isinstance(expected, str) else expected.code
        assert refusal.reason == reason, f"refused with {refusal}, not {reason}"  # noqa: S101
        if wanted is not None:
            assert refusal.code.value[0] == int(wanted), f"refused with {refusal}, not {wanted!r}"  # noqa: S101
        return
    raise AssertionError(f"not refused; expected {expected}")
