"""What the service publishes, made from rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from doorstep.visit.v1 import visit_events_pb2 as pb
from doorstep.visit.v1 import visit_jobs_pb2
from services.chassis.db.database import Transaction
from services.chassis.mapping import to_time
from services.visit.models.review import Review
from services.visit.models.safety import SafetyWatch
from services.visit.models.visit import Visit


def facts(row: Visit, actor_id: UUID | None) -> pb.VisitFacts:
    """What every event says of its visit."""
    return pb.VisitFacts(
        visit_id=str(row.id),
        organization_id=str(row.organization_id),
        listing_id=str(row.listing_id),
        property_id=str(row.property_id),
        buyer_id=str(row.buyer_id),
        agent_id=str(row.agent_id),
        start_time=to_time(row.start_time),
        end_time=to_time(row.end_time),
        time_zone=row.time_zone,
        sequence=row.sequence,
        actor_id=str(actor_id or ""),
        contact_ids=map(str, row.contact_ids),
    )


def of_verb(verb: str, row: Visit, actor_id: UUID | None, previous_start_time: datetime) -> Message | None:
    """The event of a verb that has been applied; of a confirmation that is not the last nobody is told."""
    if verb == "confirm":
        return None
    visit = facts(row, actor_id)
    makers: dict[str, Any] = {
        "request": lambda: pb.VisitRequested(visit=visit),
        "approve": lambda: pb.VisitApproved(visit=visit),
        "accept_counter": lambda: pb.VisitApproved(visit=visit),
        "counter": lambda: pb.VisitCountered(visit=visit, round=row.round),
        "reject": lambda: pb.VisitRejected(visit=visit, reason=row.reason),
        "reschedule": lambda: pb.VisitRescheduled(visit=visit, previous_start_time=to_time(previous_start_time)),
        "decline_reschedule": lambda: pb.VisitRescheduled(
            visit=visit, previous_start_time=to_time(previous_start_time)
        ),
        "cancel": lambda: pb.VisitCancelled(visit=visit, reason=row.reason),
        "expire": lambda: pb.VisitExpired(visit=visit),
        "start": lambda: pb.VisitStarted(visit=visit),
        "complete": lambda: completed(visit, row),
        "override": lambda: completed(visit, row),
        "accept_evidence": lambda: pb.VisitEvidenceAccepted(visit=visit),
        "mark_no_show": lambda: pb.VisitNoShow(visit=visit, absent_user_id=str(row.absent_user_id or "")),
    }
    message: Message = makers[verb]()
    return message


def alarm(row: Visit, watch: SafetyWatch, *, distress: bool, step: int, notify: Sequence[UUID]) -> pb.VisitAlarmRaised:
    """Somebody may need help."""
    return pb.VisitAlarmRaised(
        visit=facts(row, watch.user_id if distress else None),
        user_id=str(watch.user_id),
        distress=distress,
        notify_user_ids=map(str, notify),
        step=step,
        watch_id=str(watch.id),
    )


def completed(visit: pb.VisitFacts, row: Visit) -> pb.VisitCompleted:
    """A visit took place, and is certified."""
    return pb.VisitCompleted(visit=visit, certificate_id=str(row.certificate_id), needs_review=row.needs_review)


def publish(tx: Transaction, row: Visit, message: Message | None) -> None:
    """State a fact of a visit, if there is one; buyers act for no organisation, so it is named."""
    if message is not None:
        tx.publish(message, key=str(row.id), organization_id=row.organization_id)


def reminder_due(row: Visit, minutes_before: int) -> pb.VisitReminderDue:
    """An approved visit is near."""
    return pb.VisitReminderDue(visit=facts(row, None), minutes_before=minutes_before)


def reviewed(row: Visit, review: Review, actor_id: UUID | None) -> pb.VisitReviewed:
    """A review may be seen."""
    return pb.VisitReviewed(visit=facts(row, actor_id), review_id=str(review.id), rating=review.rating)


def expire_job(row: Visit) -> visit_jobs_pb2.ExpireVisitJob:
    """What the job that looks for a lapsed visit is told."""
    return visit_jobs_pb2.ExpireVisitJob(
        visit_id=str(row.id), organization_id=str(row.organization_id), sequence=row.sequence
    )


def remind_job(row: Visit, minutes_before: int) -> visit_jobs_pb2.RemindVisitJob:
    """What the job of a reminder is told."""
    return visit_jobs_pb2.RemindVisitJob(
        visit_id=str(row.id),
        organization_id=str(row.organization_id),
        sequence=row.sequence,
        minutes_before=minutes_before,
    )
