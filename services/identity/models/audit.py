"""The audit log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from services.identity.models.base import Row


class AuditEntry(Row):
    """One fact. Append-only: the database refuses changes, and the chain of hashes shows them."""

    __tablename__ = "audit_entries"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    action: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    resource_type: Mapped[str]
    resource_id: Mapped[str]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    request_id: Mapped[str]
    address: Mapped[str]
    create_time: Mapped[datetime]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]


class AuditHead(Row):
    """The end of an organisation's log; its row lock puts writers in a line."""

    __tablename__ = "audit_heads"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
