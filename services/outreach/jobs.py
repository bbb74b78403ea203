"""The background work: telling people of one event, and sending one message.

Identity is asked before a transaction opens. What a job writes is guarded by its own rows (`told`), what it sends by
the ledger of effects: however often a job is run or replayed, a person is told once and a message is sent once.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from doorstep.outreach.v1 import outreach_jobs_pb2 as pb
from services.chassis.actor import SYSTEM
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.errors import DeadlineExceeded, DependencyUnavailable
from services.chassis.ids import parse_id
from services.chassis.jobs import EffectDidNotHappen, EffectUnknown, Job, JobContext
from services.outreach.channels.port import Deferred, Invitation, OutgoingMessage, Provider, Refused
from services.outreach.kinds import ACCOUNT, LINKS, Channel, Kind, Outcome
from services.outreach.models.notification import Notification
from services.outreach.operations import delivery as deliveries
from services.outreach.operations import digest as digests
from services.outreach.operations import notification as notifications
from services.outreach.peers import Invitations, People, Person
from services.outreach.wording import Facts, Wording, mail, sms, write

ATTEMPTS = 3
FIRST_PAUSE = timedelta(seconds=10)
TIMEOUT = timedelta(minutes=2)
DIGEST_LINES = 12
"""Events that a digest tells; of the others it says how many there are."""
NANOS = Decimal(1_000_000_000)

_log = structlog.get_logger("doorstep.outreach.jobs")


@dataclass(frozen=True, slots=True)
class Pages:
    """Where links in mails lead."""

    public_url: str
    """Where the suite answers."""
    app_url: str | None
    """Where the pages of the operator's application are; None where there is none."""

    def of(self, kind: Kind, notification_id: UUID, code: str) -> str:
        """The page of a message; empty for none."""
        app = (self.app_url or "").rstrip("/")
        if kind in ACCOUNT:
            # After the #: browsers keep that to themselves, so the secret gets into no log and no referrer.
            return f"{app}/{LINKS[kind]}#token={code}" if app and code else ""
        inbox = f"{app}/notifications" if app else f"{self.public_url.rstrip('/')}/api/v1/notifications"
        # A digest stands in no inbox itself; what it tells does.
        return inbox if kind is Kind.DIGEST else f"{inbox}/{notification_id}"


