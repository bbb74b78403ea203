"""Accounts and their proofs."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from services.chassis.db.database import ReadTransaction
from services.chassis.db.repository import Repository
from services.identity.errors import EmailTaken, UserNotFound
from services.identity.lifecycle import UserState
from services.identity.lockout import RULES, Counter, Subject
from services.identity.models.user import (
    AccountLink,
    Credential,
    KnownDevice,
    PasswordLink,
    Registration,
    SignInCounter,
    User,
)
from services.identity.repository.pruning import prune

DEVICES_KEPT = 20
"""Known devices per account; the ones seen last."""


def email_key(email: str) -> str:
    """An address as it is compared: without regard to case."""
    return email.strip().casefold()


class UserRepository(Repository[User]):
    """Accounts."""

    model = User
    not_found = UserNotFound

    async def by_email(self, key: str, *, lock: bool = False, hold: bool = False) -> User | None:
        """The active account of an address.

        Args:
            key: The address as it is compared.
            lock: Nobody else locks or changes it before the transaction ends.
            hold: Nobody else locks it; whoever also holds it, or only raises its authorization, does not wait.
        """
        statement = select(User).where(User.email_key == key, User.state == UserState.ACTIVE)
        if lock or hold:
            statement = statement.with_for_update(read=hold, key_share=hold)
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def by_ids(self, ids: Collection[UUID]) -> dict[UUID, User]:
        """Several accounts by id; those out of reach are missing."""
        if not ids:
            return {}
        rows = (await self.session.execute(select(User).where(User.id.in_(ids)))).scalars()
        return {row.id: row for row in rows}

    async def insert(self, user: User) -> User:
        """Write a new account now, so that a taken address shows now.

        Raises:
            EmailTaken
        """
        self.session.add(user)
        await self.flush()
        return user

    async def flush(self) -> None:
        """Write what has changed.

        Raises:
            EmailTaken: another active account has the address.
        """
        try:
            await self.session.flush()
        except IntegrityError as error:
            if "users_email_key" in str(error.orig):
                raise EmailTaken from error
            raise

    async def bump_authorization(self, ids: Collection[UUID]) -> None:
        """Make the tokens of these users stale."""
        if ids:
            await self.session.execute(
                update(User)
                .where(User.id.in_(ids))
                .values(authorization_version=User.authorization_version + 1, update_time=User.update_time)
            )

    async def due_for_erasure(self, now: datetime, limit: int) -> Sequence[User]:
        """Deleted accounts past their time, locked; those that another process has locked are left to it."""
        statement = (
            select(User)
            .where(User.state == UserState.DELETED, User.purge_time <= now, User.erase_time.is_(None))
            .order_by(User.purge_time)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return (await self.session.execute(statement)).scalars().all()


class CredentialRepository:
    """Password hashes. System only."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    async def hash_of(self, user_id: UUID) -> tuple[str | None, datetime | None, int]:
        """The hash of a user's password and when it was chosen, None when there is none; and the greatest cost of any
        bcrypt hash, or 0.
        """
        # Written as the index has it, credentials_bcrypt_cost_idx: no parameters.
        cost = func.substr(Credential.password_hash, literal_column("5"), literal_column("2"))
        old = Credential.password_hash.like(literal_column("'$2%'"))
        greatest = select(func.max(cost)).where(old).scalar_subquery()
        own = select(Credential.password_hash).where(Credential.user_id == user_id).scalar_subquery()
        chosen = select(Credential.update_time).where(Credential.user_id == user_id).scalar_subquery()
        row = (await self.session.execute(select(own, chosen, greatest))).one()
        return row[0], row[1], int(row[2] or 0)

    async def chosen_time(self, user_id: UUID) -> datetime | None:
        """When a user's password was chosen. A stronger hash of the same password is no new choice."""
        return await self.session.scalar(select(Credential.update_time).where(Credential.user_id == user_id))

    async def put(self, user_id: UUID, password_hash: str, now: datetime) -> None:
        """Set or replace a password."""
        statement = insert(Credential).values(user_id=user_id, password_hash=password_hash, update_time=now)
        await self.session.execute(
            statement.on_conflict_do_update(
                index_elements=[Credential.user_id],
                set_={"password_hash": password_hash, "update_time": now},
            )
        )

    async def rehash(self, user_id: UUID, old: str, new: str) -> None:
        """Replace a hash by a stronger one of the same password, unless the password has changed meanwhile."""
        await self.session.execute(
            update(Credential)
            .where(Credential.user_id == user_id, Credential.password_hash == old)
            .values(password_hash=new)
        )

    async def remove(self, user_id: UUID) -> None:
        """Forget a password."""
        await self.session.execute(delete(Credential).where(Credential.user_id == user_id))


