"""When a call may be repeated, and how often. Pure: the two faces do the waiting."""

import random
import time
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from doorstep_client.api.services import IDEMPOTENT, NO_SIDE_EFFECTS
from doorstep_client.errors import Aborted, DoorstepError, ResourceExhausted, Unauthenticated, Unavailable

UNARY_TIMEOUT = 10.0
"""Seconds that a call may take, with all its repetitions, unless the caller says otherwise."""

STREAM_TIMEOUT = 3600.0
"""Seconds that a streaming call may take unless the caller says otherwise."""


@dataclass(frozen=True)
class Options:
    """What a caller says about its calls beside their requests."""

    timeout: float | None = None
    """Seconds, repetitions included; None takes the defaults above."""
    idempotency_key: str = ""
    """Makes one write repeatable: the server does it once, and answers repetitions with the first answer."""
    retries: int = 3
    """Repetitions at most."""
    metadata: tuple[tuple[str, str], ...] = ()
    """More headers."""

    def with_(self, **changes: Any) -> "Options":
        """These options, changed."""
        return replace(self, **changes)


class Throttle:
    """Stops repeating when most calls fail, so that clients do not keep a struggling server down.

    As gRPC has it (proposal A6): a failure costs one token, a success gives a tenth back, and nothing is repeated while
    no more than half of the tokens are left.
    """

    def __init__(self, tokens: float = 10.0) -> None:
        self.most = self.tokens = tokens
        self._lock = Lock()

    def succeeded(self) -> None:
        """Count a success."""
        with self._lock:
            self.tokens = min(self.most, self.tokens + 0.1)

    def failed(self) -> bool:
        """Count a failure; say whether repeating is allowed."""
        with self._lock:
            self.tokens = max(0.0, self.tokens - 1)
            return self.tokens > self.most / 2


def repeatable(path: str, options: Options, request: object = None) -> bool:
    """Whether the method may be called twice for one intention."""
    if path in NO_SIDE_EFFECTS or path in IDEMPOTENT:
        return True
    return bool(options.idempotency_key or getattr(request, "request_id", ""))


def transient(error: DoorstepError) -> bool:
    """Whether the same call may succeed soon."""
    match error:
        case Unavailable():
            return True
        case Aborted():
            return error.retry_after is not None or error.reason == "CONFLICT_RETRY"
        case ResourceExhausted():
            return error.retry_after is not None
    return False


def token_refused(error: DoorstepError) -> bool:
    """Whether a fresh access token may help. The proxy refuses expired tokens as well, without a reason."""
    return isinstance(error, Unauthenticated) and error.reason in {"CREDENTIALS_INVALID", ""}


def backoff(attempt: int, retry_after: float | None = None, *, base: float = 0.1, most: float = 5.0) -> float:
    """Seconds before repetition `attempt` (from 0): exponential with full jitter, no less than was asked for."""
    jitter = random.uniform(0, min(most, base * 2**attempt))  # noqa: S311  # spreads load, keeps no secret
    return jitter if retry_after is None else retry_after + jitter * 0.1


@dataclass
class Attempts:
    """The attempts of one call."""

    path: str
    options: Options
    throttle: Throttle
    timeout: float
    request: object = None
    made: int = 0
    renewed: bool = False
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.timeout

    @property
    def left(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self.deadline - time.monotonic())

    def renewable(self, error: DoorstepError) -> bool:
        """Whether to repeat with a fresh access token: once a call, whatever the method, for nothing was done."""
        if self.renewed or not token_refused(error):
            return False
        self.renewed = True
        return True

    def wait(self, error: DoorstepError) -> float | None:
        """Seconds to wait before the next attempt; None when there is to be none."""
        if not transient(error):
            return None
        allowed = self.throttle.failed()
        if not (allowed and self.made < self.options.retries and repeatable(self.path, self.options, self.request)):
            return None
        seconds = backoff(self.made, error.retry_after)
        if seconds >= self.left:
            return None
        self.made += 1
        return seconds
