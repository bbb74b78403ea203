"""Signing in with a password, in two transactions with the hash between them: none is held while a thread computes.

First `begin_sign_in` counts the attempt as failed and says what to compare with; then the password is verified; then
`finish_sign_in` forgives and begins a session, or notes the failure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.chassis.actor import ANONYMOUS, Actor, CallerKind
from services.chassis.db.database import Transaction
from services.chassis.errors import DoorstepError
from services.chassis.ids import new_id
from services.identity.access_tokens import Subject
from services.identity.errors import InvalidCredentials, OrganizationNotFound, SignInLocked
from services.identity.lockout import RULES, Scope, judge, subjects
from services.identity.lockout import Subject as Counted
from services.identity.models.session import RefreshToken, Session
from services.identity.models.user import User
from services.identity.notifier import Kind, Message, Notifier
from services.identity.operations.rights import rights_of, subject_of
from services.identity.origin import Origin
from services.identity.repository.audit import AuditRepository
from services.identity.repository.organization import MembershipRepository
from services.identity.repository.session import RefreshTokenRepository
from services.identity.repository.user import (
    CredentialRepository,
    SignInRepository,
    UserRepository,
    email_key,
)
from services.identity.secret_tokens import hash_token, new_token

SESSION_LIFETIME = timedelta(days=30)
"""A session ends after so long, however often it is refreshed."""
IDLE_LIFETIME = timedelta(days=14)
"""A session ends when it was not refreshed for so long."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that may go on to the hash."""

    email_key: str
    user_id: UUID | None
    """None for an address without an account; everything else goes on alike."""
    password_hash: str | None
    password_time: datetime | None
    """When that password was chosen."""
    bcrypt_cost: int
    """The greatest cost of any bcrypt hash there is, 0 for none: what every verification must cost."""
    device_hash: bytes | None
    """The device, when the account knows it."""
    counted: tuple[Counted, ...]
    locks: tuple[datetime | None, ...]
    """For each that was counted, the end of the lock that begins when this attempt fails; None where none begins."""
    remaining: int
    retry_after: timedelta
    """How long the lock lasts that begins when this attempt fails; zero when none begins."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session."""

    user: User
    session: Session
    subject: Subject
    refresh_token: str
    refresh_token_expire_time: datetime
    device_token: str


def counted_subjects(email: str, address: str) -> tuple[Counted, ...]:
    """What an attempt from an unknown device is counted under; attempts of one subject take turns."""
    return subjects(email_key(email), address, device=None)


async def begin_sign_in(tx: Transaction, *, email: str, device_token: str, origin: Origin, now: datetime) -> Attempt:
    """Count an attempt and look up what the password is to be compared with.

    Raises:
        SignInLocked: too many failures; nothing was counted.
    """
    key = email_key(email)
    user = await UserRepository(tx).by_email(key)
    user_id = user.id if user is not None else None
    repository = SignInRepository(tx)
    device_hash = hash_token(device_token) if device_token else None
    if device_hash is not None and (user_id is None or not await repository.knows_device(user_id, device_hash)):
        device_hash = None
    counted = subjects(key, origin.address, device=device_hash)
    rows = await repository.lock_counters(counted, user_id)
    verdicts, strictest = judge(
        [(RULES[s.scope], repository.read(row)) for s, row in zip(counted, rows, strict=True)], now
    )
    if not strictest.admitted:
        raise locked(strictest.retry_after)
    for row, verdict in zip(rows, verdicts, strict=True):
        repository.write(row, verdict.counter, user_id)
    password_hash, password_time, bcrypt_cost = await CredentialRepository(tx).hash_of(user_id or UUID(int=0))
    return Attempt(
        key,
        user_id,
        password_hash,
        password_time,
        bcrypt_cost,
        device_hash,
        counted,
        tuple(v.counter.lock_expire_time if v.retry_after else None for v in verdicts),
        strictest.remaining,
        strictest.retry_after,
    )


def locked(retry_after: timedelta) -> SignInLocked:
    """The refusal of an attempt during a lock."""
    seconds = max(1, int(retry_after.total_seconds() + 0.999))
    return SignInLocked(
        metadata={"remaining_attempts": "0", "retry_after_seconds": str(seconds)}, retry_after=float(seconds)
    )


def wrong(attempt: Attempt) -> InvalidCredentials:
    """The refusal of a wrong password."""
    metadata = {"remaining_attempts": str(attempt.remaining)}
    if not attempt.retry_after:
        return InvalidCredentials(metadata=metadata)
    seconds = attempt.retry_after.total_seconds()
    return InvalidCredentials(metadata={**metadata, "retry_after_seconds": str(int(seconds))}, retry_after=seconds)


