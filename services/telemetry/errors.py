"""The errors that only telemetry answers with; doorstep/telemetry/v1/error_reason.proto documents each."""

from services.chassis.errors import AlreadyExists, InvalidArgument, NotFound, ResourceExhausted, StateRefused


class SessionNotFound(NotFound):
    """The caller's organisation has no such session."""

    reason = "SESSION_NOT_FOUND"
    message = "there is no such session"


class SessionEnded(StateRefused):
    """The session takes no more."""

    reason = "SESSION_ENDED"
    message = "the session has ended"


class SessionConflict(AlreadyExists):
    """The id belongs to another visit."""

    reason = "SESSION_CONFLICT"
    message = "the session id is in use with another property or coordinate system"


class BatchMalformed(InvalidArgument):
    """The batch cannot be read."""

    reason = "BATCH_MALFORMED"
    message = "the batch cannot be read"


class BatchEmpty(InvalidArgument):
    """Nothing in it."""

    reason = "BATCH_EMPTY"
    message = "the batch holds neither events nor samples"


class BatchTooLarge(InvalidArgument):
    """Too much in it."""

    reason = "BATCH_TOO_LARGE"
    message = "the batch is too large"


class IngestOverloaded(ResourceExhausted):
    """More is on its way to the database than may be."""

    reason = "INGEST_OVERLOADED"
    message = "too much is waiting to be stored; try again"
