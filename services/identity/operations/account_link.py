"""Moving an account to another address, and bringing back one that its owner has deleted: both by a link."""

from datetime import datetime, timedelta

from services.chassis.actor import Actor, CallerKind, user_of
from services.chassis.db.database import Transaction
from services.chassis.db.elevation import as_system
from services.chassis.errors import invalid
from services.identity import events
from services.identity.errors import EmailTaken, LinkInvalid
from services.identity.lifecycle import USER, UserState
from services.identity.models.user import AccountLink, User
from services.identity.notifier import Kind, Message, Notifier
from services.identity.repository.audit import PERSONAL, AuditRepository
from services.identity.repository.organization import MembershipRepository
from services.identity.repository.session import SessionRepository
from services.identity.repository.user import LinkRepository, UserRepository, email_key
from services.identity.secret_tokens import hash_token, new_token

EMAIL_CHANGE = "email_change"
RESTORE = "restore"
EMAIL_LINK_LIFETIME = timedelta(hours=1)


def require_other_address(user: User, new_email: str) -> None:
    """Refuse the address that the account has.

    Raises:
        InvalidFields
    """
    if new_email.strip() == user.email:
        raise invalid("new_email", "must differ from the address in use", "SAME_ADDRESS")


async def request_email_change(
    tx: Transaction, actor: Actor, *, new_email: str, notifier: Notifier, now: datetime
) -> None:
    """Send a link to the new address and a notice to the one in use; the caller has just entered the password.

    For an address that has another account the same is written, and its owner gets a notice instead of the link.
    """
    user = await UserRepository(tx).get_for_update(user_of(actor))
    address, token = new_email.strip(), new_token()
    async with as_system(tx):
        owner = await UserRepository(tx).by_email(email_key(address))
        free = owner is None or owner.id == user.id
        links = LinkRepository(tx)
        await links.drop_account_links(user.id, EMAIL_CHANGE)
        links.add(
            AccountLink(
                token_hash=hash_token(token),
                purpose=EMAIL_CHANGE,
                user_id=user.id if free else None,
                new_email=address,
                create_time=now,
                expire_time=now + EMAIL_LINK_LIFETIME,
            )
        )
    if free or owner is None:
        await notifier.notify(tx, Message(Kind.CONFIRM_EMAIL, address, user.id, {"token": token}))
    else:
        await notifier.notify(tx, Message(Kind.ACCOUNT_EXISTS, owner.email, owner.id))
    await notifier.notify(tx, Message(Kind.EMAIL_CHANGE_REQUESTED, user.email, user.id))
    await AuditRepository(tx).append(
        "user.email_change_requested", actor=actor, resource_type="user", resource_id=user.id, now=now
    )


async def confirm_email_change(
    tx: Transaction, actor: Actor, *, token: str, notifier: Notifier, now: datetime
) -> tuple[User, int]:
    """Move the caller's account to the address of a link; return it, and how many other sessions ended.

    Raises:
        LinkInvalid: used up, too old, another user's, never one, or the address has another account by now.
    """
    users = UserRepository(tx)
    user = await users.get_for_update(user_of(actor))
    old = user.email
    async with as_system(tx):
        links = LinkRepository(tx)
        link = await links.take_account_link(hash_token(token), EMAIL_CHANGE, now)
        if link is None or link.user_id != user.id:
            raise LinkInvalid
        user.email, user.email_key = link.new_email, email_key(link.new_email)
        try:
            await users.flush()
        except EmailTaken as error:
            raise LinkInvalid from error
        # Whoever reads the mailbox that was left behind must not choose a password any more.
        await links.forget_user(user.id)
        await links.drop_registrations(email_key(link.new_email))
        ended = await SessionRepository(tx).revoke(now, "email_changed", user_id=user.id, keep=actor.session_id)
    events.sessions_revoked(tx, user.id, ended, "email_changed")
    await notifier.notify(tx, Message(Kind.EMAIL_CHANGED, old, user.id))
    await AuditRepository(tx).append(
        "user.email_changed",
        actor=actor,
        resource_type="user",
        resource_id=user.id,
        now=now,
        before={"email": PERSONAL},
        after={"email": PERSONAL, "revoked_sessions": len(ended)},
    )
    return user, len(ended)


async def tell_of_deletion(tx: Transaction, actor: Actor, user: User, *, notifier: Notifier, now: datetime) -> None:
    """Tell the owner that the account was deleted; who did so in person gets a link to take it back."""
    data = {}
    if actor.user_id == user.id and user.purge_time is not None:
        data["token"] = token = new_token()
        async with as_system(tx):
            LinkRepository(tx).add(
                AccountLink(
                    token_hash=hash_token(token),
                    purpose=RESTORE,
                    user_id=user.id,
                    new_email="",
                    create_time=now,
                    expire_time=user.purge_time,
                )
            )
    await notifier.notify(tx, Message(Kind.ACCOUNT_DELETED, user.email, user.id, data))


async def restore_account(tx: Transaction, *, token: str, now: datetime) -> User:
    """Bring an account back by the link that its owner was sent at the deletion (as the system).

    Raises:
        LinkInvalid: used up, too old, never one, or the account is active or erased by now.
        EmailTaken: the address was registered again.
    """
    link = await LinkRepository(tx).take_account_link(hash_token(token), RESTORE, now)
    if link is None or link.user_id is None:
        raise LinkInvalid
    users = UserRepository(tx)
    user = await users.get_for_update(link.user_id)
    if user.state != UserState.DELETED or user.erase_time is not None:
        raise LinkInvalid
    await revive(tx, user, now=now)
    organization_id = await MembershipRepository(tx).latest_of_user(user.id)
    await AuditRepository(tx).append(
        "user.undeleted",
        actor=Actor(CallerKind.USER, user_id=user.id, organization_id=organization_id),
        resource_type="user",
        resource_id=user.id,
        now=now,
    )
    return user


async def revive(tx: Transaction, user: User, *, now: datetime) -> None:
    """Make a deleted account active again, whoever asked for it.

    Raises:
        UserStateRefused, EmailTaken
    """
    USER.apply(user, "undelete", at=now)
    user.delete_time = user.purge_time = None
    await UserRepository(tx).flush()
    async with as_system(tx):
        await LinkRepository(tx).drop_account_links(user.id, RESTORE)
    events.user_undeleted(tx, user)
