"""Imports, the pieces of their files, and the remarks about their rows."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, tuple_

from services.chassis.db.repository import Repository
from services.chassis.db.turns import try_turn
from services.chassis.paging import Page, PageOf
from services.property.errors import ImportNotFound
from services.property.models import Import, ImportPiece, RowRemark

PIECE_BYTES = 1 << 20


class ImportRepository(Repository[Import]):
    """Imports of the caller's organisation."""

    model = Import
    not_found = ImportNotFound

    async def list_page(self, page: Page) -> PageOf[Import]:
        """One page, newest first."""
        return await self.page(select(Import), by=(Import.id.desc(),), page=page)

    def add_file(self, row: Import, data: bytes) -> None:
        """Keep a file in pieces until its import ends."""
        for number, start in enumerate(range(0, len(data), PIECE_BYTES)):
            piece = data[start : start + PIECE_BYTES]
            self.session.add(
                ImportPiece(organization_id=row.organization_id, import_id=row.id, number=number, data=piece)
            )

    async def file(self, import_id: UUID) -> bytes:
        """The whole file."""
        statement = select(ImportPiece.data).where(ImportPiece.import_id == import_id).order_by(ImportPiece.number)
        return b"".join((await self.session.execute(statement)).scalars())

    async def drop_file(self, import_id: UUID) -> None:
        """Forget the file of an import that has ended."""
        await self.session.execute(delete(ImportPiece).where(ImportPiece.import_id == import_id))

    async def try_turn(self, organization_id: UUID, system: str) -> bool:
        """Let no other import of an organisation store rows of a system until the transaction ends, if none does."""
        return await try_turn(self.session, f"property.import/{organization_id}/{system}")

    def add_remarks(self, rows: Sequence[RowRemark]) -> None:
        """Add remarks; they are written when the transaction flushes."""
        self.session.add_all(rows)

    async def remarks(self, import_id: UUID, severity: str | None, page: Page) -> PageOf[RowRemark]:
        """One page of remarks, in the order of the file."""
        statement = select(RowRemark).where(RowRemark.import_id == import_id)
        if severity is not None:
            statement = statement.where(RowRemark.severity == severity)
        if page.after is not None:
            statement = statement.where(tuple_(RowRemark.row_number, RowRemark.number) > page.after)
        statement = statement.order_by(RowRemark.row_number, RowRemark.number).limit(page.size + 1)
        rows = (await self.session.execute(statement)).scalars()
        return page.cut(list(rows), key=lambda row: (row.row_number, row.number))
