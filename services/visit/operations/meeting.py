"""What happens when the parties meet: code, beginning, end, the override of all that, and who looks at it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.db.database import Transaction
from services.chassis.errors import PermissionMissing
from services.chassis.ids import new_id
from services.visit import codes, policy
from services.visit.certificates import Keys
from services.visit.errors import (
    CodeExhausted,
    CodeMissing,
    CodeWrong,
    EvidenceUndoubted,
    OwnEvidence,
    TooManyCodes,
)
from services.visit.evidence import Fix, Judgement, judge
from services.visit.lifecycle import Party, VisitState
from services.visit.models.visit import Visit, VisitCode, VisitEvidence
from services.visit.operations.certificate import certify
from services.visit.operations.common import (
    lock_visit,
    require_meeting_time,
    require_state,
    take_step,
    too_early_or_late,
)
from services.visit.operations.safety import NOBODY, Contacts, open_watch
from services.visit.repository.visit import VisitRepository


async def issue_visit_code(
    tx: Transaction, caller: Actor, visit_id: UUID, *, secret: bytes, now: datetime
) -> tuple[str, datetime]:
    """Make the code that the buyer shows; the one before becomes worthless.

    Returns:
        The code, which is kept nowhere, and when it runs out.

    Raises:
        VisitNotFound, WrongParty, VisitStateRefused, VisitTime, TooManyCodes
    """
    row = await lock_visit(tx, caller, visit_id, "")
    policy.require_side(caller, row, Party.BUYER)
    require_state(row, "start")
    require_meeting_time(row, now)
    visits = VisitRepository(tx)
    stored = await visits.code_for_update(row)
    if stored is not None and stored.issued >= codes.ISSUES:
        raise TooManyCodes(metadata={"limit": str(codes.ISSUES)})
    code, salt, expire_time = codes.new_code(), codes.new_salt(), now + codes.LIFE
    code_hash = codes.hash_code(secret, row.id, row.agent_id, salt, code)
    if stored is None:
        visits.add_code(
            VisitCode(
                organization_id=row.organization_id,
                visit_id=row.id,
                buyer_id=row.buyer_id,
                salt=salt,
                code_hash=code_hash,
                issued=1,
                tries=0,
                expire_time=expire_time,
            )
        )
    else:
        stored.salt, stored.code_hash, stored.expire_time = salt, code_hash, expire_time
        stored.issued += 1
        stored.tries = 0
    return code, expire_time


async def count_try(tx: Transaction, caller: Actor, visit_id: UUID, now: datetime) -> None:
    """Count that a code is about to be entered, in a transaction of its own: a refusal must not take the count back.

    Raises:
        VisitNotFound, WrongParty, VisitTime, CodeMissing, CodeExhausted
    """
    row = await lock_visit(tx, caller, visit_id, "")
    policy.require_side(caller, row, Party.AGENT)
    if row.state != VisitState.APPROVED:
        return  # `start_visit` says what is to be said, or the answer of an earlier call is sent again
    require_meeting_time(row, now)
    stored = await _good_code(tx, row, now)
    if stored.tries >= codes.TRIES:
        raise CodeExhausted(metadata={"limit": str(codes.TRIES)})
    stored.tries += 1


async def start_visit(
    tx: Transaction,
    caller: Actor,
    visit_id: UUID,
    *,
    etag: str,
    code: str,
    fix: Fix | None,
    secret: bytes,
    now: datetime,
    watch_minutes: int = 0,
    watch_contacts: Contacts = NOBODY,
) -> Visit:
    """Record that the parties have met; `count_try` has counted this code.

    Raises:
        VisitNotFound, EtagMismatch, VisitStateRefused, WrongParty, VisitTime, CodeMissing, CodeWrong,
        SafetyWatchStateRefused, SafetyContactUnknown
    """
    row = await lock_visit(tx, caller, visit_id, etag)
    policy.require_side(caller, row, Party.AGENT)
    require_state(row, "start")
    require_meeting_time(row, now)
    stored = await _good_code(tx, row, now)
    if not codes.same(stored.code_hash, codes.hash_code(secret, row.id, row.agent_id, stored.salt, code)):
        raise CodeWrong(metadata={"tries_left": str(max(0, codes.TRIES - stored.tries))})
    stored.use_time = now
    await take_step(tx, row, "start", caller=caller, party=Party.AGENT, now=now)
    if fix is not None:
        judged = judge([fix], row.place, code=True, begin=now, until=now)
        _keep(tx, row, "start", caller=caller, fixes=[fix], judged=judged, now=now)
    if watch_minutes:
        await open_watch(tx, caller, row, minutes=watch_minutes, contacts=watch_contacts, now=now)
    return row


async def complete_visit(
    tx: Transaction, caller: Actor, visit_id: UUID, fixes: Sequence[Fix], *, keys: Keys, etag: str, now: datetime
) -> Visit:
    """Record and certify that the visit took place, with the score of all its evidence.

    Raises:
        VisitNotFound, EtagMismatch, VisitStateRefused, WrongParty
    """
    row = await lock_visit(tx, caller, visit_id, etag)
    policy.require_side(caller, row, Party.AGENT)
    require_state(row, "complete")
    everything = [*await _kept(tx, row), *fixes]
    judged = judge(everything, row.place, code=True, begin=row.meet_time or now, until=now)
    row.evidence_score, row.needs_review = judged.score, judged.needs_review
    await certify(tx, caller, row, keys, overridden=False, now=now)
    await take_step(tx, row, "complete", caller=caller, party=Party.AGENT, now=now)
    _keep(tx, row, "complete", caller=caller, fixes=fixes, judged=judged, now=now)
    return row


async def override_visit(
    tx: Transaction, caller: Actor, visit_id: UUID, *, keys: Keys, etag: str, reason: str, now: datetime
) -> Visit:
    """Count and certify a visit without its evidence; somebody else has to look before money moves because of it.

    Raises:
        VisitNotFound, EtagMismatch, PermissionMissing, WrongParty, VisitStateRefused, VisitTime
    """
    row = await lock_visit(tx, caller, visit_id, etag)
    _must_manage(caller, row)
    require_state(row, "override")
    if now < row.start_time:
        raise too_early_or_late(row)
    fixes = await _kept(tx, row)
    judged = judge(fixes, row.place, code=row.meet_time is not None, begin=row.meet_time or row.start_time, until=now)
    row.evidence_score, row.needs_review = judged.score, True
    row.reason, row.absent_user_id = reason, None
    await certify(tx, caller, row, keys, overridden=True, now=now)
    await take_step(tx, row, "override", caller=caller, party=Party.AGENT, now=now, reason=reason)
    _keep(tx, row, "override", caller=caller, fixes=(), judged=judged, now=now)
    return row


async def accept_visit_evidence(
    tx: Transaction, caller: Actor, visit_id: UUID, *, etag: str, reason: str, now: datetime
) -> Visit:
    """Take evidence that is in doubt as good. The certificate stays what it is: it says what there was to see.

    Raises:
        VisitNotFound, EtagMismatch, PermissionMissing, WrongParty, VisitStateRefused, EvidenceUndoubted, OwnEvidence
    """
    row = await lock_visit(tx, caller, visit_id, etag)
    _must_manage(caller, row)
    require_state(row, "accept_evidence")
    if not row.needs_review:
        raise EvidenceUndoubted
    completers = {e.user_id for e in await VisitRepository(tx).evidence_of(row) if e.verb in ("complete", "override")}
    if caller.user_id in {row.agent_id, *completers}:
        raise OwnEvidence
    row.needs_review = False
    await take_step(tx, row, "accept_evidence", caller=caller, party=Party.AGENT, now=now, reason=reason)
    return row


def _must_manage(caller: Actor, row: Visit) -> None:
    policy.require_side(caller, row, Party.AGENT)
    if not policy.has_right(caller, row.organization_id, policy.MANAGE):
        raise PermissionMissing(metadata={"permission": policy.MANAGE})


async def _good_code(tx: Transaction, row: Visit, now: datetime) -> VisitCode:
    stored = await VisitRepository(tx).code_for_update(row)
    if stored is None or stored.use_time is not None or stored.expire_time <= now:
        raise CodeMissing
    return stored


async def _kept(tx: Transaction, row: Visit) -> list[Fix]:
    """The places of earlier calls."""
    found = []
    for evidence in await VisitRepository(tx).evidence_of(row):
        for one in evidence.fixes:
            latitude, longitude, accuracy, at, mock = one
            found.append(Fix(latitude, longitude, accuracy, datetime.fromisoformat(at), mock))
    return found


def _keep(
    tx: Transaction, row: Visit, verb: str, *, caller: Actor, fixes: Sequence[Fix], judged: Judgement, now: datetime
) -> None:
    VisitRepository(tx).add_evidence(
        VisitEvidence(
            organization_id=row.organization_id,
            visit_id=row.id,
            id=new_id(),
            verb=verb,
            user_id=caller.user_id,
            fixes=[[f.latitude, f.longitude, f.accuracy_meters, f.fix_time.isoformat(), f.mock] for f in fixes],
            signals=judged.signals,
            score=judged.score,
            create_time=now,
        )
    )
