"""The SQL of certificates: appending in a line, finding, walking."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.db.database import ReadTransaction
from services.visit.certificates import Facts, Link, genesis
from services.visit.errors import CertificateNotFound
from services.visit.models.certificate import CertificateHead, VisitCertificate

_WALK = 1_000
_FACTS = tuple(name for name in Facts.__dataclass_fields__ if name != "certificate_id")


def facts_of(row: VisitCertificate) -> Facts:
    """What the columns say."""
    return Facts(certificate_id=row.id, **{name: getattr(row, name) for name in _FACTS})


def link_of(row: VisitCertificate) -> Link:
    """How it stands in its chain."""
    return Link(row.content, row.previous_hash, row.hash, row.signature, row.key_id)


class CertificateRepository:
    """Certificates that the transaction may see."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    async def lock_head(self, organization_id: UUID) -> CertificateHead:
        """Where an organisation's chain ends; nobody else appends until the transaction ends."""
        statement = (
            select(CertificateHead)
            .where(CertificateHead.organization_id == organization_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        head = (await self.session.execute(statement)).scalar_one_or_none()
        if head is None:
            await self.session.execute(
                insert(CertificateHead)
                .values(organization_id=organization_id, sequence=0, hash=genesis(organization_id))
                .on_conflict_do_nothing()
            )
            head = (await self.session.execute(statement)).scalar_one()
        return head

    def append(self, head: CertificateHead, facts: Facts, link: Link) -> None:
        """Write the next certificate behind a locked head."""
        self.session.add(
            VisitCertificate(
                id=facts.certificate_id,
                **{name: getattr(facts, name) for name in _FACTS},
                **{name: getattr(link, name) for name in Link.__dataclass_fields__},
            )
        )
        head.sequence, head.hash = facts.sequence, link.hash

    async def of_visit(self, visit_id: UUID) -> VisitCertificate:
        """The certificate of a visit.

        Raises:
            CertificateNotFound
        """
        return await self._one(select(VisitCertificate).where(VisitCertificate.visit_id == visit_id))

    async def get(self, certificate_id: UUID) -> VisitCertificate:
        """A certificate by its id.

        Raises:
            CertificateNotFound
        """
        return await self._one(select(VisitCertificate).where(VisitCertificate.id == certificate_id))

    async def _one(self, statement: Select[Any]) -> VisitCertificate:
        row: VisitCertificate | None = (await self.session.execute(statement)).scalar_one_or_none()
        if row is None:
            raise CertificateNotFound
        return row

    async def hash_before(self, row: VisitCertificate) -> bytes | None:
        """The hash of the one before it, as it is stored there; None where that one is missing."""
        if row.sequence == 1:
            return genesis(row.organization_id)
        found: bytes | None = await self.session.scalar(
            select(VisitCertificate.hash).where(
                VisitCertificate.organization_id == row.organization_id,
                VisitCertificate.sequence == row.sequence - 1,
            )
        )
        return found

    async def head(self, organization_id: UUID) -> tuple[int, bytes]:
        """Where the chain says that it ends."""
        statement = select(CertificateHead).where(CertificateHead.organization_id == organization_id)
        head = (await self.session.execute(statement)).scalar_one_or_none()
        return (0, genesis(organization_id)) if head is None else (head.sequence, head.hash)

    async def walk(self, organization_id: UUID) -> AsyncIterator[VisitCertificate]:
        """Every certificate from the first on, in pieces."""
        last = 0
        while True:
            statement = (
                select(VisitCertificate)
                .where(VisitCertificate.organization_id == organization_id, VisitCertificate.sequence > last)
                .order_by(VisitCertificate.sequence)
                .limit(_WALK)
            )
            rows = list((await self.session.execute(statement)).scalars())
            for row in rows:
                yield row
            if len(rows) < _WALK:
                return
            last = rows[-1].sequence
            self.session.expunge_all()
