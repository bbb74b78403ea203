"""DealService."""

from typing import Any
from uuid import UUID

from doorstep.deal.v1 import deal_pb2, deal_service_pb2_grpc
from doorstep.deal.v1 import deal_service_pb2 as pb
from services.chassis.actor import Actor, current_actor, organization_of
from services.chassis.ids import parse_id
from services.chassis.mapping import enum_name, from_date, from_money
from services.deal.errors import AgentNotFound, BuyerNotFound, ListingNotFound
from services.deal.mapping import deal as mapping
from services.deal.operations import deal as operations
from services.deal.servicer.parts import Parts, optional_id


class DealServicer(deal_service_pb2_grpc.DealServiceServicer):
    """Sales on their way to their completion."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def CreateDeal(self, request: pb.CreateDealRequest, context: Any) -> pb.CreateDealResponse:
        """Begins a deal without an offer."""
        actor = current_actor()
        organization_id = organization_of(actor)
        price, currency = from_money(request.price, "price")
        close_date = from_date(request.close_date, "close_date") if request.HasField("close_date") else None
        buyer_id, agent_id = optional_id(request.buyer_id), optional_id(request.agent_id)
        await self._must_exist(actor, organization_id, buyer_id=buyer_id, agent_id=agent_id)
        listing = None
        if request.listing_id:
            listing = await self._parts.listings.resolve(parse_id(request.listing_id))
            if listing.organization_id != organization_id:
                raise ListingNotFound
        async with self._parts.change(organization_id) as tx:
            row = await operations.create_deal(
                tx,
                actor,
                organization_id,
                listing,
                display_name=request.display_name,
                buyer_id=buyer_id,
                agent_id=agent_id,
                price=price,
                currency_code=currency,
                close_date=close_date,
                pipeline_id=optional_id(request.pipeline_id),
                now=self._clock.now(),
            )
        return pb.CreateDealResponse(deal=mapping.to_message(row))

    async def _must_exist(
        self, actor: Actor, organization_id: UUID, *, buyer_id: UUID | None = None, agent_id: UUID | None = None
    ) -> None:
        """Refuse people who are not there; callers need not be asked about, their tokens say who they are."""
        asked = {user_id for user_id in (buyer_id, agent_id) if user_id is not None and user_id != actor.user_id}
        if not asked:
            return
        roles = await self._parts.people.roles(asked, organization_id)
        if buyer_id in asked and buyer_id not in roles:
            raise BuyerNotFound
        if agent_id is not None and agent_id in asked and not roles.get(agent_id):
            raise AgentNotFound

    async def GetDeal(self, request: pb.GetDealRequest, context: Any) -> pb.GetDealResponse:
        """Reads one deal."""
        async with self._db.read(current_actor()) as tx:
            row = await operations.get_deal(tx, parse_id(request.deal_id))
        return pb.GetDealResponse(deal=mapping.to_message(row))

    async def ListDeals(self, request: pb.ListDealsRequest, context: Any) -> pb.ListDealsResponse:
        """Lists deals, newest first."""
        page = self._parts.page_tokens.page(request)
        states = [enum_name(deal_pb2.DealState, "DEAL_STATE_", state) for state in request.states]
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_deals(
                tx,
                page,
                states=states,
                listing_id=optional_id(request.listing_id),
                stage_id=optional_id(request.stage_id),
                agent_id=optional_id(request.agent_id),
            )
        return pb.ListDealsResponse(
            deals=[mapping.to_message(row) for row in rows.items], next_page_token=rows.next_page_token
        )

    async def UpdateDeal(self, request: pb.UpdateDealRequest, context: Any) -> pb.UpdateDealResponse:
        """Changes name, agent or agreed day."""
        actor = current_actor()
        organization_id = organization_of(actor)
        close_date = from_date(request.close_date, "close_date") if request.HasField("close_date") else None
        agent_id = parse_id(request.agent_id) if request.HasField("agent_id") else None
        await self._must_exist(actor, organization_id, agent_id=agent_id)
        async with self._parts.change(organization_id) as tx:
            row = await operations.update_deal(
                tx,
                actor,
                parse_id(request.deal_id),
                display_name=request.display_name if request.HasField("display_name") else None,
                agent_id=agent_id,
                close_date=close_date,
                etag=request.etag,
                now=self._clock.now(),
            )
        return pb.UpdateDealResponse(deal=mapping.to_message(row))

    async def MoveDealStage(self, request: pb.MoveDealStageRequest, context: Any) -> pb.MoveDealStageResponse:
        """Moves a deal to another stage of its pipeline."""
        actor = current_actor()
        async with self._parts.change(organization_of(actor)) as tx:
            row = await operations.move_deal_stage(
                tx,
                actor,
                parse_id(request.deal_id),
                parse_id(request.stage_id),
                text=request.note,
                etag=request.etag,
                now=self._clock.now(),
            )
        return pb.MoveDealStageResponse(deal=mapping.to_message(row))

    async def CloseDeal(self, request: pb.CloseDealRequest, context: Any) -> pb.CloseDealResponse:
        """Completes the sale."""
        actor = current_actor()
        close_date = from_date(request.close_date, "close_date") if request.HasField("close_date") else None
        async with self._parts.change(organization_of(actor)) as tx:
            row = await operations.close_deal(
                tx, actor, parse_id(request.deal_id), close_date=close_date, etag=request.etag, now=self._clock.now()
            )
        return pb.CloseDealResponse(deal=mapping.to_message(row))

    async def CancelDeal(self, request: pb.CancelDealRequest, context: Any) -> pb.CancelDealResponse:
        """Ends a deal that has fallen through."""
        actor = current_actor()
        async with self._parts.change(organization_of(actor)) as tx:
            row = await operations.cancel_deal(
                tx, actor, parse_id(request.deal_id), reason=request.reason, etag=request.etag, now=self._clock.now()
            )
        return pb.CancelDealResponse(deal=mapping.to_message(row))

    async def ListDealTimeline(self, request: pb.ListDealTimelineRequest, context: Any) -> pb.ListDealTimelineResponse:
        """Lists what has happened to a deal, the latest first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_deal_timeline(tx, parse_id(request.deal_id), page)
        return pb.ListDealTimelineResponse(
            entries=[mapping.to_entry(row) for row in rows.items], next_page_token=rows.next_page_token
        )
