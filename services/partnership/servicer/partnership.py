"""PartnershipService."""

from collections.abc import Sequence
from typing import Any

from doorstep.partnership.v1 import partnership_pb2, partnership_service_pb2_grpc
from doorstep.partnership.v1 import partnership_service_pb2 as pb
from services.chassis.actor import current_actor
from services.chassis.ids import parse_id
from services.partnership import policy
from services.partnership.mapping import partnership as partnerships
from services.partnership.models.partnership import Partnership
from services.partnership.operations import partnership as operations
from services.partnership.operations.pair import must_exist
from services.partnership.servicer.parts import Parts


class PartnershipServicer(partnership_service_pb2_grpc.PartnershipServiceServicer):
    """Partnerships, and who wants nothing of whom."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def _with_names(self, rows: Sequence[Partnership]) -> list[partnership_pb2.Partnership]:
        others = [row.other_than(current_actor().user_id) for row in rows]
        names = await self._parts.names.of(others)
        return [partnerships.to_message(row, names.get(other)) for row, other in zip(rows, others, strict=True)]

    async def GetPartnership(self, request: pb.GetPartnershipRequest, context: Any) -> pb.GetPartnershipResponse:
        """Reads one of the caller's partnerships."""
        async with self._db.read(current_actor()) as tx:
            row = await operations.get_partnership(tx, parse_id(request.partnership_id))
        (message,) = await self._with_names([row])
        return pb.GetPartnershipResponse(partnership=message)

    async def ListPartnerships(self, request: pb.ListPartnershipsRequest, context: Any) -> pb.ListPartnershipsResponse:
        """Lists the caller's partnerships, newest first."""
        page, states = self._parts.page_tokens.page(request), partnerships.to_states(request.states)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_partnerships(tx, page, states)
        return pb.ListPartnershipsResponse(
            partnerships=await self._with_names(rows.items), next_page_token=rows.next_page_token
        )

    async def EndPartnership(self, request: pb.EndPartnershipRequest, context: Any) -> pb.EndPartnershipResponse:
        """Ends a partnership."""
        async with self._db.transaction(current_actor()) as tx:
            row = await operations.end_partnership(
                tx, parse_id(request.partnership_id), request.etag, self._clock.now()
            )
        return pb.EndPartnershipResponse(partnership=partnerships.to_message(row))

    async def BlockUser(self, request: pb.BlockUserRequest, context: Any) -> pb.BlockUserResponse:
        """Wants nothing of a user any more."""
        actor, user_id = current_actor(), parse_id(request.user_id)
        policy.require_other(actor, user_id)
        must_exist(await self._parts.users.roles([user_id]), user_id)
        async with self._db.transaction(actor) as tx:
            row = await operations.block_user(tx, user_id, self._clock.now())
        return pb.BlockUserResponse(block=partnerships.to_block(row))

    async def UnblockUser(self, request: pb.UnblockUserRequest, context: Any) -> pb.UnblockUserResponse:
        """Takes a block back."""
        async with self._db.transaction(current_actor()) as tx:
            await operations.unblock_user(tx, parse_id(request.user_id))
        return pb.UnblockUserResponse()

    async def ListBlocks(self, request: pb.ListBlocksRequest, context: Any) -> pb.ListBlocksResponse:
        """Lists whom the caller has blocked, newest first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_blocks(tx, page)
        names = await self._parts.names.of(row.blocked_id for row in rows.items)
        blocks = [partnerships.to_block(row, names.get(row.blocked_id)) for row in rows.items]
        return pb.ListBlocksResponse(blocks=blocks, next_page_token=rows.next_page_token)
