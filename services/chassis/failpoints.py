"""Named points at which a test may kill, stop, delay or break a running process.

The fault tests prove what happens when a process dies between two lines, for instance after the commit and before the
reply. The points are compiled in, so that what is tested is what runs; they cost one comparison while they are off,
and a production process refuses to start with any of them switched on.

Switch them on by the environment variable `DOORSTEP_FAILPOINTS`, points separated by semicolons:

    before_commit=kill;after_commit=sleep:50;before_ack=raise@3

`@3` means the third time only; without it, every time. Actions: `kill` (SIGKILL to the own process), `raise`
(`FailpointError`), `sleep:<milliseconds>`, `hang` (until cancelled, or for good in the synchronous form), `block` (the
whole process, as code that never gives the event loop back would).
"""

import asyncio
import os
import signal
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog

__all__ = ["POINTS", "FailpointError", "activate", "deactivate", "failpoint", "failpoint_sync", "is_on"]

log = structlog.get_logger(__name__)

ENVIRONMENT_VARIABLE: Final = "DOORSTEP_FAILPOINTS"

# A name that is not here is refused at the start: a misspelt point would make a fault test pass without a fault.
POINTS: Final[dict[str, str]] = {
    "before_commit": "A transaction has done its work and is about to commit.",
    "after_commit": "A transaction has committed; nobody knows yet.",
    "before_reply": "An RPC has its answer and has not sent it.",
    "after_claim": "A worker has taken a job and has not begun it.",
    "after_intent": "A job has committed that it is about to cause an effect outside.",
    "after_effect": "The effect outside has happened; the job has not written so.",
    "before_done": "A job's handler has returned; the queue does not know.",
    "after_relay": "The relay has put events into the stream and has not marked them as relayed.",
    "after_handle": "A consumer's transaction has committed; the stream still holds the event as pending.",
    "before_ack": "Telemetry is committed and not yet acknowledged.",
    "after_ack": "Telemetry is acknowledged.",
    "in_drain": "The server has stopped taking calls and waits for those that run.",
}


class FailpointError(Exception):
    """Raised by a failpoint whose action is `raise`. Nothing in the suite catches it by name."""


class Action(StrEnum):
    """What a failpoint does when it is reached."""

    KILL = "kill"
    RAISE = "raise"
    SLEEP = "sleep"
    HANG = "hang"
    BLOCK = "block"


@dataclass(slots=True)
class _Armed:
    action: Action
    seconds: float = 0.0
    only_hit: int | None = None
    hits: int = 0

    def due(self) -> bool:
        self.hits += 1
        return self.only_hit is None or self.hits == self.only_hit


# None while everything is off: one comparison is what a point costs then.
_armed: dict[str, _Armed] | None = None


def activate(spec: str | None = None, *, production: bool) -> None:
    """Switch on the points that `spec` names, or those of the environment when it is None. Called once at the start.

    Raises:
        RuntimeError: Any point is named and the process runs in production.
        ValueError: A point or an action does not exist.

    """
    global _armed  # noqa: PLW0603  # the whole process has one set of points, and a point must be cheap to pass
    text = os.environ.get(ENVIRONMENT_VARIABLE, "") if spec is None else spec
    armed = dict(_parse(part.strip()) for part in text.split(";") if part.strip())
    if armed and production:
        raise RuntimeError(f"{ENVIRONMENT_VARIABLE} is set: failpoints are refused in production")
    if armed:
        log.warning("failpoints_on", points=sorted(armed))
    _armed = armed or None


def deactivate() -> None:
    """Switch every point off."""
    global _armed  # noqa: PLW0603
    _armed = None


def is_on() -> bool:
    """Whether any point is switched on."""
    return _armed is not None


def _parse(part: str) -> tuple[str, _Armed]:
    name, separator, rest = part.partition("=")
    if not separator or name not in POINTS:
        raise ValueError(f"{part!r}: expected <point>=<action>[@N], with a point of {', '.join(POINTS)}")
    rest, _, nth = rest.partition("@")
    word, _, milliseconds = rest.partition(":")
    try:
        action = Action(word)
        only_hit = int(nth) if nth else None
        seconds = float(milliseconds) / 1000 if action is Action.SLEEP else 0.0
    except ValueError as error:
        raise ValueError(
            f"{part!r}: expected kill, raise, sleep:<milliseconds>, hang or block, and @ with a number"
        ) from error
    return name, _Armed(action, seconds, only_hit)


def _hit(name: str) -> _Armed | None:
    armed = _armed.get(name) if _armed is not None else None
    if armed is None or not armed.due():
        return None
    if armed.action is Action.KILL:
        os.kill(os.getpid(), signal.SIGKILL)
    if armed.action is Action.RAISE:
        raise FailpointError(name)
    while armed.action is Action.BLOCK:
        time.sleep(3600)
    return armed


async def failpoint(name: str) -> None:
    """Pass the point `name`; does nothing unless it is switched on."""
    if _armed is None:
        return
    armed = _hit(name)
    if armed is not None:
        if armed.action is Action.HANG:
            await asyncio.Event().wait()
        await asyncio.sleep(armed.seconds)


def failpoint_sync(name: str) -> None:
    """Pass the point `name` in code that runs outside an event loop."""
    if _armed is None:
        return
    armed = _hit(name)
    while armed is not None and armed.action is Action.HANG:
        time.sleep(3600)
    if armed is not None:
        time.sleep(armed.seconds)
