"""Composition root of partnership: resources in, servicers, the expiry jobs and the subscribers out."""

from doorstep.partnership.v1 import (
    agent_profile_service_pb2_grpc,
    engagement_service_pb2_grpc,
    partner_request_service_pb2_grpc,
    partnership_service_pb2_grpc,
)
from services.chassis.app import App, Resources
from services.chassis.directory import Directory
from services.chassis.names import Names
from services.partnership.jobs import Expiry
from services.partnership.peers import IdentityUsers, VisitRatings
from services.partnership.servicer.agent_profile import AgentProfileServicer
from services.partnership.servicer.engagement import EngagementServicer
from services.partnership.servicer.partner_request import PartnerRequestServicer
from services.partnership.servicer.partnership import PartnershipServicer
from services.partnership.servicer.parts import Parts
from services.partnership.subscribers import subscribers


def build(resources: Resources) -> App:
    """Put partnership together."""
    database = resources.database("partnership")
    directory = Directory(resources.peers)
    parts = Parts(
        database=database,
        clock=resources.clock,
        page_tokens=resources.page_tokens,
        users=IdentityUsers(directory),
        names=Names(directory),
        ratings=VisitRatings(resources.peers),
    )
    app = App(
        "partnership",
        jobs=Expiry(database, resources.clock).jobs(),
        subscribers=subscribers(resources.clock),
    )
    app.add(partner_request_service_pb2_grpc.add_PartnerRequestServiceServicer_to_server, PartnerRequestServicer(parts))
    app.add(partnership_service_pb2_grpc.add_PartnershipServiceServicer_to_server, PartnershipServicer(parts))
    app.add(engagement_service_pb2_grpc.add_EngagementServiceServicer_to_server, EngagementServicer(parts))
    app.add(agent_profile_service_pb2_grpc.add_AgentProfileServiceServicer_to_server, AgentProfileServicer(parts))
    return app
