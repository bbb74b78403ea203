"""A served deal service beside property and identity, and both sides of a sale."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import grpc
import pytest

from doorstep.deal.v1 import (
    commission_service_pb2_grpc,
    deal_pb2,
    deal_service_pb2,
    deal_service_pb2_grpc,
    dispute_service_pb2_grpc,
    document_service_pb2_grpc,
    ledger_service_pb2_grpc,
    offer_pb2,
    offer_service_pb2,
    offer_service_pb2_grpc,
    payment_service_pb2_grpc,
    payout_service_pb2_grpc,
    pipeline_service_pb2_grpc,
    reconciliation_service_pb2_grpc,
)
from services.chassis.ids import new_id
from services.chassis.testing import Harness
from services.deal.app import build
from services.identity.app import build as build_identity
from services.property.app import build as build_property
from services.visit.app import build as build_visit
from tests.fixtures.servers import TestDatabase
from tests.property.conftest import Market

MEMBER = ("deal.read", "deal.write", "property.read", "property.write")
WAIT = 30.0
"""Seconds for what events and jobs do; far more than they take."""


class Side:
    """Somebody who calls."""

    def __init__(
        self,
        harness: Harness,
        organization_id: UUID | None,
        permissions: tuple[str, ...],
        *,
        user_id: UUID | None = None,
        age: float = 0,
    ) -> None:
        self.user_id = user_id or new_id()
        self.organization_id = organization_id
        self.token = harness.token(
            user_id=self.user_id, organization_id=organization_id, permissions=permissions, age=age
        )


class Sale:
    """The stubs of deal, and shortcuts to get somewhere."""

    def __init__(self, harness: Harness, database: TestDatabase) -> None:
        self.harness = harness
        self.database = database
        self.market = Market(harness, database)
        self.offers = harness.stub(offer_service_pb2_grpc.OfferServiceStub)
        self.deals = harness.stub(deal_service_pb2_grpc.DealServiceStub)
        self.pipelines = harness.stub(pipeline_service_pb2_grpc.PipelineServiceStub)
        self.disputes = harness.stub(dispute_service_pb2_grpc.DisputeServiceStub)
        self.documents = harness.stub(document_service_pb2_grpc.DocumentServiceStub)
        self.payments = harness.stub(payment_service_pb2_grpc.PaymentServiceStub)
        self.ledger = harness.stub(ledger_service_pb2_grpc.LedgerServiceStub)
        self.commissions = harness.stub(commission_service_pb2_grpc.CommissionServiceStub)
        self.payouts = harness.stub(payout_service_pb2_grpc.PayoutServiceStub)
        self.reconciliations = harness.stub(reconciliation_service_pb2_grpc.ReconciliationServiceStub)

    def seller(self, organization_id: UUID | None = None, *more: str) -> Side:
        return Side(self.harness, organization_id or new_id(), (*MEMBER, *more))

    def buyer(self) -> Side:
        return Side(self.harness, None, ())

    async def call(self, method: Any, request: Any, side: Side) -> Any:
        """As a client does that is turned away by a busy server: again, since nothing has happened."""
        async with asyncio.timeout(WAIT):
            while True:
                try:
                    return await self.harness.call(method, request, side.token, timeout=WAIT)
                except grpc.aio.AioRpcError as error:
                    if error.code() is not grpc.StatusCode.UNAVAILABLE:
                        raise
                await asyncio.sleep(0.05)

    async def listing(self, seller: Side) -> str:
        _, listing = await self.market.on_market(seller.token)
        return str(listing.listing_id)

    async def offer(self, buyer: Side, listing_id: str, units: int = 480_000, **fields: Any) -> offer_pb2.Offer:
        request = offer_service_pb2.MakeOfferRequest(listing_id=listing_id, **fields)
        request.price.currency_code, request.price.units = "USD", units
        return (await self.call(self.offers.MakeOffer, request, buyer)).offer

    async def accept(self, side: Side, offer: offer_pb2.Offer) -> offer_pb2.Offer:
        request = offer_service_pb2.AcceptOfferRequest(offer_id=offer.offer_id, etag=offer.etag)
        return (await self.call(self.offers.AcceptOffer, request, side)).offer

    async def get(self, side: Side, offer_id: str) -> offer_pb2.Offer:
        request = offer_service_pb2.GetOfferRequest(offer_id=offer_id)
        return (await self.call(self.offers.GetOffer, request, side)).offer

    async def deal(self, side: Side, deal_id: str) -> deal_pb2.Deal:
        return (await self.call(self.deals.GetDeal, deal_service_pb2.GetDealRequest(deal_id=deal_id), side)).deal

    async def sql(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        """As the superuser, whom row-level security does not bind: for invariants."""
        connection = await asyncpg.connect(self.database.superuser_url)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    async def until(self, look: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
        """Look until it is as wanted."""
        async with asyncio.timeout(WAIT):
            while True:
                found = await look()
                if wanted(found):
                    return found
                await asyncio.sleep(0.05)

    def turn(self, by: timedelta) -> None:
        """Move the clock of the process."""
        self.harness.clock.turn(by)


@pytest.fixture(scope="module")
async def sale(
    clone_database: Callable[[], TestDatabase], clone_redis: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Sale]:
    keys: Path = tmp_path_factory.mktemp("keys")
    database = clone_database()
    builds = [build_identity, build_property, build_visit, build]
    async with Harness.open(builds, database_url=database.url, redis_url=clone_redis(), keys_dir=keys) as harness:
        yield Sale(harness, database)
