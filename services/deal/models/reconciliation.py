"""Reconciliations: ledger, provider and statement held against each other."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.deal.models.base import Row


class Reconciliation(Versioned, Timestamps, Row):
    """One comparison."""

    __tablename__ = "reconciliations"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider: Mapped[str]
    state: Mapped[str]
    statement_sha256: Mapped[bytes]
    statement_lines: Mapped[int]
    matched: Mapped[int]
    differences: Mapped[int]
    through_time: Mapped[datetime]
    creator_id: Mapped[UUID]
    closer_id: Mapped[UUID | None]
    end_time: Mapped[datetime | None]


class ReconciliationLine(Row):
    """One movement of money as the three know it, and whether they agree."""

    __tablename__ = "reconciliation_lines"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    reconciliation_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    result: Mapped[str]
    kind: Mapped[str]
    reference: Mapped[UUID]
    ledger_transaction_id: Mapped[UUID | None]
    ledger_amount: Mapped[int | None] = mapped_column(BigInteger)
    ledger_currency: Mapped[str | None]
    event_id: Mapped[str | None]
    event_amount: Mapped[int | None] = mapped_column(BigInteger)
    event_currency: Mapped[str | None]
    event_outcome: Mapped[str | None]
    statement_line: Mapped[int | None]
    statement_amount: Mapped[int | None] = mapped_column(BigInteger)
    statement_currency: Mapped[str | None]
    explanation: Mapped[str] = mapped_column(default="")
    explainer_id: Mapped[UUID | None]
    explain_time: Mapped[datetime | None]
