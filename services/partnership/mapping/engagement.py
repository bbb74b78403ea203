"""Engagements: rows to messages."""

from collections.abc import Iterable

from doorstep.partnership.v1 import engagement_pb2 as pb
from services.chassis.mapping import enum_name, to_time
from services.partnership.models.engagement import Engagement

_STATE = "ENGAGEMENT_STATE_"
PURPOSE = "ENGAGEMENT_PURPOSE_"


def to_message(row: Engagement, other_name: str | None = None) -> pb.Engagement:
    """An engagement as client and agent see it."""
    return pb.Engagement(
        engagement_id=str(row.id),
        client_id=str(row.client_id),
        agent_id=str(row.agent_id),
        agent_organization_id=str(row.agent_organization_id),
        purpose=f"{PURPOSE}{row.purpose}",
        note=row.note,
        state=f"{_STATE}{row.state}",
        create_time=to_time(row.create_time),
        expire_time=to_time(row.expire_time),
        response_time=to_time(row.response_time),
        end_time=to_time(row.end_time),
        etag=row.etag,
        other_name=other_name,
    )


def to_purpose(number: int) -> str:
    """A purpose as the table keeps it."""
    return enum_name(pb.EngagementPurpose, PURPOSE, number)


def to_states(numbers: Iterable[int]) -> list[str]:
    """States as the table keeps them."""
    return [enum_name(pb.EngagementState, _STATE, number) for number in numbers]
