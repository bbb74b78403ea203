"""Documents and their bytes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Versioned
from services.deal.models.base import Row


class Document(Versioned, Row):
    """What is known of a file of a deal."""

    __tablename__ = "documents"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID]
    buyer_id: Mapped[UUID | None]
    document_type: Mapped[str]
    state: Mapped[str] = mapped_column("document_status")
    audience: Mapped[str]
    file_name: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    uploader_id: Mapped[UUID]
    verifier_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(default="")
    create_time: Mapped[datetime]
    verify_time: Mapped[datetime | None]


class DocumentContent(Row):
    """The bytes of a file, apart so that lists do not read them."""

    __tablename__ = "document_contents"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[bytes]
