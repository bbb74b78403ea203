"""Composition root of property: resources in, servicers, the import job, the expiry and the engagement figures out."""

from doorstep.property.v1 import (
    import_service_pb2_grpc,
    listing_service_pb2_grpc,
    property_service_pb2_grpc,
    search_service_pb2_grpc,
)
from services.chassis.app import App, Resources
from services.chassis.periodic import every
from services.property.cache import ResponseCache
from services.property.expiry import EVERY, Expiry
from services.property.jobs import ImportRunner
from services.property.repository.search import SearchIndex
from services.property.servicer.imports import ImportServicer
from services.property.servicer.listing import ListingServicer
from services.property.servicer.parts import Parts
from services.property.servicer.property import PropertyServicer
from services.property.servicer.search import SearchServicer
from services.property.subscribers import SUBSCRIBERS


def build(resources: Resources) -> App:
    """Put property together."""
    database = resources.database("property")
    index = SearchIndex(database.pool)
    parts = Parts(
        database=database,
        clock=resources.clock,
        page_tokens=resources.page_tokens,
        index=index,
        cache=ResponseCache(resources.redis, index),
    )
    expiry = Expiry(database, resources.clock)
    app = App(
        "property",
        subscribers=SUBSCRIBERS,
        jobs=[ImportRunner(database, resources.clock).job(), expiry.job()],
        background=[every(EVERY.total_seconds(), expiry.once)],
    )
    app.add(property_service_pb2_grpc.add_PropertyServiceServicer_to_server, PropertyServicer(parts))
    app.add(listing_service_pb2_grpc.add_ListingServiceServicer_to_server, ListingServicer(parts))
    app.add(search_service_pb2_grpc.add_SearchServiceServicer_to_server, SearchServicer(parts))
    app.add(import_service_pb2_grpc.add_ImportServiceServicer_to_server, ImportServicer(parts))
    return app
