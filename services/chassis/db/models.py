"""What every table has in common."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, MetaData, func
from sqlalchemy.dialects.postgresql import BYTEA, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}
"""Constraint names as Postgres itself would choose them, so that errors can be mapped by name."""


def schema_base(schema_name: str) -> type[DeclarativeBase]:
    """Make the declarative base of one service: its tables live in its own schema."""

    class Base(DeclarativeBase):
        metadata = MetaData(schema=schema_name, naming_convention=NAMING)
        type_annotation_map = {
            UUID: PG_UUID(as_uuid=True),
            datetime: DateTime(timezone=True),
            dict[str, Any]: JSONB,
            bytes: BYTEA,
        }

        @declared_attr.directive
        def __mapper_args__(cls: Any) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it with the class
            # What the database fills in comes back with the statement; a second one would need a greenlet.
            args: dict[str, Any] = {"eager_defaults": True}
            if issubclass(cls, Versioned):
                args["version_id_col"] = cls.version
            return args

    return Base


class Timestamps:
    """When a row was made and last changed, by the database's clock."""

    create_time: Mapped[datetime] = mapped_column(server_default=func.now())
    update_time: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class Versioned:
    """Optimistic lock: the ORM adds `WHERE version = ...` to its UPDATEs; the number is the `etag` (AIP-154).

    A row that somebody else has changed meanwhile is a `StaleDataError`, answered ETAG_MISMATCH.
    """

    version: Mapped[int] = mapped_column(BigInteger, server_default="1", default=1)

    @property
    def etag(self) -> str:
        """The version, as callers see it."""
        return f'"{self.version}"'
