"""Sessions and refresh tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from services.chassis.db.database import ReadTransaction
from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.identity.errors import SessionNotFound
from services.identity.lifecycle import UserState
from services.identity.models.session import RefreshToken, Session
from services.identity.models.user import User
from services.identity.repository.pruning import prune


class SessionRepository(Repository[Session]):
    """Sessions."""

    model = Session
    not_found = SessionNotFound

    async def page_living(self, user_id: UUID, page: Page, now: datetime) -> PageOf[Session]:
        """The living sessions of a user, newest first."""
        statement = select(Session).where(
            Session.user_id == user_id, Session.revoke_time.is_(None), Session.expire_time > now
        )
        return await self.page(statement, by=(Session.create_time.desc(), Session.id.desc()), page=page)

    async def of_user(self, user_id: UUID, session_id: UUID) -> Session:
        """A session of a user, locked.

        Raises:
            SessionNotFound
        """
        return await self._one(
            select(Session).where(Session.id == session_id, Session.user_id == user_id).with_for_update()
        )

    async def live(self, session_id: UUID, now: datetime, *, lock: bool = False) -> tuple[Session, User] | None:
        """A living session of an active user with its user; with `lock`, refreshes of it take turns."""
        statement = (
            select(Session, User)
            .join(User, User.id == Session.user_id)
            .where(
                Session.id == session_id,
                Session.revoke_time.is_(None),
                Session.expire_time > now,
                User.state == UserState.ACTIVE,
            )
        )
        if lock:
            statement = statement.with_for_update(of=Session).execution_options(populate_existing=True)
        row = (await self.session.execute(statement)).one_or_none()
        return None if row is None else (row[0], row[1])

    async def revoke(
        self,
        now: datetime,
        cause: str,
        *,
        user_id: UUID,
        session_id: UUID | None = None,
        organization_id: UUID | None = None,
        keep: UUID | None = None,
    ) -> list[UUID]:
        """End living sessions of a user: one, those of one organisation, or all but `keep`. Return which."""
        statement = (
            update(Session)
            .where(Session.user_id == user_id, Session.revoke_time.is_(None), Session.expire_time > now)
            .values(revoke_time=now, revoke_cause=cause)
            .returning(Session.id)
            .execution_options(synchronize_session=False)
        )
        if session_id is not None:
            statement = statement.where(Session.id == session_id)
        if organization_id is not None:
            statement = statement.where(Session.organization_id == organization_id)
        if keep is not None:
            statement = statement.where(Session.id != keep)
        return list((await self.session.execute(statement)).scalars())

    async def forget_user(self, user_id: UUID) -> None:
        """Remove all sessions of a user, with the addresses and names in them (system only)."""
        await self.session.execute(delete(Session).where(Session.user_id == user_id))

    async def prune(self, before: datetime, limit: int) -> int:
        """Remove sessions that ended before `before`, with their tokens (system only)."""
        ended = (Session.expire_time < before) | (Session.revoke_time < before)
        return await prune(self.session, Session, ended, limit)


class RefreshTokenRepository:
    """Refresh tokens. System only."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    async def get(self, token_hash: bytes) -> RefreshToken | None:
        """A token, as it is now."""
        statement = select(RefreshToken).where(RefreshToken.token_hash == token_hash)
        return (await self.session.execute(statement.execution_options(populate_existing=True))).scalar_one_or_none()

    async def is_used(self, token_hash: bytes | None) -> bool:
        """Whether a token was exchanged."""
        if token_hash is None:
            return False
        used = await self.session.scalar(select(RefreshToken.used_time).where(RefreshToken.token_hash == token_hash))
        return used is not None

    async def forget_salt(self, token_hash: bytes | None) -> None:
        """Make it impossible to compute the successor of a token again."""
        if token_hash is not None:
            await self.session.execute(
                update(RefreshToken).where(RefreshToken.token_hash == token_hash).values(successor_salt=None)
            )

    async def forget_salts(self, before: datetime, limit: int) -> int:
        """The same for tokens used before `before`, at most `limit`; returns how many."""
        used = (
            select(RefreshToken.token_hash)
            .where(RefreshToken.successor_salt.is_not(None), RefreshToken.used_time < before)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("used")
        )
        result: Any = await self.session.execute(
            update(RefreshToken)
            .where(RefreshToken.token_hash.in_(select(used.c.token_hash)))
            .values(successor_salt=None)
            .execution_options(synchronize_session=False)
        )
        return int(result.rowcount)

    def add(self, token: RefreshToken) -> None:
        """Keep a new token."""
        self.session.add(token)
