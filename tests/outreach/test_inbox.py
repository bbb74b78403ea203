"""The inbox: who sees what, in which order, and what the stream misses (nothing)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from doorstep.identity.v1.identity_events_pb2 import UserErased
from doorstep.messaging.v1.messaging_events_pb2 import ConversationRead, MessageSent
from doorstep.outreach.v1 import notification_pb2
from doorstep.outreach.v1 import notification_service_pb2 as pb
from doorstep.outreach.v1.outreach_jobs_pb2 import DeliverJob, NotifyJob
from doorstep.partnership.v1.partnership_events_pb2 import PartnerRequestCreated
from doorstep.visit.v1.visit_events_pb2 import VisitAlarmRaised, VisitRequested
from services.chassis.actor import SYSTEM
from services.chassis.errors import EtagMismatch
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.outreach.errors import NotificationMandatory, NotificationNotFound, SequenceBeyondEnd
from services.outreach.kinds import Kind
from services.outreach.operations.delivery import NOTIFY
from services.outreach.operations.notification import read_gathered
from services.outreach.wording import SMS_LENGTH
from tests.outreach.conftest import Post, Reader, eventually


def request_from(sender: Reader, to: Reader) -> PartnerRequestCreated:
    return PartnerRequestCreated(partner_request_id=str(new_id()), sender_id=sender.user_id, recipient_id=to.user_id)


def visit_between(buyer: Reader, agent: Reader) -> VisitRequested:
    visit = {"visit_id": str(new_id()), "buyer_id": buyer.user_id, "agent_id": agent.user_id, "actor_id": buyer.user_id}
    event = VisitRequested(visit=visit)
    event.visit.start_time.GetCurrentTime()
    return event


def _nothing(_row: Any) -> pb.MarkNotificationReadRequest:
    """An event that wakes nobody."""
    return pb.MarkNotificationReadRequest()


async def one(post: Post, reader: Reader) -> Any:
    """A reader's only notification, after one request."""
    await post.tell(request_from(post.reader("Sam Sender"), reader))
    await post.quiet()
    [found] = (await post.inbox(reader)).notifications
    return found


class TestTelling:
    async def test_the_recipient_reads_who_asks(self, post: Post):
        reader = post.reader()
        found = await one(post, reader)
        assert (found.title, found.text) == (
            "New Partner Request",
            "You have a new partner request from Sam Sender.",
        )
        assert (found.sequence, found.event_count, found.resource_type) == (1, 1, "partner_request")
        assert not found.HasField("read_time")

    async def test_an_event_handled_again_is_told_once(self, post: Post):
        sender, reader = post.reader("Sam Sender"), post.reader()
        event = request_from(sender, reader)
        event_id = await post.tell(event)
        await post.quiet()
        # As a replay of the event after its inbox row was pruned would do it.
        await post.rows("DELETE FROM outreach.inbox")
        await post.tell(event, event_id=event_id)
        await post.quiet()
        assert (await post.inbox(reader)).unread_count == 1
        assert len(await post.mailbox(reader)) == 1

    async def test_somebody_without_an_account_is_nobody(self, post: Post):
        event = PartnerRequestCreated(partner_request_id="x", sender_id=str(new_id()), recipient_id=str(new_id()))
        await post.tell(event)
        await post.quiet()
        assert await post.rows("SELECT 1 FROM outreach.notifications") == []
        assert await post.rows("SELECT 1 FROM jobs.pgqueuer") == []

    async def test_spanish_for_whom_reads_spanish(self, post: Post):
        reader = post.reader("Eva Ramos", language_code="es-MX")
        found = await one(post, reader)
        assert found.title == "Nueva solicitud de colaboración"


