"""Deals and their timeline: rows to messages."""

from doorstep.deal.v1 import deal_pb2 as pb
from services.chassis.mapping import to_date, to_money, to_time
from services.deal.models.deal import Deal, TimelineEntry


def to_message(row: Deal) -> pb.Deal:
    """A deal as its parties see it."""
    return pb.Deal(
        deal_id=str(row.id),
        organization_id=str(row.organization_id),
        etag=row.etag,
        display_name=row.display_name,
        state=f"DEAL_STATE_{row.state}",
        listing_id=str(row.listing_id or ""),
        property_id=str(row.property_id or ""),
        offer_id=str(row.offer_id or ""),
        buyer_id=str(row.buyer_id or ""),
        agent_id=str(row.agent_id or ""),
        price=to_money(row.price, row.currency_code),
        close_date=to_date(row.close_date),
        pipeline_id=str(row.pipeline_id),
        stage_id=str(row.stage_id),
        stage_display_name=row.stage_display_name,
        probability=row.probability,
        reason=row.reason,
        stage_time=to_time(row.stage_time),
        create_time=to_time(row.create_time),
        update_time=to_time(row.update_time),
        end_time=to_time(row.end_time),
    )


def to_entry(row: TimelineEntry) -> pb.DealTimelineEntry:
    """One thing that has happened."""
    return pb.DealTimelineEntry(
        entry_id=str(row.id),
        kind=row.kind,
        actor_id=str(row.actor_id or ""),
        resource_id=str(row.resource_id or ""),
        previous_value=row.previous_value,
        new_value=row.new_value,
        note=row.note,
        create_time=to_time(row.create_time),
    )
