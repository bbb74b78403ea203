"""What can go wrong, in words that rules may use: no gRPC here, so that operations need none.

A service's `errors.py` subclasses one of the bases below and names its reason; `interceptors/errors.py` is the only
place where they become statuses. Anything else that escapes is a fault of ours and is answered INTERNAL, without text.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import ClassVar, NamedTuple


class Code(IntEnum):
    """google.rpc.Code, the codes that we answer with."""

    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


class Violation(NamedTuple):
    """One field that breaks one rule."""

    field: str
    """Path in the request, as `google.rpc.BadRequest` wants it: `listing.list_price.units`."""
    description: str
    reason: str = ""


class DoorstepError(Exception):
    """An expected refusal: it has a code, a stable reason and nothing that must stay inside."""

    code: ClassVar[Code]
    reason: ClassVar[str]
    message: ClassVar[str]

    def __init__(
        self,
        message: str | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
        retry_after: float | None = None,
    ) -> None:
        """Refuse.

        Args:
            message: Overrides the class's text. Every value in it belongs into `metadata` as well (AIP-193).
            metadata: Becomes `ErrorInfo.metadata`.
            violations: Become `google.rpc.BadRequest`.
            retry_after: Seconds; becomes `google.rpc.RetryInfo` and the header `retry-after`.
        """
        super().__init__(message or self.message)
        self.metadata = dict(metadata or {})
        self.violations = tuple(violations)
        self.retry_after = retry_after

    @property
    def text(self) -> str:
        """What the caller is told."""
        return str(self.args[0])


class InvalidArgument(DoorstepError):
    """The request can never work, whatever the state."""

    code = Code.INVALID_ARGUMENT


class NotFound(DoorstepError):
    """There is no such thing, or the caller must not learn that there is."""

    code = Code.NOT_FOUND


class AlreadyExists(DoorstepError):
    """The thing to be made is there."""

    code = Code.ALREADY_EXISTS


class PermissionDenied(DoorstepError):
    """The caller is known and may not."""

    code = Code.PERMISSION_DENIED


class Unauthenticated(DoorstepError):
    """The caller is not known."""

    code = Code.UNAUTHENTICATED


class FailedPrecondition(DoorstepError):
    """The state does not allow it; repeating will not help until the state changes."""

    code = Code.FAILED_PRECONDITION


class Aborted(DoorstepError):
    """Somebody else was faster; read again and repeat."""

    code = Code.ABORTED


class ResourceExhausted(DoorstepError):
    """A limit is reached."""

    code = Code.RESOURCE_EXHAUSTED


class OutOfRange(DoorstepError):
    """Past the end of what is there."""

    code = Code.OUT_OF_RANGE


class Unavailable(DoorstepError):
    """Out of reach for now; repeating may help."""

    code = Code.UNAVAILABLE


class DeadlineExceeded(DoorstepError):
    """Not done in time; for a write the outcome is unknown, so repeat with the same idempotency key."""

    code = Code.DEADLINE_EXCEEDED
    reason = "DEADLINE_EXCEEDED"
    message = "the call did not finish in time"


class MalformedRequest(InvalidArgument):
    """The bytes are not a message of the request type."""

    reason = "MALFORMED_REQUEST"
    message = "the request is malformed"


class InvalidFields(InvalidArgument):
    """Fields break their rules."""

    reason = "INVALID_FIELDS"
    message = "the request has invalid fields"


def invalid(field: str, description: str, reason: str) -> InvalidFields:
    """A refusal of one field by a rule that the proto cannot express."""
    return InvalidFields(metadata={"fields": field}, violations=(Violation(field, description, reason),))


class InvalidPageToken(InvalidArgument):
    """The page token was not made for this question."""

    reason = "INVALID_PAGE_TOKEN"
    message = "the page token is not valid for this request"


class ValueRefused(InvalidArgument):
    """The database refused a value that validation let through."""

    reason = "VALUE_REFUSED"
    message = "a value of the request cannot be stored"


class CredentialsMissing(Unauthenticated):
    """Nothing was sent to prove who is calling."""

    reason = "CREDENTIALS_MISSING"
    message = "sign in, or send an API key"


class CredentialsInvalid(Unauthenticated):
    """What was sent proves nothing (any more)."""

    reason = "CREDENTIALS_INVALID"
    message = "the credentials are not valid"


class ReauthRequired(Unauthenticated):
    """Signed in, but too long ago for this."""

    reason = "REAUTH_REQUIRED"
    message = "sign in again to do this"


class PermissionMissing(PermissionDenied):
    """Known, but without the permission that the RPC asks for."""

    reason = "PERMISSION_MISSING"
    message = "the permission for this is missing"


class AccessUndeclared(PermissionDenied):
    """An RPC without an access rule is closed."""

    reason = "ACCESS_UNDECLARED"
    message = "this method is closed"


class RateLimited(ResourceExhausted):
    """Too many calls in the window."""

    reason = "RATE_LIMITED"
    message = "too many calls; try again later"


class DeadLetterNotFound(NotFound):
    """No job or event of this id is held after its last attempt, or it was replayed already."""

    reason = "DEAD_LETTER_NOT_FOUND"
    message = "there is no such dead letter"


class IdempotencyKeyReused(InvalidArgument):
    """Same key, other request."""

    reason = "IDEMPOTENCY_KEY_REUSED"
    message = "the idempotency key was used for another request"


class IdempotencyInProgress(Aborted):
    """Same key, still running."""

    reason = "IDEMPOTENCY_IN_PROGRESS"
    message = "a call with this idempotency key is still running"


class EtagMismatch(Aborted):
    """The row has changed since it was read."""

    reason = "ETAG_MISMATCH"
    message = "the resource has changed; read it again"


def match_etag(current: str, given: str) -> None:
    """Refuse a change that was made up from an older version; an empty etag asks for no such check.

    Args:
        current: The row's; empty where there is none.
        given: As sent.

    Raises:
        EtagMismatch
    """
    if given and given != current:
        raise EtagMismatch(metadata={"etag": current})


class ConflictRetry(Aborted):
    """The database gave way to another transaction."""

    reason = "CONFLICT_RETRY"
    message = "another change got in between; repeat the call"


class ConstraintViolated(FailedPrecondition):
    """A constraint that no rule foresaw refused the change."""

    reason = "CONSTRAINT_VIOLATED"
    message = "the change would break a rule of the data"


class DependencyUnavailable(Unavailable):
    """The database or another part cannot be reached."""

    reason = "DEPENDENCY_UNAVAILABLE"
    message = "a part of the service cannot be reached; try again"


class StateRefused(FailedPrecondition):
    """The resource is in a state from which the verb does not lead; metadata: `state`, `allowed_states`."""
