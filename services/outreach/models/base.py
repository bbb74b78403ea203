"""What the tables of this service have in common."""

from services.chassis.db.models import schema_base

Base = schema_base("outreach")


class Row(Base):  # type: ignore[misc,valid-type]
    """A table of this service."""

    __abstract__ = True
