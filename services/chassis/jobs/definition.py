"""What a job is: a name, the message it needs, and the coroutine function that does it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from google.protobuf.message import Message

if TYPE_CHECKING:
    from services.chassis.jobs.context import JobContext

__all__ = ["Job", "Priority"]

M = TypeVar("M", bound=Message)


class Priority(IntEnum):
    """For `Transaction.enqueue(priority=...)`: all that waits with a higher one goes first."""

    HIGH = 10
    """Somebody waits for it: a sign-in mail."""
    DEFAULT = 0
    LOW = -10
    """Any time today: imports, recalculations."""


@dataclass(frozen=True)
class Job(Generic[M]):
    """One kind of background work of a service.

    Args:
        name: `<service>.<verb>`; stands in the queue, so it cannot be renamed while such jobs wait.
        handler: `async def handler(context, payload)`. Runs at least once, for a caller's organisation or the system;
            see `JobContext` for doing things exactly once. It must await: what blocks the loop blocks the process.
        payload: Class of the message; ids rather than copies.
        max_attempts: Failures and deaths of the process after which the job is held as a dead letter.
        first_pause: Before the second attempt; doubles for each further one.
        longest_pause: Bound of the doubling.
        timeout: A run that takes longer has failed.
    """

    name: str
    handler: "Callable[[JobContext, M], Awaitable[None]]"
    payload: type[M]
    max_attempts: int = 3
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(minutes=5)
    timeout: timedelta = timedelta(minutes=15)

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts."""
        return min(self.first_pause * float(2 ** (attempts - 1)), self.longest_pause)
