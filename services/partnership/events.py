"""What the service publishes, made from rows. Keys are the resource's id; those of blocks are the pair."""

from collections.abc import Callable, Mapping
from uuid import UUID

from google.protobuf.message import Message

from doorstep.partnership.v1 import partnership_events_pb2 as pb
from doorstep.partnership.v1 import partnership_jobs_pb2
from services.partnership.models.engagement import Engagement
from services.partnership.models.partner_request import PartnerRequest
from services.partnership.models.partnership import Partnership

_ANSWERS: Mapping[str, Callable[..., Message]] = {
    "reject": pb.PartnerRequestRejected,
    "withdraw": pb.PartnerRequestWithdrawn,
    "expire": pb.PartnerRequestExpired,
}
_ENGAGEMENT: Mapping[str, Callable[..., Message]] = {
    "request": pb.EngagementRequested,
    "accept": pb.EngagementAccepted,
    "decline": pb.EngagementDeclined,
    "withdraw": pb.EngagementWithdrawn,
    "expire": pb.EngagementExpired,
    "end": pb.EngagementEnded,
}


def request_created(row: PartnerRequest) -> pb.PartnerRequestCreated:
    """Somebody asks for a partnership."""
    return pb.PartnerRequestCreated(
        partner_request_id=str(row.id), sender_id=str(row.sender_id), recipient_id=str(row.recipient_id)
    )


def request_accepted(row: PartnerRequest) -> pb.PartnerRequestAccepted:
    """There is a partnership."""
    return pb.PartnerRequestAccepted(
        partner_request_id=str(row.id),
        sender_id=str(row.sender_id),
        recipient_id=str(row.recipient_id),
        partnership_id=str(row.partnership_id),
    )


def request_closed(row: PartnerRequest, verb: str) -> Message:
    """A request was rejected or withdrawn, or has lapsed."""
    return _ANSWERS[verb](
        partner_request_id=str(row.id), sender_id=str(row.sender_id), recipient_id=str(row.recipient_id)
    )


def partnership_ended(row: Partnership) -> pb.PartnershipEnded:
    """Two users are no longer partners."""
    return pb.PartnershipEnded(
        partnership_id=str(row.id),
        user_a_id=str(row.user_a_id),
        user_b_id=str(row.user_b_id),
        ended_by_id=str(row.ended_by_id or ""),
    )


def engagement_moved(row: Engagement, verb: str, actor_id: UUID | None) -> Message:
    """An engagement was asked for, or a verb has moved it; without an actor, time did."""
    facts = pb.EngagementFacts(
        engagement_id=str(row.id),
        client_id=str(row.client_id),
        agent_id=str(row.agent_id),
        actor_id=str(actor_id or ""),
    )
    return _ENGAGEMENT[verb](engagement=facts)


def user_blocked(blocker_id: UUID, blocked_id: UUID) -> pb.UserBlocked:
    """A user wants nothing of another any more."""
    return pb.UserBlocked(blocker_id=str(blocker_id), blocked_id=str(blocked_id))


def user_unblocked(blocker_id: UUID, blocked_id: UUID) -> pb.UserUnblocked:
    """A block was taken back."""
    return pb.UserUnblocked(blocker_id=str(blocker_id), blocked_id=str(blocked_id))


def expire_request_job(row: PartnerRequest) -> partnership_jobs_pb2.ExpirePartnerRequestJob:
    """What the job is told that lets a request lapse."""
    return partnership_jobs_pb2.ExpirePartnerRequestJob(partner_request_id=str(row.id))


def expire_engagement_job(row: Engagement) -> partnership_jobs_pb2.ExpireEngagementJob:
    """What the job is told that lets a request to an agent lapse."""
    return partnership_jobs_pb2.ExpireEngagementJob(engagement_id=str(row.id))


def pair_key(one: UUID, other: UUID) -> str:
    """The key of facts about a pair, whichever way round."""
    return "/".join(str(user_id) for user_id in sorted((one, other)))
