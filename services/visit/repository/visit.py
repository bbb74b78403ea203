"""Visits: the SQL that keeps two of them from sharing anybody.

Three exclusion constraints hold it, for the agent (with buffers), the property and the buyer, whatever the
organisation. A new visit is written with ON CONFLICT DO NOTHING: of two hundred at once one wins, and no two wait for
each other in a circle, as they would at a bare INSERT. A visit that moves cannot be written so; it first takes the
locks of its calendars, in sorted order. Those who write new visits need no lock: an INSERT that meets an UPDATE takes
its row back before it waits, so the UPDATE never waits for somebody who waits for it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnExpressionArgument,
    Row,
    Table,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from services.chassis.db.elevation import as_system
from services.chassis.db.repository import Repository, after
from services.chassis.db.turns import take_turns
from services.chassis.paging import Page, PageOf
from services.visit.errors import SlotTaken, VisitNotFound
from services.visit.lifecycle import AGREED, LIVING, OF_A_DAY
from services.visit.models.visit import Visit, VisitChange, VisitCode, VisitEvidence
from services.visit.slots import LONGEST

EXCLUSION_VIOLATION = "23P01"
_LATEST = (Visit.start_time.desc(), Visit.id.desc())
"""The order of lists."""
_VISITS, _CHANGES = cast("Table", Visit.__table__), cast("Table", VisitChange.__table__)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which visits to list; what is left out filters nothing."""

    states: Sequence[str] = ()
    listing_id: UUID | None = None
    property_id: UUID | None = None
    agent_id: UUID | None = None
    buyer_id: UUID | None = None
    start_from: datetime | None = None
    start_until: datetime | None = None
    needs_review: bool = False
    """Only those whose evidence has to be looked at."""
    only_of: UUID | None = None
    """Only those of which this user is a party or a contact."""


