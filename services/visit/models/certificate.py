"""Certificates, and where an organisation's chain of them ends."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from services.visit.models.base import Row


class VisitCertificate(Row):
    """That a visit took place, for good. Columns repeat what `content` says, to be found by."""

    __tablename__ = "visit_certificates"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    visit_id: Mapped[UUID]
    listing_id: Mapped[UUID]
    property_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    recorder_id: Mapped[UUID]
    start_time: Mapped[datetime]
    end_time: Mapped[datetime]
    meet_time: Mapped[datetime | None]
    complete_time: Mapped[datetime]
    code_used: Mapped[bool]
    overridden: Mapped[bool]
    evidence_score: Mapped[int]
    needs_review: Mapped[bool]
    content: Mapped[str]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]
    signature: Mapped[bytes]
    key_id: Mapped[str]


class CertificateHead(Row):
    """The last certificate of an organisation; its lock puts completions of one organisation in a line."""

    __tablename__ = "certificate_heads"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
