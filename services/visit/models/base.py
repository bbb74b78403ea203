"""What the tables of the service have in common."""

from services.chassis.db.models import schema_base

Base = schema_base("visit")


class Row(Base):  # type: ignore[misc,valid-type]
    """A table of this service."""

    __abstract__ = True
