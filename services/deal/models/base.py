"""What the tables share."""

from services.chassis.db.models import schema_base

Base = schema_base("deal")


class Row(Base):  # type: ignore[misc,valid-type]
    """A table of this service."""

    __abstract__ = True
