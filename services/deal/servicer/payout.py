"""PayoutService."""

from collections.abc import Mapping
from typing import Any

from doorstep.deal.v1 import payout_service_pb2 as pb
from doorstep.deal.v1 import payout_service_pb2_grpc
from services.chassis.actor import current_actor, organization_of
from services.chassis.ids import parse_id
from services.deal.mapping import payout as mapping
from services.deal.operations import payout as operations
from services.deal.providers import PaymentProvider, first_provider, provider_named
from services.deal.servicer.parts import Parts, optional_id


class PayoutServicer(payout_service_pb2_grpc.PayoutServiceServicer):
    """Paying people what the ledger owes them."""

    def __init__(self, parts: Parts, providers: Mapping[str, PaymentProvider]) -> None:
        """The first provider sends new payouts."""
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock
        self._providers = providers

    async def CreatePayout(self, request: pb.CreatePayoutRequest, context: Any) -> pb.CreatePayoutResponse:
        """Asks that somebody is paid."""
        actor = current_actor()
        provider = first_provider(self._providers)
        async with self._parts.change(organization_of(actor)) as tx:
            row = await operations.create_payout(
                tx,
                actor,
                parse_id(request.deal_id),
                payee_id=parse_id(request.payee_id),
                provider=provider,
                destination=request.destination,
                now=self._clock.now(),
            )
        return pb.CreatePayoutResponse(payout=mapping.to_message(row))

    async def GetPayout(self, request: pb.GetPayoutRequest, context: Any) -> pb.GetPayoutResponse:
        """Reads one payout."""
        async with self._db.read(current_actor()) as tx:
            row = await operations.get_payout(tx, parse_id(request.payout_id))
        return pb.GetPayoutResponse(payout=mapping.to_message(row))

    async def ListPayouts(self, request: pb.ListPayoutsRequest, context: Any) -> pb.ListPayoutsResponse:
        """Lists payouts, newest first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_payouts(tx, page, deal_id=optional_id(request.deal_id))
        return pb.ListPayoutsResponse(
            payouts=[mapping.to_message(row) for row in rows.items], next_page_token=rows.next_page_token
        )

    async def ApprovePayout(self, request: pb.ApprovePayoutRequest, context: Any) -> pb.ApprovePayoutResponse:
        """Lets a payout go."""
        actor = current_actor()
        async with self._parts.change(organization_of(actor)) as tx:
            row = await operations.approve_payout(
                tx, actor, parse_id(request.payout_id), etag=request.etag, now=self._clock.now()
            )
            provider_named(self._providers, row.provider)
        return pb.ApprovePayoutResponse(payout=mapping.to_message(row))

    async def RejectPayout(self, request: pb.RejectPayoutRequest, context: Any) -> pb.RejectPayoutResponse:
        """Refuses a payout."""
        actor = current_actor()
        async with self._parts.change(organization_of(actor)) as tx:
            row = await operations.reject_payout(
                tx,
                actor,
                parse_id(request.payout_id),
                reason=request.reason,
                etag=request.etag,
                now=self._clock.now(),
            )
        return pb.RejectPayoutResponse(payout=mapping.to_message(row))

    async def CancelPayout(self, request: pb.CancelPayoutRequest, context: Any) -> pb.CancelPayoutResponse:
        """Takes a payout back."""
        actor = current_actor()
        async with self._parts.change(organization_of(actor)) as tx:
            row = await operations.cancel_payout(
                tx, actor, parse_id(request.payout_id), etag=request.etag, now=self._clock.now()
            )
        return pb.CancelPayoutResponse(payout=mapping.to_message(row))
