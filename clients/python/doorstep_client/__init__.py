"""Client of Doorstep: generated messages and stubs under `api`, and a small face over them.

`Doorstep` is for asyncio, `DoorstepSync` for code that blocks. See README.md beside this package.
"""

from grpclib.const import Status as Code

from doorstep_client.aio import Doorstep
from doorstep_client.blocking import DoorstepSync
from doorstep_client.errors import (
    Aborted,
    AlreadyExists,
    Cancelled,
    DeadlineExceeded,
    DoorstepError,
    FailedPrecondition,
    FieldViolation,
    Internal,
    InvalidArgument,
    NotFound,
    OutOfRange,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    Unimplemented,
)
from doorstep_client.retries import Options
from doorstep_client.signin import Tokens

__all__ = [
    "Aborted",
    "AlreadyExists",
    "Cancelled",
    "Code",
    "DeadlineExceeded",
    "Doorstep",
    "DoorstepError",
    "DoorstepSync",
    "FailedPrecondition",
    "FieldViolation",
    "Internal",
    "InvalidArgument",
    "NotFound",
    "Options",
    "OutOfRange",
    "PermissionDenied",
    "ResourceExhausted",
    "Tokens",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
]
