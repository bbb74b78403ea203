"""Requests: rows to messages."""

from collections.abc import Iterable

from doorstep.partnership.v1 import partner_request_pb2 as pb
from services.chassis.mapping import enum_name, to_time
from services.partnership.models.partner_request import PartnerRequest

_STATE = "PARTNER_REQUEST_STATE_"


def to_message(row: PartnerRequest, other_name: str | None = None) -> pb.PartnerRequest:
    """A request as its two users see it."""
    return pb.PartnerRequest(
        partner_request_id=str(row.id),
        sender_id=str(row.sender_id),
        recipient_id=str(row.recipient_id),
        note=row.note,
        state=f"{_STATE}{row.state}",
        create_time=to_time(row.create_time),
        expire_time=to_time(row.expire_time),
        response_time=to_time(row.response_time),
        partnership_id=str(row.partnership_id or ""),
        etag=row.etag,
        other_name=other_name,
    )


def to_states(numbers: Iterable[int]) -> list[str]:
    """States as the table keeps them."""
    return [enum_name(pb.PartnerRequestState, _STATE, number) for number in numbers]
