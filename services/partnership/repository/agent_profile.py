"""Profiles of agents."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Float, delete, func, literal, or_, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from services.chassis.db.repository import Repository
from services.chassis.db.turns import take_turns
from services.chassis.geo import Box, around
from services.chassis.paging import Page, PageOf
from services.partnership.errors import AgentProfileNotFound
from services.partnership.models.agent_profile import AgentProfile

FARTHEST = 200_000.0
"""Metres: nobody works farther from their place, as the table says too."""


@dataclass(frozen=True, slots=True)
class AgentQuery:
    """What is looked for; None and empty mean "any"."""

    center: tuple[float, float] | None = None
    """(latitude, longitude)."""
    radius_meters: float = 0.0
    """How far from the centre; 0 for agents who work there."""
    purpose: str = ""
    language_code: str = ""
    organization_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One match, and metres from the centre."""

    profile: AgentProfile
    distance_meters: float | None


class AgentProfileRepository(Repository[AgentProfile]):
    """The caller's own profile; as the system, everybody's."""

    model = AgentProfile
    not_found = AgentProfileNotFound

    async def of(self, agent_id: UUID) -> AgentProfile:
        """The profile of one agent.

        Raises:
            AgentProfileNotFound
        """
        return await self._one(select(AgentProfile).where(AgentProfile.agent_id == agent_id))

    async def take_turn(self, agent_id: UUID) -> AgentProfile | None:
        """Let nobody else write this agent's profile until the transaction ends, and read it if there is one."""
        await take_turns(self.session, f"agent_profile/{agent_id}")
        return await self.session.get(AgentProfile, agent_id, populate_existing=True)

    async def remove(self, agent_id: UUID, organization_id: UUID | None = None) -> None:
        """Take an agent's profile out, if there is one; with an organisation, only the one written there."""
        await take_turns(self.session, f"agent_profile/{agent_id}")
        statement = delete(AgentProfile).where(AgentProfile.agent_id == agent_id)
        if organization_id is not None:
            statement = statement.where(AgentProfile.agent_organization_id == organization_id)
        await self.session.execute(statement)

    async def find(self, query: AgentQuery, page: Page) -> PageOf[Found]:
        """One page: the nearest to the centre first, or the newest. As the system."""
        if query.center is None:
            rows = await self.page(
                select(AgentProfile).where(*_conditions(query)),
                by=(AgentProfile.create_time.desc(), AgentProfile.agent_id.desc()),
                page=page,
            )
            return PageOf([Found(row, None) for row in rows.items], rows.next_page_token)
        latitude, longitude = query.center
        metres: ColumnElement[float] = func.partnership.haversine_meters(
            literal(latitude, Float), literal(longitude, Float), AgentProfile.latitude, AgentProfile.longitude
        )
        reach = literal(query.radius_meters, Float) if query.radius_meters else AgentProfile.work_radius_meters
        statement = select(AgentProfile, metres).where(
            *_conditions(query), _within(around(latitude, longitude, query.radius_meters or FARTHEST)), metres <= reach
        )
        if page.after is not None:
            distance, agent_id = page.after
            after = tuple_(literal(distance, Float), literal(agent_id))
            statement = statement.where(tuple_(metres, AgentProfile.agent_id) > after)
        statement = statement.order_by(metres, AgentProfile.agent_id).limit(page.size + 1)
        found = [Found(row, distance) for row, distance in await self.session.execute(statement)]
        return page.cut(found, key=lambda one: (one.distance_meters, one.profile.agent_id))


def _conditions(query: AgentQuery) -> Iterator[ColumnElement[bool]]:
    if query.purpose:
        yield AgentProfile.purposes.contains([query.purpose])
    if query.language_code:
        yield AgentProfile.language_codes.contains([query.language_code])
    if query.organization_id is not None:
        yield AgentProfile.agent_organization_id == query.organization_id


def _within(box: Box) -> ColumnElement[bool]:
    """What the index of places finds."""
    place = func.point(AgentProfile.longitude, AgentProfile.latitude)
    corners = [func.box(func.point(p.east, p.north), func.point(p.west, p.south)) for p in box.parts()]
    return or_(*(place.op("<@")(one) for one in corners))