class TestSeveralReaders:
    async def test_each_party_has_it_in_the_own_language_and_by_the_own_choice(self, post: Post):
        buyer, agent = post.reader("Bea Buyer", language_code="es-MX"), post.reader("Ada Agent")
        choice = {
            "type": "NOTIFICATION_TYPE_VISIT_REQUESTED",
            "channel": "NOTIFICATION_CHANNEL_EMAIL",
            "enabled": False,
        }
        update = pb.UpdateNotificationPreferencesRequest(choices=[choice])
        await post.call(post.notifications.UpdateNotificationPreferences, update, buyer)
        await post.tell(visit_between(buyer, agent))
        await post.quiet()
        for reader, language, mails in ((buyer, "es", 0), (agent, "en", 1)):
            [found] = (await post.inbox(reader)).notifications
            assert (found.sequence, found.language_code) == (1, language)
            assert len(await post.mailbox(reader)) == mails

    async def test_who_has_no_account_keeps_nobody_else_from_being_told(self, post: Post):
        agent = post.reader()
        await post.tell(visit_between(Reader(str(new_id()), ""), agent))
        await post.quiet()
        assert (await post.inbox(agent)).unread_count == 1

    async def test_who_was_told_before_is_not_told_again_with_the_others(self, post: Post):
        buyer, agent = post.reader("Bea Buyer"), post.reader()
        event = visit_between(buyer, agent)
        event_id = await post.tell(event)
        await post.quiet()
        await post.rows("DELETE FROM outreach.inbox")
        await post.rows("DELETE FROM outreach.told WHERE user_id = $1", UUID(agent.user_id))
        await post.tell(event, event_id=event_id)
        await post.quiet()
        assert ((await post.inbox(buyer)).unread_count, (await post.inbox(agent)).unread_count) == (1, 2)

    async def test_many_events_for_the_same_people_at_once_neither_meet_nor_leave_gaps(self, post: Post):
        """Each job locks both inboxes, whichever party stands first."""
        one, other = post.reader("Bea Buyer"), post.reader()
        pairs = [(one, other), (other, one)] * 5
        await asyncio.gather(*(post.tell(visit_between(*pair)) for pair in pairs))
        await post.quiet()
        for reader in (one, other):
            places = [found.sequence for found in (await post.inbox(reader)).notifications]
            assert places == list(range(10, 0, -1))
        assert await post.rows("SELECT 1 FROM jobs.pgqueuer") == []

    async def test_a_job_of_an_earlier_version_names_one_person(self, post: Post):
        reader = post.reader()
        job = NotifyJob(
            event_id=str(new_id()), user_id=reader.user_id, type=Kind.VISIT_REQUESTED, resource_type="visit"
        )
        for place in ("buyer", "agent", "actor"):
            job.people[place] = reader.user_id
        job.times["when"].GetCurrentTime()
        async with post.harness.resources.database("outreach").transaction(SYSTEM) as tx:
            tx.enqueue(NOTIFY, job, key=f"{job.event_id}/{job.user_id}")
        await post.quiet()
        assert (await post.inbox(reader)).unread_count == 1


class TestGathering:
    async def test_messages_of_a_conversation_are_one_entry_with_one_mail(self, post: Post):
        sender, reader = post.reader("Sam Sender"), post.reader()
        conversation = str(new_id())
        for sequence in range(1, 4):
            await post.tell(
                MessageSent(
                    conversation_id=conversation,
                    message_id=str(new_id()),
                    sequence=sequence,
                    sender_id=sender.user_id,
                    recipient_ids=[reader.user_id],
                )
            )
            await post.quiet()
        [found] = (await post.inbox(reader)).notifications
        assert (found.event_count, found.sequence, found.title) == (3, 3, "3 new messages")
        assert len(await post.mailbox(reader)) == 1
        await post.tell(ConversationRead(conversation_id=conversation, user_id=reader.user_id, sequence=3))
        assert (await post.inbox(reader)).unread_count == 0

    async def test_what_was_read_before_it_could_be_told_is_not_told(self, post: Post):
        sender, reader, conversation = post.reader("Sam Sender"), post.reader(), str(new_id())
        await post.tell(ConversationRead(conversation_id=conversation, user_id=reader.user_id, sequence=1))
        for sequence in (1, 2):
            await post.tell(
                MessageSent(
                    conversation_id=conversation,
                    message_id=str(new_id()),
                    sequence=sequence,
                    sender_id=sender.user_id,
                    recipient_ids=[reader.user_id],
                )
            )
            await post.quiet()
        [found] = (await post.inbox(reader)).notifications
        assert found.event_count == 1
        await post.tell(ConversationRead(conversation_id=conversation, user_id=reader.user_id, sequence=1))
        assert (await post.inbox(reader)).unread_count == 1, "the second message is unread"

    async def test_who_answers_has_read_what_was_said(self, post: Post):
        """As messaging counts; else nobody who answers without marking anything would have another mail."""
        one, other, conversation = post.reader("Ona One"), post.reader(), str(new_id())
        for sequence, (sender, recipient) in enumerate([(one, other), (other, one), (one, other)], start=1):
            await post.tell(
                MessageSent(
                    conversation_id=conversation,
                    message_id=str(new_id()),
                    sequence=sequence,
                    sender_id=sender.user_id,
                    recipient_ids=[recipient.user_id],
                )
            )
            await post.quiet()
            assert (await post.inbox(sender)).unread_count == 0
            assert (await post.inbox(recipient)).unread_count == 1
        assert [found.event_count for found in (await post.inbox(other)).notifications] == [1, 1]
        assert len(await post.mailbox(other)) == 2

    async def test_what_is_read_is_found_among_however_many(self, post: Post):
        reader = new_id()
        await post.rows(
            "INSERT INTO outreach.notifications (user_id, id, type, title, body, language_code, resource_type, "
            "resource_id, gather_key, gather_position, sequence, read_time) "
            "SELECT $1, gen_random_uuid(), 'MESSAGE_RECEIVED', '', '', 'en', '', '', 'conversation/' || n % 10, n, n, "
            "CASE WHEN n > 2990 THEN NULL ELSE now() END FROM generate_series(1, 3000) AS n",
            reader,
        )
        await post.rows("ANALYZE outreach.notifications")
        async with post.harness.resources.database("outreach").transaction(SYSTEM) as tx:
            await read_gathered(tx, reader, "conversation/7", 2997, now=post.harness.clock.now())
            read = await tx.session.scalar(
                text(
                    "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables "
                    "WHERE schemaname = 'outreach' AND relname = 'notifications'"
                )
            )
        left = await post.rows("SELECT sequence FROM outreach.notifications WHERE read_time IS NULL ORDER BY sequence")
        assert [row["sequence"] for row in left] == [n for n in range(2991, 3001) if n != 2997]
        assert 0 < read < 20


