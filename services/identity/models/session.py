"""Sessions and the refresh tokens that carry them on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.identity.models.base import Row


class Session(Row):
    """One sign-in on one device. Callers see their own."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    organization_id: Mapped[UUID | None]
    device_name: Mapped[str] = mapped_column(default="")
    user_agent: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    authenticated_time: Mapped[datetime]
    """When the password was entered."""
    create_time: Mapped[datetime]
    last_seen_time: Mapped[datetime]
    expire_time: Mapped[datetime]
    """The absolute end, however often it is refreshed."""
    revoke_time: Mapped[datetime | None]
    revoke_cause: Mapped[str | None]


class RefreshToken(Row):
    """One link of a session's chain of tokens. Only hashes are kept."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    session_id: Mapped[UUID]
    parent_hash: Mapped[bytes | None]
    create_time: Mapped[datetime]
    expire_time: Mapped[datetime]
    used_time: Mapped[datetime | None]
    successor_hash: Mapped[bytes | None]
    successor_salt: Mapped[bytes | None]
    """Makes the successor again for a repeated request; forgotten once the successor is in use."""
