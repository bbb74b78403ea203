"""Two users who meet: whatever both sides do at the same moment, there is one request and one partnership."""

import asyncio
from typing import Any

import grpc
import pytest

from doorstep.partnership.v1 import partner_request_pb2
from services.chassis.ids import new_id
from services.chassis.testing.errors import Refusal
from tests.fixtures.people import Someone
from tests.partnership.conftest import Circle

PENDING = partner_request_pb2.PARTNER_REQUEST_STATE_PENDING
ACCEPTED = partner_request_pb2.PARTNER_REQUEST_STATE_ACCEPTED


async def together(calls: list[Any]) -> tuple[list[Any], list[grpc.aio.AioRpcError]]:
    """Make calls at once; answers, and refusals."""
    done = await asyncio.gather(*calls, return_exceptions=True)
    refusals = [found for found in done if isinstance(found, grpc.aio.AioRpcError)]
    others = [found for found in done if isinstance(found, BaseException) and found not in refusals]
    assert others == []
    return [found for found in done if not isinstance(found, BaseException)], refusals


async def made_of(circle: Circle, one: Someone, other: Someone) -> tuple[list[str], int]:
    """States of the requests between two users, and how many partnerships they have."""
    pair = [one.user_id, other.user_id]
    requests = await circle.rows(
        "SELECT state FROM partnership.partner_requests "
        "WHERE sender_id = ANY($1::uuid[]) AND recipient_id = ANY($1) ORDER BY id",
        pair,
    )
    partnerships = await circle.rows(
        "SELECT 1 FROM partnership.partnerships WHERE user_a_id = ANY($1::uuid[]) AND user_b_id = ANY($1)", pair
    )
    return [row["state"] for row in requests], len(partnerships)


class TestAtOnce:
    async def test_twenty_from_both_sides(self, circle: Circle):
        """Ten of each: one asks, one of the other side accepts by that, everybody else is told what there is."""
        for _ in range(3):
            one, other = await circle.person(), await circle.person()
            calls = [circle.ask(*pair) for pair in [(one, other), (other, one)] * 10]
            made, refusals = await together(calls)
            assert sorted(m.partner_request.state for m in made) == [PENDING, ACCEPTED]
            assert len({m.partner_request.partner_request_id for m in made}) == 1
            assert len(refusals) == 18
            assert {error.code() for error in refusals} == {grpc.StatusCode.ALREADY_EXISTS}
            reasons = {Refusal.of(error).reason for error in refusals}
            assert reasons <= {"PARTNER_REQUEST_EXISTS", "PARTNERSHIP_EXISTS"}
            assert await made_of(circle, one, other) == (["ACCEPTED"], 1)
            events = await circle.events(made[0].partner_request.partner_request_id)
            assert events == ["PartnerRequestCreated", "PartnerRequestAccepted"]

    async def test_one_from_each_side(self, circle: Circle):
        """Nobody is refused: both get what they wanted."""
        for _ in range(5):
            one, other = await circle.person(), await circle.person()
            made, refusals = await together([circle.ask(one, other), circle.ask(other, one)])
            assert refusals == []
            assert sorted(m.partner_request.state for m in made) == [PENDING, ACCEPTED]
            assert await made_of(circle, one, other) == (["ACCEPTED"], 1)

    async def test_ten_from_one_side(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        made, refusals = await together([circle.ask(one, other) for _ in range(10)])
        assert len(made) == 1
        assert {Refusal.of(error).reason for error in refusals} == {"PARTNER_REQUEST_EXISTS"}
        assert await made_of(circle, one, other) == (["PENDING"], 0)

    async def test_withdrawn_while_the_other_asks(self, circle: Circle):
        """Either it is withdrawn and there is a new one, or it is accepted and cannot be withdrawn."""
        for _ in range(5):
            one, other = await circle.person(), await circle.person()
            request_id = (await circle.ask(one, other)).partner_request.partner_request_id
            made, refusals = await together([circle.answer(one, "Withdraw", request_id), circle.ask(other, one)])
            if refusals:
                assert [Refusal.of(error).reason for error in refusals] == ["PARTNER_REQUEST_STATE"]
                assert await made_of(circle, one, other) == (["ACCEPTED"], 1)
            else:
                assert len(made) == 2
                assert await made_of(circle, one, other) == (["WITHDRAWN", "PENDING"], 0)

    async def test_accept_and_reject_and_withdraw(self, circle: Circle):
        for _ in range(5):
            one, other = await circle.person(), await circle.person()
            request_id = (await circle.ask(one, other)).partner_request.partner_request_id
            calls = [circle.answer(other, "Accept", request_id), circle.answer(other, "Reject", request_id)]
            calls += [circle.answer(one, "Withdraw", request_id), circle.answer(other, "Accept", request_id)]
            made, refusals = await together(calls)
            assert len(made) == 1
            assert {error.code() for error in refusals} == {grpc.StatusCode.FAILED_PRECONDITION}
            accepted = made[0].partner_request.state == ACCEPTED
            assert (await made_of(circle, one, other))[1] == accepted

    async def test_a_hundred_answers(self, circle: Circle):
        """Fifty who accept and fifty who reject: one answer stands, and a partnership or none."""
        one, other = await circle.person(), await circle.person()
        request_id = (await circle.ask(one, other)).partner_request.partner_request_id
        made, refusals = await together(
            [circle.answer(other, verb, request_id) for verb in ("Accept", "Reject") for _ in range(50)]
        )
        assert len(made) == 1
        assert len(refusals) == 99
        assert {Refusal.of(error).reason for error in refusals} == {"PARTNER_REQUEST_STATE"}
        accepted = made[0].partner_request.state == ACCEPTED
        assert await made_of(circle, one, other) == (["ACCEPTED" if accepted else "REJECTED"], int(accepted))

    async def test_the_database_refuses_a_second_request(self, circle: Circle):
        """The control: without the turn of the pair, the index would still hold."""
        one, other = await circle.person(), await circle.person()
        await circle.ask(one, other)
        with pytest.raises(Exception, match="partner_requests_pending_key"):
            await circle.rows(
                "INSERT INTO partnership.partner_requests (id, sender_id, recipient_id, state, expire_time) "
                "VALUES ($1, $2, $3, 'PENDING', now())",
                new_id(),
                other.user_id,
                one.user_id,
            )

    async def test_the_database_refuses_a_second_partnership(self, circle: Circle):
        """Whichever way round: a partnership has no first and second."""
        one, other, partnership = await circle.partners()
        request_id = new_id()
        await circle.rows(
            "INSERT INTO partnership.partner_requests (id, sender_id, recipient_id, state, expire_time) "
            "VALUES ($1, $2, $3, 'PENDING', now())",
            request_id,
            other.user_id,
            one.user_id,
        )
        first, second = sorted((one.user_id, other.user_id))
        statement = (
            "INSERT INTO partnership.partnerships (id, user_a_id, user_b_id, partner_request_id, state) "
            "VALUES ($1, $2, $3, $4, 'ACTIVE')"
        )
        with pytest.raises(Exception, match="partnerships_active_key"):
            await circle.rows(statement, new_id(), first, second, request_id)
        with pytest.raises(Exception, match="partnerships_check"):
            await circle.rows(statement, new_id(), second, first, request_id)
        assert partnership.user_a_id == str(first)
