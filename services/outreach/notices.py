"""Who is told of which event, and with which facts: one line per event. Pure.

Both parties are told of every step, whoever took it: the words suit both, and each has the record in the inbox.
An event that a text needs more of than it says gets a field; nobody is asked here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar
from uuid import UUID

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money

from doorstep.deal.v1 import deal_events_pb2 as deal
from doorstep.messaging.v1 import messaging_events_pb2 as messaging
from doorstep.outreach.v1 import outreach_jobs_pb2 as jobs
from doorstep.partnership.v1 import partnership_events_pb2 as partnership
from doorstep.visit.v1 import visit_events_pb2 as visit
from services.chassis.events import EventMeta
from services.chassis.mapping import to_time
from services.outreach.kinds import Kind

E = TypeVar("E", bound=Message)


@dataclass(frozen=True, slots=True)
class Notice:
    """What there is to tell, and to whom."""

    to: Iterable[str]
    """User ids; empty ones are nobody, one that stands twice is told once."""
    resource: tuple[str, str]
    """Kind and id of the thing."""
    people: Mapping[str, str] = field(default_factory=dict)
    """User ids by their place in the text; empty where time did it."""
    times: Mapping[str, Timestamp] = field(default_factory=dict)
    time_zone: str = ""
    """In which the times are read; the reader's own when empty."""
    sums: Mapping[str, Money] = field(default_factory=dict)
    days: Mapping[str, Date] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    gather_key: str = ""
    gather_position: int = 0


@dataclass(frozen=True, slots=True)
class Rule(Generic[E]):
    """What one event means to people."""

    event: type[E]
    kind: Kind
    notice: Callable[[E], Notice]

    def job(self, event: E, meta: EventMeta) -> jobs.NotifyJob:
        """The job that tells all of them; without `user_ids` where there is nobody to be told."""
        notice = self.notice(event)
        return jobs.NotifyJob(
            event_id=str(meta.event_id),
            user_ids=[user_id for user_id in dict.fromkeys(notice.to) if _is_user(user_id)],
            type=self.kind,
            resource_type=notice.resource[0],
            resource_id=notice.resource[1],
            people=notice.people,
            times=notice.times,
            time_zone=notice.time_zone,
            sums=notice.sums,
            days=notice.days,
            words=notice.words,
            gather_key=notice.gather_key,
            gather_position=notice.gather_position,
            event_time=to_time(meta.create_time),
        )


