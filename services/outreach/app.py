"""Composition root of outreach: resources in, servicers, subscribers, jobs and housekeeping out."""

from doorstep.outreach.v1 import mailbox_service_pb2_grpc, notification_service_pb2_grpc
from services.chassis.app import App, Resources
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.directory import Directory
from services.chassis.redis import connect_for_streams
from services.chassis.settings import Settings
from services.outreach.channels.mailbox import MailboxProvider
from services.outreach.channels.port import Provider
from services.outreach.channels.smtp import SmtpProvider
from services.outreach.housekeeping import Housekeeping
from services.outreach.jobs import Jobs, Pages
from services.outreach.kinds import Channel
from services.outreach.peers import IdentityPeople, VisitInvitations
from services.outreach.servicer.mailbox import MailboxServicer
from services.outreach.servicer.notification import NotificationServicer
from services.outreach.servicer.parts import Parts
from services.outreach.servicer.watch import Watchers
from services.outreach.subscribers import SUBSCRIBERS


def build(resources: Resources) -> App:
    """Put outreach together."""
    settings, clock = resources.settings, resources.clock
    database = resources.database("outreach")
    directory = Directory(resources.peers)
    parts = Parts(
        database=database,
        clock=clock,
        page_tokens=resources.page_tokens,
        mailbox_in_use=settings.smtp_url is None and not settings.production,
    )
    jobs = Jobs(
        database,
        clock,
        people=IdentityPeople(resources.peers, directory),
        invitations=VisitInvitations(resources.peers),
        providers=providers_for(settings, database, clock),
        pages=Pages(settings.public_url, settings.app_url),
    )
    watchers = Watchers(database, connect_for_streams(settings.redis_url.get_secret_value()), clock, resources.draining)
    housekeeping = Housekeeping(database, clock)
    app = App(
        "outreach",
        subscribers=SUBSCRIBERS,
        jobs=[*jobs.all(), housekeeping.job()],
        background=[watchers.run, watchers.drain],
        on_close=[watchers.close],
    )
    app.add(
        notification_service_pb2_grpc.add_NotificationServiceServicer_to_server, NotificationServicer(parts, watchers)
    )
    app.add(mailbox_service_pb2_grpc.add_MailboxServiceServicer_to_server, MailboxServicer(parts))
    return app


def providers_for(settings: Settings, database: Database, clock: Clock) -> dict[Channel, Provider]:
    """Who sends: an SMTP server where one is set, and then nobody text messages; else the mailbox keeps both.

    Not in production: who has stolen a session must not read there a link that sets a new password.
    """
    if settings.smtp_url is not None:
        return {Channel.EMAIL: SmtpProvider(settings.smtp_url.get_secret_value(), settings.mail_from, clock)}
    if settings.production:
        return {}
    mailbox = MailboxProvider(database, clock)
    return {Channel.EMAIL: mailbox, Channel.SMS: mailbox}
