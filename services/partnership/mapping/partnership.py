"""Partnerships and blocks: rows to messages."""

from collections.abc import Iterable

from doorstep.partnership.v1 import partnership_pb2 as pb
from services.chassis.mapping import enum_name, to_time
from services.partnership.models.partnership import Block, Partnership

_STATE = "PARTNERSHIP_STATE_"


def to_message(row: Partnership, other_name: str | None = None) -> pb.Partnership:
    """A partnership as its two users see it; who ended it is nobody's business."""
    return pb.Partnership(
        partnership_id=str(row.id),
        user_a_id=str(row.user_a_id),
        user_b_id=str(row.user_b_id),
        partner_request_id=str(row.partner_request_id),
        state=f"{_STATE}{row.state}",
        create_time=to_time(row.create_time),
        end_time=to_time(row.end_time),
        etag=row.etag,
        other_name=other_name,
    )


def to_block(row: Block, other_name: str | None = None) -> pb.Block:
    """A block as the one who made it sees it."""
    return pb.Block(user_id=str(row.blocked_id), create_time=to_time(row.create_time), other_name=other_name)


def to_states(numbers: Iterable[int]) -> list[str]:
    """States as the table keeps them."""
    return [enum_name(pb.PartnershipState, _STATE, number) for number in numbers]
