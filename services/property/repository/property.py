"""Properties, their history and their figures."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import IntegrityError

from services.chassis.db.repository import Repository, page_of
from services.chassis.paging import Page, PageOf
from services.property.errors import ExternalKeyTaken, PropertyNotFound
from services.property.lifecycle import PropertyState
from services.property.models import Engagement, FieldHistory, Property


class PropertyRepository(Repository[Property]):
    """Properties of the caller's organisation."""

    model = Property
    not_found = PropertyNotFound

    async def list_page(
        self,
        page: Page,
        *,
        property_type: str | None,
        city: str,
        postal_code: str,
        originating_system_name: str,
        originating_system_key: str,
        archived: bool,
    ) -> PageOf[Property]:
        """One page, newest first: ids are of version 7, so their order is that of creation."""
        statement = select(Property)
        if property_type is not None:
            statement = statement.where(Property.property_type == property_type)
        if city:
            statement = statement.where(func.lower(Property.city) == city.lower())
        for column, value in (
            (Property.postal_code, postal_code),
            (Property.originating_system_name, originating_system_name),
            (Property.originating_system_key, originating_system_key),
        ):
            if value:
                statement = statement.where(column == value)
        if not archived:
            statement = statement.where(Property.state == PropertyState.ACTIVE)
        return await self.page(statement, by=(Property.id.desc(),), page=page)

    async def insert(self, row: Property) -> None:
        """Write a new property now.

        Raises:
            ExternalKeyTaken: somebody was faster with the same key.
        """
        self.add(row)
        try:
            await self.session.flush()
        except IntegrityError as error:
            if "properties_external_key" in str(error.orig):
                raise ExternalKeyTaken(metadata={"key": row.originating_system_key}) from error
            raise

    async def has_external_key(self, system: str, key: str) -> bool:
        """Whether the organisation has a property with this key of this system."""
        statement = select(Property.id).where(
            Property.originating_system_name == system, Property.originating_system_key == key
        )
        return (await self.session.execute(statement)).first() is not None

    async def lock_by_keys(self, system: str, keys: Collection[str]) -> dict[str, Property]:
        """Lock the properties with these keys of one system, in one order so that two imports cannot deadlock."""
        statement = (
            select(Property)
            .where(
                Property.originating_system_name == system,
                Property.originating_system_key.in_(keys),
                Property.originating_system_key != "",
            )
            .order_by(Property.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return {p.originating_system_key: p for p in (await self.session.execute(statement)).scalars()}

    async def history(self, property_id: UUID, field_name: str, page: Page) -> PageOf[FieldHistory]:
        """One page of what has changed, newest first."""
        statement = select(FieldHistory).where(FieldHistory.property_id == property_id)
        if field_name:
            statement = statement.where(FieldHistory.field_name == field_name)
        return await page_of(self.session, statement, by=(FieldHistory.id.desc(),), page=page)

    async def add_history(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write entries: rows, not objects, since nobody looks at them again and an import writes very many."""
        if rows:
            await self.session.execute(pg_insert(FieldHistory.__table__), rows)

    async def engagement(self, property_id: UUID) -> Engagement | None:
        """The figures of a property; None before its first session has ended."""
        statement = select(Engagement).where(Engagement.property_id == property_id)
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def add_engagement(self, figures: Engagement) -> None:
        """Add one session's figures to its property's, in one statement: two sessions may end at once."""
        statement = pg_insert(Engagement).values(
            organization_id=figures.organization_id,
            property_id=figures.property_id,
            sessions_total=figures.sessions_total,
            seconds_total=figures.seconds_total,
            gaze_seconds_total=figures.gaze_seconds_total,
            events_total=figures.events_total,
            last_session_end_time=figures.last_session_end_time,
        )
        new = statement.excluded
        await self.session.execute(
            statement.on_conflict_do_update(
                index_elements=[Engagement.organization_id, Engagement.property_id],
                set_={
                    "sessions_total": Engagement.sessions_total + new.sessions_total,
                    "seconds_total": Engagement.seconds_total + new.seconds_total,
                    "gaze_seconds_total": Engagement.gaze_seconds_total + new.gaze_seconds_total,
                    "events_total": Engagement.events_total + new.events_total,
                    "last_session_end_time": func.greatest(Engagement.last_session_end_time, new.last_session_end_time),
                },
            )
        )
