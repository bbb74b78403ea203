"""The ledger and the policies by which commissions are divided."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.deal.models.base import Row


class LedgerAccount(Row):
    """A place where money is; the balance is kept by a trigger."""

    __tablename__ = "ledger_accounts"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    owner_id: Mapped[UUID]
    currency_code: Mapped[str]
    balance: Mapped[int] = mapped_column(BigInteger, default=0)
    entry_count: Mapped[int] = mapped_column(BigInteger, default=0)
    create_time: Mapped[datetime]


class LedgerTransaction(Row):
    """One movement of money."""

    __tablename__ = "ledger_transactions"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    deal_id: Mapped[UUID]
    payment_id: Mapped[UUID | None]
    payout_id: Mapped[UUID | None]
    policy_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    attempt: Mapped[int] = mapped_column(default=0)
    entry_count: Mapped[int]
    create_time: Mapped[datetime]


class LedgerEntry(Row):
    """One line of it."""

    __tablename__ = "ledger_entries"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    currency_code: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)


class CommissionPolicy(Row):
    """A rule for commissions from some time on."""

    __tablename__ = "commission_policies"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    agent_id: Mapped[UUID | None]
    effective_time: Mapped[datetime]
    token_basis_points: Mapped[int]
    tiers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    creator_id: Mapped[UUID]
    create_time: Mapped[datetime]
