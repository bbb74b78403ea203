"""Requests for partnerships."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError

from services.chassis.db.repository import Repository
from services.chassis.db.turns import take_turns
from services.chassis.paging import Page, PageOf
from services.partnership.errors import PartnerRequestExists, PartnerRequestNotFound
from services.partnership.lifecycle import PartnerRequestState
from services.partnership.models.partner_request import PartnerRequest


class PartnerRequestRepository(Repository[PartnerRequest]):
    """Requests that the caller has sent or received."""

    model = PartnerRequest
    not_found = PartnerRequestNotFound

    async def insert(self, row: PartnerRequest) -> None:
        """Write a new request now.

        Raises:
            PartnerRequestExists: one between the two is pending. Who takes the pair's turn first never meets this.
        """
        self.add(row)
        try:
            await self.session.flush()
        except IntegrityError as error:
            if "partner_requests_pending_key" in str(error.orig):
                raise PartnerRequestExists from error
            raise

    async def pending_between(self, one: UUID, other: UUID) -> PartnerRequest | None:
        """The pending request between two users, locked, whichever of them asked."""
        statement = (
            select(PartnerRequest)
            .where(
                # As the index has it, and with that the only way to the row.
                func.least(PartnerRequest.sender_id, PartnerRequest.recipient_id) == min(one, other),
                func.greatest(PartnerRequest.sender_id, PartnerRequest.recipient_id) == max(one, other),
                PartnerRequest.state == PartnerRequestState.PENDING,
            )
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def last_withdrawal(self, sender_id: UUID, recipient_id: UUID) -> datetime | None:
        """When a user last took back a request to another."""
        statement = select(func.max(PartnerRequest.response_time)).where(
            PartnerRequest.sender_id == sender_id,
            PartnerRequest.recipient_id == recipient_id,
            PartnerRequest.state == PartnerRequestState.WITHDRAWN,
        )
        found: datetime | None = await self.session.scalar(statement)
        return found

    async def take_sender_turn(self, sender_id: UUID) -> None:
        """Let no other request of a user's be made until the transaction ends. Taken after the pair's turn, by all."""
        await take_turns(self.session, f"partner_requests/{sender_id}")

    async def time_of_last_but(self, sender_id: UUID, newer: int, since: datetime) -> datetime | None:
        """When a user made the request before the `newer` last ones; None where that was before `since`, or never."""
        statement = (
            select(PartnerRequest.create_time)
            .where(PartnerRequest.sender_id == sender_id, PartnerRequest.create_time > since)
            .order_by(PartnerRequest.id.desc())
            .offset(newer)
            .limit(1)
        )
        found: datetime | None = await self.session.scalar(statement)
        return found

    async def pending_with(self, user_id: UUID) -> set[UUID]:
        """Everybody between whom and a user a request is pending. As the system."""
        statement = select(PartnerRequest.sender_id, PartnerRequest.recipient_id).where(
            or_(PartnerRequest.sender_id == user_id, PartnerRequest.recipient_id == user_id),
            PartnerRequest.state == PartnerRequestState.PENDING,
        )
        return {one for row in await self.session.execute(statement) for one in row} - {user_id}

    async def erase_notes(self, sender_id: UUID, now: datetime) -> None:
        """Erase what a user wrote. As the system."""
        statement = update(PartnerRequest).where(PartnerRequest.sender_id == sender_id, PartnerRequest.note != "")
        await self.session.execute(statement.values(note="", version=PartnerRequest.version + 1, update_time=now))

    async def page_received(self, user_id: UUID, page: Page, states: Collection[str]) -> PageOf[PartnerRequest]:
        """One page of what a user has received, newest first."""
        statement = select(PartnerRequest).where(PartnerRequest.recipient_id == user_id)
        if states:
            statement = statement.where(PartnerRequest.state.in_(sorted(states)))
        return await self.page(statement, by=(PartnerRequest.id.desc(),), page=page)

    async def page_sent(self, user_id: UUID, page: Page, states: Collection[str]) -> PageOf[PartnerRequest]:
        """One page of what a user has sent, newest first."""
        statement = select(PartnerRequest).where(PartnerRequest.sender_id == user_id)
        if states:
            statement = statement.where(PartnerRequest.state.in_(sorted(states)))
        return await self.page(statement, by=(PartnerRequest.id.desc(),), page=page)
