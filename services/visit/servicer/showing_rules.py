"""ShowingRulesService."""

from typing import Any
from uuid import UUID

from doorstep.visit.v1 import showing_rules_service_pb2 as pb
from doorstep.visit.v1 import showing_rules_service_pb2_grpc
from services.chassis.actor import current_actor, system_for
from services.chassis.ids import parse_id
from services.visit.errors import ContactNotFound
from services.visit.mapping import showing_rules as mapping
from services.visit.operations import showing_rules as operations
from services.visit.operations.visit import require_known
from services.visit.servicer.parts import Parts


class ShowingRulesServicer(showing_rules_service_pb2_grpc.ShowingRulesServiceServicer):
    """How listings are shown."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def GetShowingRules(self, request: pb.GetShowingRulesRequest, context: Any) -> pb.GetShowingRulesResponse:
        """Reads how a listing is shown."""
        caller = current_actor()
        listing = await self._parts.listings.listing(parse_id(request.listing_id))
        require_known(caller, listing)
        # Whoever may know of the listing may read it, a buyer of no organisation as well.
        async with self._db.read(system_for(listing.organization_id)) as tx:
            row = await operations.find_showing_rules(tx, listing)
        inside = caller.organization_id == listing.organization_id
        return pb.GetShowingRulesResponse(showing_rules=mapping.to_message(row, listing, contacts=inside))

    async def ReplaceShowingRules(
        self, request: pb.ReplaceShowingRulesRequest, context: Any
    ) -> pb.ReplaceShowingRulesResponse:
        """Says how a listing is shown."""
        caller, message, now = current_actor(), request.showing_rules, self._clock.now()
        values = mapping.to_values(message)
        listing = await self._parts.listings.listing(parse_id(message.listing_id))
        operations.require_own_listing(caller, listing)
        await self._require_users([UUID(user_id) for user_id, _ in values["contacts"]])
        async with self._db.transaction(caller) as tx:
            row = await operations.replace_showing_rules(tx, listing, values, etag=message.etag, now=now)
        return pb.ReplaceShowingRulesResponse(showing_rules=mapping.to_message(row, listing, contacts=True))

    async def _require_users(self, user_ids: list[UUID]) -> None:
        if not user_ids:
            return
        known = await self._parts.people.people(user_ids)
        for user_id in user_ids:
            if user_id not in known:
                raise ContactNotFound(metadata={"user_id": str(user_id)})
