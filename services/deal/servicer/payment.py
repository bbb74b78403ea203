"""PaymentService."""

from collections.abc import Mapping
from typing import Any

from doorstep.deal.v1 import payment_service_pb2 as pb
from doorstep.deal.v1 import payment_service_pb2_grpc
from services.chassis.actor import SYSTEM, current_actor, organization_of
from services.chassis.ids import parse_id
from services.deal.mapping import payment as mapping
from services.deal.operations import deal as deals
from services.deal.operations import payment as operations
from services.deal.operations import provider as provider_operations
from services.deal.providers import PaymentProvider, first_provider, provider_named
from services.deal.servicer.parts import Parts


class PaymentServicer(payment_service_pb2_grpc.PaymentServiceServicer):
    """Tokens in escrow."""

    def __init__(self, parts: Parts, providers: Mapping[str, PaymentProvider]) -> None:
        """The first provider takes new payments."""
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock
        self._providers = providers

    async def CreatePayment(self, request: pb.CreatePaymentRequest, context: Any) -> pb.CreatePaymentResponse:
        """Begins the token payment of a deal."""
        actor = current_actor()
        async with self._db.read(actor) as read:
            deal = await deals.get_deal(read, parse_id(request.deal_id))
        provider = first_provider(self._providers)
        async with self._parts.change(deal.organization_id) as tx:
            row = await operations.create_payment(
                tx,
                actor,
                deal.id,
                provider=provider,
                payment_method=request.payment_method,
                now=self._clock.now(),
            )
        return pb.CreatePaymentResponse(payment=mapping.to_message(row))

    async def GetPayment(self, request: pb.GetPaymentRequest, context: Any) -> pb.GetPaymentResponse:
        """Reads one payment."""
        async with self._db.read(current_actor()) as tx:
            row = await operations.get_payment(tx, parse_id(request.payment_id))
        return pb.GetPaymentResponse(payment=mapping.to_message(row))

    async def ListPayments(self, request: pb.ListPaymentsRequest, context: Any) -> pb.ListPaymentsResponse:
        """Lists the payments of a deal, newest first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_payments(tx, parse_id(request.deal_id), page)
        return pb.ListPaymentsResponse(
            payments=[mapping.to_message(row) for row in rows.items], next_page_token=rows.next_page_token
        )

    async def CancelPayment(self, request: pb.CancelPaymentRequest, context: Any) -> pb.CancelPaymentResponse:
        """Waits for the provider's answer no longer."""
        actor = current_actor()
        async with self._db.read(actor) as read:
            found = await operations.get_payment(read, parse_id(request.payment_id))
        async with self._parts.change(found.organization_id) as tx:
            row = await operations.cancel_payment(tx, actor, found.id, etag=request.etag, now=self._clock.now())
        return pb.CancelPaymentResponse(payment=mapping.to_message(row))

    async def ReleasePayment(self, request: pb.ReleasePaymentRequest, context: Any) -> pb.ReleasePaymentResponse:
        """Lets held money go to its purpose."""
        actor = current_actor()
        async with self._parts.change(organization_of(actor)) as tx:
            row = await operations.release_payment(
                tx, actor, parse_id(request.payment_id), etag=request.etag, now=self._clock.now()
            )
        return pb.ReleasePaymentResponse(payment=mapping.to_message(row))

    async def RefundPayment(self, request: pb.RefundPaymentRequest, context: Any) -> pb.RefundPaymentResponse:
        """Sends held money back."""
        actor = current_actor()
        async with self._parts.change(organization_of(actor)) as tx:
            row = await operations.refund_payment(
                tx,
                actor,
                parse_id(request.payment_id),
                reason=request.reason,
                etag=request.etag,
                now=self._clock.now(),
            )
            provider_named(self._providers, row.provider)
        return pb.RefundPaymentResponse(payment=mapping.to_message(row))

    async def ForfeitPayment(self, request: pb.ForfeitPaymentRequest, context: Any) -> pb.ForfeitPaymentResponse:
        """Records that the buyer has lost held money by contract."""
        actor = current_actor()
        async with self._parts.change(organization_of(actor)) as tx:
            row = await operations.forfeit_payment(
                tx,
                actor,
                parse_id(request.payment_id),
                reason=request.reason,
                etag=request.etag,
                now=self._clock.now(),
            )
        return pb.ForfeitPaymentResponse(payment=mapping.to_message(row))

    async def ReceiveProviderEvent(
        self, request: pb.ReceiveProviderEventRequest, context: Any
    ) -> pb.ReceiveProviderEventResponse:
        """Takes an event of a payment provider."""
        provider, now = provider_named(self._providers, request.provider), self._clock.now()
        signature = next((v for k, v in context.invocation_metadata() if k == provider.signature_header), "")
        body = bytes(request.payload.data)
        event = provider.read(str(signature), body, now)
        if event is not None:
            async with self._db.read(SYSTEM) as read:
                organization_id = await provider_operations.organization_of_event(read, provider.name, event)
            async with self._parts.change(organization_id) as tx:
                await provider_operations.receive_provider_event(tx, provider.name, event, body, now)
        return pb.ReceiveProviderEventResponse()