class Jobs:
    """The jobs of this service."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        people: People,
        invitations: Invitations,
        providers: Mapping[Channel, Provider],
        pages: Pages,
    ) -> None:
        """Make them.

        Args:
            database: The service's.
            clock: The process's.
            people: Knows names and addresses.
            invitations: Writes calendar entries.
            providers: By channel; one that is missing suppresses its messages.
            pages: Where links lead.
        """
        self._db = database
        self._clock = clock
        self._people = people
        self._invitations = invitations
        self._providers = providers
        self._pages = pages

    def all(self) -> list[Job[Any]]:
        """As the worker wants them."""

        async def send_email(context: JobContext, payload: pb.DeliverJob) -> None:
            await self.send(Channel.EMAIL, context, payload)

        async def send_sms(context: JobContext, payload: pb.DeliverJob) -> None:
            await self.send(Channel.SMS, context, payload)

        patience = {"max_attempts": ATTEMPTS, "first_pause": FIRST_PAUSE, "timeout": TIMEOUT}
        return [
            Job(deliveries.NOTIFY, self.notify, pb.NotifyJob, max_attempts=ATTEMPTS, timeout=TIMEOUT),
            Job(
                deliveries.ACCOUNT_MESSAGE,
                self.account_message,
                pb.AccountMessageJob,
                max_attempts=ATTEMPTS,
                timeout=TIMEOUT,
            ),
            Job(digests.DIGEST, self.digest, pb.DigestJob, max_attempts=ATTEMPTS, timeout=TIMEOUT),
            Job(deliveries.SEND[Channel.EMAIL], send_email, pb.DeliverJob, **patience),  # type: ignore[arg-type]
            Job(deliveries.SEND[Channel.SMS], send_sms, pb.DeliverJob, **patience),  # type: ignore[arg-type]
        ]

    async def account_message(self, _context: JobContext, payload: pb.AccountMessageJob) -> None:
        """Tell somebody what identity has to say. The secret of a link is not written down: sending asks for it."""
        message = await self._people.account_message(parse_id(payload.message_id))
        if message is None:
            _log.info("nobody_to_tell", account_message_id=payload.message_id)
            return
        kind = Kind(message.kind)
        words = {
            "organization": message.organization,
            "minutes": str(message.lock_minutes),
            "device": message.device_name,
            "code": "yes" if message.token else "",
        }

        def wording(reader: Person, count: int) -> Wording:
            return write(kind, Facts(words=words, count=count), language_code=reader.language_code, time_zone="")

        telling = notifications.Telling(
            event_id=message.message_id,
            kind=kind,
            resource_type="account_message",
            resource_id=str(message.message_id),
            gather_key="",
            gather_position=0,
            event_time=message.create_time,
            writers={message.reader.user_id: partial(wording, message.reader)},
            time_zones={},
        )
        async with self._db.transaction(SYSTEM) as tx:
            await notifications.notify(tx, telling, self._clock.now())

    async def notify(self, _context: JobContext, payload: pb.NotifyJob) -> None:
        """Tell people of one event."""
        told = [parse_id(user_id) for user_id in payload.user_ids or [payload.user_id]]
        named = {place: _user(text) for place, text in payload.people.items()}
        known = await self._people.find([*told, *(found for found in named.values() if found is not None)])
        readers = [known[user_id] for user_id in told if user_id in known]
        if len(readers) < len(told):
            _log.info("nobody_to_tell", event_id=payload.event_id, type=payload.type, users=len(told) - len(readers))
        if not readers:
            return
        kind = Kind(payload.type)
        people = {
            place: known[found].display_name if found is not None and found in known else ""
            for place, found in named.items()
        }

        def wording(reader: Person, count: int) -> Wording:
            return write(
                kind,
                _facts(payload, people, count),
                language_code=reader.language_code,
                time_zone=payload.time_zone or reader.time_zone,
            )

        telling = notifications.Telling(
            event_id=parse_id(payload.event_id),
            kind=kind,
            resource_type=payload.resource_type,
            resource_id=payload.resource_id,
            gather_key=payload.gather_key,
            gather_position=payload.gather_position,
            event_time=payload.event_time.ToDatetime(UTC),
            writers={reader.user_id: partial(wording, reader) for reader in readers},
            time_zones={reader.user_id: reader.time_zone for reader in readers},
        )
        async with self._db.transaction(SYSTEM) as tx:
            await notifications.notify(tx, telling, self._clock.now())

    async def digest(self, _context: JobContext, payload: pb.DigestJob) -> None:
        """Gather what waits for one person into a mail."""
        user_id = parse_id(payload.user_id)
        reader = (await self._people.find([user_id])).get(user_id)
        if reader is None:
            _log.info("nobody_to_tell", user_id=payload.user_id, type=Kind.DIGEST)
            return

        def wording(rows: Sequence[Notification]) -> Wording:
            more = max(0, len(rows) - DIGEST_LINES)
            what = " \u2022 ".join(row.body for row in rows[:DIGEST_LINES])
            facts = Facts(words={"what": what, "more": str(more or "")}, count=len(rows))
            return write(Kind.DIGEST, facts, language_code=reader.language_code, time_zone=reader.time_zone)

        async with self._db.transaction(SYSTEM) as tx:
            await digests.send_digest(tx, user_id, wording, self._clock.now())

    async def send(self, channel: Channel, context: JobContext, payload: pb.DeliverJob) -> None:
        """Send one message, once.

        Raises:
            Deferred: not now; the job is tried again, and held after its last attempt.
            EffectUnknown: it may have been sent; the job is held until somebody has looked.
        """
        user_id, delivery_id = parse_id(payload.user_id), parse_id(payload.delivery_id)
        provider = self._providers.get(channel)
        person, code = await self._reader(payload)
        invitation = await self._invitation(channel, payload, last=context.attempt >= ATTEMPTS)
        async with self._db.transaction(SYSTEM) as tx:
            outgoing = await deliveries.begin_delivery(
                tx,
                user_id,
                delivery_id,
                address=_address(person, channel),
                provider=provider.name if provider is not None else "",
                now=self._clock.now(),
            )
        if outgoing is None or provider is None or person is None:
            return
        message = self._message(outgoing, channel, person, code)
        message = dataclasses.replace(message, invitation=invitation)
        try:
            detail = await self._once(context, provider, message)
        except Refused as error:
            await self._end(user_id, outgoing, Outcome.REFUSED, str(error))
            return  # it is no fault of ours, and trying again does not help
        except Deferred as error:
            last = context.attempt >= ATTEMPTS
            await self._end(user_id, outgoing, Outcome.DEFERRED, str(error), last=last)
            raise
        except EffectUnknown as error:
            await self._end(user_id, outgoing, Outcome.UNKNOWN, str(error.__cause__ or "an earlier attempt died"))
            raise
        await self._end(user_id, outgoing, Outcome.SENT, detail)

    async def _reader(self, payload: pb.DeliverJob) -> tuple[Person | None, str]:
        """Whom a message is for, and the secret in it; asked for now, because it is kept nowhere."""
        if payload.account_message_id:
            message = await self._people.account_message(parse_id(payload.account_message_id))
            return (None, "") if message is None else (message.reader, message.token)
        user_id = parse_id(payload.user_id)
        return (await self._people.find([user_id])).get(user_id), ""

    async def _invitation(self, channel: Channel, payload: pb.DeliverJob, *, last: bool) -> Invitation | None:
        """The calendar entry that comes with a mail; where it cannot be had in the end, the mail goes without it.

        Raises:
            Deferred: visit is away. It is counted: a mail waits for its entry, but not for ever.
        """
        if channel is not Channel.EMAIL or not payload.invited_visit_id:
            return None
        try:
            return await self._invitations.to_visit(parse_id(payload.invited_visit_id), parse_id(payload.user_id))
        except (DependencyUnavailable, DeadlineExceeded) as error:
            if not last:
                raise Deferred("visit is away") from error
            _log.warning("mail_without_invitation", delivery_id=payload.delivery_id)
            return None

    async def _once(self, context: JobContext, provider: Provider, message: OutgoingMessage) -> str:
        """Hand a message over, unless it was before.

        Raises:
            Deferred, Refused: it was surely not taken.
            EffectUnknown: nobody knows.
        """
        detail = "sent by an earlier attempt"
        ledger = context.effect(str(message.delivery_id), repeatable=provider.repeatable, across_jobs=True)
        try:
            async with ledger as effect:
                if effect.fresh:
                    try:
                        detail = await provider.send(message)
                    except (Deferred, Refused) as error:
                        raise EffectDidNotHappen from error
                    except Exception as error:
                        if provider.repeatable:
                            raise
                        raise EffectUnknown(f"effect {effect.key}: no answer") from error
        except EffectDidNotHappen as error:
            cause = error.__cause__
            raise cause if isinstance(cause, Exception) else error from None
        return detail

    async def _end(
        self, user_id: UUID, outgoing: deliveries.Outgoing, outcome: Outcome, detail: str, *, last: bool = False
    ) -> None:
        async with self._db.transaction(SYSTEM) as tx:
            await deliveries.end_attempt(
                tx,
                user_id,
                outgoing.delivery_id,
                outgoing.number,
                outcome,
                detail=detail,
                last=last,
                now=self._clock.now(),
            )

    def _message(self, outgoing: deliveries.Outgoing, channel: Channel, person: Person, code: str) -> OutgoingMessage:
        row = outgoing.notification
        wording = Wording(row.title, row.body, row.language_code)
        if channel is Channel.SMS:
            subject, text, html = "", sms(wording), ""
        else:
            kind = Kind(row.type)
            written = mail(
                wording,
                name=person.display_name,
                link=self._pages.of(kind, row.id, code),
                code=code,
                about_account=kind in ACCOUNT,
            )
            subject, text, html = written.subject, written.text, written.html
        return OutgoingMessage(
            delivery_id=outgoing.delivery_id,
            user_id=person.user_id,
            channel=channel,
            recipient=_address(person, channel),
            recipient_name=person.display_name,
            subject=subject,
            text=text,
            html=html,
        )


def _address(person: Person | None, channel: Channel) -> str:
    if person is None:
        return ""
    return person.email if channel is Channel.EMAIL else person.phone_number


def _user(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _facts(payload: pb.NotifyJob, people: Mapping[str, str], count: int) -> Facts:
    """What the event says, as plain values; what it leaves unset is left out of the text."""
    words = dict(payload.words)
    sums: dict[str, tuple[Decimal, str]] = {}
    for name, money in payload.sums.items():
        if money.currency_code:
            sums[name] = (Decimal(money.units) + Decimal(money.nanos) / NANOS, money.currency_code)
        else:
            words.setdefault(name, "")
    days: dict[str, date] = {}
    for name, day in payload.days.items():
        if day.year and day.month and day.day:
            days[name] = date(day.year, day.month, day.day)
        else:
            words.setdefault(name, "")
    times: dict[str, datetime] = {name: moment.ToDatetime(UTC) for name, moment in payload.times.items()}
    return Facts(people=people, times=times, days=days, sums=sums, words=words, count=count)
