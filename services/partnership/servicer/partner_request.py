"""PartnerRequestService."""

from collections.abc import Sequence
from typing import Any

from doorstep.partnership.v1 import partner_request_pb2, partner_request_service_pb2_grpc
from doorstep.partnership.v1 import partner_request_service_pb2 as pb
from services.chassis.actor import current_actor
from services.chassis.ids import parse_id
from services.partnership import policy
from services.partnership.mapping import partner_request as requests
from services.partnership.mapping import partnership as partnerships
from services.partnership.models.partner_request import PartnerRequest
from services.partnership.operations import partner_request as operations
from services.partnership.operations.pair import must_exist
from services.partnership.servicer.parts import Parts


class PartnerRequestServicer(partner_request_service_pb2_grpc.PartnerRequestServiceServicer):
    """Asks for partnerships and answers."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def _with_names(self, rows: Sequence[PartnerRequest]) -> list[partner_request_pb2.PartnerRequest]:
        others = [row.other_than(current_actor().user_id) for row in rows]
        names = await self._parts.names.of(others)
        return [requests.to_message(row, names.get(other)) for row, other in zip(rows, others, strict=True)]

    async def CreatePartnerRequest(
        self, request: pb.CreatePartnerRequestRequest, context: Any
    ) -> pb.CreatePartnerRequestResponse:
        """Asks another user for a partnership, or accepts what that user has asked already."""
        actor, recipient_id = current_actor(), parse_id(request.recipient_id)
        policy.require_other(actor, recipient_id)
        must_exist(await self._parts.users.roles([recipient_id]), recipient_id)
        async with self._db.transaction(actor) as tx:
            made = await operations.create_partner_request(tx, recipient_id, request.note, self._clock.now())
        return pb.CreatePartnerRequestResponse(
            partner_request=requests.to_message(made.request),
            partnership=partnerships.to_message(made.partnership) if made.partnership is not None else None,
        )

    async def GetPartnerRequest(
        self, request: pb.GetPartnerRequestRequest, context: Any
    ) -> pb.GetPartnerRequestResponse:
        """Reads one request that the caller has sent or received."""
        async with self._db.read(current_actor()) as tx:
            row = await operations.get_partner_request(tx, parse_id(request.partner_request_id))
        (message,) = await self._with_names([row])
        return pb.GetPartnerRequestResponse(partner_request=message)

    async def ListReceivedPartnerRequests(
        self, request: pb.ListReceivedPartnerRequestsRequest, context: Any
    ) -> pb.ListReceivedPartnerRequestsResponse:
        """Lists requests that the caller has received, newest first."""
        page, states = self._parts.page_tokens.page(request), requests.to_states(request.states)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_received_partner_requests(tx, page, states)
        return pb.ListReceivedPartnerRequestsResponse(
            partner_requests=await self._with_names(rows.items), next_page_token=rows.next_page_token
        )

    async def ListSentPartnerRequests(
        self, request: pb.ListSentPartnerRequestsRequest, context: Any
    ) -> pb.ListSentPartnerRequestsResponse:
        """Lists requests that the caller has sent, newest first."""
        page, states = self._parts.page_tokens.page(request), requests.to_states(request.states)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_sent_partner_requests(tx, page, states)
        return pb.ListSentPartnerRequestsResponse(
            partner_requests=await self._with_names(rows.items), next_page_token=rows.next_page_token
        )

    async def AcceptPartnerRequest(
        self, request: pb.AcceptPartnerRequestRequest, context: Any
    ) -> pb.AcceptPartnerRequestResponse:
        """Accepts a request and makes the partnership."""
        async with self._db.transaction(current_actor()) as tx:
            made = await operations.accept_partner_request(
                tx, parse_id(request.partner_request_id), request.etag, self._clock.now()
            )
        return pb.AcceptPartnerRequestResponse(
            partner_request=requests.to_message(made.request),
            partnership=partnerships.to_message(made.partnership) if made.partnership is not None else None,
        )

    async def RejectPartnerRequest(
        self, request: pb.RejectPartnerRequestRequest, context: Any
    ) -> pb.RejectPartnerRequestResponse:
        """Declines a request."""
        async with self._db.transaction(current_actor()) as tx:
            made = await operations.reject_partner_request(
                tx, parse_id(request.partner_request_id), request.etag, self._clock.now()
            )
        return pb.RejectPartnerRequestResponse(partner_request=requests.to_message(made.request))

    async def WithdrawPartnerRequest(
        self, request: pb.WithdrawPartnerRequestRequest, context: Any
    ) -> pb.WithdrawPartnerRequestResponse:
        """Takes a request back."""
        async with self._db.transaction(current_actor()) as tx:
            made = await operations.withdraw_partner_request(
                tx, parse_id(request.partner_request_id), request.etag, self._clock.now()
            )
        return pb.WithdrawPartnerRequestResponse(partner_request=requests.to_message(made.request))
