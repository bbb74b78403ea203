"""Composition root of deal: resources in, servicers, subscribers and jobs out."""

from collections.abc import Awaitable, Callable

from doorstep.deal.v1 import (
    commission_service_pb2_grpc,
    deal_service_pb2_grpc,
    dispute_service_pb2_grpc,
    document_service_pb2_grpc,
    ledger_service_pb2_grpc,
    offer_service_pb2_grpc,
    payment_service_pb2_grpc,
    payout_service_pb2_grpc,
    pipeline_service_pb2_grpc,
    reconciliation_service_pb2_grpc,
)
from services.chassis.app import App, Resources
from services.chassis.directory import Directory
from services.deal.jobs import OfferExpiry
from services.deal.payment_jobs import EventDelivery, Orders
from services.deal.peers import IdentityPeople, PropertyListings, VisitCertificates
from services.deal.providers import InSuiteProvider, PaymentProvider
from services.deal.servicer.deal import DealServicer
from services.deal.servicer.dispute import DisputeServicer
from services.deal.servicer.document import DocumentServicer
from services.deal.servicer.ledger import CommissionServicer, LedgerServicer
from services.deal.servicer.offer import OfferServicer
from services.deal.servicer.parts import Parts
from services.deal.servicer.payment import PaymentServicer
from services.deal.servicer.payout import PayoutServicer
from services.deal.servicer.pipeline import PipelineServicer
from services.deal.servicer.reconciliation import ReconciliationServicer
from services.deal.subscribers import SUBSCRIBERS


def _providers(
    resources: Resources, insuite: InSuiteProvider
) -> tuple[dict[str, PaymentProvider], list[Callable[[], Awaitable[None]]]]:
    """Who moves money, the first one all that is new; and what is to be closed at the end.

    In production the provider inside the suite would move none: there, payments are refused until a real one is set up.
    """
    settings = resources.settings
    own: dict[str, PaymentProvider] = {} if settings.production else {insuite.name: insuite}
    if settings.stripe_api_key is None:
        return own, []
    from services.deal.provider_stripe import StripeProvider  # noqa: PLC0415 - half a second that others save

    stripe = StripeProvider(settings.stripe_api_key, settings.stripe_webhook_secrets, api_base=settings.stripe_api_base)
    return {stripe.name: stripe, **own}, [stripe.close]


def build(resources: Resources) -> App:
    """Put deal together."""
    database = resources.database("deal")
    directory = Directory(resources.peers)
    insuite = InSuiteProvider(database, resources.settings.internal_secret.get_secret_value())
    providers, on_close = _providers(resources, insuite)
    parts = Parts(
        database=database,
        clock=resources.clock,
        page_tokens=resources.page_tokens,
        listings=PropertyListings(directory),
        people=IdentityPeople(directory),
        certificates=VisitCertificates(resources.peers),
    )
    orders = Orders(providers, resources.clock)
    app = App(
        "deal",
        on_close=on_close,
        subscribers=SUBSCRIBERS,
        jobs=[
            OfferExpiry(resources.clock).job(),
            orders.payments(),
            orders.payouts(),
            EventDelivery(insuite, resources.peers, resources.clock).job(),
        ],
    )
    app.add(offer_service_pb2_grpc.add_OfferServiceServicer_to_server, OfferServicer(parts))
    app.add(deal_service_pb2_grpc.add_DealServiceServicer_to_server, DealServicer(parts))
    app.add(pipeline_service_pb2_grpc.add_PipelineServiceServicer_to_server, PipelineServicer(parts))
    app.add(document_service_pb2_grpc.add_DocumentServiceServicer_to_server, DocumentServicer(parts))
    app.add(dispute_service_pb2_grpc.add_DisputeServiceServicer_to_server, DisputeServicer(parts))
    app.add(payment_service_pb2_grpc.add_PaymentServiceServicer_to_server, PaymentServicer(parts, providers))
    app.add(ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server, LedgerServicer(parts))
    app.add(commission_service_pb2_grpc.add_CommissionServiceServicer_to_server, CommissionServicer(parts))
    app.add(payout_service_pb2_grpc.add_PayoutServiceServicer_to_server, PayoutServicer(parts, providers))
    app.add(reconciliation_service_pb2_grpc.add_ReconciliationServiceServicer_to_server, ReconciliationServicer(parts))
    return app
