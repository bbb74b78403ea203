"""Mail by a real SMTP server: what it takes, refuses, puts off, and leaves unanswered."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from doorstep.outreach.v1 import mailbox_service_pb2, notification_pb2
from doorstep.outreach.v1 import notification_service_pb2 as pb
from services.chassis.jobs import list_dead_letters, replay, settle_effect
from services.chassis.testing import refused
from services.outreach import jobs
from services.outreach.errors import MailboxNotInUse
from tests.outreach.conftest import Post, Reader, eventually
from tests.outreach.test_inbox import request_from

STATE = notification_pb2.DeliveryState
OUTCOME = notification_pb2.AttemptOutcome


class Server:
    """An SMTP server that answers as it is told."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[Any] = []
        self.recipients: list[str] = []
        self.answers: list[str] = []
        """To the whole message, one after the other; then 250."""
        self.hang_up = False
        """Keeps the message and breaks off without an answer."""
        self._transports: set[Any] = set()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("2"):
            self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
            self.recipients += envelope.rcpt_tos
        if self.hang_up:
            server.transport.abort()
        return answer

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Server"]:
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(lambda: SMTP(self, hostname="localhost"), "127.0.0.1", 0)
        self.port = listening.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listening.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server().serving() as found:
        yield found


@pytest.fixture
async def post(open_post: Callable[..., Any], server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    from datetime import timedelta

    from pydantic import SecretStr

    monkeypatch.setattr(jobs, "FIRST_PAUSE", timedelta(milliseconds=20))
    url = SecretStr(f"smtp://127.0.0.1:{server.port}")
    async with open_post(smtp_url=url, mail_from="Doorstep <no-reply@test.example>") as found:
        yield found


async def told(post: Post, reader: Reader) -> None:
    await post.tell(request_from(post.reader("Sam Sender"), reader))
    await post.quiet()


async def test_a_mail_as_it_arrives(post: Post, server: Server):
    reader = post.reader()
    await told(post, reader)
    [mail] = server.mails
    [delivery] = await post.deliveries(reader)
    assert (mail["subject"], mail["auto-submitted"]) == ("New Partner Request", "auto-generated")
    assert mail["message-id"] == f"<{delivery.delivery_id}@test.example>"
    assert "You have a new partner request from Sam Sender." in mail.get_body(("plain",)).get_content()
    assert "<html" in mail.get_body(("html",)).get_content()
    assert server.recipients == [post.directory.people[reader.user_id].email]
    assert delivery.state == STATE.DELIVERY_STATE_SENT
    [attempt] = delivery.attempts
    assert (attempt.number, attempt.provider, attempt.outcome) == (1, "smtp", OUTCOME.ATTEMPT_OUTCOME_SENT)


async def test_refused_for_good_is_not_tried_again(post: Post, server: Server):
    server.answers = ["550 no such user"]
    reader = post.reader()
    await told(post, reader)
    [delivery] = await post.deliveries(reader)
    assert delivery.state == STATE.DELIVERY_STATE_FAILED
    assert [a.detail for a in delivery.attempts] == ["550"]
    assert await list_dead_letters(post.harness.resources.database("outreach").pool) == []


async def test_put_off_is_tried_again(post: Post, server: Server):
    server.answers = ["451 later", "451 later"]
    reader = post.reader()
    await told(post, reader)
    [delivery] = await post.deliveries(reader)
    assert delivery.state == STATE.DELIVERY_STATE_SENT
    deferred, sent = OUTCOME.ATTEMPT_OUTCOME_DEFERRED, OUTCOME.ATTEMPT_OUTCOME_SENT
    assert [a.outcome for a in delivery.attempts] == [deferred, deferred, sent]
    assert len(server.mails) == 1


async def test_given_up_is_held_and_a_replay_sends_it(post: Post, server: Server):
    server.answers = ["451 later"] * 3
    reader, pool = post.reader(), post.harness.resources.database("outreach").pool
    await told(post, reader)
    [held] = await list_dead_letters(pool)
    assert (await post.deliveries(reader))[0].state == STATE.DELIVERY_STATE_FAILED
    await replay(pool, held.job_id)
    await post.quiet()
    assert (await post.deliveries(reader))[0].state == STATE.DELIVERY_STATE_SENT
    assert len(server.mails) == 1


async def test_no_answer_is_never_sent_again_by_itself(post: Post, server: Server):
    server.hang_up = True
    reader, pool = post.reader(), post.harness.resources.database("outreach").pool
    await told(post, reader)
    [held] = await list_dead_letters(pool)
    assert (await post.deliveries(reader))[0].state == STATE.DELIVERY_STATE_UNKNOWN
    server.hang_up = False
    await replay(pool, held.job_id)
    await post.quiet()
    assert len(server.mails) == 1, "it had been taken"
    [row] = await post.rows("SELECT key FROM jobs.effects WHERE state = 'unknown'")
    await settle_effect(pool, row["key"], happened=True)
    await replay(pool, held.job_id)
    await post.quiet()
    assert (await post.deliveries(reader))[0].state == STATE.DELIVERY_STATE_SENT
    assert len(server.mails) == 1


async def test_a_choice_holds_for_what_was_not_sent_yet(post: Post, server: Server):
    server.answers = ["451 later"] * 3
    reader, pool = post.reader(), post.harness.resources.database("outreach").pool
    await told(post, reader)
    choice = {
        "type": "NOTIFICATION_TYPE_PARTNER_REQUEST_RECEIVED",
        "channel": "NOTIFICATION_CHANNEL_EMAIL",
        "enabled": False,
    }
    update = pb.UpdateNotificationPreferencesRequest(choices=[choice])
    await post.call(post.notifications.UpdateNotificationPreferences, update, reader)
    [held] = await list_dead_letters(pool)
    await replay(pool, held.job_id)
    await post.quiet()
    [delivery] = await post.deliveries(reader)
    assert delivery.state == STATE.DELIVERY_STATE_SUPPRESSED
    assert delivery.suppression == notification_pb2.Suppression.SUPPRESSION_PREFERENCE
    assert not server.mails


async def test_where_mail_is_sent_there_is_no_mailbox(post: Post):
    with refused(MailboxNotInUse):
        request = mailbox_service_pb2.ListMailboxMessagesRequest()
        await post.call(post.mailboxes.ListMailboxMessages, request, post.reader())


async def test_a_server_that_is_away_is_waited_for(post: Post, open_post: Callable[..., Any]):
    from pydantic import SecretStr

    async with open_post(smtp_url=SecretStr("smtp://127.0.0.1:9"), mail_from="D <d@test.example>") as away:
        reader = away.reader()
        await away.tell(request_from(away.reader("Sam Sender"), reader))

        async def deferred() -> bool:
            found = await away.deliveries(reader)
            return bool(found) and any(a.outcome == OUTCOME.ATTEMPT_OUTCOME_DEFERRED for a in found[0].attempts)

        await eventually(deferred)
