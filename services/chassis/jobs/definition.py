"""What a job is: a name, the message it needs, and the coroutine function that does it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

if TYPE_CHECKING:
    from services.chassis.jobs.context import JobContext

__all__ = ["OPERATE", "Job", "OnRequest", "Priority", "Schedule", "upkeep"]

OPERATE = "platform.operate"
"""The permission of operators, who may start every kind and reach every job."""

M = TypeVar("M", bound=Message)


class Priority(IntEnum):
    """For `Transaction.enqueue(priority=...)`: all that waits with a higher one goes first."""

    HIGH = 10
    """Somebody waits for it: a sign-in mail."""
    DEFAULT = 0
    LOW = -10
    """Any time today: imports, recalculations."""


@dataclass(frozen=True, slots=True)
class OnRequest:
    """That a kind may be started by a caller's wish, not only by our own code.

    Args:
        description: What it does, for those who choose: one sentence.
        permission: Whoever holds it starts the kind for the own organisation, as which it then runs
            (`JobContext.actor`). `platform.operate`: operators only, and it runs as the system. Operators may start
            every kind, for one organisation or, as the system, for all.
        single: One at a time is enough: while one waits or runs for an organisation, another is refused.
    """

    description: str
    permission: str
    single: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a kind starts by itself, unless an operator has paused or changed that.

    Args:
        cron: Five fields, as cron knows them.
        time_zone: By whose clocks, IANA.
    """

    cron: str
    time_zone: str = "UTC"


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
        priority: Where it waits when it is started on request or by its schedule.
        on_request: Whether, and by whom, it may be started on request. What the payload must be is said by the rules
            of its proto.
        schedule: Starts it by the clock, with an empty payload.
        interruptible: Whether a run that is not wanted any more ends wherever it waits, its transaction rolled back.
            For kinds that never say how far they are, cause nothing outside the database and leave it whole after each
            of their transactions. All others end where they say how far they are.
    """

    name: str
    handler: "Callable[[JobContext, M], Awaitable[None]]"
    payload: type[M]
    max_attempts: int = 3
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(minutes=5)
    timeout: timedelta = timedelta(minutes=15)
    priority: Priority = Priority.DEFAULT
    on_request: OnRequest | None = None
    schedule: Schedule | None = None
    interruptible: bool = False

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts."""
        return min(self.first_pause * float(2 ** (attempts - 1)), self.longest_pause)


def upkeep(
    name: str, description: str, work: Callable[[], Awaitable[object]], schedule: Schedule | None = None
) -> Job[Empty]:
    """Make housekeeping a kind that operators may start: one at a time, for the whole platform, needing nothing.

    Args:
        name: `<service>.<verb>`.
        description: What it does: one sentence.
        work: Does it; must leave alone what another process is at, and bear being ended between two of its transactions
            as by the end of the process.
        schedule: When it starts by itself.
    """

    async def handle(_context: "JobContext", _payload: Empty) -> None:
        await work()

    request = OnRequest(description, OPERATE, single=True)
    return Job(name, handle, Empty, priority=Priority.LOW, on_request=request, schedule=schedule, interruptible=True)