class LinkRepository:
    """Registrations and links. System only; whoever takes a link out has used it up."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    def add(self, row: Registration | PasswordLink | AccountLink) -> None:
        """Keep a link."""
        self.session.add(row)

    async def take_registration(self, token_hash: bytes, now: datetime) -> Registration | None:
        """Use a registration up. Of two that try at once, one gets it."""
        statement = delete(Registration).where(Registration.token_hash == token_hash).returning(Registration)
        row = (await self.session.execute(statement)).scalar_one_or_none()
        return row if row is not None and row.expire_time > now else None

    async def drop_registrations(self, key: str) -> None:
        """End all other registrations of an address."""
        await self.session.execute(delete(Registration).where(Registration.email_key == key))

    async def password_link(self, token_hash: bytes, now: datetime) -> UUID | None:
        """Whose password a link may change, without using it up."""
        return await self.session.scalar(
            select(PasswordLink.user_id).where(PasswordLink.token_hash == token_hash, PasswordLink.expire_time > now)
        )

    async def take_password_link(self, token_hash: bytes, now: datetime) -> UUID | None:
        """Use a link up."""
        statement = (
            delete(PasswordLink)
            .where(PasswordLink.token_hash == token_hash)
            .returning(PasswordLink.user_id, PasswordLink.expire_time)
        )
        row = (await self.session.execute(statement)).one_or_none()
        return row.user_id if row is not None and row.expire_time > now else None

    async def take_account_link(self, token_hash: bytes, purpose: str, now: datetime) -> AccountLink | None:
        """Use a link up. Of two that try at once, one gets it."""
        statement = (
            delete(AccountLink)
            .where(AccountLink.token_hash == token_hash, AccountLink.purpose == purpose)
            .returning(AccountLink)
        )
        row = (await self.session.execute(statement)).scalar_one_or_none()
        return row if row is not None and row.expire_time > now else None

    async def drop_account_links(self, user_id: UUID, purpose: str) -> None:
        """End all links of a user for one purpose."""
        await self.session.execute(
            delete(AccountLink).where(AccountLink.user_id == user_id, AccountLink.purpose == purpose)
        )

    async def forget_user(self, user_id: UUID) -> None:
        """End all links of a user, with the addresses in them."""
        await self.session.execute(delete(PasswordLink).where(PasswordLink.user_id == user_id))
        await self.session.execute(delete(AccountLink).where(AccountLink.user_id == user_id))

    async def prune(self, kind: type[AccountLink | Registration | PasswordLink], now: datetime, limit: int) -> int:
        """Remove links of a kind that have expired."""
        return await prune(self.session, kind, kind.expire_time <= now, limit)


class SignInRepository:
    """Counters of wrong passwords and known devices. System only."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    async def lock_counters(self, subjects: Sequence[Subject], user_id: UUID | None) -> list[SignInCounter]:
        """The counters of `subjects`, made where missing, locked until the transaction ends."""
        rows = [
            {"subject": s.key, "scope": s.scope.value, "user_id": user_id, "failures": 0, "lockouts": 0}
            for s in sorted(subjects, key=lambda s: s.key)  # one order for all: no deadlocks
        ]
        made = insert(SignInCounter).values(rows)
        # Written although it stays as it is: that locks it. A row that is only there may be forgiven by another process
        # before the next statement has locked it.
        await self.session.execute(
            made.on_conflict_do_update(index_elements=[SignInCounter.subject], set_={"scope": made.excluded.scope})
        )
        statement = (
            select(SignInCounter)
            .where(SignInCounter.subject.in_([s.key for s in subjects]))
            .order_by(SignInCounter.subject)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found = {row.subject: row for row in (await self.session.execute(statement)).scalars()}
        return [found[s.key] for s in subjects]

    @staticmethod
    def read(row: SignInCounter) -> Counter:
        """A row as the rules see it."""
        return Counter(row.failures, row.lockouts, row.lock_expire_time, row.update_time)

    @staticmethod
    def write(row: SignInCounter, counter: Counter, user_id: UUID | None) -> None:
        """What the rules say, as a row."""
        row.failures, row.lockouts = counter.failures, counter.lockouts
        row.lock_expire_time, row.update_time = counter.lock_expire_time, counter.update_time
        row.user_id = user_id

    async def forgive(self, subject: Subject) -> None:
        """Forget the failures of one subject."""
        await self.session.execute(delete(SignInCounter).where(SignInCounter.subject == subject.key))

    async def uncount(self, subject: Subject, lock: datetime | None) -> None:
        """Take one failure back that was none, with the lock (until `lock`) that began by it."""
        if lock is None:
            await self.session.execute(
                update(SignInCounter)
                .where(SignInCounter.subject == subject.key)
                .values(failures=func.greatest(SignInCounter.failures - 1, 0))
            )
            return
        # During a lock nothing is counted, so it stands as this attempt has left it.
        await self.session.execute(
            update(SignInCounter)
            .where(SignInCounter.subject == subject.key, SignInCounter.lock_expire_time == lock)
            .values(
                failures=RULES[subject.scope].failures - 1,
                lockouts=SignInCounter.lockouts - 1,
                lock_expire_time=None,
            )
        )

    async def forgive_user(self, user_id: UUID) -> None:
        """Forget all failures of one user, from everywhere."""
        await self.session.execute(delete(SignInCounter).where(SignInCounter.user_id == user_id))

    async def locks(self, user_ids: Collection[UUID], now: datetime) -> dict[UUID, datetime]:
        """Until when sign-in is refused from some address, by user; users without a lock are missing."""
        if not user_ids:
            return {}
        statement = (
            select(SignInCounter.user_id, func.max(SignInCounter.lock_expire_time).label("until"))
            .where(SignInCounter.user_id.in_(user_ids), SignInCounter.lock_expire_time > now)
            .group_by(SignInCounter.user_id)
        )
        return {row.user_id: row.until for row in await self.session.execute(statement)}

    async def prune(self, before: datetime, limit: int) -> int:
        """Remove counters that nobody has touched since `before` and that lock nobody."""
        quiet = (SignInCounter.update_time < before) & (
            (SignInCounter.lock_expire_time.is_(None)) | (SignInCounter.lock_expire_time < before)
        )
        return await prune(self.session, SignInCounter, quiet, limit)

    async def knows_device(self, user_id: UUID, token_hash: bytes) -> bool:
        """Whether the device has signed in to the account before."""
        found = await self.session.scalar(
            select(KnownDevice.user_id).where(KnownDevice.token_hash == token_hash, KnownDevice.user_id == user_id)
        )
        return found is not None

    async def remember_device(self, user_id: UUID, token_hash: bytes, now: datetime) -> None:
        """Note that a device has signed in, and forget the oldest ones."""
        statement = insert(KnownDevice).values(
            token_hash=token_hash, user_id=user_id, create_time=now, last_seen_time=now
        )
        await self.session.execute(
            statement.on_conflict_do_update(index_elements=[KnownDevice.token_hash], set_={"last_seen_time": now})
        )
        oldest = (
            select(KnownDevice.token_hash)
            .where(KnownDevice.user_id == user_id)
            .order_by(KnownDevice.last_seen_time.desc())
            .offset(DEVICES_KEPT)
        )
        await self.session.execute(delete(KnownDevice).where(KnownDevice.token_hash.in_(oldest)))

    async def forget_devices(self, user_id: UUID) -> None:
        """Know no device of the user any more."""
        await self.session.execute(delete(KnownDevice).where(KnownDevice.user_id == user_id))
