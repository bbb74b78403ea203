"""Disputes: open, answer, show, take back, decide.

Lock order: the deal, the dispute, then what money needs (the payment, ledger accounts).
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import invalid, match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.deal import events, policy
from services.deal.errors import (
    CertificateInvalid,
    CertificateNotFound,
    ChecksumMismatch,
    DealStateRefused,
    DisputeExists,
    DisputeNotFound,
    DisputeUnanswered,
    DocumentNotFound,
    EvidenceHidden,
    EvidenceLimit,
    EvidenceNotFound,
    NotAParty,
    NothingHeld,
    OwnCause,
    PaymentNotFound,
)
from services.deal.lifecycle import DISPUTE_LIFECYCLE, LASTING_DISPUTES, DealState, DisputeState, OfferParty
from services.deal.models.deal import Deal
from services.deal.models.dispute import Dispute, Evidence
from services.deal.models.document import Document
from services.deal.operations.commission import payees_of, rule_for
from services.deal.operations.common import note
from services.deal.operations.payment import Settlement, held_payment, settle_token
from services.deal.peers import CertificateFacts
from services.deal.repository.deal import DealRepository
from services.deal.repository.dispute import DisputeRepository, EvidenceRepository
from services.deal.repository.document import DocumentRepository

TIME_TO_ANSWER = timedelta(days=7)
"""How long the other side may answer before anybody decides."""
MOST_EVIDENCE = 100
"""What one side may show: an operator has to look at all of it."""
WHOLE = 10_000
"""Basis points of a token."""


class Outcome(StrEnum):
    """What a decision does with the token."""

    DISMISSED = "DISMISSED"
    REFUNDED = "REFUNDED"
    RELEASED = "RELEASED"
    FORFEITED = "FORFEITED"
    SPLIT = "SPLIT"


@dataclass(frozen=True, slots=True)
class Shares:
    """How the token is divided, in basis points."""

    refund: int = 0
    release: int = 0
    forfeit: int = 0


ALL_TO = {
    Outcome.REFUNDED: Shares(refund=WHOLE),
    Outcome.RELEASED: Shares(release=WHOLE),
    Outcome.FORFEITED: Shares(forfeit=WHOLE),
}


async def open_dispute(
    tx: Transaction, actor: Actor, deal_id: UUID, *, reason: str, statement: str, now: datetime
) -> Dispute:
    """Contest something; from now on the deal's money stays where it is.

    Raises:
        NotAParty, DealStateRefused, DisputeExists.
    """
    by = user_of(actor)
    deal = await DealRepository(tx).get_for_update(deal_id)
    party = policy.side_of(actor, deal)
    if deal.state == DealState.CANCELLED:
        raise DealStateRefused(metadata={"state": deal.state, "allowed_states": "OPEN,CLOSED"})
    disputes = DisputeRepository(tx)
    if await disputes.lasting(deal_id) is not None:
        raise DisputeExists(metadata={"deal_id": str(deal_id)})
    row = Dispute(
        organization_id=deal.organization_id,
        id=new_id(),
        deal_id=deal_id,
        buyer_id=deal.buyer_id,
        state=DisputeState.OPEN,
        reason=reason,
        party=party,
        opener_id=by,
        statement=statement,
        response_deadline=now + TIME_TO_ANSWER,
        currency_code=deal.currency_code,
        create_time=now,
        update_time=now,
    )
    await disputes.insert(row)
    note(tx, deal, "dispute.open", by=by, now=now, resource_id=row.id, after=reason)
    tx.publish(events.dispute_opened(deal, row, by), key=events.key_of(deal))
    return row


async def get_dispute(tx: ReadTransaction, actor: Actor, dispute_id: UUID) -> Dispute:
    """Read one dispute as `actor` may; for operators `tx` is the system's.

    Raises:
        DisputeNotFound: also where the caller must not know of it.
    """
    row = await DisputeRepository(tx).get(dispute_id)
    if not policy.sees(actor, row) and not actor.can(policy.OPERATE):
        raise DisputeNotFound
    return row


async def list_disputes(
    tx: ReadTransaction, actor: Actor, page: Page, *, deal_id: UUID | None, states: Sequence[str]
) -> PageOf[Dispute]:
    """One page: all for operators, the organisation's for who may read deals there, else those of one's own deals."""
    organization_id = buyer_id = None
    if not actor.can(policy.OPERATE):
        if actor.organization_id and actor.can(policy.READ):
            organization_id = actor.organization_id
        else:
            buyer_id = user_of(actor)
    return await DisputeRepository(tx).list_page(
        page, organization_id=organization_id, buyer_id=buyer_id, deal_id=deal_id, states=states
    )


async def respond_to_dispute(
    tx: Transaction, actor: Actor, dispute_id: UUID, *, response: str, etag: str, now: datetime
) -> Dispute:
    """Answer for the side that did not open it.

    Raises:
        NotAParty, EtagMismatch, DisputeStateRefused.
    """
    deal, row = await _lock(tx, dispute_id)
    if policy.side_of(actor, deal) is OfferParty(row.party):
        raise NotAParty
    match_etag(row.etag, etag)
    DISPUTE_LIFECYCLE.apply(row, "respond", at=now)
    by = user_of(actor)
    row.responder_id, row.response, row.update_time = by, response, now
    await tx.session.flush()
    note(tx, deal, "dispute.respond", by=by, now=now, resource_id=row.id)
    tx.publish(events.dispute_answered(deal, row, by), key=events.key_of(deal))
    return row


async def withdraw_dispute(tx: Transaction, actor: Actor, dispute_id: UUID, *, etag: str, now: datetime) -> Dispute:
    """Take back what one's side has opened.

    Raises:
        NotAParty, EtagMismatch, DisputeStateRefused.
    """
    deal, row = await _lock(tx, dispute_id)
    if policy.side_of(actor, deal) is not OfferParty(row.party):
        raise NotAParty
    match_etag(row.etag, etag)
    DISPUTE_LIFECYCLE.apply(row, "withdraw", at=now)
    row.update_time = now
    await tx.session.flush()
    by = user_of(actor)
    note(tx, deal, "dispute.withdraw", by=by, now=now, resource_id=row.id)
    tx.publish(events.dispute_withdrawn(deal, row, by), key=events.key_of(deal))
    return row


async def add_dispute_evidence(
    tx: Transaction,
    actor: Actor,
    dispute_id: UUID,
    *,
    description: str,
    document_id: UUID | None,
    certificate: CertificateFacts | None,
    uri: str,
    sha256: str,
    now: datetime,
) -> Evidence:
    """Show something: a document of the deal, the certificate of a visit, or something kept elsewhere.

    Raises:
        NotAParty, DisputeStateRefused, DocumentNotFound, EvidenceHidden, ChecksumMismatch, EvidenceLimit,
        CertificateNotFound, CertificateInvalid, InvalidFields.
    """
    deal, row = await _lock(tx, dispute_id)
    party, by = policy.side_of(actor, deal), user_of(actor)
    _must_last(row)
    if document_id is not None:
        document = await DocumentRepository(tx).of_deal(deal.id, document_id)
        if not policy.sees_document(actor, document):
            raise DocumentNotFound
        if document.audience != "PARTIES":
            raise EvidenceHidden
        sha256 = _same(sha256, document.sha256)
    elif certificate is not None:
        _must_certify(certificate, deal)
        sha256 = _same(sha256, certificate.hash)
    elif not sha256:
        raise invalid("sha256", "is required of what is kept elsewhere", "sha256.required")
    shown = EvidenceRepository(tx)
    if await shown.count(row.id, party) >= MOST_EVIDENCE:
        raise EvidenceLimit(metadata={"limit": str(MOST_EVIDENCE)})
    evidence = Evidence(
        organization_id=row.organization_id,
        id=new_id(),
        dispute_id=row.id,
        buyer_id=row.buyer_id,
        party=party,
        actor_id=by,
        description=description,
        document_id=document_id,
        visit_id=certificate.visit_id if certificate else None,
        certificate_id=certificate.certificate_id if certificate else None,
        uri=uri,
        sha256=sha256,
        create_time=now,
    )
    shown.add(evidence)
    await tx.session.flush()
    note(tx, deal, "dispute.evidence", by=by, now=now, resource_id=evidence.id, after=str(row.id), text=sha256)
    tx.publish(events.dispute_evidence_added(deal, evidence, by), key=events.key_of(deal))
    return evidence


async def list_dispute_evidence(tx: ReadTransaction, actor: Actor, dispute_id: UUID, page: Page) -> PageOf[Evidence]:
    """One page of what both sides have shown."""
    await get_dispute(tx, actor, dispute_id)
    return await EvidenceRepository(tx).list_page(dispute_id, page)


async def find_evidence(tx: ReadTransaction, actor: Actor, dispute_id: UUID, evidence_id: UUID) -> Evidence:
    """One document in evidence.

    Raises:
        DisputeNotFound, EvidenceNotFound: also for what is kept elsewhere.
    """
    await get_dispute(tx, actor, dispute_id)
    row = await EvidenceRepository(tx).of_dispute(dispute_id, evidence_id)
    if row.document_id is None:
        raise EvidenceNotFound
    return row


async def read_evidence(tx: ReadTransaction, row: Evidence) -> tuple[Document, bytes]:
    """A document in evidence with its bytes, held against the checksum that it was shown with.

    Raises:
        RuntimeError: they are not what was shown: a fault of the storage, which nobody must take for the document.
    """
    documents = DocumentRepository(tx)
    assert row.document_id is not None  # noqa: S101 - `find_evidence` returns no other
    content = await documents.content(row.document_id)
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise RuntimeError(f"the bytes of evidence {row.id} do not match their checksum")
    return await documents.get(row.document_id), content


async def resolve_dispute(
    tx: Transaction,
    actor: Actor,
    dispute_id: UUID,
    outcome: Outcome,
    shares: Shares | None,
    *,
    resolution: str,
    roles: Collection[str],
    etag: str,
    now: datetime,
) -> Dispute:
    """Decide, and divide the token as decided, in one transaction.

    Args:
        tx: Acts for the deal's organisation.
        actor: The operator.
        dispute_id: The dispute.
        outcome: What is decided.
        shares: How the token is divided; for SPLIT, and for nothing else.
        resolution: Why.
        roles: What roles the operator has in the deal's organisation: anybody who has one has part in the deal.
        etag: If not empty, must be the current one.
        now: The time.

    Raises:
        OwnCause, EtagMismatch, DisputeStateRefused, DisputeUnanswered, NothingHeld, InvalidFields.
    """
    by = user_of(actor)
    parts = _shares(outcome, shares)
    deal, row = await _lock(tx, dispute_id)
    if roles or actor.organization_id == deal.organization_id or await _has_part(tx, deal, row, by):
        raise OwnCause
    match_etag(row.etag, etag)
    DISPUTE_LIFECYCLE.target("resolve", DisputeState(row.state))
    if row.state == DisputeState.OPEN and now < row.response_deadline:
        raise DisputeUnanswered(metadata={"response_deadline": row.response_deadline.isoformat()})
    DISPUTE_LIFECYCLE.apply(row, "resolve", at=now)
    row.outcome, row.resolution, row.resolver_id, row.update_time = outcome, resolution, by, now
    if parts is not None:
        try:
            payment = await held_payment(tx, deal)
            settlement = Settlement.of_shares(
                payment.held_amount, refund=parts.refund, release=parts.release, forfeit=parts.forfeit
            )
            await settle_token(tx, deal, settlement, by=by, reason=resolution, now=now)
        except PaymentNotFound as error:
            raise NothingHeld from error
        row.payment_id = payment.id
        row.refund_amount, row.release_amount = settlement.refund, settlement.release
        row.forfeit_amount = settlement.forfeit
    await tx.session.flush()
    note(tx, deal, "dispute.resolve", by=by, now=now, resource_id=row.id, after=outcome, text=resolution)
    tx.publish(events.dispute_resolved(deal, row, by), key=events.key_of(deal))
    return row


async def _has_part(tx: Transaction, deal: Deal, row: Dispute, user_id: UUID) -> bool:
    """Whether somebody is a party, is paid out of what is released, or has acted in the deal before they left it."""
    if user_id in {row.opener_id, row.responder_id, deal.buyer_id, deal.agent_id}:
        return True
    if user_id in payees_of(await rule_for(tx, deal)):
        return True
    return await DealRepository(tx).has_acted(deal.id, user_id)


def _shares(outcome: Outcome, shares: Shares | None) -> Shares | None:
    if outcome is not Outcome.SPLIT:
        if shares is not None:
            raise invalid("shares", "are for SPLIT only", "shares.unexpected")
        return ALL_TO.get(outcome)
    if shares is None or shares.refund + shares.release + shares.forfeit != WHOLE:
        raise invalid("shares", f"must add up to {WHOLE}", "shares.whole")
    return shares


def _must_last(row: Dispute) -> None:
    if row.state not in LASTING_DISPUTES:
        allowed = ",".join(state.name for state in DisputeState if state in LASTING_DISPUTES)
        raise DISPUTE_LIFECYCLE.invalid(metadata={"state": row.state, "allowed_states": allowed})


def _same(claimed: str, sha256: str) -> str:
    if claimed and claimed != sha256:
        raise ChecksumMismatch(metadata={"sha256": sha256})
    return sha256


def _must_certify(certificate: CertificateFacts, deal: Deal) -> None:
    """Refuse what is no good certificate of a visit of the deal's buyer to the deal's property."""
    certified = (certificate.organization_id, certificate.property_id, certificate.buyer_id)
    if certified != (deal.organization_id, deal.property_id, deal.buyer_id):
        raise CertificateNotFound
    if certificate.problem:
        raise CertificateInvalid(metadata={"problem": certificate.problem})


async def _lock(tx: Transaction, dispute_id: UUID) -> tuple[Deal, Dispute]:
    disputes = DisputeRepository(tx)
    found = await disputes.get(dispute_id)
    deal = await DealRepository(tx).get_for_update(found.deal_id)
    return deal, await disputes.get_for_update(dispute_id)
