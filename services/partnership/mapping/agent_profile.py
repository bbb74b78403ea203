"""Profiles of agents: rows to messages and back."""

from typing import Any

from google.type import latlng_pb2

from doorstep.partnership.v1 import agent_profile_pb2 as pb
from doorstep.partnership.v1 import agent_profile_service_pb2
from services.chassis.ids import parse_id
from services.chassis.mapping import to_time
from services.partnership.mapping.engagement import PURPOSE, to_purpose
from services.partnership.models.agent_profile import AgentProfile
from services.partnership.peers import Rating
from services.partnership.repository.agent_profile import AgentQuery

_HUNDREDTH = 2
"""Decimal places of degrees that are kept: about a kilometre."""


def to_message(row: AgentProfile, display_name: str | None = None, rating: Rating | None = None) -> pb.AgentProfile:
    """A profile as everybody sees it."""
    return pb.AgentProfile(
        agent_id=str(row.agent_id),
        agent_organization_id=str(row.agent_organization_id),
        etag=row.etag,
        headline=row.headline,
        about=row.about,
        purposes=[f"{PURPOSE}{purpose}" for purpose in row.purposes],
        language_codes=row.language_codes,
        place=latlng_pb2.LatLng(latitude=row.latitude, longitude=row.longitude),
        work_radius_meters=row.work_radius_meters,
        create_time=to_time(row.create_time),
        update_time=to_time(row.update_time),
        display_name=display_name,
        review_count=rating.review_count if rating is not None else None,
        average_rating=rating.average if rating is not None else None,
    )


def to_values(message: pb.AgentProfile) -> dict[str, Any]:
    """What an agent has written, as the row keeps it."""
    return {
        "headline": message.headline,
        "about": message.about,
        "purposes": sorted(to_purpose(number) for number in message.purposes),
        "language_codes": list(message.language_codes),
        "latitude": round(message.place.latitude, _HUNDREDTH),
        "longitude": round(message.place.longitude, _HUNDREDTH),
        "work_radius_meters": message.work_radius_meters,
    }


def to_query(request: agent_profile_service_pb2.ListAgentProfilesRequest) -> AgentQuery:
    """What is looked for."""
    center = (request.center.latitude, request.center.longitude) if request.HasField("center") else None
    return AgentQuery(
        center=center,
        radius_meters=request.radius_meters,
        purpose=to_purpose(request.purpose) if request.purpose else "",
        language_code=request.language_code,
        organization_id=parse_id(request.agent_organization_id) if request.agent_organization_id else None,
    )
