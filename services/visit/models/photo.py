"""References to pictures of visits."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.visit.models.base import Row


class VisitPhoto(Row):
    """Where a picture lies, and by what it is recognised."""

    __tablename__ = "visit_photos"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    buyer_id: Mapped[UUID]
    uploader_id: Mapped[UUID]
    party: Mapped[str]
    audience: Mapped[str]
    uri: Mapped[str]
    sha256: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    caption: Mapped[str]
    create_time: Mapped[datetime]
