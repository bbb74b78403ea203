"""PartnerRequestService: who may ask whom, who answers, once, whatever happens at once."""

import asyncio
from datetime import timedelta
from typing import Any

import grpc
import pytest

from doorstep.partnership.v1 import partner_request_pb2, partner_request_service_pb2
from services.chassis.errors import EtagMismatch, InvalidFields, RateLimited
from services.chassis.ids import new_id
from services.chassis.testing import Refusal, refused
from services.partnership import errors
from services.partnership.operations.partner_request import EXPIRES_AFTER, PAUSE, WEEKLY, expire_partner_request
from tests.fixtures.people import Someone
from tests.partnership.conftest import Circle

PENDING = partner_request_pb2.PARTNER_REQUEST_STATE_PENDING
ACCEPTED = partner_request_pb2.PARTNER_REQUEST_STATE_ACCEPTED
REJECTED = partner_request_pb2.PARTNER_REQUEST_STATE_REJECTED
WITHDRAWN = partner_request_pb2.PARTNER_REQUEST_STATE_WITHDRAWN
EXPIRED = partner_request_pb2.PARTNER_REQUEST_STATE_EXPIRED


async def asked_before(circle: Circle, who: Someone, count: int, ago: timedelta) -> None:
    """Requests of somebody's that were answered."""
    asked = await circle.rows(
        "INSERT INTO partnership.partner_requests (id, sender_id, recipient_id, state, expire_time, create_time) "
        "SELECT uuidv7(), $1, gen_random_uuid(), 'PENDING', now(), now() - $3::interval "
        "FROM generate_series(1, $2::int) RETURNING id",
        who.user_id,
        count,
        ago,
    )
    await circle.rows(
        "UPDATE partnership.partner_requests SET state = 'REJECTED', response_time = now() WHERE id = ANY($1::uuid[])",
        [row["id"] for row in asked],
    )