class TestReading:
    async def test_read_once_stays_read(self, post: Post):
        reader = post.reader()
        found = await one(post, reader)
        request = pb.MarkNotificationReadRequest(notification_id=found.notification_id, etag=found.etag)
        first = (await post.call(post.notifications.MarkNotificationRead, request, reader)).notification
        request.etag = ""
        again = (await post.call(post.notifications.MarkNotificationRead, request, reader)).notification
        assert first.read_time == again.read_time
        request.etag = found.etag
        with refused(EtagMismatch):
            await post.call(post.notifications.MarkNotificationRead, request, reader)

    async def test_all_up_to_a_place(self, post: Post):
        sender, reader = post.reader("Sam Sender"), post.reader()
        for _ in range(3):
            await post.tell(request_from(sender, reader))
            await post.quiet()
        request = pb.MarkAllNotificationsReadRequest(through_sequence=2)
        answer = await post.call(post.notifications.MarkAllNotificationsRead, request, reader)
        assert (answer.read_count, answer.unread_count) == (2, 1)
        assert [n.sequence for n in (await post.inbox(reader, unread_only=True)).notifications] == [3]

    async def test_deleted_is_gone(self, post: Post):
        reader = post.reader()
        found = await one(post, reader)
        request = pb.DeleteNotificationRequest(notification_id=found.notification_id)
        await post.call(post.notifications.DeleteNotification, request, reader)
        assert not (await post.inbox(reader)).notifications
        with refused(NotificationNotFound):
            await post.call(post.notifications.DeleteNotification, request, reader)

    @pytest.mark.parametrize("rpc", ["GetNotification", "MarkNotificationRead", "DeleteNotification"])
    async def test_another_users_is_as_if_it_were_not(self, post: Post, rpc: str):
        found = await one(post, post.reader())
        other = post.reader("Olga Other")
        request = getattr(pb, f"{rpc}Request")(notification_id=found.notification_id)
        with refused(NotificationNotFound):
            await post.call(getattr(post.notifications, rpc), request, other)
        assert not await post.deliveries(other)
        assert not await post.mailbox(other)


