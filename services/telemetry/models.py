"""The session as a row. Everything else is written and read in bulk, by SQL in the repository."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import schema_base

Base = schema_base("telemetry")


class Session(Base):  # type: ignore[misc,valid-type]
    """One visit of one person to one home; `session_key` stands for it in every sample."""

    __tablename__ = "sessions"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    session_key: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    session_id: Mapped[UUID]
    property_id: Mapped[UUID]
    participant_id: Mapped[str]
    state: Mapped[str]
    coordinate_system: Mapped[int] = mapped_column(SmallInteger)
    started_at_us: Mapped[int] = mapped_column(BigInteger)
    ended_at_us: Mapped[int | None] = mapped_column(BigInteger)
    device_model: Mapped[str]
    app_version: Mapped[str]
    scene: Mapped[str]
    clock_offset_us: Mapped[int | None] = mapped_column(BigInteger)
    clock_error_us: Mapped[int | None] = mapped_column(BigInteger)
    clock_step_us: Mapped[int | None] = mapped_column(BigInteger)
    declared_count: Mapped[int] = mapped_column(BigInteger, default=0)
    create_time: Mapped[datetime] = mapped_column(server_default=func.now())
    end_time: Mapped[datetime | None]
    heartbeat_time: Mapped[datetime] = mapped_column(server_default=func.now())
