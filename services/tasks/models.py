"""Tables: requests and actions are ours, schedules are the queue's, fired by workers (`chassis/jobs/schedules.py`)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned, schema_base

Base = schema_base("tasks")
QueueBase = schema_base("jobs")


class TaskRequest(Base):  # type: ignore[misc,valid-type]
    """Who asked for a task, and for whom."""

    __tablename__ = "requests"

    task_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str]
    organization_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None]
    create_time: Mapped[datetime] = mapped_column(server_default=func.now())


class TaskAction(Base):  # type: ignore[misc,valid-type]
    """Something that somebody did about background work. Never changed."""

    __tablename__ = "actions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action: Mapped[str]
    caller: Mapped[str]
    user_id: Mapped[UUID | None]
    target: Mapped[str]
    kind: Mapped[str]
    detail: Mapped[str]
    request_id: Mapped[str]
    create_time: Mapped[datetime] = mapped_column(server_default=func.now())


class Schedule(QueueBase, Timestamps, Versioned):  # type: ignore[misc,valid-type]
    """When a kind starts by the clock. Firings change it without changing its version."""

    __tablename__ = "schedules"

    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[bytes]
    priority: Mapped[int]
    cron: Mapped[str]
    time_zone: Mapped[str]
    declared: Mapped[bool] = mapped_column(default=False)
    paused: Mapped[bool] = mapped_column(default=False)
    next_time: Mapped[datetime]
    last_time: Mapped[datetime | None]
    last_job_id: Mapped[int | None] = mapped_column(BigInteger)
    fired_count: Mapped[int] = mapped_column(BigInteger, default=0)
    skipped_count: Mapped[int] = mapped_column(BigInteger, default=0)
