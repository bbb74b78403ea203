"""Composition root of visit: resources in, servicers, the jobs of time and the subscribers out."""

import hmac

from doorstep.visit.v1 import (
    availability_service_pb2_grpc,
    calendar_service_pb2_grpc,
    certificate_service_pb2_grpc,
    photo_service_pb2_grpc,
    review_service_pb2_grpc,
    safety_service_pb2_grpc,
    showing_rules_service_pb2_grpc,
    tour_service_pb2_grpc,
    visit_service_pb2_grpc,
)
from services.chassis.app import App, Resources
from services.chassis.directory import Directory
from services.visit.certificates import Keys
from services.visit.jobs import VisitJobs
from services.visit.peers import IdentityPeople, PropertyListings
from services.visit.safety_jobs import SafetyJobs
from services.visit.servicer.availability import AvailabilityServicer
from services.visit.servicer.calendar import CalendarServicer
from services.visit.servicer.certificate import CertificateServicer
from services.visit.servicer.parts import Parts
from services.visit.servicer.review import PhotoServicer, ReviewServicer
from services.visit.servicer.safety import SafetyServicer
from services.visit.servicer.showing_rules import ShowingRulesServicer
from services.visit.servicer.tour import TourServicer
from services.visit.servicer.visit import VisitServicer
from services.visit.subscribers import subscribers


def build(resources: Resources) -> App:
    """Put visit together."""
    database = resources.database("visit")
    directory = Directory(resources.peers)
    internal = resources.settings.internal_secret.get_secret_value().encode()
    parts = Parts(
        database=database,
        clock=resources.clock,
        page_tokens=resources.page_tokens,
        listings=PropertyListings(directory),
        people=IdentityPeople(directory),
        code_secret=hmac.digest(internal, b"doorstep visit codes", "sha256"),
        certificate_keys=Keys(internal, resources.settings.former_certificate_keys),
    )
    app = App(
        "visit",
        jobs=[*VisitJobs(database, resources.clock).all(), *SafetyJobs(resources.clock).all()],
        subscribers=subscribers(resources.clock),
    )
    app.add(visit_service_pb2_grpc.add_VisitServiceServicer_to_server, VisitServicer(parts))
    app.add(availability_service_pb2_grpc.add_AvailabilityServiceServicer_to_server, AvailabilityServicer(parts))
    app.add(showing_rules_service_pb2_grpc.add_ShowingRulesServiceServicer_to_server, ShowingRulesServicer(parts))
    app.add(review_service_pb2_grpc.add_ReviewServiceServicer_to_server, ReviewServicer(parts))
    app.add(photo_service_pb2_grpc.add_PhotoServiceServicer_to_server, PhotoServicer(parts))
    settings = resources.settings
    calendar = CalendarServicer(parts, public_url=settings.public_url, sender=settings.mail_from)
    app.add(calendar_service_pb2_grpc.add_CalendarServiceServicer_to_server, calendar)
    app.add(certificate_service_pb2_grpc.add_CertificateServiceServicer_to_server, CertificateServicer(parts))
    app.add(safety_service_pb2_grpc.add_SafetyServiceServicer_to_server, SafetyServicer(parts))
    app.add(tour_service_pb2_grpc.add_TourServiceServicer_to_server, TourServicer(parts))
    return app
