"""Schedules: make, change, pause, resume, remove. Workers fire them."""

from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from google.protobuf.message import Message

from services.chassis.actor import Actor
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import invalid, match_etag
from services.chassis.jobs.kinds import Kind
from services.chassis.jobs.schedules import cron_problem, next_time
from services.chassis.paging import Page, PageOf
from services.tasks.errors import ScheduleDeclared, ScheduleStateRefused
from services.tasks.models import Schedule
from services.tasks.operations.common import record
from services.tasks.repository import ScheduleRepository

_zones = cache(available_timezones)


async def create_schedule(
    tx: Transaction,
    caller: Actor,
    kind: Kind,
    payload: Message,
    *,
    name: str,
    cron: str,
    time_zone: str,
    priority: int | None,
    now: datetime,
) -> Schedule:
    """Make a schedule.

    Raises:
        InvalidFields
        ScheduleExists
    """
    cron, time_zone = _checked(cron, time_zone or "UTC")
    row = await ScheduleRepository(tx).insert(
        Schedule(
            name=name,
            kind=kind.name,
            payload=payload.SerializeToString(),
            priority=kind.priority if priority is None else priority,
            cron=cron,
            time_zone=time_zone,
            next_time=next_time(cron, time_zone, now),
        )
    )
    await record(tx, caller, "create_schedule", name, kind=kind.name, detail=f"{cron} {time_zone}")
    return row


async def list_schedules(tx: ReadTransaction, page: Page) -> PageOf[Schedule]:
    """One page of schedules, by name."""
    return await ScheduleRepository(tx).list(page)


async def get_schedule(tx: ReadTransaction, name: str) -> Schedule:
    """One schedule.

    Raises:
        ScheduleNotFound
    """
    return await ScheduleRepository(tx).named(name)


async def update_schedule(
    tx: Transaction, caller: Actor, name: str, *, cron: str, time_zone: str, etag: str, now: datetime
) -> Schedule:
    """Change when a schedule fires; what is empty stays.

    Raises:
        ScheduleNotFound, EtagMismatch, InvalidFields
    """
    row = await ScheduleRepository(tx).named(name, lock=True)
    match_etag(row.etag, etag)
    row.cron, row.time_zone = _checked(cron or row.cron, time_zone or row.time_zone)
    row.next_time = next_time(row.cron, row.time_zone, now)
    await tx.session.flush()
    await record(tx, caller, "update_schedule", name, kind=row.kind, detail=f"{row.cron} {row.time_zone}")
    return row


async def pause_schedule(tx: Transaction, caller: Actor, name: str) -> Schedule:
    """Keep a schedule from firing.

    Raises:
        ScheduleNotFound, ScheduleStateRefused
    """
    return await _turn(tx, caller, name, "pause", paused=True)


async def resume_schedule(tx: Transaction, caller: Actor, name: str, *, now: datetime) -> Schedule:
    """Let a schedule fire again, at its next time.

    Raises:
        ScheduleNotFound, ScheduleStateRefused
    """
    row = await _turn(tx, caller, name, "resume", paused=False)
    row.next_time = next_time(row.cron, row.time_zone, now)
    await tx.session.flush()
    return row


async def delete_schedule(tx: Transaction, caller: Actor, name: str) -> None:
    """Remove a schedule that an operator made.

    Raises:
        ScheduleNotFound, ScheduleDeclared
    """
    schedules = ScheduleRepository(tx)
    row = await schedules.named(name, lock=True)
    if row.declared:
        raise ScheduleDeclared(metadata={"name": name})
    await schedules.remove(row)
    await record(tx, caller, "delete_schedule", name, kind=row.kind)


async def _turn(tx: Transaction, caller: Actor, name: str, verb: str, *, paused: bool) -> Schedule:
    row = await ScheduleRepository(tx).named(name, lock=True)
    if row.paused == paused:
        now, wanted = ("PAUSED", "ACTIVE") if paused else ("ACTIVE", "PAUSED")
        raise ScheduleStateRefused(metadata={"verb": verb, "state": now, "allowed_states": wanted})
    row.paused = paused
    await tx.session.flush()
    await record(tx, caller, f"{verb}_schedule", name, kind=row.kind)
    return row


def _checked(cron: str, time_zone: str) -> tuple[str, str]:
    """An expression with single spaces, and a zone that there is.

    Raises:
        InvalidFields
    """
    if time_zone not in _zones():
        raise invalid("time_zone", "must be a name of the IANA time zone database", "time_zone.unknown")
    if problem := cron_problem(cron):
        raise invalid("cron", problem, "cron.invalid")
    return " ".join(cron.split()), time_zone
