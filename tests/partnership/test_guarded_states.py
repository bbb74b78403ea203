"""A step that only the code would allow does not get past the database, and leaves nothing behind."""

import grpc
import pytest

from services.chassis.errors import Code
from services.chassis.lifecycle import Transition
from services.chassis.testing import refused
from services.partnership.lifecycle import PARTNER_REQUEST_LIFECYCLE, PartnerRequestState
from tests.partnership.conftest import Circle

STATEMENT = "SELECT * FROM partnership.partner_requests WHERE id = $1::uuid"


async def test_a_fault_of_ours_changes_nothing_and_tells_nobody(circle: Circle, monkeypatch: pytest.MonkeyPatch):
    one, other = await circle.person(), await circle.person()
    request_id = (await circle.ask(one, other)).partner_request.partner_request_id
    await circle.answer(other, "Reject", request_id)
    rows, events = await circle.rows(STATEMENT, request_id), await circle.events(request_id)
    rejected = PartnerRequestState.REJECTED
    wrong = Transition("withdraw", frozenset({rejected}), PartnerRequestState.WITHDRAWN, "response_time")
    with monkeypatch.context() as patch:
        patch.setitem(PARTNER_REQUEST_LIFECYCLE._table, ("withdraw", rejected), wrong)
        with refused("INTERNAL", Code.INTERNAL) as refusal:
            await circle.answer(one, "Withdraw", request_id)
    assert refusal.message == "internal error"
    assert refusal.metadata == {"reference": refusal.trailing["x-request-id"]}
    assert await circle.rows(STATEMENT, request_id) == rows
    assert await circle.events(request_id) == events
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await circle.answer(one, "Withdraw", request_id)
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION, "the control: else the code refuses it"
