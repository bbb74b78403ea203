"""Sessions: refreshing, ending, listing, and whether one still lives."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.actor import Actor, CallerKind, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.db.elevation import as_system
from services.chassis.errors import DoorstepError
from services.chassis.paging import Page, PageOf
from services.identity import events
from services.identity.access_tokens import Subject
from services.identity.errors import (
    OrganizationNotFound,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionNotFound,
)
from services.identity.models.session import RefreshToken, Session
from services.identity.models.user import User
from services.identity.notifier import Kind, Message, Notifier
from services.identity.operations.rights import rights_of, subject_of
from services.identity.operations.sign_in import IDLE_LIFETIME
from services.identity.repository.audit import AuditRepository
from services.identity.repository.session import RefreshTokenRepository, SessionRepository
from services.identity.secret_tokens import Use, hash_token, judge_use, new_salt, successor


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A session carried on."""

    session: Session
    subject: Subject
    refresh_token: str
    refresh_token_expire_time: datetime


async def refresh_token(tx: Transaction, *, token: str, notifier: Notifier, now: datetime) -> Refreshed | DoorstepError:
    """Exchange a refresh token for its one successor.

    A refusal is returned, not raised: the end of a session whose token was copied must be committed.
    """
    tokens = RefreshTokenRepository(tx)
    token_hash = hash_token(token)
    presented = await tokens.get(token_hash)
    if presented is None:
        return RefreshTokenInvalid()
    # Refreshes of one session take turns from here on; what was read before may have changed.
    live = await SessionRepository(tx).live(presented.session_id, now, lock=True)
    presented = await tokens.get(token_hash)
    if live is None or presented is None:
        return RefreshTokenInvalid()
    session, user = live
    use = judge_use(
        used_time=presented.used_time,
        successor_used=await tokens.is_used(presented.successor_hash),
        now=now,
    )
    if use is Use.REUSED or (use is Use.REPEATED and presented.successor_salt is None):
        await _end_copied(tx, session, user, notifier=notifier, now=now)
        return RefreshTokenReused()
    if presented.expire_time <= now:
        return RefreshTokenInvalid()
    rights = await rights_of(tx, user, session.organization_id)
    if rights is None:
        return RefreshTokenInvalid()
    expires = min(now + IDLE_LIFETIME, session.expire_time)
    if use is Use.FIRST:
        salt = new_salt()
        made = successor(token, salt)
        presented.used_time, presented.successor_hash, presented.successor_salt = now, hash_token(made), salt
        tokens.add(
            RefreshToken(
                token_hash=hash_token(made),
                session_id=session.id,
                parent_hash=token_hash,
                create_time=now,
                expire_time=expires,
            )
        )
        await tokens.forget_salt(presented.parent_hash)
        session.last_seen_time = now
        await tx.session.flush()
    else:
        made = successor(token, presented.successor_salt or b"")
    return Refreshed(session, subject_of(user, session, rights), made, expires)


async def _end_copied(tx: Transaction, session: Session, user: User, *, notifier: Notifier, now: datetime) -> None:
    ended = await SessionRepository(tx).revoke(now, "reuse", user_id=user.id, session_id=session.id)
    events.sessions_revoked(tx, user.id, ended, "reuse")
    await notifier.notify(tx, Message(Kind.SESSION_REUSED, user.email, user.id, {"device_name": session.device_name}))
    await AuditRepository(tx).append(
        "session.reuse_detected",
        actor=Actor(CallerKind.USER, user_id=user.id, organization_id=session.organization_id),
        resource_type="session",
        resource_id=session.id,
        now=now,
    )


async def logout(tx: Transaction, actor: Actor, *, all_sessions: bool, now: datetime) -> int:
    """End the session of the token, or all of the user; return how many."""
    user_id = user_of(actor)
    ended = await SessionRepository(tx).revoke(
        now, "logout", user_id=user_id, session_id=None if all_sessions else actor.session_id
    )
    events.sessions_revoked(tx, user_id, ended, "logout")
    if ended:
        await AuditRepository(tx).append(
            "session.ended",
            actor=actor,
            resource_type="session",
            resource_id=actor.session_id or "",
            now=now,
            after={"sessions": len(ended)},
        )
    return len(ended)


async def list_sessions(tx: ReadTransaction, actor: Actor, *, page: Page, now: datetime) -> PageOf[Session]:
    """The caller's living sessions."""
    return await SessionRepository(tx).page_living(user_of(actor), page, now)


async def revoke_session(tx: Transaction, actor: Actor, *, session_id: UUID, now: datetime) -> None:
    """End one of the caller's sessions; nothing happens to an ended one.

    Raises:
        SessionNotFound
    """
    user_id = user_of(actor)
    repository = SessionRepository(tx)
    await repository.of_user(user_id, session_id)
    ended = await repository.revoke(now, "revoked", user_id=user_id, session_id=session_id)
    events.sessions_revoked(tx, user_id, ended, "revoked")
    if ended:
        await AuditRepository(tx).append(
            "session.revoked", actor=actor, resource_type="session", resource_id=session_id, now=now
        )


async def switch_organization(
    tx: Transaction, actor: Actor, *, organization_id: UUID, now: datetime
) -> tuple[Session, Subject]:
    """Move the caller's session to another of its organisations.

    Raises:
        OrganizationNotFound: the caller is no member.
        SessionNotFound: the session has ended.
    """
    async with as_system(tx):
        live = await SessionRepository(tx).live(actor.session_id or UUID(int=0), now, lock=True)
        if live is None:
            raise SessionNotFound
        session, user = live
        rights = await rights_of(tx, user, organization_id)
        if rights is None:
            raise OrganizationNotFound
        session.organization_id = organization_id
    await AuditRepository(tx).append(
        "session.switched",
        actor=actor,
        resource_type="session",
        resource_id=session.id,
        now=now,
        organization_id=organization_id,
    )
    return session, subject_of(user, session, rights)


async def check_session(
    tx: ReadTransaction,
    *,
    session_id: UUID,
    user_id: UUID,
    organization_id: UUID | None,
    authorization_version: int,
    now: datetime,
) -> tuple[bool, int, datetime | None]:
    """Whether tokens with these claims are still good, the version of the user's rights now, and the session's end.

    A token for an organisation that the session has left stays good until it expires, as long as the user belongs to
    it: leaving raises the version.
    """
    live = await SessionRepository(tx).live(session_id, now)
    if live is None or live[1].id != user_id:
        return False, 0, None
    session, user = live
    good = user.authorization_version == authorization_version
    if good and organization_id not in (None, session.organization_id):
        good = await rights_of(tx, user, organization_id) is not None
    return good, user.authorization_version, session.expire_time if good else None
