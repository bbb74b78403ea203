"""Making accounts and changing passwords. Nothing here tells a stranger whether an address has an account."""

from datetime import datetime, timedelta
from uuid import UUID

from services.chassis.actor import Actor, CallerKind, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.db.elevation import as_system
from services.chassis.ids import new_id
from services.identity import events
from services.identity.errors import LinkInvalid
from services.identity.lifecycle import UserState
from services.identity.models.user import PasswordLink, Registration, User
from services.identity.notifier import Kind, Message, Notifier
from services.identity.operations.sign_in import Attempt, still_chosen, wrong
from services.identity.repository.audit import AuditRepository
from services.identity.repository.organization import MembershipRepository
from services.identity.repository.session import SessionRepository
from services.identity.repository.user import (
    CredentialRepository,
    LinkRepository,
    SignInRepository,
    UserRepository,
    email_key,
)
from services.identity.secret_tokens import hash_token, new_token

REGISTRATION_LIFETIME = timedelta(hours=24)
PASSWORD_LINK_LIFETIME = timedelta(hours=1)


def display_name_of(given_name: str, family_name: str) -> str:
    """The name to show of a new account."""
    return f"{given_name} {family_name}".strip()


async def register(
    tx: Transaction,
    *,
    email: str,
    password_hash: str,
    given_name: str,
    family_name: str,
    phone_number: str,
    language_code: str,
    notifier: Notifier,
    now: datetime,
) -> None:
    """Keep a registration and send its link; the owner of a taken address gets a notice instead.

    Both ways write the same rows: for a taken address the link goes to nobody.
    """
    key = email_key(email)
    token = new_token()
    owner = await UserRepository(tx).by_email(key)
    LinkRepository(tx).add(
        Registration(
            token_hash=hash_token(token),
            email=email.strip(),
            email_key=key,
            given_name=given_name,
            family_name=family_name,
            phone_number=phone_number,
            language_code=language_code or "en",
            password_hash=password_hash,
            create_time=now,
            expire_time=now + REGISTRATION_LIFETIME,
        )
    )
    if owner is None:
        reader = {"name": given_name, "language_code": language_code or "en"}
        message = Message(Kind.VERIFY_EMAIL, email.strip(), None, {"token": token, **reader})
    else:
        message = Message(Kind.ACCOUNT_EXISTS, owner.email, owner.id)
    await notifier.notify(tx, message)


async def verify_email(tx: Transaction, *, token: str, now: datetime) -> User:
    """Make the account of a registration.

    Raises:
        LinkInvalid: used up, too old, never one, or the address has an account by now.
    """
    links = LinkRepository(tx)
    registration = await links.take_registration(hash_token(token), now)
    if registration is None or await UserRepository(tx).by_email(registration.email_key) is not None:
        raise LinkInvalid
    user = await create_user(
        tx,
        email=registration.email,
        password_hash=registration.password_hash,
        given_name=registration.given_name,
        family_name=registration.family_name,
        phone_number=registration.phone_number,
        language_code=registration.language_code,
        managed_by=None,
        now=now,
    )
    await links.drop_registrations(registration.email_key)
    await AuditRepository(tx).append(
        "user.created",
        actor=Actor(CallerKind.USER, user_id=user.id),
        resource_type="user",
        resource_id=user.id,
        now=now,
    )
    return user


async def create_user(
    tx: Transaction,
    *,
    email: str,
    password_hash: str,
    given_name: str,
    family_name: str,
    phone_number: str,
    language_code: str,
    managed_by: UUID | None,
    now: datetime,
) -> User:
    """Write an account whose address is proven (as the system).

    Raises:
        EmailTaken: somebody was faster.
    """
    user = await UserRepository(tx).insert(
        User(
            id=new_id(),
            email=email,
            email_key=email_key(email),
            given_name=given_name,
            family_name=family_name,
            display_name=display_name_of(given_name, family_name),
            phone_number=phone_number,
            language_code=language_code or "en",
            state=UserState.ACTIVE,
            managed_by=managed_by,
        )
    )
    await CredentialRepository(tx).put(user.id, password_hash, now)
    events.user_created(tx, user)
    return user


