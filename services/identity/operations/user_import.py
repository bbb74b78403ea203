"""Taking accounts over from an older system, with the hashes of their passwords."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.actor import SYSTEM
from services.chassis.db.database import Transaction
from services.chassis.errors import invalid
from services.identity import events
from services.identity.models.user import User
from services.identity.operations.account import create_user
from services.identity.passwords import can_be_taken_over
from services.identity.repository.audit import AuditRepository
from services.identity.repository.organization import MembershipRepository, OrganizationRepository
from services.identity.repository.role import RoleRepository
from services.identity.repository.user import UserRepository, email_key


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the older system knows it. Its address counts as proven there."""

    email: str
    password_hash: str
    given_name: str
    family_name: str
    phone_number: str
    language_code: str


async def import_user(
    tx: Transaction, account: Account, *, organization_id: UUID | None, roles: Collection[str], now: datetime
) -> User | None:
    """Make an account with a hash of another system, as a member of an organisation if one is given.

    Returns None, and changes nothing, where the address has an account: a second run takes up where the first ended.
    Runs as the system.

    Raises:
        InvalidFields: the hash is of no kind that sign-in understands.
        OrganizationNotFound, RoleNotFound
    """
    if not can_be_taken_over(account.password_hash):
        raise invalid("password_hash", "must be bcrypt of cost 4 to 15, or argon2id", "HASH_UNKNOWN")
    if await UserRepository(tx).by_email(email_key(account.email)) is not None:
        return None
    user = await create_user(
        tx,
        email=account.email.strip(),
        password_hash=account.password_hash,
        given_name=account.given_name,
        family_name=account.family_name,
        phone_number=account.phone_number,
        language_code=account.language_code,
        managed_by=organization_id,
        now=now,
    )
    if organization_id is not None:
        await OrganizationRepository(tx).get(organization_id)
        given = await RoleRepository(tx).named(organization_id, roles)
        await MembershipRepository(tx).join(organization_id, user.id, [role.id for role in given])
        events.member_added(tx, organization_id, user.id, roles)
    await AuditRepository(tx).append(
        "user.created",
        actor=SYSTEM,
        resource_type="user",
        resource_id=user.id,
        now=now,
        after={"origin": "import", "roles": sorted(roles)},
        organization_id=organization_id,
    )
    return user
