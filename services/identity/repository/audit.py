"""The audit log: appending in a line, reading, walking."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.actor import Actor
from services.chassis.db.database import ReadTransaction
from services.chassis.db.elevation import as_system
from services.chassis.db.repository import after
from services.chassis.paging import Page, PageOf
from services.identity.audit_chain import Fact, entry_hash, genesis
from services.identity.models.audit import AuditEntry, AuditHead
from services.identity.origin import current_origin

PLATFORM = UUID(int=0)
"""Whose log holds what belongs to no organisation."""
PERSONAL = "[personal]"
"""Stands for personal data in entries: the log outlives the account."""
_WALK = 2_000


class AuditRepository:
    """One organisation's log."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.tx = tx
        self.session = tx.session

    async def append(
        self,
        action: str,
        *,
        actor: Actor,
        resource_type: str,
        resource_id: UUID | str,
        now: datetime,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        organization_id: UUID | None = None,
    ) -> None:
        """Write an entry. Call it last: its lock puts all writers of the organisation in a line until the commit."""
        origin = current_origin()
        owner = organization_id or actor.organization_id or PLATFORM
        async with as_system(self.tx):
            head = await self._lock_head(owner)
            fact = Fact(
                organization_id=owner,
                sequence=head.sequence + 1,
                action=action,
                actor_kind=actor.kind.value,
                actor_id=actor.key_id or actor.user_id,
                resource_type=resource_type,
                resource_id=str(resource_id),
                before=dict(before or {}),
                after=dict(after or {}),
                request_id=origin.request_id,
                address=origin.address,
                create_time=now,
            )
            digest = entry_hash(fact, head.hash)
            self.session.add(
                AuditEntry(
                    **{name: getattr(fact, name) for name in Fact.__dataclass_fields__},
                    previous_hash=head.hash,
                    hash=digest,
                )
            )
            head.sequence, head.hash = fact.sequence, digest
            await self.session.flush()

    async def _lock_head(self, owner: UUID) -> AuditHead:
        statement = (
            select(AuditHead)
            .where(AuditHead.organization_id == owner)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        head = (await self.session.execute(statement)).scalar_one_or_none()
        if head is None:
            await self.session.execute(
                insert(AuditHead)
                .values(organization_id=owner, sequence=0, hash=genesis(owner))
                .on_conflict_do_nothing()
            )
            head = (await self.session.execute(statement)).scalar_one()
        return head

    async def page(
        self,
        organization_id: UUID,
        page: Page,
        *,
        action: str = "",
        actor_id: UUID | None = None,
        resource_id: str = "",
        start_time: datetime | None = None,
        end_time: datetime | None = None,
    ) -> PageOf[AuditEntry]:
        """Entries, newest first."""
        statement = select(AuditEntry).where(AuditEntry.organization_id == organization_id)
        if action.endswith("."):
            statement = statement.where(AuditEntry.action.startswith(action, autoescape=True))
        elif action:
            statement = statement.where(AuditEntry.action == action)
        if actor_id is not None:
            statement = statement.where(AuditEntry.actor_id == actor_id)
        if resource_id:
            statement = statement.where(AuditEntry.resource_id == resource_id)
        if start_time is not None:
            statement = statement.where(AuditEntry.create_time >= start_time)
        if end_time is not None:
            statement = statement.where(AuditEntry.create_time < end_time)
        by = (AuditEntry.sequence.desc(),)
        if page.after is not None:
            statement = statement.where(after(by, page.after))
        rows = (await self.session.execute(statement.order_by(*by).limit(page.size + 1))).scalars().all()
        return page.cut(list(rows), key=lambda row: (row.sequence,))

    async def head(self, organization_id: UUID) -> tuple[int, bytes]:
        """Where the log says that it ends."""
        statement = select(AuditHead.sequence, AuditHead.hash).where(AuditHead.organization_id == organization_id)
        row = (await self.session.execute(statement)).one_or_none()
        return (0, genesis(organization_id)) if row is None else (row.sequence, row.hash)

    async def walk(self, organization_id: UUID, up_to: int) -> AsyncIterator[tuple[Fact, bytes, bytes]]:
        """Every entry from the first on, in pieces: a log may be longer than memory."""
        last = 0
        names = list(Fact.__dataclass_fields__)
        columns = [getattr(AuditEntry, name) for name in names]
        while True:
            statement = (
                select(*columns, AuditEntry.previous_hash, AuditEntry.hash)
                .where(
                    AuditEntry.organization_id == organization_id,
                    AuditEntry.sequence > last,
                    AuditEntry.sequence <= up_to,
                )
                .order_by(AuditEntry.sequence)
                .limit(_WALK)
            )
            rows = (await self.session.execute(statement)).all()
            for row in rows:
                yield Fact(*row[: len(names)]), row[-2], row[-1]
            if len(rows) < _WALK:
                return
            last = rows[-1].sequence
