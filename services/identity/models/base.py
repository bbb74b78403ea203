"""What the tables of identity have in common."""

from typing import Any, ClassVar

from sqlalchemy.orm import declared_attr

from services.chassis.db.models import Timestamps, Versioned, schema_base

Base = schema_base("identity")


class Row(Base):  # type: ignore[misc,valid-type]
    """A table; values that the database fills in come back with the statement, never with a second one."""

    __abstract__ = True
    __mapper_args__: ClassVar[Any] = {"eager_defaults": True}


class Resource(Row, Timestamps, Versioned):
    """A table whose rows callers change: timestamps, and a version that is the etag."""

    __abstract__ = True

    @declared_attr.directive
    def __mapper_args__(cls) -> Any:  # noqa: N805 - SQLAlchemy calls it with the class
        return {"eager_defaults": True, "version_id_col": cls.version}
