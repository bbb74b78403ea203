"""What the service publishes and what its jobs are told, made from rows."""

from doorstep.outreach.v1 import outreach_events_pb2 as pb
from doorstep.outreach.v1 import outreach_jobs_pb2
from services.outreach.kinds import ACCOUNT, INVITED
from services.outreach.models.delivery import Delivery
from services.outreach.models.notification import Notification


def notification_posted(row: Notification) -> pb.NotificationPosted:
    """An inbox has a new entry, or one that moved to its end."""
    return pb.NotificationPosted(
        user_id=str(row.user_id), notification_id=str(row.id), sequence=row.sequence or 0, type=row.type
    )


def account_message_sent(row: Notification) -> pb.AccountMessageSent:
    """A message of identity was handed over."""
    return pb.AccountMessageSent(message_id=row.resource_id)


def deliver_job(row: Delivery, notification: Notification) -> outreach_jobs_pb2.DeliverJob:
    """What the job of a delivery is told."""
    return outreach_jobs_pb2.DeliverJob(
        delivery_id=str(row.id),
        user_id=str(row.user_id),
        account_message_id=notification.resource_id if notification.type in ACCOUNT else "",
        invited_visit_id=notification.resource_id if notification.type in INVITED else "",
    )
