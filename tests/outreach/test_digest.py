"""Mails that come once a day, of what their reader chose to hear of daily."""

from datetime import UTC, datetime
from typing import Any

import pytest

from doorstep.outreach.v1 import notification_pb2
from doorstep.outreach.v1 import notification_service_pb2 as pb
from doorstep.outreach.v1.outreach_jobs_pb2 import DigestJob
from services.chassis.actor import SYSTEM
from services.chassis.errors import InvalidFields
from services.chassis.testing import refused
from services.outreach.operations.digest import due_time
from tests.outreach.conftest import Post, Reader, eventually
from tests.outreach.test_inbox import request_from

RECEIVED = "NOTIFICATION_TYPE_PARTNER_REQUEST_RECEIVED"
DAILY, AT_ONCE = notification_pb2.NOTIFICATION_CADENCE_DAILY, notification_pb2.NOTIFICATION_CADENCE_AT_ONCE


async def choose(post: Post, reader: Reader, kind: str = RECEIVED, **fields: Any) -> pb.NotificationPreference:
    """Set how mails of a type come; the type as it is then."""
    choice = {"type": kind, "channel": "NOTIFICATION_CHANNEL_EMAIL", "enabled": True} | fields
    request = pb.UpdateNotificationPreferencesRequest(choices=[pb.PreferenceChoice(**choice)])
    answer = await post.call(post.notifications.UpdateNotificationPreferences, request, reader)
    (found,) = [p for p in answer.preferences.preferences if p.type == notification_pb2.NotificationType.Value(kind)]
    return found


async def told(post: Post, reader: Reader, *senders: str) -> None:
    """Requests by some people, each in the inbox."""
    before = len((await post.inbox(reader)).notifications)
    for name in senders:
        await post.tell(request_from(post.reader(name), reader))

    async def there() -> bool:
        return len((await post.inbox(reader)).notifications) == before + len(senders)

    await eventually(there)


async def morning(post: Post) -> None:
    """Let the digests that wait be due."""
    await post.rows("UPDATE jobs.pgqueuer SET execute_after = now() WHERE entrypoint = 'outreach.digest'")
    await post.quiet()


async def waiting(post: Post) -> int:
    return len(await post.rows("SELECT 1 FROM jobs.pgqueuer WHERE entrypoint = 'outreach.digest'"))


class TestDue:
    @pytest.mark.parametrize(
        ("now", "zone", "due"),
        [
            ((12, 1, 15), "America/Los_Angeles", (12, 1, 16)),
            ((12, 1, 16), "America/Los_Angeles", (12, 2, 16)),
            ((12, 1, 15, 59, 30), "America/Los_Angeles", (12, 2, 16)),
            ((12, 1, 17), "America/Los_Angeles", (12, 2, 16)),
            ((12, 1, 7), "no such zone", (12, 1, 8)),
            # The night before the clock is put forward.
            ((3, 7, 17), "America/Los_Angeles", (3, 8, 15)),
        ],
    )
    def test_eight_in_the_morning(self, now: tuple[int, ...], zone: str, due: tuple[int, ...]) -> None:
        assert due_time(datetime(2026, *now, tzinfo=UTC), zone).astimezone(UTC) == datetime(2026, *due, tzinfo=UTC)


class TestDigest:
    async def test_one_mail_of_all_that_waited(self, post: Post):
        reader = post.reader()
        assert (await choose(post, reader, cadence=DAILY)).email_cadence == DAILY
        for name in ("Sam Sender", "Kim Kind"):
            await told(post, reader, name)
        assert await post.mailbox(reader) == []
        assert await waiting(post) == 1, "both ask for the same one"
        await morning(post)
        (mail,) = await post.mailbox(reader)
        assert mail.subject == "2 things have happened"
        assert "from Sam Sender. \u2022 You have a new partner request from Kim Kind." in mail.text
        assert "/api/v1/notifications\n" in mail.text, "it leads to the inbox, in which it does not stand"
        assert len((await post.inbox(reader)).notifications) == 2
        (delivery,) = await post.deliveries(reader)
        assert delivery.state == notification_pb2.DELIVERY_STATE_SENT

    async def test_a_second_run_finds_nothing(self, post: Post):
        reader = post.reader()
        await choose(post, reader, cadence=DAILY)
        await told(post, reader, "Sam Sender")
        await morning(post)
        async with post.harness.resources.database("outreach").transaction(SYSTEM) as tx:
            tx.enqueue("outreach.digest", DigestJob(user_id=reader.user_id), key="again")
        await post.quiet()
        assert [mail.subject for mail in await post.mailbox(reader)] == ["One thing has happened"]

    async def test_what_was_read_or_is_unwanted_is_left_out(self, post: Post):
        reader = post.reader()
        await choose(post, reader, cadence=DAILY)
        for name in ("Sam Sender", "Kim Kind"):
            await told(post, reader, name)
        (newest, _) = (await post.inbox(reader)).notifications
        request = pb.MarkNotificationReadRequest(notification_id=newest.notification_id)
        await post.call(post.notifications.MarkNotificationRead, request, reader)
        await morning(post)
        (mail,) = await post.mailbox(reader)
        assert mail.subject == "One thing has happened"
        assert "Kim Kind" not in mail.text
        await told(post, reader, "Ann Other")
        await choose(post, reader, enabled=False)
        await morning(post)
        assert len(await post.mailbox(reader)) == 1

    async def test_of_many_it_says_how_many_more(self, post: Post):
        reader = post.reader(language_code="es")
        await choose(post, reader, cadence=DAILY)
        await told(post, reader, *(f"Sender {n:02}" for n in range(14)))
        await morning(post)
        (mail,) = await post.mailbox(reader)
        assert mail.subject == "Han pasado 14 cosas"
        assert "Y 2 m\u00e1s." in mail.text

    async def test_back_to_at_once(self, post: Post):
        reader = post.reader()
        await choose(post, reader, cadence=DAILY)
        assert (await choose(post, reader)).email_cadence == DAILY, "unset leaves it as it is"
        assert (await choose(post, reader, cadence=AT_ONCE)).email_cadence == AT_ONCE
        await told(post, reader, "Sam Sender")
        await post.quiet()
        assert [mail.subject for mail in await post.mailbox(reader)] == ["New Partner Request"]

    @pytest.mark.parametrize(
        ("kind", "fields"),
        [
            ("NOTIFICATION_TYPE_VISIT_ALARM", {"cadence": DAILY}),
            ("NOTIFICATION_TYPE_VISIT_REMINDER", {"cadence": DAILY}),
            ("NOTIFICATION_TYPE_VISIT_APPROVED", {"cadence": DAILY}),
            (RECEIVED, {"cadence": DAILY, "channel": "NOTIFICATION_CHANNEL_SMS"}),
            (RECEIVED, {"cadence": 7}),
        ],
    )
    async def test_what_cannot_wait(self, post: Post, kind: str, fields: dict[str, Any]):
        with refused(InvalidFields) as refusal:
            await choose(post, post.reader(), kind, **fields)
        assert refusal.fields == ["choices[0].cadence"]
