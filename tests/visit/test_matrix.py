"""Every verb by every kind of caller in every state: what the table does not list is refused, and changes nothing."""

from datetime import timedelta
from typing import Any

import pytest

from doorstep.visit.v1 import visit_jobs_pb2, visit_pb2
from services.chassis.testing import refused
from services.visit import errors
from services.visit.jobs import VisitJobs
from services.visit.lifecycle import VISIT_LIFECYCLE, VisitState
from tests.visit.conftest import Diary, Home, Somebody
from tests.visit.steps import approved, begun, completed
from tests.visit.test_booking import outcome

REASON = "Both parties confirmed it by letter."
RPCS: dict[str, str] = {
    "approve": "ApproveVisit",
    "counter": "CounterVisit",
    "accept_counter": "AcceptCounter",
    "reject": "RejectVisit",
    "reschedule": "RescheduleVisit",
    "decline_reschedule": "DeclineReschedule",
    "cancel": "CancelVisit",
    "start": "StartVisit",
    "complete": "CompleteVisit",
    "mark_no_show": "MarkVisitNoShow",
    "override": "OverrideVisit",
    "accept_evidence": "AcceptVisitEvidence",
}
"""Verbs that somebody calls; `expire` is time, `confirm` an approval of one of several."""


async def in_state(diary: Diary, home: Home, buyer: Somebody, state: VisitState) -> visit_pb2.Visit:
    """A visit that has come to a state by the RPCs that lead there, and by time."""
    match state:
        case VisitState.APPROVED:
            return (await approved(diary, home, buyer))[0]
        case VisitState.IN_PROGRESS:
            return (await begun(diary, home, buyer))[0]
        case VisitState.COMPLETED:
            return await completed(diary, home, buyer)
        case VisitState.NO_SHOW:
            visit, start = await approved(diary, home, buyer)
            with diary.later(start + timedelta(minutes=20)):
                return await diary.move("MarkVisitNoShow", home.agent, visit)
    visit = await diary.request(home, buyer, diary.at(hours=5))
    match state:
        case VisitState.COUNTERED:
            return await diary.move("CounterVisit", home.agent, visit, start=diary.at(hours=7))
        case VisitState.REJECTED:
            return await diary.move("RejectVisit", home.agent, visit)
        case VisitState.CANCELLED:
            return await diary.move("CancelVisit", buyer, visit)
        case VisitState.EXPIRED:
            job = visit_jobs_pb2.ExpireVisitJob(visit_id=visit.visit_id, organization_id=visit.organization_id)
            with diary.later(diary.at(hours=6)):
                assert await VisitJobs(diary.harness.resources.database("visit"), diary.harness.clock).expire(job)
            return await diary.get(buyer, visit)
    return visit


def entitled(verb: str, state: VisitState) -> set[str]:
    """Whose part a verb is in a state from which it leads somewhere, read off the words of the contract."""
    match verb:
        case "override" | "accept_evidence":
            return {"admin"}
        case "start" | "complete":
            return {"agent", "admin"}
        case "counter" | "accept_counter" | "reject" | "approve":
            # Whoever did not propose: the agent's proposal of `in_state` makes it the buyer.
            return {"buyer"} if state is VisitState.COUNTERED else {"agent", "admin"}
        case "reschedule" if state is VisitState.PENDING:
            return {"buyer"}
        case _:
            return {"buyer", "agent", "admin"}


@pytest.mark.parametrize("state", VisitState)
async def test_only_what_is_listed_passes(diary: Diary, home: Home, buyer: Somebody, state: VisitState) -> None:
    people = {
        "buyer": buyer,
        "agent": home.agent,
        "admin": diary.member("admin", home.agent.organization_id),
        "stranger": diary.buyer(),
        "administrator of others": diary.member("admin"),
    }
    visit = await in_state(diary, home, buyer, state)
    assert visit.state == visit_pb2.VisitState.Value(f"VISIT_STATE_{state}")
    steps = len(await diary.history(buyer, visit))
    for verb, rpc in RPCS.items():
        fields: dict[str, Any] = {
            "CounterVisit": {"start": diary.at(days=3)},
            "RescheduleVisit": {"start": diary.at(days=3)},
            "StartVisit": {"code": "000000"},
            "OverrideVisit": {"reason": REASON},
            "AcceptVisitEvidence": {"reason": REASON},
        }.get(rpc, {})
        legal = state in VISIT_LIFECYCLE.allowed_from(verb)
        for name, who in people.items():
            if legal and name in entitled(verb, state):
                continue  # it passes, or something else is in the way: the tests of each verb
            reason = await outcome(diary.move(rpc, who, visit, **fields))
            expected = {"PERMISSION_MISSING", "VISIT_NOT_FOUND"}
            if name in ("buyer", "agent", "admin"):
                expected = {"PERMISSION_MISSING", "WRONG_PARTY"} | (set() if legal else {"VISIT_STATE"})
            assert reason in expected, f"{name} calls {rpc} in {state}"
        if not legal:
            # Whoever may ever do it is told of the state, and of those in which it goes.
            who = people["buyer" if verb == "reschedule" else "admin"]
            if verb in ("accept_counter", "approve", "counter", "reject", "decline_reschedule"):
                who = people[_answering(visit)]
            with refused(errors.VisitStateRefused) as refusal:
                await diary.move(rpc, who, visit, **fields)
            allowed = VISIT_LIFECYCLE.allowed_from(verb)
            assert refusal.metadata["state"] == state
            assert refusal.metadata["allowed_states"] == ",".join(allowed), f"{rpc} in {state}"
    now = await diary.get(buyer, visit)
    assert now == visit
    assert len(await diary.history(buyer, visit)) == steps


def _answering(visit: visit_pb2.Visit) -> str:
    """Who did not make the last proposal."""
    return "agent" if visit.proposed_by == visit_pb2.VISIT_PARTY_BUYER else "buyer"


def test_the_matrix_is_whole() -> None:
    assert VISIT_LIFECYCLE.verbs == RPCS.keys() | {"expire", "confirm"}
