"""Pipelines and their stages."""

from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.deal.models.base import Row


class Pipeline(Versioned, Timestamps, Row):
    """A sequence of stages."""

    __tablename__ = "pipelines"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    default_yn: Mapped[bool] = mapped_column(default=False)


class Stage(Row):
    """One step of a pipeline."""

    __tablename__ = "stages"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    pipeline_id: Mapped[UUID]
    position: Mapped[int]
    display_name: Mapped[str]
    probability: Mapped[int]
    required_document_types: Mapped[list[str]] = mapped_column(ARRAY(Text))