async def finish_sign_in(
    tx: Transaction,
    attempt: Attempt,
    *,
    right: bool,
    stronger_hash: str | None,
    organization_id: UUID | None,
    device_token: str,
    device_name: str,
    origin: Origin,
    notifier: Notifier,
    now: datetime,
) -> SignedIn | DoorstepError:
    """Begin a session, or note the failure.

    A refusal is returned, not raised: what was noted must be committed.
    """
    # Held from here on: whoever chooses another password or deletes the account either has done so by now, or waits and
    # then ends this session with the others.
    user = await UserRepository(tx).by_email(attempt.email_key, hold=True) if right else None
    if user is None or user.id != attempt.user_id or not await still_chosen(tx, attempt):
        await note_failure(tx, attempt, notifier=notifier, now=now)
        return wrong(attempt)
    await forgive(tx, attempt)
    if stronger_hash is not None and attempt.password_hash is not None:
        await CredentialRepository(tx).rehash(user.id, attempt.password_hash, stronger_hash)
    memberships = MembershipRepository(tx)
    chosen = organization_id or await memberships.latest_of_user(user.id)
    rights = await rights_of(tx, user, chosen)
    if rights is None:
        return OrganizationNotFound()
    token = device_token if attempt.device_hash is not None else new_token()
    await SignInRepository(tx).remember_device(user.id, hash_token(token), now)
    session = Session(
        id=new_id(),
        user_id=user.id,
        organization_id=chosen,
        device_name=device_name,
        user_agent=origin.user_agent,
        address=origin.address,
        authenticated_time=now,
        create_time=now,
        last_seen_time=now,
        expire_time=now + SESSION_LIFETIME,
    )
    tx.session.add(session)
    await tx.session.flush()
    refresh_token = new_token()
    expires = now + IDLE_LIFETIME
    RefreshTokenRepository(tx).add(
        RefreshToken(token_hash=hash_token(refresh_token), session_id=session.id, create_time=now, expire_time=expires)
    )
    if chosen is not None:
        await memberships.signed_in(chosen, user.id, now)
        await AuditRepository(tx).append(
            "session.created",
            actor=Actor(CallerKind.USER, user_id=user.id, organization_id=chosen),
            resource_type="session",
            resource_id=session.id,
            now=now,
        )
    return SignedIn(user, session, subject_of(user, session, rights), refresh_token, expires, token)


async def still_chosen(tx: Transaction, attempt: Attempt) -> bool:
    """Whether the password that an attempt was compared with is still the user's, whom the transaction has locked."""
    chosen = await CredentialRepository(tx).chosen_time(attempt.user_id or UUID(int=0))
    return chosen is not None and chosen == attempt.password_time


async def note_failure(tx: Transaction, attempt: Attempt, *, notifier: Notifier, now: datetime) -> None:
    """Tell the owner when a lock begins; the attempt itself was counted before."""
    if not attempt.retry_after:
        return
    users = UserRepository(tx)
    user = await users.by_email(attempt.email_key)
    # Nobody to tell costs as much as somebody, so that the fifth answer is no slower for a real account.
    await notifier.notify(
        tx,
        Message(
            Kind.SIGN_IN_LOCKED,
            user.email if user is not None else None,
            user.id if user is not None else None,
            {"minutes": str(int(attempt.retry_after.total_seconds() // 60))},
        ),
    )
    organization_id = await MembershipRepository(tx).latest_of_user(attempt.user_id or UUID(int=0))
    await AuditRepository(tx).append(
        "user.locked",
        actor=ANONYMOUS,
        resource_type="user",
        resource_id=attempt.user_id or "",
        now=now,
        after={"minutes": int(attempt.retry_after.total_seconds() // 60)},
        organization_id=organization_id,
    )


async def forgive(tx: Transaction, attempt: Attempt) -> None:
    """Take back what `begin_sign_in` counted in advance.

    Others' failures against the account from elsewhere stay counted: a victim's success is no help to the guesser.
    """
    repository = SignInRepository(tx)
    for subject, lock in _in_turn(attempt):
        if subject.scope is Scope.ACCOUNT:
            await repository.uncount(subject, lock)
        else:
            await repository.forgive(subject)


async def take_back(tx: Transaction, attempt: Attempt) -> None:
    """Uncount an attempt whose password was never looked at: it says nothing about who made it."""
    repository = SignInRepository(tx)
    for subject, lock in _in_turn(attempt):
        await repository.uncount(subject, lock)


def _in_turn(attempt: Attempt) -> list[tuple[Counted, datetime | None]]:
    """What was counted and locked, in the order in which `lock_counters` locks the rows: no deadlocks with others."""
    return sorted(zip(attempt.counted, attempt.locks, strict=True), key=lambda each: each[0].key)