class TestCreate:
    async def test_is_pending(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        made = await circle.ask(one, other, "we met at the fair")
        request = made.partner_request
        assert (request.sender_id, request.recipient_id, request.state) == (one.id, other.id, PENDING)
        assert request.note == "we met at the fair"
        assert request.etag
        assert not made.HasField("partnership")
        assert not request.HasField("response_time")
        assert request.expire_time.seconds - request.create_time.seconds == EXPIRES_AFTER.total_seconds()
        for who in (one, other):
            found = await circle.get(who, request.partner_request_id)
            found.ClearField("other_name")  # which only reads look up
            assert found == request
        assert await circle.events(request.partner_request_id) == ["PartnerRequestCreated"]

    async def test_oneself(self, circle: Circle):
        one = await circle.person()
        with refused(errors.SelfRequest):
            await circle.ask(one, one)

    async def test_nobody(self, circle: Circle):
        one = await circle.person()
        with refused(errors.UserNotFound):
            await circle.ask(one, Someone(new_id(), ""))

    async def test_twice(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        request = (await circle.ask(one, other)).partner_request
        with refused(errors.PartnerRequestExists) as refusal:
            await circle.ask(one, other)
        assert refusal.metadata == {"partner_request_id": request.partner_request_id}

    async def test_partners_already(self, circle: Circle):
        one, other, partnership = await circle.partners()
        for sender, recipient in ((one, other), (other, one)):
            with refused(errors.PartnershipExists) as refusal:
                await circle.ask(sender, recipient)
            assert refusal.metadata == {"partnership_id": partnership.partnership_id}

    async def test_the_other_has_asked_already(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        request = (await circle.ask(one, other)).partner_request
        made = await circle.ask(other, one)
        assert made.partner_request.partner_request_id == request.partner_request_id
        assert made.partner_request.state == ACCEPTED
        assert {made.partnership.user_a_id, made.partnership.user_b_id} == {one.id, other.id}
        assert made.partner_request.partnership_id == made.partnership.partnership_id
        events = await circle.events(request.partner_request_id)
        assert events == ["PartnerRequestCreated", "PartnerRequestAccepted"]

    async def test_ten_a_minute(self, circle: Circle):
        one = await circle.person()
        for _ in range(10):
            with refused(errors.UserNotFound):
                await circle.ask(one, Someone(new_id(), ""))
        with refused(RateLimited) as refusal:
            await circle.ask(one, Someone(new_id(), ""))
        assert refusal.metadata["limit"] == "10"

    async def test_a_hundred_a_week(self, circle: Circle):
        """Whatever became of them; asking back is accepting, and goes on."""
        one, asker = await circle.person(), await circle.person()
        await circle.ask(asker, one)
        await asked_before(circle, one, WEEKLY - 1, timedelta(days=6))
        assert (await circle.ask(one, await circle.person())).partner_request.state == PENDING
        with refused(errors.PartnerRequestLimit) as refusal:
            await circle.ask(one, await circle.person())
        assert refusal.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert refusal.metadata["limit"] == "100"
        assert refusal.metadata["retry_time"]
        assert (await circle.ask(one, asker)).partner_request.state == ACCEPTED
        circle.clock.turn(timedelta(days=1, minutes=1))
        assert (await circle.ask(one, await circle.person())).partner_request.state == PENDING

    async def test_the_hundredth_of_many_at_once(self, circle: Circle):
        one, others = await circle.person(), [await circle.person() for _ in range(8)]
        await asked_before(circle, one, WEEKLY - 1, timedelta(days=6))
        done = await asyncio.gather(*(circle.ask(one, other) for other in others), return_exceptions=True)
        refusals = [Refusal.of(found) for found in done if isinstance(found, grpc.aio.AioRpcError)]
        assert len(done) - len(refusals) == 1
        assert {refusal.reason for refusal in refusals} == {"PARTNER_REQUEST_LIMIT"}

    async def test_the_same_call_twice(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        first = await circle.ask(one, other, idempotency_key="one")
        assert await circle.ask(one, other, idempotency_key="one") == first


class TestNote:
    """Up to 300 characters, whatever they take in bytes; those that are none to read are refused by name."""

    @pytest.mark.parametrize("note", ["x" * 300, "ü" * 300, "\U0001f3e1" * 300, "two\nlines,\tand more\r\n", ""])
    async def test_fits(self, circle: Circle, note: str):
        made = await circle.ask(await circle.person(), await circle.person(), note)
        assert made.partner_request.note == note

    @pytest.mark.parametrize(
        ("note", "rule"),
        [
            ("x" * 301, "string.max_len"),
            ("\U0001f3e1" * 301, "string.max_len"),
            ("a\0b", "string.plain"),
            ("a\x1b[31mb", "string.plain"),
            ("a\x7f", "string.plain"),
            ("a\x85b", "string.plain"),
        ],
    )
    async def test_does_not(self, circle: Circle, note: str, rule: str):
        with refused(InvalidFields) as refusal:
            await circle.ask(await circle.person(), await circle.person(), note)
        assert refusal.fields == ["note"]
        assert refusal.rules == [rule]


class TestAnswer:
    @pytest.mark.parametrize(("verb", "state"), [("Accept", ACCEPTED), ("Reject", REJECTED), ("Withdraw", WITHDRAWN)])
    async def test_is_final(self, circle: Circle, verb: str, state: int):
        one, other = await circle.person(), await circle.person()
        request_id = (await circle.ask(one, other)).partner_request.partner_request_id
        answer = await circle.answer(one if verb == "Withdraw" else other, verb, request_id)
        assert answer.partner_request.state == state
        assert answer.partner_request.HasField("response_time")
        for again in ("Accept", "Reject", "Withdraw"):
            with refused(errors.PartnerRequestStateRefused) as refusal:
                await circle.answer(one if again == "Withdraw" else other, again, request_id)
            assert refusal.metadata["allowed_states"] == "PENDING"
        assert (await circle.get(one, request_id)).state == state

    async def test_makes_the_partnership(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        request_id = (await circle.ask(one, other)).partner_request.partner_request_id
        answer = await circle.answer(other, "Accept", request_id)
        partnership = answer.partnership
        assert partnership.user_a_id < partnership.user_b_id
        assert partnership.partner_request_id == request_id
        assert answer.partner_request.partnership_id == partnership.partnership_id

    async def test_only_by_the_recipient(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        request_id = (await circle.ask(one, other)).partner_request.partner_request_id
        for verb in ("Accept", "Reject"):
            with refused(errors.NotRecipient):
                await circle.answer(one, verb, request_id)
        with refused(errors.NotSender):
            await circle.answer(other, "Withdraw", request_id)

    async def test_for_strangers_there_is_none(self, circle: Circle):
        one, other, stranger = await circle.person(), await circle.person(), await circle.person()
        request_id = (await circle.ask(one, other)).partner_request.partner_request_id
        with refused(errors.PartnerRequestNotFound):
            await circle.get(stranger, request_id)
        for verb in ("Accept", "Reject", "Withdraw"):
            with refused(errors.PartnerRequestNotFound):
                await circle.answer(stranger, verb, request_id)

    async def test_etag(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        request = (await circle.ask(one, other)).partner_request
        with refused(EtagMismatch):
            await circle.answer(other, "Accept", request.partner_request_id, '"17"')
        await circle.answer(other, "Accept", request.partner_request_id, request.etag)

    async def test_after_a_rejection_one_may_ask_again(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        request_id = (await circle.ask(one, other)).partner_request.partner_request_id
        await circle.answer(other, "Reject", request_id)
        assert (await circle.ask(one, other)).partner_request.state == PENDING

    async def test_after_a_withdrawal_only_in_21_days(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        request_id = (await circle.ask(one, other)).partner_request.partner_request_id
        await circle.answer(one, "Withdraw", request_id)
        circle.clock.turn(PAUSE - timedelta(minutes=1))
        with refused(errors.PartnerRequestPaused) as refusal:
            await circle.ask(one, other)
        assert refusal.metadata["retry_time"]
        circle.clock.turn(timedelta(minutes=2))
        assert (await circle.ask(one, other)).partner_request.state == PENDING

    async def test_after_a_withdrawal_the_other_may_ask_at_once(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        request_id = (await circle.ask(one, other)).partner_request.partner_request_id
        await circle.answer(one, "Withdraw", request_id)
        assert (await circle.ask(other, one)).partner_request.state == PENDING


class TestExpiry:
    async def test_lapses_when_its_time_is_over(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        request_id = (await circle.ask(one, other)).partner_request.partner_request_id
        assert not await circle.as_system(expire_partner_request, request_id)
        assert (await circle.get(one, request_id)).state == PENDING
        circle.clock.turn(EXPIRES_AFTER)
        assert await circle.as_system(expire_partner_request, request_id)
        assert not await circle.as_system(expire_partner_request, request_id)
        assert (await circle.get(one, request_id)).state == EXPIRED
        assert await circle.events(request_id) == ["PartnerRequestCreated", "PartnerRequestExpired"]

    async def test_is_a_job_of_the_same_transaction(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        request_id = (await circle.ask(one, other)).partner_request.partner_request_id
        rows = await circle.rows(
            "SELECT execute_after - now() AS wait FROM jobs.pgqueuer WHERE entrypoint = 'partnership.expire_request' "
            "AND dedupe_key LIKE '%' || $1",
            request_id,
        )
        assert len(rows) == 1
        assert EXPIRES_AFTER - timedelta(minutes=5) < rows[0]["wait"] <= EXPIRES_AFTER

    async def test_cannot_be_accepted_before_the_job_has_come(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        request_id = (await circle.ask(one, other)).partner_request.partner_request_id
        circle.clock.turn(EXPIRES_AFTER)
        with refused(errors.PartnerRequestStateRefused) as refusal:
            await circle.answer(other, "Accept", request_id)
        assert refusal.metadata["state"] == "EXPIRED"
        made = await circle.ask(other, one)  # the old one is out of the way
        assert made.partner_request.partner_request_id != request_id
        assert (await circle.get(one, request_id)).state == EXPIRED


class TestLists:
    async def _list(self, circle: Circle, which: str, who: Someone, **fields: Any) -> Any:
        name = f"List{which}PartnerRequests"
        request = getattr(partner_request_service_pb2, f"{name}Request")(**fields)
        return await circle.call(getattr(circle.requests, name), request, who)

    async def test_received_are_those_that_are_pending(self, circle: Circle):
        me = await circle.person()
        asked = [(await circle.ask(await circle.person(), me)).partner_request.partner_request_id for _ in range(3)]
        await circle.answer(me, "Reject", asked[1])
        found = await self._list(circle, "Received", me)
        assert [r.partner_request_id for r in found.partner_requests] == [asked[2], asked[0]]
        found = await self._list(circle, "Received", me, states=[REJECTED])
        assert [r.partner_request_id for r in found.partner_requests] == [asked[1]]
        assert list((await self._list(circle, "Sent", me)).partner_requests) == []

    async def test_sent_are_all(self, circle: Circle):
        me = await circle.person()
        asked = []
        for _ in range(3):
            other = await circle.person()
            asked.append((await circle.ask(me, other)).partner_request.partner_request_id)
        await circle.answer(other, "Reject", asked[2])
        seen, token = [], ""
        while True:
            page = await self._list(circle, "Sent", me, page_size=2, page_token=token)
            seen += [r.partner_request_id for r in page.partner_requests]
            token = page.next_page_token
            if not token:
                break
        assert seen == asked[::-1]

    async def test_twenty_on_a_page_unless_said_otherwise(self, circle: Circle):
        """Back to the oldest, however many there are: each once, the newest first."""
        me = await circle.person()
        await circle.rows(
            "INSERT INTO partnership.partner_requests (id, sender_id, recipient_id, state, expire_time) "
            "SELECT gen_random_uuid(), gen_random_uuid(), $1, 'PENDING', now() + interval '1 day' "
            "FROM generate_series(1, 45)",
            me.user_id,
        )
        pages, token = [], ""
        while not pages or token:
            page = await self._list(circle, "Received", me, page_token=token)
            pages.append([r.partner_request_id for r in page.partner_requests])
            token = page.next_page_token
        assert [len(page) for page in pages] == [20, 20, 5]
        seen = [request_id for page in pages for request_id in page]
        assert seen == sorted(set(seen), reverse=True)

    async def test_page_size_is_bounded(self, circle: Circle):
        me = await circle.person()
        with refused(InvalidFields):
            await self._list(circle, "Received", me, page_size=101)
