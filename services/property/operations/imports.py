"""Imports: take a file, say how far it is, stop it. Its rows are stored by `import_rows.py`, called by the job."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.actor import organization_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.property import events
from services.property.errors import ImportFileEmpty, ImportFileTooLarge, ImportFileUnreadable, ImportMappingNotFound
from services.property.imports.columns import Mapping, mappings
from services.property.imports.rows import FileError, FileTooLarge, measure
from services.property.lifecycle import IMPORT_LIFECYCLE, ImportState
from services.property.models import Import, RowRemark
from services.property.repository.imports import ImportRepository

MAXIMUM_UPLOAD = 64 * 1024 * 1024
MAXIMUM_BODY = 1024 * 1024
JOB = "property.import"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was found readable."""

    mapping: str
    validate_only: bool
    file_name: str
    data: bytes
    rows: int
    size_bytes: int


def mapping_named(name: str) -> Mapping:
    """A mapping by its name.

    Raises:
        ImportMappingNotFound: there is none.
    """
    found = mappings().get(name)
    if found is None:
        raise ImportMappingNotFound(metadata={"mapping": name})
    return found


async def inspect(data: bytes, *, mapping: str, validate_only: bool, file_name: str) -> Upload:
    """Read a file's heading and count its rows, outside of any transaction and off the loop.

    Raises:
        ImportMappingNotFound, ImportFileEmpty, ImportFileUnreadable, ImportFileTooLarge: see the contract.
    """
    form = mapping_named(mapping)
    if not data:
        raise ImportFileEmpty
    try:
        rows, size = await asyncio.to_thread(measure, data, form)
    except FileTooLarge as error:
        raise ImportFileTooLarge(str(error)) from error
    except FileError as error:
        raise ImportFileUnreadable(str(error)) from error
    return Upload(mapping, validate_only, file_name, data, rows, size)


async def import_properties(tx: Transaction, upload: Upload, now: datetime) -> Import:
    """Keep the file and have its rows stored in the background."""
    row = Import(
        organization_id=organization_of(tx.actor),
        id=new_id(),
        state=ImportState.PENDING,
        mapping=upload.mapping,
        validate_only=upload.validate_only,
        file_name=upload.file_name,
        size_bytes=upload.size_bytes,
        sha256=hashlib.sha256(upload.data).hexdigest(),
        rows_total=upload.rows,
        created_by=tx.actor.identity,
        create_time=now,
        update_time=now,
    )
    imports = ImportRepository(tx)
    imports.add(row)
    await tx.session.flush()
    imports.add_file(row, upload.data)
    tx.enqueue(JOB, events.import_job(row), key=str(row.id))
    return row


async def get_import(tx: ReadTransaction, import_id: UUID) -> Import:
    """Read how far an import is."""
    return await ImportRepository(tx).get(import_id)


async def list_imports(tx: ReadTransaction, page: Page) -> PageOf[Import]:
    """One page of the organisation's imports."""
    return await ImportRepository(tx).list_page(page)


async def list_import_errors(
    tx: ReadTransaction, import_id: UUID, severity: str | None, page: Page
) -> PageOf[RowRemark]:
    """One page of remarks about rows."""
    imports = ImportRepository(tx)
    await imports.get(import_id)
    return await imports.remarks(import_id, severity, page)


async def cancel_import(tx: Transaction, import_id: UUID, now: datetime) -> Import:
    """Stop after the rows that are being stored.

    Raises:
        ImportStateRefused: it has ended.
    """
    return await end_import(tx, import_id, "cancel", now)


async def end_import(tx: Transaction, import_id: UUID, verb: str, now: datetime, *, failure: str = "") -> Import:
    """End an import along `verb` (succeed, fail, cancel) and forget its file."""
    imports = ImportRepository(tx)
    row = await imports.get_for_update(import_id)
    IMPORT_LIFECYCLE.apply(row, verb, at=now)
    row.failure = failure
    row.update_time = now
    await imports.drop_file(import_id)
    return row


async def start_import(tx: Transaction, import_id: UUID, now: datetime) -> tuple[Import, bytes] | None:
    """Begin, or go on after a worker that died; None where there is nothing to do any more."""
    imports = ImportRepository(tx)
    row = await imports.get_for_update(import_id)
    if row.state not in {ImportState.PENDING, ImportState.RUNNING}:
        return None
    IMPORT_LIFECYCLE.apply(row, "start", at=now)
    row.update_time = now
    return row, await imports.file(import_id)


def list_import_mappings(page: Page) -> PageOf[Mapping]:
    """One page of mappings, by name."""
    after = str(page.after[0]) if page.after is not None else ""
    rows = [mapping for name, mapping in mappings().items() if name > after]
    return page.cut(rows[: page.size + 1], key=lambda mapping: (mapping.name,))
