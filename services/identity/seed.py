"""The demo organisation: four people who can sign in, and a headset. Development and tests only."""

import secrets
from datetime import datetime

from services.chassis.actor import SYSTEM, Actor, CallerKind
from services.chassis.app import Resources
from services.chassis.db.database import Transaction
from services.chassis.db.turns import take_turns
from services.chassis.demo import ORGANIZATION_ID, ORGANIZATION_NAME, PEOPLE, Person, SignIns
from services.chassis.ids import new_id
from services.identity import events
from services.identity.models.api_key import ApiKey
from services.identity.models.organization import Role
from services.identity.models.user import User
from services.identity.operations.account import display_name_of
from services.identity.operations.organization import found_organization
from services.identity.passwords import Passwords
from services.identity.permissions import INGEST
from services.identity.repository.api_key import ApiKeyRepository
from services.identity.repository.audit import AuditRepository
from services.identity.repository.organization import MembershipRepository, OrganizationRepository
from services.identity.repository.user import CredentialRepository, UserRepository, email_key
from services.identity.secret_tokens import KeyPrefix, new_key, parse_key


class DemoRefused(RuntimeError):
    """There are no demo people in production."""


def new_sign_ins() -> SignIns:
    """Make passwords and a device key that nobody has seen."""
    device_key, _ = new_key(KeyPrefix.DEVICE, new_id())
    return SignIns({person.email: secrets.token_urlsafe(12) for person in PEOPLE}, device_key)


async def seed(resources: Resources) -> None:
    """Make what is missing. People who are there already keep their passwords, unless the file with them is lost.

    Raises:
        DemoRefused: in production.
    """
    settings = resources.settings
    if settings.production:
        raise DemoRefused("demo data is refused in production")
    kept = SignIns.read(settings.demo_file) if settings.demo_file is not None else None
    sign_ins = new_sign_ins()
    if kept is not None:  # people who have joined the demo since then get a password beside those that are known
        sign_ins = SignIns(sign_ins.passwords | kept.passwords, kept.device_key)
    passwords = Passwords()
    hashes = {email: await passwords.hash(password) for email, password in sign_ins.passwords.items()}
    passwords.close()
    now = resources.clock.now()
    async with resources.database("identity").transaction(SYSTEM) as tx:
        await take_turns(tx.session, "identity.seed")  # two suites on one database begin one after the other
        roles = await _organization(tx)
        made = [person for person in PEOPLE if await _person(tx, person, roles, now)]
        for person in PEOPLE:
            # Without a file nobody knows the passwords of people made earlier, and nobody is shown new ones for them.
            if person in made or (kept is None and settings.demo_file is not None):
                await CredentialRepository(tx).put(person.user_id, hashes[person.email], now)
        await _headset(tx, sign_ins.device_key)
        if made:
            await AuditRepository(tx).append(
                "organization.created",
                actor=Actor(CallerKind.SYSTEM, organization_id=ORGANIZATION_ID),
                resource_type="organization",
                resource_id=ORGANIZATION_ID,
                now=now,
                after={"display_name": ORGANIZATION_NAME},
            )
    if settings.demo_file is not None:
        if kept != sign_ins:
            sign_ins.keep(settings.demo_file)
        return
    for person in made:
        print(f"sign in as {person.role}: {person.email} {sign_ins.passwords[person.email]}")  # noqa: T201 - once


async def _organization(tx: Transaction) -> dict[str, Role]:
    found = await OrganizationRepository(tx).find(ORGANIZATION_ID)
    if found is None:
        organization, roles = await found_organization(tx, ORGANIZATION_ID, ORGANIZATION_NAME)
        events.organization_created(tx, organization)
        return roles
    return await OrganizationRepository(tx).roles_by_name(ORGANIZATION_ID)


async def _person(tx: Transaction, person: Person, roles: dict[str, Role], now: datetime) -> bool:
    users = UserRepository(tx)
    if await users.by_ids([person.user_id]):
        return False
    user = await users.insert(
        User(
            id=person.user_id,
            email=person.email,
            email_key=email_key(person.email),
            given_name=person.given_name,
            family_name=person.family_name,
            display_name=display_name_of(person.given_name, person.family_name),
            managed_by=ORGANIZATION_ID,
        )
    )
    await MembershipRepository(tx).join(ORGANIZATION_ID, user.id, [roles[person.role].id])
    events.user_created(tx, user)
    events.member_added(tx, ORGANIZATION_ID, user.id, [person.role])
    return True


async def _headset(tx: Transaction, device_key: str) -> None:
    parsed = parse_key(device_key)
    if parsed is None or await ApiKeyRepository(tx).find(parsed.key_id) is not None:
        return
    ApiKeyRepository(tx).add(
        ApiKey(
            organization_id=ORGANIZATION_ID,
            id=parsed.key_id,
            display_name="Demo headset",
            kind="device",
            permissions=[INGEST],
            device_serial="DEMO-1",
            secret_hash=parsed.secret_hash,
        )
    )