class VisitRepository(Repository[Visit]):
    """Visits of the caller's organisation, and those to which the caller comes."""

    model = Visit
    not_found = VisitNotFound

    async def lock_calendars(self, *people_and_homes: UUID) -> None:
        """Take the locks of some calendars until the transaction ends, in one order, so that nobody waits in a circle.

        Args:
            people_and_homes: Users and properties.
        """
        await take_turns(self.session, *(f"visit/{one}" for one in people_and_homes))

    async def insert(self, row: Visit, change: VisitChange) -> Visit:
        """Write a new visit and the first step of its history now, in one statement, unless its time is taken.

        Args:
            row: The visit, of which every column is set that the database does not fill in.
            change: The step.

        Returns:
            The visit as it was written, known to the session.

        Raises:
            SlotTaken: the agent, the property or the buyer is in another living visit at that time.
        """
        made = insert(_VISITS).values(**_set_columns(row)).on_conflict_do_nothing().returning(_VISITS).cte("made")
        step = _set_columns(change)
        columns = [literal(value, _CHANGES.c[name].type).label(name) for name, value in step.items()]
        changed = insert(_CHANGES).from_select(list(step), select(*columns).select_from(made)).cte("changed")
        statement = select(aliased(Visit, made)).add_cte(changed)
        written: Visit | None = (await self.session.execute(statement)).scalar_one_or_none()
        if written is None:
            raise SlotTaken(metadata=await self._calendar(row))
        return written

    async def move(self, row: Visit) -> None:
        """Write a visit whose times have changed; its calendars are locked.

        Raises:
            SlotTaken: as for `insert`. Postgres has given the transaction up by then: nothing else can follow.
        """
        try:
            await self.session.flush()
        except IntegrityError as error:
            # The error's own text holds the times of somebody else's visit: it goes no further.
            if getattr(error.orig, "sqlstate", "") == EXCLUSION_VIOLATION:
                raise SlotTaken from error
            raise

    async def _calendar(self, row: Visit) -> dict[str, str]:
        """Whose calendar stood in the way, as far as the transaction may see."""
        whole, busy = (row.start_time, row.end_time), (row.busy_start_time, row.busy_end_time)
        columns = {
            "buyer": (Visit.buyer_id, Visit.start_time, Visit.end_time, whole),
            "agent": (Visit.agent_id, Visit.busy_start_time, Visit.busy_end_time, busy),
            "property": (Visit.property_id, Visit.start_time, Visit.end_time, whole),
        }
        taken = [
            exists()
            .where(who == getattr(row, who.key), Visit.state.in_(LIVING), starts < until, ends > begin)
            .label(calendar)
            for calendar, (who, starts, ends, (begin, until)) in columns.items()
        ]
        found = (await self.session.execute(select(*taken))).one()._mapping
        return next(({"calendar": calendar} for calendar in columns if found[calendar]), {})

    async def list_page(self, page: Page, wanted: Filter) -> PageOf[Visit]:
        """One page, those that begin last first."""
        named = {
            Visit.listing_id: wanted.listing_id,
            Visit.property_id: wanted.property_id,
            Visit.agent_id: wanted.agent_id,
            Visit.buyer_id: wanted.buyer_id,
        }
        conditions: list[ColumnExpressionArgument[bool]] = [
            column == value for column, value in named.items() if value is not None
        ]
        narrow = bool(conditions) or self.tx.actor.organization_id is None
        if wanted.states:
            conditions.append(Visit.state.in_(wanted.states))
        if wanted.start_from is not None:
            conditions.append(Visit.start_time >= wanted.start_from)
        if wanted.start_until is not None:
            conditions.append(Visit.start_time < wanted.start_until)
        if wanted.needs_review:
            conditions.append(Visit.needs_review)
        if not narrow:
            return await self._page_of_member(page, wanted.only_of, conditions)
        if wanted.only_of is not None:
            user = wanted.only_of
            conditions.append(or_(Visit.buyer_id == user, Visit.agent_id == user, Visit.contact_ids.contains([user])))
        return await self.page(select(Visit).where(*conditions), by=_LATEST, page=page)

    async def _page_of_member(
        self, page: Page, only_of: UUID | None, conditions: Sequence[ColumnExpressionArgument[bool]]
    ) -> PageOf[Visit]:
        """One page for somebody who acts for an organisation.

        Row-level security shows a visit for one of several reasons, and no index has all of them in the order of the
        page: every page would read and sort all visits of the organisation. So each reason is followed by itself, no
        further than the page reaches.
        """
        actor = self.tx.actor
        user_id = only_of or actor.user_id
        ahead = [*conditions, *([after(_LATEST, page.after)] if page.after is not None else [])]
        reasons = [Visit.organization_id == actor.organization_id if only_of is None else Visit.agent_id == only_of]
        if user_id is not None:
            reasons.append(Visit.buyer_id == user_id)
            reasons.append(Visit.id.in_(await self._asked(user_id, ahead, page.size + 1)))
        parts = [
            select(Visit.organization_id, Visit.id).where(*ahead, one).order_by(*_LATEST).limit(page.size + 1)
            for one in reasons
        ]
        key = tuple_(Visit.organization_id, Visit.id)
        return await self.page(select(Visit).where(key.in_(union_all(*parts))), by=_LATEST, page=page)

    async def _asked(
        self, user_id: UUID, conditions: Sequence[ColumnExpressionArgument[bool]], most: int
    ) -> list[UUID]:
        """Visits that name a user as a contact, in the order of pages."""
        asked = select(Visit.id).where(*conditions, Visit.contact_ids.contains([user_id]))
        async with as_system(self.tx):  # as a caller, its index is asked only after the policy, which admits too many
            return list((await self.session.execute(asked.order_by(*_LATEST).limit(most))).scalars())

    async def busy(
        self, *, agent_id: UUID, property_id: UUID, buyer_id: UUID, begin: datetime, until: datetime
    ) -> Sequence[Row[UUID, UUID, str, datetime, datetime, datetime, datetime]]:
        """Visits of any of the three that reach into a span, the agent's buffers included: whose, in which state, when.

        Those that live, and those of the agent that count on their day.
        """
        statement = select(
            Visit.organization_id,
            Visit.agent_id,
            Visit.state,
            Visit.start_time,
            Visit.end_time,
            Visit.busy_start_time,
            Visit.busy_end_time,
        ).where(
            or_(Visit.agent_id == agent_id, Visit.property_id == property_id, Visit.buyer_id == buyer_id),
            Visit.state.in_(OF_A_DAY),
            Visit.busy_start_time < until,
            Visit.busy_end_time > begin,
            # The same, as the indices know it: within history nothing is read that is far from the span.
            Visit.start_time < until + LONGEST,
            Visit.start_time > begin - 2 * LONGEST,
        )
        return (await self.session.execute(statement)).all()

    async def count_of_agent(
        self, agent_id: UUID, begin: datetime, until: datetime, *, without: UUID | None = None
    ) -> int:
        """How many visits of an agent begin within a span, those that are over included."""
        statement = select(func.count()).where(
            Visit.agent_id == agent_id,
            Visit.state.in_(OF_A_DAY),
            Visit.start_time >= begin,
            Visit.start_time < until,
        )
        if without is not None:
            statement = statement.where(Visit.id != without)
        return int((await self.session.execute(statement)).scalar_one())

    async def to_come(self, buyer_id: UUID, states: Collection[str]) -> list[UUID]:
        """Visits of a buyer in some states, in one order, so that nobody who locks them waits in a circle."""
        statement = select(Visit.id).where(Visit.buyer_id == buyer_id, Visit.state.in_(states)).order_by(Visit.id)
        return list((await self.session.execute(statement)).scalars())

    async def erase_notes(self, buyer_id: UUID) -> None:
        """Forget what a buyer wrote with requests."""
        written = (Visit.buyer_id == buyer_id, Visit.note != "")
        await self.session.execute(update(Visit).where(*written).values(note="", version=Visit.version + 1))

    async def met(self, user_id: UUID, others: Collection[UUID]) -> set[UUID]:
        """Those of some users with whom a user has agreed on a visit, in any organisation."""
        statement = select(Visit.buyer_id, Visit.agent_id).where(
            Visit.state.in_(AGREED),
            or_(
                and_(Visit.buyer_id == user_id, Visit.agent_id.in_(others)),
                and_(Visit.agent_id == user_id, Visit.buyer_id.in_(others)),
            ),
        )
        async with as_system(self.tx):
            found = (await self.session.execute(statement)).all()
        return {one for pair in found for one in pair} - {user_id}

    # --- history ----------------------------------------------------------------------------------------------------

    async def was_agreed_within(self, row: Visit, *, begin: datetime, until: datetime) -> bool:
        """Whether a visit reaches into a span, edges included, by its time or by one on which both once agreed."""
        if row.start_time <= until and row.end_time >= begin:
            return True
        former = exists().where(
            VisitChange.organization_id == row.organization_id,
            VisitChange.visit_id == row.id,
            VisitChange.state.in_(AGREED),
            VisitChange.start_time <= until,
            VisitChange.end_time >= begin,
        )
        return bool(await self.session.scalar(select(former)))

    def add_change(self, change: VisitChange) -> None:
        """Write a step of the history."""
        self.session.add(change)

    async def changes(self, visit_id: UUID, page: Page) -> PageOf[VisitChange]:
        """One page of what has happened, newest first."""
        statement = select(VisitChange).where(VisitChange.visit_id == visit_id)
        if page.after is not None:
            statement = statement.where(VisitChange.id < page.after[0])
        rows = await self.session.execute(statement.order_by(VisitChange.id.desc()).limit(page.size + 1))
        return page.cut(list(rows.scalars()), key=lambda row: (row.id,))

    # --- codes and evidence -----------------------------------------------------------------------------------------

    async def code_for_update(self, row: Visit) -> VisitCode | None:
        """The visit's code, locked; None before the first."""
        statement = (
            select(VisitCode)
            .where(VisitCode.organization_id == row.organization_id, VisitCode.visit_id == row.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return (await self.session.execute(statement)).scalar_one_or_none()

    def add_code(self, code: VisitCode) -> None:
        """Write the first code of a visit."""
        self.session.add(code)

    def add_evidence(self, evidence: VisitEvidence) -> None:
        """Write what a device said."""
        self.session.add(evidence)

    async def evidence_of(self, row: Visit) -> list[VisitEvidence]:
        """What devices have said during a visit, oldest first."""
        statement = (
            select(VisitEvidence)
            .where(VisitEvidence.organization_id == row.organization_id, VisitEvidence.visit_id == row.id)
            .order_by(VisitEvidence.id)
        )
        return list((await self.session.execute(statement)).scalars())


def _set_columns(row: Visit | VisitChange) -> dict[str, Any]:
    """What is set of a row that is not written yet."""
    columns: dict[str, Any] = {name: value for name, value in vars(row).items() if name in row.__table__.c}
    return columns
