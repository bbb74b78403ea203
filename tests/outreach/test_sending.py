"""Mail by a real SMTP server: what it takes, refuses, puts off, and leaves unanswered."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from doorstep.outreach.v1 import mailbox_service_pb2, notification_pb2
from doorstep.outreach.v1 import notification_service_pb2 as pb
from doorstep.visit.v1.visit_events_pb2 import VisitApproved
from services.chassis.ids import new_id
from services.chassis.jobs import list_dead_letters, replay, settle_effect
from services.chassis.testing import refused
from services.outreach import jobs
from services.outreach.errors import MailboxNotInUse
from tests.outreach.conftest import Post, Reader, eventually
from tests.outreach.mailserver import MailServer
from tests.outreach.test_inbox import request_from

STATE = notification_pb2.DeliveryState
OUTCOME = notification_pb2.AttemptOutcome


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with MailServer().serving() as found:
        yield found


@pytest.fixture
async def post(
    open_post: Callable[..., Any], server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Post]:
    from datetime import timedelta

    from pydantic import SecretStr

    monkeypatch.setattr(jobs, "FIRST_PAUSE", timedelta(milliseconds=20))
    url = SecretStr(server.url)
    async with open_post(smtp_url=url, mail_from="Doorstep <no-reply@test.example>") as found:
        yield found


async def told(post: Post, reader: Reader) -> None:
    await post.tell(request_from(post.reader("Sam Sender"), reader))
    await post.quiet()


async def test_a_mail_as_it_arrives(post: Post, server: MailServer):
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


async def test_refused_for_good_is_not_tried_again(post: Post, server: MailServer):
    server.answers = ["550 no such user"]
    reader = post.reader()
    await told(post, reader)
    [delivery] = await post.deliveries(reader)
    assert delivery.state == STATE.DELIVERY_STATE_FAILED
    assert [a.detail for a in delivery.attempts] == ["550"]
    assert await list_dead_letters(post.harness.resources.database("outreach").pool) == []


async def test_put_off_is_tried_again(post: Post, server: MailServer):
    server.answers = ["451 later", "451 later"]
    reader = post.reader()
    await told(post, reader)
    [delivery] = await post.deliveries(reader)
    assert delivery.state == STATE.DELIVERY_STATE_SENT
    deferred, sent = OUTCOME.ATTEMPT_OUTCOME_DEFERRED, OUTCOME.ATTEMPT_OUTCOME_SENT
    assert [a.outcome for a in delivery.attempts] == [deferred, deferred, sent]
    assert len(server.mails) == 1


async def test_given_up_is_held_and_a_replay_sends_it(post: Post, server: MailServer):
    server.answers = ["451 later"] * 3
    reader, pool = post.reader(), post.harness.resources.database("outreach").pool
    await told(post, reader)
    [held] = await list_dead_letters(pool)
    assert (await post.deliveries(reader))[0].state == STATE.DELIVERY_STATE_FAILED
    await replay(pool, held.job_id)
    await post.quiet()
    assert (await post.deliveries(reader))[0].state == STATE.DELIVERY_STATE_SENT
    assert len(server.mails) == 1


async def test_no_answer_is_never_sent_again_by_itself(post: Post, server: MailServer):
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


async def test_a_choice_holds_for_what_was_not_sent_yet(post: Post, server: MailServer):
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


class TestForging:
    """What people call themselves, and what they type as an address, is nobody's header."""

    @pytest.mark.parametrize(
        "name",
        [
            "Eve\r\nBcc: victim@example.com",
            "Eve\nSubject: x",
            "Eve\x85\u2028X: y",
            '"Eve" <victim@example.com>, ',
            "=?utf-8?q?E?=",
        ],
    )
    async def test_a_name_makes_no_header_and_no_recipient(self, post: Post, server: MailServer, name: str):
        reader = post.reader(name, email="eve@example.com")
        await post.tell(request_from(post.reader(f"Sam {name}"), reader))
        await post.quiet()
        [mail] = server.mails
        assert server.recipients == ["eve@example.com"]
        assert [a.addr_spec for a in mail["to"].addresses] == ["eve@example.com"]
        known = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
        assert {header.title() for header in mail} == {header.title() for header in known}
        assert mail["subject"] == "New Partner Request"

    @pytest.mark.parametrize(
        "address",
        [
            "eve@example.com\r\nBcc: victim@example.com",
            "eve@example.com>\r\nRCPT TO:<victim@example.com",
            "a b@example.com",
        ],
    )
    async def test_an_address_that_is_none_is_refused(self, post: Post, server: MailServer, address: str):
        reader = post.reader(email=address)
        await told(post, reader)
        assert (server.mails, server.recipients) == ([], [])
        [delivery] = await post.deliveries(reader)
        assert delivery.state == STATE.DELIVERY_STATE_FAILED
        assert delivery.attempts[0].outcome == OUTCOME.ATTEMPT_OUTCOME_REFUSED

    async def test_a_name_is_no_html(self, post: Post, server: MailServer):
        reader = post.reader("<script>alert(1)</script> Ada")
        await post.tell(request_from(post.reader('Sam"><img src=x>'), reader))
        await post.quiet()
        [mail] = server.mails
        html = mail.get_body(("html",)).get_content()
        assert "<script>" not in html
        assert "<img" not in html
        assert "&lt;img src=x&gt;" in html


ENTRY = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nSUMMARY:Visita en la Calle del Río\r\nEND:VCALENDAR\r\n"


class TestInvitations:
    async def approved(self, post: Post) -> tuple[Reader, Reader]:
        buyer, agent, visit_id = post.reader("Bo Buyer"), post.reader("Ada Agent"), str(new_id())
        post.calendar.invited = {(visit_id, reader.user_id): ENTRY for reader in (buyer, agent)}
        await post.tell(
            VisitApproved(visit={"visit_id": visit_id, "buyer_id": buyer.user_id, "agent_id": agent.user_id})
        )
        await post.quiet()
        return buyer, agent

    async def test_a_mail_of_an_agreed_visit_brings_it_into_the_calendar(self, post: Post, server: MailServer):
        await self.approved(post)
        assert len(server.mails) == 2
        for mail in server.mails:
            assert mail.get_content_type() == "multipart/alternative"
            kinds = [part.get_content_type() for part in mail.iter_parts()]
            assert kinds == ["text/plain", "text/html", "text/calendar"]
            part = list(mail.iter_parts())[-1]
            assert (part.get_param("method"), part.get_filename()) == ("REQUEST", "visit.ics")
            assert part.get_content().splitlines() == ENTRY.splitlines()
            assert mail.as_bytes().isascii()

    async def test_without_the_visit_service_the_mail_goes_without_it_in_the_end(self, post: Post, server: MailServer):
        post.calendar.away = True
        buyer, _ = await self.approved(post)
        assert len(server.mails) == 2
        assert [part.get_content_type() for part in server.mails[0].iter_parts()] == ["text/plain", "text/html"]
        [delivery] = await post.deliveries(buyer)
        assert delivery.state == STATE.DELIVERY_STATE_SENT

    async def test_other_mails_ask_for_none(self, post: Post, server: MailServer):
        await told(post, post.reader())
        assert len(server.mails) == 1
        assert post.calendar.asked == 0