class TestWatching:
    async def test_goes_on_after_a_place_without_gap_or_repetition(self, post: Post):
        sender, reader = post.reader("Sam Sender"), post.reader()
        for _ in range(2):
            await post.tell(request_from(sender, reader))
            await post.quiet()
        seen: list[int] = []
        call = post.notifications.WatchNotifications(
            pb.WatchNotificationsRequest(after_sequence=1), metadata=post.harness.metadata(reader.token)
        )
        async with asyncio.timeout(30):
            async for step in call:
                if step.WhichOneof("step") != "notification":
                    continue
                seen.append(step.notification.sequence)
                if len(seen) == 1:
                    await asyncio.gather(*(post.tell(request_from(sender, reader)) for _ in range(5)))
                if len(seen) == 6:
                    break
        call.cancel()
        assert seen == [2, 3, 4, 5, 6, 7]

    async def test_a_place_beyond_the_end_is_refused(self, post: Post):
        reader = post.reader()
        await one(post, reader)
        call = post.notifications.WatchNotifications(
            pb.WatchNotificationsRequest(after_sequence=2), metadata=post.harness.metadata(reader.token)
        )
        with refused(SequenceBeyondEnd):
            await call.read()

    async def test_a_stream_says_where_it_stands_and_ends_when_the_process_does(self, post: Post):
        reader = post.reader()
        await one(post, reader)
        call = post.notifications.WatchNotifications(
            pb.WatchNotificationsRequest(), metadata=post.harness.metadata(reader.token)
        )
        begun = await call.read()
        assert (begun.WhichOneof("step"), begun.sequence) == ("heartbeat", 1)
        post.harness.resources.draining.set()
        ended = await call.read()
        assert (ended.WhichOneof("step"), ended.sequence, ended.end.reason) == ("end", 1, "draining")

    async def test_a_lost_event_costs_time_and_no_entry(self, post: Post, monkeypatch: pytest.MonkeyPatch):
        """Redis forgets that an inbox has grown: the stream looks by itself."""
        reader = post.reader()
        monkeypatch.setattr("services.outreach.servicer.watch.LOOK_SECONDS", 0.1)
        monkeypatch.setattr("services.outreach.operations.notification.events.notification_posted", _nothing)
        call = post.notifications.WatchNotifications(
            pb.WatchNotificationsRequest(after_sequence=0), metadata=post.harness.metadata(reader.token)
        )
        assert (await call.read()).sequence == 0
        await one(post, reader)
        assert (await call.read()).notification.sequence == 1


class TestTextMessages:
    async def alarm(self, post: Post, **person: str) -> Reader:
        agent, friend = post.reader("Ada Agent"), post.reader("Finn Friend", **person)
        visit = {"visit_id": str(new_id()), "agent_id": agent.user_id, "buyer_id": str(new_id())}
        await post.tell(
            VisitAlarmRaised(visit=visit, user_id=agent.user_id, notify_user_ids=[friend.user_id], distress=True)
        )
        await post.quiet()
        return friend

    async def test_an_alarm_goes_by_every_way_whatever_was_chosen(self, post: Post):
        friend = await self.alarm(post, phone_number="+14155550100", time_zone="UTC")
        assert [n.title for n in (await post.inbox(friend)).notifications] == ["Ada Agent may need help"]
        mails = {notification_pb2.NotificationChannel.Name(m.channel): m for m in await post.mailbox(friend)}
        assert set(mails) == {"NOTIFICATION_CHANNEL_EMAIL", "NOTIFICATION_CHANNEL_SMS"}
        text = mails["NOTIFICATION_CHANNEL_SMS"]
        assert (text.recipient, text.subject, text.html) == ("+14155550100", "", "")
        assert text.text.startswith("Ada Agent calls for help")
        assert len(text.text) <= SMS_LENGTH

    async def test_without_a_number_it_is_suppressed_and_says_so(self, post: Post):
        friend = await self.alarm(post, phone_number="")
        suppressed = [d for d in await post.deliveries(friend) if d.suppression]
        assert [notification_pb2.Suppression.Name(d.suppression) for d in suppressed] == ["SUPPRESSION_NO_ADDRESS"]
        assert not suppressed[0].attempts
        assert len(await post.mailbox(friend)) == 1

    async def test_where_nobody_takes_text_messages_too(self, open_post: Any):
        async with open_post(smtp_url=SecretStr("smtp://127.0.0.1:9"), mail_from="D <d@test.example>") as post:
            agent, friend = post.reader("Ada Agent"), post.reader("Finn Friend")
            visit = {"visit_id": str(new_id())}
            await post.tell(VisitAlarmRaised(visit=visit, user_id=agent.user_id, notify_user_ids=[friend.user_id]))

            async def suppressed() -> bool:
                found = await post.deliveries(friend)
                return any(d.suppression == notification_pb2.Suppression.SUPPRESSION_NO_PROVIDER for d in found)

            await eventually(suppressed)


