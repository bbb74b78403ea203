"""Certificates: written with the completion of a visit, read, verified."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.ids import new_id
from services.visit import certificates
from services.visit.certificates import Facts, Keys, Problem
from services.visit.errors import CertificateNotFound
from services.visit.models.certificate import VisitCertificate
from services.visit.models.visit import Visit
from services.visit.operations.common import find_visit
from services.visit.repository.certificate import CertificateRepository, facts_of, link_of
from services.visit.repository.visit import VisitRepository

_OF_VISIT = (
    "organization_id",
    "listing_id",
    "property_id",
    "buyer_id",
    "agent_id",
    "start_time",
    "end_time",
    "meet_time",
    "evidence_score",
    "needs_review",
)


@dataclass(frozen=True, slots=True)
class ChainFindings:
    """What a walk along a chain found."""

    verified: int
    broken_sequence: int
    problem: Problem | None
    head_hash: bytes


async def certify(tx: Transaction, caller: Actor, row: Visit, keys: Keys, *, overridden: bool, now: datetime) -> None:
    """Certify a locked visit that is about to be completed; its evidence has been judged.

    The lock of the chain's end is the last one taken: completions of one organisation wait for each other here only.
    """
    chain = CertificateRepository(tx)
    head = await chain.lock_head(row.organization_id)
    facts = Facts(
        certificate_id=new_id(),
        sequence=head.sequence + 1,
        visit_id=row.id,
        recorder_id=user_of(caller),
        complete_time=now,
        code_used=row.meet_time is not None,
        overridden=overridden,
        **{name: getattr(row, name) for name in _OF_VISIT},
    )
    chain.append(head, facts, certificates.make(facts, head.hash, keys))
    row.certificate_id = facts.certificate_id


async def get_certificate(tx: ReadTransaction, caller: Actor, visit_id: UUID) -> VisitCertificate:
    """The certificate of a visit that the caller may see.

    Raises:
        VisitNotFound, CertificateNotFound
    """
    await find_visit(tx, caller, visit_id)
    return await CertificateRepository(tx).of_visit(visit_id)


async def verify_certificate(
    tx: ReadTransaction, certificate_id: UUID, shown_hash: bytes, keys: Keys
) -> tuple[VisitCertificate | None, Problem | None]:
    """Whether a certificate that somebody was shown is good; `tx` runs as the system.

    Returns:
        The certificate, if it is, and what is wrong otherwise.
    """
    try:
        row = await CertificateRepository(tx).get(certificate_id)
    except CertificateNotFound:
        return None, Problem.UNKNOWN
    if not hmac.compare_digest(row.hash, shown_hash):
        return None, Problem.UNKNOWN
    problem = await _problem(tx, row, keys)
    return (row, None) if problem is None else (None, problem)


async def resolve_certificate(
    tx: ReadTransaction, visit_id: UUID, keys: Keys
) -> tuple[VisitCertificate, Problem | None]:
    """The certificate of a visit, and what is wrong with it; `tx` runs as the system.

    Raises:
        CertificateNotFound
    """
    row = await CertificateRepository(tx).of_visit(visit_id)
    problem = await _problem(tx, row, keys)
    if problem is None:
        visit = await VisitRepository(tx).get(visit_id)
        differs = {name for name in _OF_VISIT if getattr(visit, name) != getattr(row, name)}
        if row.needs_review:  # somebody may have looked since: the certificate says what there was to see
            differs.discard("needs_review")
        if differs or visit.certificate_id != row.id:
            problem = Problem.VISIT_DIFFERS
    return row, problem


async def verify_chain(tx: ReadTransaction, organization_id: UUID, keys: Keys) -> ChainFindings:
    """Compute the chain of an organisation again."""
    chain = CertificateRepository(tx)
    last, previous = 0, certificates.genesis(organization_id)
    end, end_hash = await chain.head(organization_id)
    async for row in chain.walk(organization_id):
        if row.sequence > end:  # written while we walk
            break
        problem = certificates.problem_of(facts_of(row), link_of(row), previous, keys)
        if row.sequence != last + 1:
            problem = Problem.BROKEN_CHAIN
        if problem is not None:
            return ChainFindings(last, last + 1, problem, end_hash)
        last, previous = row.sequence, row.hash
    if (last, previous) != (end, end_hash):
        return ChainFindings(last, last + 1, Problem.BROKEN_CHAIN, end_hash)
    return ChainFindings(last, 0, None, end_hash)


async def _problem(tx: ReadTransaction, row: VisitCertificate, keys: Keys) -> Problem | None:
    previous = await CertificateRepository(tx).hash_before(row)
    return certificates.problem_of(facts_of(row), link_of(row), previous, keys)
