"""Composition root of deal: resources in, servicers and jobs out."""

from doorstep.deal.v1 import (
    deal_service_pb2_grpc,
    document_service_pb2_grpc,
    offer_service_pb2_grpc,
    pipeline_service_pb2_grpc,
)
from services.chassis.app import App, Resources
from services.deal.jobs import OfferExpiry
from services.deal.peers import PropertyListings
from services.deal.servicer.deal import DealServicer
from services.deal.servicer.document import DocumentServicer
from services.deal.servicer.offer import OfferServicer
from services.deal.servicer.parts import Parts
from services.deal.servicer.pipeline import PipelineServicer


def build(resources: Resources) -> App:
    """Put deal together."""
    parts = Parts(
        database=resources.database("deal"),
        clock=resources.clock,
        page_tokens=resources.page_tokens,
        listings=PropertyListings(resources.peers),
    )
    app = App("deal", jobs=[OfferExpiry(resources.clock).job()])
    app.add(offer_service_pb2_grpc.add_OfferServiceServicer_to_server, OfferServicer(parts))
    app.add(deal_service_pb2_grpc.add_DealServiceServicer_to_server, DealServicer(parts))
    app.add(pipeline_service_pb2_grpc.add_PipelineServiceServicer_to_server, PipelineServicer(parts))
    app.add(document_service_pb2_grpc.add_DocumentServiceServicer_to_server, DocumentServicer(parts))
    return app
