"""How a deal begins, whoever causes it."""

from datetime import date, datetime
from uuid import UUID

from services.chassis.db.database import Transaction
from services.deal import events
from services.deal.lifecycle import DealState
from services.deal.models.deal import Deal
from services.deal.operations.common import note
from services.deal.operations.pipeline import first_stage
from services.deal.repository.deal import DealRepository
from services.deal.repository.offer import OfferRepository


async def open_deal(
    tx: Transaction,
    *,
    deal_id: UUID,
    display_name: str,
    organization_id: UUID,
    listing_id: UUID | None,
    property_id: UUID | None,
    offer_id: UUID | None,
    buyer_id: UUID | None,
    agent_id: UUID | None,
    price: int,
    currency_code: str,
    close_date: date | None,
    pipeline_id: UUID | None,
    by: UUID | None,
    now: datetime,
) -> Deal:
    """Begin a deal in the first stage of its pipeline; the caller holds the lock of the listing.

    Raises:
        PipelineNotFound, ListingTaken
    """
    stage = await first_stage(tx, organization_id, pipeline_id, now)
    row = Deal(
        organization_id=organization_id,
        id=deal_id,
        display_name=display_name[:200],
        state=DealState.OPEN,
        listing_id=listing_id,
        property_id=property_id,
        offer_id=offer_id,
        buyer_id=buyer_id,
        agent_id=agent_id,
        price=price,
        currency_code=currency_code,
        close_date=close_date,
        pipeline_id=stage.pipeline_id,
        stage_id=stage.id,
        stage_display_name=stage.display_name,
        probability=stage.probability,
        stage_time=now,
        create_time=now,
        update_time=now,
    )
    DealRepository(tx).add(row)
    await OfferRepository(tx).write(row)
    note(tx, row, "open", by=by, now=now, resource_id=offer_id, after=stage.display_name)
    tx.publish(events.deal_opened(row, by), key=events.key_of(row))
    return row
