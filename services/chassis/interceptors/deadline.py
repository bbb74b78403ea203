"""Deadline: a unary answer comes within the caller's time or ours, whichever is shorter.

The work runs in a task of its own: a caller that goes away must not cancel a statement under way, which would cost
the connection (93 of 674 measured). It may then still commit; that is what idempotency keys are for.
"""

import asyncio
from typing import Any

import structlog

from services.chassis.errors import DeadlineExceeded, DoorstepError
from services.chassis.interceptors.call import Call, Kind, Proceed, keep

LIMIT = 15.0
"""Seconds that any unary-response call may take."""
_log = structlog.get_logger("doorstep.errors")

TOO_LATE = 0.02
"""Seconds: with less than this left the answer would not arrive, so the work is not begun."""


class Deadline:
    """Bounds unary-response calls; streams last as long as both sides want."""

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Run the rest in a task and wait for it no longer than allowed."""
        if call.method.kind is not Kind.UNARY_UNARY:
            return await proceed(call)
        remaining: float | None = call.context.time_remaining()  # None without a deadline, whatever the stubs say
        limit = LIMIT if remaining is None else min(remaining, LIMIT)
        if limit < TOO_LATE:
            raise DeadlineExceeded(metadata={"limit_ms": str(int(limit * 1000))})
        # asyncio.wait would do, at three times the cost: it is most of what this link costs a call.
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()

        def wake(_: Any = None) -> None:
            if not ended.done():
                ended.set_result(None)

        task: asyncio.Task[Any] = loop.create_task(proceed(call))  # type: ignore[arg-type]  # a coroutine in fact
        keep(task)
        task.add_done_callback(wake)
        timer = loop.call_later(limit, wake)
        try:
            await ended
        finally:
            timer.cancel()
            if not task.done():
                task.add_done_callback(_nobody_waits)
        if not task.done():
            raise DeadlineExceeded(metadata={"limit_ms": str(int(limit * 1000))})
        return task.result()


def _nobody_waits(task: asyncio.Task[Any]) -> None:
    """Log how work ended whose caller has gone, when that is a fault of ours: nothing else would tell."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, DoorstepError):
        _log.error("unexpected_after_the_caller_left", exc_info=error)
