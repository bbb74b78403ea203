"""PartnershipService: who is whose partner, and who wants nothing of whom."""

import asyncio

from doorstep.partnership.v1 import partnership_pb2, partnership_service_pb2
from services.chassis.errors import EtagMismatch
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.partnership import errors
from services.partnership.operations.partner_request import EXPIRES_AFTER
from tests.fixtures.people import Someone
from tests.partnership.conftest import Circle

ACTIVE = partnership_pb2.PARTNERSHIP_STATE_ACTIVE
ENDED = partnership_pb2.PARTNERSHIP_STATE_ENDED


async def listed(circle: Circle, who: Someone, *states: int) -> list[str]:
    request = partnership_service_pb2.ListPartnershipsRequest(states=states)
    found = await circle.call(circle.partnerships.ListPartnerships, request, who)
    return [p.partnership_id for p in found.partnerships]


async def get(circle: Circle, who: Someone, partnership_id: str) -> partnership_pb2.Partnership:
    request = partnership_service_pb2.GetPartnershipRequest(partnership_id=partnership_id)
    return (await circle.call(circle.partnerships.GetPartnership, request, who)).partnership


class TestPartnership:
    async def test_both_see_it_and_nobody_else(self, circle: Circle):
        one, other, partnership = await circle.partners()
        for who in (one, other):
            found = await get(circle, who, partnership.partnership_id)
            found.ClearField("other_name")  # which only reads look up
            assert found == partnership
            assert await listed(circle, who) == [partnership.partnership_id]
        stranger = await circle.person()
        assert await listed(circle, stranger) == []
        with refused(errors.PartnershipNotFound):
            await get(circle, stranger, partnership.partnership_id)
        with refused(errors.PartnershipNotFound):
            await circle.end(stranger, partnership.partnership_id)

    async def test_either_ends_it_once(self, circle: Circle):
        one, other, partnership = await circle.partners()
        with refused(EtagMismatch):
            await circle.end(other, partnership.partnership_id, '"17"')
        ended = await circle.end(other, partnership.partnership_id, partnership.etag)
        assert ended.state == ENDED
        assert ended.HasField("end_time")
        with refused(errors.PartnershipStateRefused):
            await circle.end(one, partnership.partnership_id)
        assert await listed(circle, one) == []
        assert await listed(circle, one, ACTIVE, ENDED) == [partnership.partnership_id]
        assert await circle.events(partnership.partnership_id) == ["PartnershipEnded"]

    async def test_may_begin_again(self, circle: Circle):
        one, other, first = await circle.partners()
        await circle.end(one, first.partnership_id)
        request_id = (await circle.ask(one, other)).partner_request.partner_request_id
        second = (await circle.answer(other, "Accept", request_id)).partnership
        assert second.partnership_id != first.partnership_id
        assert await listed(circle, other) == [second.partnership_id]


class TestBlock:
    async def test_closes_what_is_between_the_two(self, circle: Circle):
        one, other, partnership = await circle.partners()
        hired = await circle.agent()
        engagement = await circle.hire(one, hired)
        await circle.block(one, other)
        assert (await get(circle, other, partnership.partnership_id)).state == ENDED
        await circle.block(hired, one)
        events = await circle.events(engagement.engagement_id)
        assert events == ["EngagementRequested", "EngagementDeclined"]

    async def test_whoever_is_blocked_reaches_nobody(self, circle: Circle):
        """The refusal is that for a user who does not exist, word for word."""
        one, other = await circle.person(), await circle.person()
        await circle.block(other, one)
        with refused(errors.UserNotFound) as blocked:
            await circle.ask(one, other)
        with refused(errors.UserNotFound) as nobody:
            await circle.ask(one, Someone(new_id(), ""))
        assert (blocked.message, blocked.metadata) == (nobody.message, nobody.metadata)
        with refused(errors.UserBlocked):
            await circle.ask(other, one)

    async def test_rejects_a_pending_request(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        request_id = (await circle.ask(one, other)).partner_request.partner_request_id
        await circle.block(other, one)
        assert await circle.events(request_id) == ["PartnerRequestCreated", "PartnerRequestRejected"]

    async def test_what_is_overdue_has_lapsed(self, circle: Circle):
        """Though its job has not come to it: nobody has withdrawn it, and no pause follows."""
        one, other, agent = await circle.person(), await circle.person(), await circle.agent()
        request_id = (await circle.ask(one, other)).partner_request.partner_request_id
        engagement_id = (await circle.hire(one, agent)).engagement_id
        circle.clock.turn(EXPIRES_AFTER)
        for somebody in (other, agent):
            await circle.block(one, somebody)
        assert await circle.events(request_id) == ["PartnerRequestCreated", "PartnerRequestExpired"]
        assert await circle.events(engagement_id) == ["EngagementRequested", "EngagementExpired"]
        await circle.unblock(one, other)
        await circle.ask(one, other)

    async def test_at_once_with_a_request(self, circle: Circle):
        """Whichever is first: nothing stays open between the two."""
        for _ in range(5):
            one, other = await circle.person(), await circle.person()
            await asyncio.gather(circle.ask(one, other), circle.block(other, one), return_exceptions=True)
            rows = await circle.rows(
                "SELECT 1 FROM partnership.partner_requests WHERE sender_id = $1 AND state = 'PENDING'", one.user_id
            )
            assert rows == []

    async def test_twice_is_once_and_can_be_taken_back(self, circle: Circle):
        one, other = await circle.person(), await circle.person()
        first = await circle.block(one, other)
        assert await circle.block(one, other) == first
        listing = partnership_service_pb2.ListBlocksRequest()
        found = await circle.call(circle.partnerships.ListBlocks, listing, one)
        assert [block.user_id for block in found.blocks] == [other.id]
        assert list((await circle.call(circle.partnerships.ListBlocks, listing, other)).blocks) == []
        await circle.unblock(one, other)
        with refused(errors.BlockNotFound):
            await circle.unblock(one, other)
        key = "/".join(sorted((one.id, other.id)))
        assert await circle.events(key) == ["UserBlocked", "UserUnblocked"]
        await circle.ask(other, one)

    async def test_oneself_and_nobody(self, circle: Circle):
        one = await circle.person()
        with refused(errors.SelfRequest):
            await circle.block(one, one)
        with refused(errors.UserNotFound):
            await circle.block(one, Someone(new_id(), ""))