def _is_user(text: str) -> bool:
    """Empty fields are nobody; pseudonyms of VR visitors are no accounts."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _visit(facts: visit.VisitFacts, *, times: Mapping[str, Timestamp] | None = None, **words: str) -> Notice:
    return Notice(
        to=(facts.buyer_id, facts.agent_id, *facts.contact_ids),
        resource=("visit", facts.visit_id),
        people={"buyer": facts.buyer_id, "agent": facts.agent_id, "actor": facts.actor_id},
        times={"when": facts.start_time, **(times or {})},
        time_zone=facts.time_zone,
        words=words,
    )


def _no_show(event: visit.VisitNoShow) -> Notice:
    told = _visit(event.visit)
    return Notice(
        to=told.to,
        resource=told.resource,
        people={**told.people, "absent": event.absent_user_id},
        times=told.times,
        time_zone=told.time_zone,
    )


def _alarm(event: visit.VisitAlarmRaised) -> Notice:
    # Not the parties of the visit, unless they are named: the other one may be whom help is needed against. Who is
    # called need not be allowed to see the visit, and looks after the alarm.
    return Notice(
        to=event.notify_user_ids,
        resource=("alarm", event.watch_id),
        people={"person": event.user_id},
        times={"when": event.visit.start_time},
        time_zone=event.visit.time_zone,
        words={"distress": "yes" if event.distress else ""},
    )


def _reviewed(event: visit.VisitReviewed) -> Notice:
    # Not the listing's contacts: what the parties say of each other they cannot read either.
    told = _visit(event.visit, rating=str(event.rating))
    return replace(told, to=(event.visit.buyer_id, event.visit.agent_id))


def _offer(facts: deal.OfferFacts, **words: str) -> Notice:
    return Notice(
        to=(facts.buyer_id, facts.agent_id),
        resource=("offer", facts.offer_id),
        people={"buyer": facts.buyer_id, "agent": facts.agent_id, "actor": facts.actor_id},
        times={"until": facts.expire_time},
        sums={"price": facts.price},
        words=words,
    )


def _deal(
    facts: deal.DealFacts,
    *,
    amount: Money | None = None,
    close_date: Date | None = None,
    people: Mapping[str, str] | None = None,
    to: Iterable[str] | None = None,
    **words: str,
) -> Notice:
    return Notice(
        to=(facts.buyer_id, facts.agent_id) if to is None else to,
        resource=("deal", facts.deal_id),
        people={"buyer": facts.buyer_id, "agent": facts.agent_id, "actor": facts.actor_id, **(people or {})},
        sums={"price": facts.price} if amount is None else {"price": facts.price, "amount": amount},
        days={} if close_date is None else {"close_date": close_date},
        words=words,
    )


def _request(event: Any, *to: str) -> Notice:
    return Notice(
        to=to,
        resource=("partner_request", event.partner_request_id),
        people={"sender": event.sender_id, "recipient": event.recipient_id},
    )


def _partnership_ended(event: partnership.PartnershipEnded) -> Notice:
    return Notice(
        to=(event.user_a_id, event.user_b_id),
        resource=("partnership", event.partnership_id),
        people={"ended_by": event.ended_by_id},
    )


def _engagement(event: Any) -> Notice:
    facts: partnership.EngagementFacts = event.engagement
    return Notice(
        to=(facts.client_id, facts.agent_id),
        resource=("engagement", facts.engagement_id),
        people={"client": facts.client_id, "agent": facts.agent_id},
    )


def gather_key_of(conversation_id: str) -> str:
    """Messages of one conversation are gathered until they are read."""
    return f"conversation/{conversation_id}"


def _message(event: messaging.MessageSent) -> Notice:
    return Notice(
        to=event.recipient_ids,
        resource=("conversation", event.conversation_id),
        people={"sender": event.sender_id},
        gather_key=gather_key_of(event.conversation_id),
        gather_position=event.sequence,
    )


RULES: tuple[Rule[Any], ...] = (
    Rule(visit.VisitRequested, Kind.VISIT_REQUESTED, lambda e: _visit(e.visit)),
    Rule(visit.VisitCountered, Kind.VISIT_COUNTERED, lambda e: _visit(e.visit)),
    Rule(visit.VisitApproved, Kind.VISIT_APPROVED, lambda e: _visit(e.visit)),
    Rule(visit.VisitRejected, Kind.VISIT_REJECTED, lambda e: _visit(e.visit, reason=e.reason)),
    Rule(
        visit.VisitRescheduled,
        Kind.VISIT_RESCHEDULED,
        lambda e: _visit(e.visit, times={"before": e.previous_start_time}),
    ),
    Rule(visit.VisitCancelled, Kind.VISIT_CANCELLED, lambda e: _visit(e.visit, reason=e.reason)),
    Rule(visit.VisitExpired, Kind.VISIT_EXPIRED, lambda e: _visit(e.visit)),
    Rule(visit.VisitReminderDue, Kind.VISIT_REMINDER, lambda e: _visit(e.visit)),
    Rule(visit.VisitStarted, Kind.VISIT_STARTED, lambda e: _visit(e.visit)),
    Rule(visit.VisitCompleted, Kind.VISIT_COMPLETED, lambda e: _visit(e.visit)),
    Rule(visit.VisitNoShow, Kind.VISIT_NO_SHOW, _no_show),
    Rule(visit.VisitReviewed, Kind.VISIT_REVIEWED, _reviewed),
    Rule(visit.VisitAlarmRaised, Kind.VISIT_ALARM, _alarm),
    Rule(deal.OfferMade, Kind.OFFER_MADE, lambda e: _offer(e.offer)),
    Rule(deal.OfferCountered, Kind.OFFER_COUNTERED, lambda e: _offer(e.offer)),
    Rule(deal.OfferAccepted, Kind.OFFER_ACCEPTED, lambda e: _offer(e.offer)),
    Rule(deal.OfferRejected, Kind.OFFER_REJECTED, lambda e: _offer(e.offer, reason=e.reason)),
    Rule(deal.OfferWithdrawn, Kind.OFFER_WITHDRAWN, lambda e: _offer(e.offer)),
    Rule(deal.OfferExpired, Kind.OFFER_EXPIRED, lambda e: _offer(e.offer)),
    Rule(deal.OfferLapsed, Kind.OFFER_LAPSED, lambda e: _offer(e.offer)),
    Rule(deal.DealOpened, Kind.DEAL_OPENED, lambda e: _deal(e.deal)),
    Rule(
        deal.DealStageMoved,
        Kind.DEAL_STAGE_MOVED,
        lambda e: _deal(e.deal, previous_stage=e.previous_stage, stage=e.stage),
    ),
    Rule(deal.TokenHeld, Kind.TOKEN_HELD, lambda e: _deal(e.deal, amount=e.amount)),
    Rule(deal.TokenReleased, Kind.TOKEN_RELEASED, lambda e: _deal(e.deal, amount=e.amount)),
    Rule(deal.TokenRefunded, Kind.TOKEN_REFUNDED, lambda e: _deal(e.deal, amount=e.amount)),
    Rule(
        deal.TokenRefundReturned,
        Kind.TOKEN_REFUND_RETURNED,
        # Who had the money sent back must do it again.
        lambda e: _deal(
            e.deal, amount=e.amount, to=(e.deal.buyer_id, e.deal.agent_id, e.requester_id), reason=e.reason
        ),
    ),
    Rule(deal.TokenForfeited, Kind.TOKEN_FORFEITED, lambda e: _deal(e.deal, amount=e.amount)),
    Rule(deal.DocumentVerified, Kind.DOCUMENT_VERIFIED, lambda e: _deal(e.deal)),
    Rule(deal.DocumentRejected, Kind.DOCUMENT_REJECTED, lambda e: _deal(e.deal, reason=e.reason)),
    Rule(deal.DealClosed, Kind.DEAL_CLOSED, lambda e: _deal(e.deal, close_date=e.close_date)),
    Rule(deal.DealCancelled, Kind.DEAL_CANCELLED, lambda e: _deal(e.deal, reason=e.reason)),
    Rule(
        deal.PayoutReleased,
        Kind.PAYOUT_RELEASED,
        # What somebody earns is nobody else's business.
        lambda e: _deal(e.deal, amount=e.amount, people={"payee": e.payee_id}, to=(e.payee_id,)),
    ),
    Rule(deal.DisputeOpened, Kind.DISPUTE_OPENED, lambda e: _deal(e.deal)),
    Rule(deal.DisputeAnswered, Kind.DISPUTE_ANSWERED, lambda e: _deal(e.deal)),
    Rule(deal.DisputeEvidenceAdded, Kind.DISPUTE_EVIDENCE_ADDED, lambda e: _deal(e.deal)),
    Rule(deal.DisputeWithdrawn, Kind.DISPUTE_WITHDRAWN, lambda e: _deal(e.deal)),
    Rule(deal.DisputeResolved, Kind.DISPUTE_RESOLVED, lambda e: _deal(e.deal)),
    Rule(
        partnership.PartnerRequestCreated,
        Kind.PARTNER_REQUEST_RECEIVED,
        lambda e: _request(e, e.recipient_id),
    ),
    Rule(
        partnership.PartnerRequestAccepted,
        Kind.PARTNER_REQUEST_ACCEPTED,
        lambda e: _request(e, e.sender_id, e.recipient_id),
    ),
    Rule(
        partnership.PartnerRequestRejected,
        Kind.PARTNER_REQUEST_REJECTED,
        lambda e: _request(e, e.sender_id),
    ),
    Rule(
        partnership.PartnerRequestWithdrawn,
        Kind.PARTNER_REQUEST_WITHDRAWN,
        lambda e: _request(e, e.recipient_id),
    ),
    Rule(
        partnership.PartnerRequestExpired,
        Kind.PARTNER_REQUEST_EXPIRED,
        # Who was asked has let it be, and needs no reminder of that.
        lambda e: _request(e, e.sender_id),
    ),
    Rule(partnership.PartnershipEnded, Kind.PARTNERSHIP_ENDED, _partnership_ended),
    Rule(partnership.EngagementRequested, Kind.ENGAGEMENT_REQUESTED, _engagement),
    Rule(partnership.EngagementAccepted, Kind.ENGAGEMENT_ACCEPTED, _engagement),
    Rule(partnership.EngagementDeclined, Kind.ENGAGEMENT_DECLINED, _engagement),
    Rule(partnership.EngagementWithdrawn, Kind.ENGAGEMENT_WITHDRAWN, _engagement),
    Rule(partnership.EngagementExpired, Kind.ENGAGEMENT_EXPIRED, _engagement),
    Rule(partnership.EngagementEnded, Kind.ENGAGEMENT_ENDED, _engagement),
    Rule(messaging.MessageSent, Kind.MESSAGE_RECEIVED, _message),
)
"""Every event that somebody is told of; a test holds the list against the contracts."""

SILENT: Mapping[type[Message], str] = {
    partnership.UserBlocked: "nobody may tell whom a block is against",
    partnership.UserUnblocked: "nor that there was one",
    visit.VisitEvidenceAccepted: "a visit's parties were told when it was completed; who looks has the list",
}
"""Events that nobody is told of, and why."""
