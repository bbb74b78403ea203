"""Reading and verifying the audit log."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.db.database import ReadTransaction
from services.chassis.paging import Page, PageOf
from services.identity import policy
from services.identity.audit_chain import Verifier
from services.identity.models.audit import AuditEntry
from services.identity.repository.audit import AuditRepository


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a log went, and with which hash."""

    organization_id: UUID
    sequence: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk along the log found."""

    intact: bool
    verified_entries: int
    first_broken_sequence: int
    problem: str
    head: Checkpoint


async def list_audit_log(
    tx: ReadTransaction,
    actor: Actor,
    *,
    page: Page,
    action: str,
    actor_id: UUID | None,
    resource_id: str,
    start_time: datetime | None,
    end_time: datetime | None,
) -> PageOf[AuditEntry]:
    """Entries of the organisation's log.

    Raises:
        OrganizationMissing
    """
    return await AuditRepository(tx).page(
        policy.organization_of(actor),
        page,
        action=action,
        actor_id=actor_id,
        resource_id=resource_id,
        start_time=start_time,
        end_time=end_time,
    )


async def verify_audit_chain(tx: ReadTransaction, actor: Actor, *, checkpoint: Checkpoint | None) -> Verification:
    """Compute the chain again from the first entry on.

    Raises:
        OrganizationMissing
    """
    organization_id = policy.organization_of(actor)
    log = AuditRepository(tx)
    verifier = Verifier(organization_id)
    head_sequence, head_hash = await log.head(organization_id)
    async for fact, previous, stored in log.walk(organization_id, head_sequence):
        if not verifier.feed(fact, previous, stored):
            break
        if checkpoint is not None and fact.sequence == checkpoint.sequence:
            verifier.compare(fact.sequence, stored, checkpoint=checkpoint.hash)
    verifier.finish(head_sequence, head_hash)
    if checkpoint is not None and head_sequence < checkpoint.sequence:
        verifier.lost(head_sequence + 1)
    return Verification(
        intact=not verifier.problem,
        verified_entries=verifier.sequence,
        first_broken_sequence=verifier.broken_sequence,
        problem=verifier.problem,
        head=Checkpoint(organization_id, verifier.sequence, verifier.head),
    )
