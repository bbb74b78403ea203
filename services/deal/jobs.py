"""Background work."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from google.api.httpbody_pb2 import HttpBody

from doorstep.deal.v1.deal_jobs_pb2 import ExpireOfferJob
from doorstep.deal.v1.payment_jobs_pb2 import PAYMENT_ORDER_REFUND, DeliverProviderEventJob, SubmitPaymentJob
from doorstep.deal.v1.payment_service_pb2 import ReceiveProviderEventRequest
from doorstep.deal.v1.payment_service_pb2_grpc import PaymentServiceStub
from services.chassis.actor import system_for
from services.chassis.clock import Clock
from services.chassis.ids import parse_id
from services.chassis.jobs import Job, JobContext
from services.chassis.peers import Peers
from services.deal.errors import ProviderMissing
from services.deal.operations.offer import EXPIRE_JOB, expire_offer
from services.deal.operations.payment import SUBMIT_JOB, order_of, provider_of
from services.deal.providers import DELIVER_JOB, SIGNATURE_HEADER, InSuiteProvider, PaymentProvider


class OfferExpiry:
    """Ends terms that nobody has answered in time. The job was enqueued with the terms, so none is forgotten."""

    def __init__(self, clock: Clock) -> None:
        """Work by `clock`."""
        self._clock = clock

    def job(self) -> Job[ExpireOfferJob]:
        """What the queue needs to know."""
        return Job(EXPIRE_JOB, self.run, ExpireOfferJob)

    async def run(self, context: JobContext, payload: ExpireOfferJob) -> None:
        """End the terms, unless they were answered meanwhile; doing it twice does it once."""
        actor = system_for(parse_id(payload.organization_id))
        async with context.database.transaction(actor) as tx:
            await expire_offer(tx, parse_id(payload.offer_id), payload.round, self._clock.now())


class PaymentOrders:
    """Asks providers for what payments need, after the transaction that decided it."""

    def __init__(self, providers: Mapping[str, PaymentProvider]) -> None:
        """Ask these."""
        self._providers = providers

    def job(self) -> Job[SubmitPaymentJob]:
        """What the queue needs to know; a provider may be out of reach for a while."""
        return Job(SUBMIT_JOB, self.run, SubmitPaymentJob, max_attempts=8)

    async def run(self, context: JobContext, payload: SubmitPaymentJob) -> None:
        """Ask, unless it is no longer to be asked for; providers drop what they are asked for twice."""
        refund = payload.order == PAYMENT_ORDER_REFUND
        payment_id = parse_id(payload.payment_id)
        async with context.database.read(system_for(parse_id(payload.organization_id))) as tx:
            order = await order_of(tx, payment_id, refund=refund, attempt=payload.attempt)
            name = await provider_of(tx, payment_id)
        if order is None:
            return
        provider = self._providers.get(name)
        if provider is None:
            raise ProviderMissing(metadata={"provider": name})
        async with context.effect(order.key, repeatable=True) as effect:
            if effect.fresh and refund:
                await provider.refund(order)
            elif effect.fresh:
                await provider.charge(replace(order, payment_method=payload.payment_method))


class EventDelivery:
    """Tells the suite what the in-suite provider has done, over the suite's own socket as a real one would."""

    def __init__(self, provider: InSuiteProvider, peers: Peers, clock: Clock) -> None:
        """Sign as `provider`."""
        self._provider = provider
        self._peers = peers
        self._clock = clock

    def job(self) -> Job[DeliverProviderEventJob]:
        """What the queue needs to know."""
        return Job(DELIVER_JOB, self.run, DeliverProviderEventJob, max_attempts=8)

    async def run(self, context: JobContext, payload: DeliverProviderEventJob) -> None:
        """Sign and send; the receiver drops what comes twice."""
        stub = PaymentServiceStub(self._peers.channel("deal"))
        signature = self._provider.signature(payload.body, self._clock.now())

        async def send(request: Any, *, timeout: float, metadata: list[tuple[str, str]]) -> Any:
            signed = [*metadata, (SIGNATURE_HEADER, signature)]
            return await stub.ReceiveProviderEvent(request, timeout=timeout, metadata=signed)

        request = ReceiveProviderEventRequest(
            provider=self._provider.name,
            payload=HttpBody(content_type="application/json", data=payload.body),
        )
        await self._peers.call("deal", send, request)
