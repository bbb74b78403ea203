"""API keys and device keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps
from services.identity.lifecycle import ApiKeyState
from services.identity.models.base import Row


class ApiKey(Row, Timestamps):
    """A key of an organisation; of its secrets only hashes."""

    __tablename__ = "api_keys"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    kind: Mapped[str]
    """`server` or `device`."""
    permissions: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    device_serial: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=ApiKeyState.ACTIVE)
    creator_user_id: Mapped[UUID | None]
    secret_hash: Mapped[bytes]
    previous_secret_hash: Mapped[bytes | None]
    previous_secret_expire_time: Mapped[datetime | None]
    expire_time: Mapped[datetime | None]
    last_used_time: Mapped[datetime | None]
    revoke_time: Mapped[datetime | None]
