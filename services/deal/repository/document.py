"""Documents and their bytes."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.deal.errors import DocumentExists, DocumentNotFound
from services.deal.lifecycle import DocumentStatus
from services.deal.models.document import Document, DocumentContent


class DocumentRepository(Repository[Document]):
    """Documents that the transaction's actor may see."""

    model = Document
    not_found = DocumentNotFound

    async def of_deal(self, deal_id: UUID, document_id: UUID, *, lock: bool = False) -> Document:
        """One document of one deal.

        Raises:
            DocumentNotFound: also where it is another deal's.
        """
        row = await (self.get_for_update(document_id) if lock else self.get(document_id))
        if row.deal_id != deal_id:
            raise DocumentNotFound
        return row

    async def same(self, deal_id: UUID, document_type: str, sha256: str, *, members_too: bool) -> Document | None:
        """A document with the same bytes as the same type that was not rejected; with or without those of members."""
        statement = select(Document).where(
            Document.deal_id == deal_id,
            Document.document_type == document_type,
            Document.sha256 == sha256,
            Document.state != DocumentStatus.REJECTED,
        )
        if not members_too:
            statement = statement.where(Document.audience == "PARTIES")
        return (await self.session.execute(statement.order_by(Document.id).limit(1))).scalar_one_or_none()

    async def count(self, deal_id: UUID, buyer_id: UUID | None, *, by_buyer: bool) -> int:
        """How many documents one side has added; the caller has locked the deal."""
        its = Document.uploader_id == buyer_id if by_buyer else Document.uploader_id.is_distinct_from(buyer_id)
        statement = select(func.count()).where(Document.deal_id == deal_id, its)
        return int((await self.session.execute(statement)).scalar_one())

    async def insert(self, row: Document, content: bytes) -> None:
        """Write a document and its bytes now.

        Raises:
            DocumentExists: somebody was faster with the same bytes.
        """
        self.add(row)
        try:
            await self.session.flush()
        except IntegrityError as error:
            if "documents_bytes_key" in str(error.orig):
                raise DocumentExists from error
            raise
        self.session.add(DocumentContent(organization_id=row.organization_id, document_id=row.id, content=content))
        await self.session.flush()

    async def content(self, document_id: UUID) -> bytes:
        """The bytes.

        Raises:
            DocumentNotFound
        """
        statement = select(DocumentContent.content).where(DocumentContent.document_id == document_id)
        found = (await self.session.execute(statement)).scalar_one_or_none()
        if found is None:
            raise DocumentNotFound
        return found

    async def list_page(self, deal_id: UUID, page: Page, *, members_too: bool) -> PageOf[Document]:
        """One page, newest first."""
        statement = select(Document).where(Document.deal_id == deal_id)
        if not members_too:
            statement = statement.where(Document.audience == "PARTIES")
        return await self.page(statement, by=(Document.id.desc(),), page=page)

    async def accepted_types(self, deal_id: UUID, types: Collection[str]) -> set[str]:
        """Which of some types the deal has an accepted document of."""
        statement = select(Document.document_type).where(
            Document.deal_id == deal_id,
            Document.state == DocumentStatus.ACCEPTED,
            Document.document_type.in_(sorted(types)),
        )
        return set((await self.session.execute(statement)).scalars())
