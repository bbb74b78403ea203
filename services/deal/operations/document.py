"""Documents of deals: add, read, verify."""

import hashlib
import hmac
from datetime import datetime
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.deal import events, policy
from services.deal.errors import (
    ChecksumMismatch,
    DocumentExists,
    DocumentLimit,
    DocumentNotFound,
    FourEyes,
    NotAParty,
)
from services.deal.lifecycle import DOCUMENT_LIFECYCLE, DocumentStatus
from services.deal.models.document import Document
from services.deal.operations.common import note
from services.deal.operations.deal import get_deal, must_be_open
from services.deal.repository.deal import DealRepository
from services.deal.repository.document import DocumentRepository

MOST_DOCUMENTS = 500
"""What one side may add to a deal, the rejected ones included, since their bytes are kept: 8 MiB each at most."""


async def add_deal_document(
    tx: Transaction,
    actor: Actor,
    deal_id: UUID,
    *,
    document_type: str,
    file_name: str,
    media_type: str,
    content: bytes,
    sha256: str,
    audience: str,
    now: datetime,
) -> Document:
    """Add a file to a deal.

    Raises:
        DealNotFound, DealStateRefused, NotAParty, ChecksumMismatch, DocumentExists, DocumentLimit.
    """
    digest = hashlib.sha256(content).hexdigest()
    if sha256 and not hmac.compare_digest(sha256, digest):
        raise ChecksumMismatch(metadata={"sha256": digest})
    by = user_of(actor)
    deal = await DealRepository(tx).get_for_update(deal_id)
    buys = policy.is_buyer(actor, deal)
    if not buys and not policy.member_with(actor, deal.organization_id, policy.WRITE):
        raise NotAParty
    must_be_open(deal)
    documents = DocumentRepository(tx)
    # Held against what the caller may see alone: a refusal would tell of the others.
    members_too = policy.member_with(actor, deal.organization_id, policy.READ)
    same = await documents.same(deal_id, document_type, digest, members_too=members_too)
    if same is not None:
        raise DocumentExists(metadata={"document_id": str(same.id)})
    # Each side by itself, for the same reason.
    if await documents.count(deal_id, deal.buyer_id, by_buyer=buys) >= MOST_DOCUMENTS:
        raise DocumentLimit(metadata={"limit": str(MOST_DOCUMENTS)})
    row = Document(
        organization_id=deal.organization_id,
        id=new_id(),
        deal_id=deal_id,
        buyer_id=deal.buyer_id,
        document_type=document_type,
        state=DocumentStatus.RECEIVED,
        audience="PARTIES" if buys else audience,
        file_name=file_name,
        media_type=media_type,
        size_bytes=len(content),
        sha256=digest,
        uploader_id=by,
        create_time=now,
    )
    await documents.insert(row, content)
    note(
        tx,
        deal,
        "document.add",
        by=by,
        now=now,
        resource_id=row.id,
        after=document_type,
        text=digest,
        members_only=row.audience == "MEMBERS",
    )
    return row


async def get_deal_document(tx: ReadTransaction, deal_id: UUID, document_id: UUID) -> Document:
    """Read what is known of one document.

    Raises:
        DealNotFound, DocumentNotFound: also where the caller must not know of it.
    """
    await get_deal(tx, deal_id)
    row = await DocumentRepository(tx).of_deal(deal_id, document_id)
    if not policy.sees_document(tx.actor, row):
        raise DocumentNotFound
    return row


async def list_deal_documents(tx: ReadTransaction, deal_id: UUID, page: Page) -> PageOf[Document]:
    """One page of the documents that the caller may see."""
    deal = await get_deal(tx, deal_id)
    members_too = policy.member_with(tx.actor, deal.organization_id, policy.READ)
    return await DocumentRepository(tx).list_page(deal_id, page, members_too=members_too)


async def download_deal_document(tx: ReadTransaction, row: Document) -> bytes:
    """The bytes of a document that the caller may see, held against their checksum.

    Raises:
        RuntimeError: they are not what was handed in: a fault of the storage, which nobody must take for the document.
    """
    content = await DocumentRepository(tx).content(row.id)
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise RuntimeError(f"the bytes of document {row.id} do not match their checksum")
    return content


async def decide_deal_document(
    tx: Transaction, actor: Actor, deal_id: UUID, document_id: UUID, verb: str, *, reason: str, etag: str, now: datetime
) -> Document:
    """Find a document good (`verify`) or wanting (`reject`).

    Raises:
        DealNotFound, DocumentNotFound, DealStateRefused, DocumentStateRefused, EtagMismatch, FourEyes.
    """
    by = user_of(actor)
    deal = await DealRepository(tx).get_for_update(deal_id)
    row = await DocumentRepository(tx).of_deal(deal_id, document_id, lock=True)
    match_etag(row.etag, etag)
    must_be_open(deal)
    if verb == "verify" and row.uploader_id == by:
        raise FourEyes
    DOCUMENT_LIFECYCLE.apply(row, verb, at=now)
    row.verifier_id, row.reason = by, reason
    await tx.session.flush()
    hidden = row.audience == "MEMBERS"
    note(
        tx,
        deal,
        f"document.{verb}",
        by=by,
        now=now,
        resource_id=row.id,
        after=row.document_type,
        text=reason,
        members_only=hidden,
    )
    event = events.document_verified if verb == "verify" else events.document_rejected
    tx.publish(event(deal, row, by), key=events.key_of(deal))
    return row