async def request_password_reset(tx: Transaction, *, email: str, notifier: Notifier, now: datetime) -> None:
    """Send a link to the owner of an address, if there is one."""
    user = await UserRepository(tx).by_email(email_key(email))
    await send_password_link(tx, user, notifier=notifier, now=now)


async def send_password_link(tx: Transaction, user: User | None, *, notifier: Notifier, now: datetime) -> None:
    """Make a link and send it; for nobody the same is written and nothing sent."""
    token = new_token()
    async with as_system(tx):
        LinkRepository(tx).add(
            PasswordLink(
                token_hash=hash_token(token),
                user_id=user.id if user is not None else None,
                create_time=now,
                expire_time=now + PASSWORD_LINK_LIFETIME,
            )
        )
    data = {"token": token}
    message = Message(Kind.PASSWORD_RESET, None, None, data)
    if user is not None:
        message = Message(Kind.PASSWORD_RESET, user.email, user.id, data)
    await notifier.notify(tx, message)


async def owner_of_password_link(tx: ReadTransaction, *, token: str, now: datetime) -> User:
    """Whose password a link may change, without using it up.

    Raises:
        LinkInvalid
    """
    user_id = await LinkRepository(tx).password_link(hash_token(token), now)
    found = await UserRepository(tx).by_ids([user_id] if user_id is not None else [])
    user = found.get(user_id) if user_id is not None else None
    if user is None or user.state != UserState.ACTIVE:
        raise LinkInvalid
    return user


async def reset_password(tx: Transaction, *, token: str, password_hash: str, notifier: Notifier, now: datetime) -> None:
    """Set a new password by a link.

    Raises:
        LinkInvalid
    """
    user_id = await LinkRepository(tx).take_password_link(hash_token(token), now)
    if user_id is None:
        raise LinkInvalid
    user = await UserRepository(tx).get_for_update(user_id)
    if user.state != UserState.ACTIVE:
        raise LinkInvalid
    # Whoever has the mailbox has proven to be the owner; devices that signed in before may be somebody else's.
    await SignInRepository(tx).forgive_user(user.id)
    await SignInRepository(tx).forget_devices(user.id)
    actor = Actor(
        CallerKind.USER, user_id=user.id, organization_id=await MembershipRepository(tx).latest_of_user(user.id)
    )
    await _set_password(tx, actor, user, password_hash=password_hash, keep=None, notifier=notifier, now=now)


async def own_account(tx: ReadTransaction, actor: Actor) -> User:
    """The caller's account.

    Raises:
        UserNotFound, PermissionMissing
    """
    return await UserRepository(tx).get(user_of(actor))


async def change_password(
    tx: Transaction, actor: Actor, attempt: Attempt, *, password_hash: str, notifier: Notifier, now: datetime
) -> int:
    """Set a new password for the caller, who has just entered the old one; return how many sessions ended.

    Raises:
        InvalidCredentials: what was the old password in `attempt` no longer is: it was reset meanwhile.
    """
    user = await UserRepository(tx).get_for_update(user_of(actor))
    async with as_system(tx):
        if not await still_chosen(tx, attempt):
            raise wrong(attempt)
    return await _set_password(
        tx, actor, user, password_hash=password_hash, keep=actor.session_id, notifier=notifier, now=now
    )


async def _set_password(
    tx: Transaction,
    actor: Actor,
    user: User,
    *,
    password_hash: str,
    keep: UUID | None,
    notifier: Notifier,
    now: datetime,
) -> int:
    async with as_system(tx):
        await CredentialRepository(tx).put(user.id, password_hash, now)
        await LinkRepository(tx).forget_user(user.id)
        ended = await SessionRepository(tx).revoke(now, "password_changed", user_id=user.id, keep=keep)
    events.sessions_revoked(tx, user.id, ended, "password_changed")
    await notifier.notify(tx, Message(Kind.PASSWORD_CHANGED, user.email, user.id))
    await AuditRepository(tx).append(
        "user.password_changed", actor=actor, resource_type="user", resource_id=user.id, now=now
    )
    return len(ended)
