"""Background work of payments and payouts: asking providers, and taking what they say at once."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from google.api.httpbody_pb2 import HttpBody

from doorstep.deal.v1.payment_jobs_pb2 import (
    PAYMENT_ORDER_REFUND,
    DeliverProviderEventJob,
    SubmitPaymentJob,
    SubmitPayoutJob,
)
from doorstep.deal.v1.payment_service_pb2 import ReceiveProviderEventRequest
from doorstep.deal.v1.payment_service_pb2_grpc import PaymentServiceStub
from services.chassis.actor import Actor, system_for
from services.chassis.clock import Clock
from services.chassis.ids import parse_id
from services.chassis.jobs import Job, JobContext
from services.chassis.peers import Peers
from services.deal.operations import payment as payments
from services.deal.operations import payout as payouts
from services.deal.operations.provider import receive_provider_event
from services.deal.providers import DELIVER_JOB, InSuiteProvider, PaymentProvider, ProviderEvent, provider_named


class Orders:
    """Asks providers for what payments and payouts need, after the transaction that decided it.

    A run may die anywhere. The order is then asked for again with the same key, for which the provider has one effect
    and one answer; what it says at once is taken before the order counts as done. Later than a provider keeps its keys,
    nobody knows: an operator looks, and settles the effect, before it is asked again.
    """

    def __init__(self, providers: Mapping[str, PaymentProvider], clock: Clock) -> None:
        """Ask these."""
        self._providers = providers
        self._clock = clock

    def payments(self) -> Job[SubmitPaymentJob]:
        """What the queue needs to know; a provider may be out of reach for a while."""
        return Job(payments.SUBMIT_JOB, self.submit_payment, SubmitPaymentJob, max_attempts=8)

    def payouts(self) -> Job[SubmitPayoutJob]:
        """What the queue needs to know."""
        return Job(payouts.TRANSFER_JOB, self.submit_payout, SubmitPayoutJob, max_attempts=8)

    async def submit_payment(self, context: JobContext, payload: SubmitPaymentJob) -> None:
        """Ask for a charge or a refund, unless it is no longer to be asked for."""
        refund = payload.order == PAYMENT_ORDER_REFUND
        payment_id, actor = parse_id(payload.payment_id), system_for(parse_id(payload.organization_id))
        async with context.database.read(actor) as tx:
            order = await payments.order_of(tx, payment_id, refund=refund, attempt=payload.attempt)
            name = await payments.provider_of(tx, payment_id)
        if order is None:
            return
        try:
            provider = provider_named(self._providers, name)
            async with context.effect(order.key, repeatable=provider.repeatable) as effect:
                if effect.fresh and refund:
                    await self._take(context, actor, provider, await provider.refund(order))
                elif effect.fresh:
                    paid = replace(order, payment_method=payload.payment_method)
                    await self._take(context, actor, provider, await provider.charge(paid))
        except Exception as error:
            # The dead letter tells operators; the parties see it here, and what they can do about it.
            failure = f"the provider could not be asked, attempt {context.attempt}: {type(error).__name__}"
            async with context.database.transaction(actor) as tx:
                now = self._clock.now()
                await payments.note_failure(tx, payment_id, failure, refund=refund, attempt=payload.attempt, now=now)
            raise

    async def submit_payout(self, context: JobContext, payload: SubmitPayoutJob) -> None:
        """Ask for a transfer, unless it is no longer to be asked for."""
        actor = system_for(parse_id(payload.organization_id))
        async with context.database.read(actor) as tx:
            name, order = await payouts.order_of(tx, parse_id(payload.payout_id))
        if order is None:
            return
        provider = provider_named(self._providers, name)
        async with context.effect(order.key, repeatable=provider.repeatable) as effect:
            if effect.fresh:
                await self._take(context, actor, provider, await provider.transfer(order))

    async def _take(
        self, context: JobContext, actor: Actor, provider: PaymentProvider, said: ProviderEvent | None
    ) -> None:
        if said is not None:
            body = json.dumps({**asdict(said), "subject_id": str(said.subject_id)}).encode()
            async with context.database.transaction(actor) as tx:
                await receive_provider_event(tx, provider.name, said, body, self._clock.now())


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
        await self._send(payload.body)
        if payload.next:
            await self._send(payload.next)

    async def _send(self, body: bytes) -> None:
        stub = PaymentServiceStub(self._peers.channel("deal"))
        signature = self._provider.signature(body, self._clock.now())

        async def send(request: Any, *, timeout: float, metadata: list[tuple[str, str]]) -> Any:
            signed = [*metadata, (self._provider.signature_header, signature)]
            return await stub.ReceiveProviderEvent(request, timeout=timeout, metadata=signed)

        request = ReceiveProviderEventRequest(
            provider=self._provider.name,
            payload=HttpBody(content_type="application/json", data=body),
        )
        await self._peers.call("deal", send, request)