class TestErasing:
    async def test_nothing_stays_and_nothing_more_is_told(self, post: Post):
        reader, sender = post.reader(), post.reader("Sam Sender")
        await one(post, reader)
        choice = {"type": "NOTIFICATION_TYPE_OFFER_MADE", "channel": "NOTIFICATION_CHANNEL_EMAIL", "enabled": False}
        update = pb.UpdateNotificationPreferencesRequest(choices=[choice])
        await post.call(post.notifications.UpdateNotificationPreferences, update, reader)
        conversation = str(new_id())
        await post.tell(ConversationRead(conversation_id=conversation, user_id=reader.user_id, sequence=1))
        del post.directory.people[reader.user_id]
        await post.tell(UserErased(user_id=reader.user_id))
        await post.tell(request_from(sender, reader))
        await post.quiet()
        tables = await post.rows(
            "SELECT table_name AS name FROM information_schema.columns "
            "WHERE table_schema = 'outreach' AND column_name = 'user_id'"
        )
        assert len(tables) == 8
        for table in tables:
            found = await post.rows(f"SELECT 1 FROM outreach.{table['name']} WHERE user_id = $1", UUID(reader.user_id))
            assert found == [], table["name"]

    async def test_a_mail_that_waits_is_not_sent(self, post: Post):
        """Erased between the decision and the sending."""
        reader = post.reader()
        await one(post, reader)
        await post.rows("DELETE FROM outreach.mailbox")
        await post.database.past_triggers("UPDATE outreach.deliveries SET state = 'QUEUED', sent_time = NULL")
        [row] = await post.rows("SELECT id FROM outreach.deliveries")
        del post.directory.people[reader.user_id]
        async with post.harness.resources.database("outreach").transaction(SYSTEM) as tx:
            job = DeliverJob(delivery_id=str(row["id"]), user_id=reader.user_id)
            tx.enqueue("outreach.send_email", job, key="again")
        await post.quiet()
        assert await post.rows("SELECT 1 FROM outreach.mailbox") == []
        [row] = await post.rows("SELECT state, suppression FROM outreach.deliveries")
        assert tuple(row) == ("SUPPRESSED", "NO_ADDRESS")


class TestPreferences:
    async def update(self, post: Post, reader: Reader, **fields: Any) -> pb.NotificationPreferences:
        request = pb.UpdateNotificationPreferencesRequest(**fields)
        return (await post.call(post.notifications.UpdateNotificationPreferences, request, reader)).preferences

    async def test_defaults_then_a_choice(self, post: Post):
        reader = post.reader()
        answer = await post.call(
            post.notifications.GetNotificationPreferences, pb.GetNotificationPreferencesRequest(), reader
        )
        before = answer.preferences
        assert [p.type for p in before.preferences] == notification_pb2.NotificationType.values()[1:]
        choice = {"type": "NOTIFICATION_TYPE_OFFER_MADE", "channel": "NOTIFICATION_CHANNEL_EMAIL", "enabled": False}
        after = await self.update(post, reader, choices=[choice], etag=before.etag)
        changed = [p for p, q in zip(after.preferences, before.preferences, strict=True) if p != q]
        assert [(p.in_app, p.email) for p in changed] == [(True, False)]
        with refused(EtagMismatch):
            await self.update(post, reader, choices=[choice], etag=before.etag)

    async def test_an_alarm_cannot_be_switched_off(self, post: Post):
        choice = {"type": "NOTIFICATION_TYPE_VISIT_ALARM", "channel": "NOTIFICATION_CHANNEL_SMS", "enabled": False}
        with refused(NotificationMandatory):
            await self.update(post, post.reader(), choices=[choice])

    async def test_out_of_the_inbox_and_still_by_mail(self, post: Post):
        reader = post.reader()
        kind, channel = "NOTIFICATION_TYPE_PARTNER_REQUEST_RECEIVED", "NOTIFICATION_CHANNEL_IN_APP"
        await self.update(post, reader, choices=[{"type": kind, "channel": channel, "enabled": False}])
        await post.tell(request_from(post.reader("Sam Sender"), reader))
        await post.quiet()
        assert not (await post.inbox(reader)).notifications
        assert len(await post.mailbox(reader)) == 1
