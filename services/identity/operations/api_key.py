"""API keys and device keys."""

from collections.abc import Collection
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import CredentialsInvalid, InvalidFields, Violation
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.identity import events, policy
from services.identity.lifecycle import API_KEY, ApiKeyState
from services.identity.models.api_key import ApiKey
from services.identity.permissions import INGEST, require_held, require_known
from services.identity.repository.api_key import ApiKeyRepository
from services.identity.repository.audit import AuditRepository
from services.identity.secret_tokens import KeyPrefix, new_key, parse_key

SERVER, DEVICE = "server", "device"
PREFIXES = {SERVER: KeyPrefix.SERVER, DEVICE: KeyPrefix.DEVICE}
DEFAULT_OVERLAP = timedelta(hours=24)
TOUCH_EVERY = timedelta(minutes=1)
"""How exact `last_used_time` is; writing it on every call would make a read a write."""


def settled_state(key: ApiKey, now: datetime) -> ApiKeyState:
    """The state as of now: an active key past its time has expired, whether or not it was written down yet."""
    state = ApiKeyState(key.state)
    if state is ApiKeyState.ACTIVE and key.expire_time is not None and key.expire_time <= now:
        return ApiKeyState.EXPIRED
    return state


def settle(key: ApiKey, now: datetime) -> None:
    """Write down what time has done to a locked key."""
    if settled_state(key, now) is not ApiKeyState(key.state):
        API_KEY.apply(key, "expire", at=now)


async def create_api_key(
    tx: Transaction,
    actor: Actor,
    *,
    display_name: str,
    kind: str,
    permissions: Collection[str],
    expire_time: datetime | None,
    device_serial: str,
    now: datetime,
) -> tuple[ApiKey, str]:
    """Make a key; return it and its secret, which nobody can read again.

    Raises:
        OrganizationMissing, InvalidFields, PermissionUnknown, PermissionEscalation
    """
    organization_id = policy.organization_of(actor)
    violations = []
    if expire_time is not None and expire_time <= now:
        violations.append(Violation("expire_time", "must lie in the future"))
    if kind == DEVICE:
        if set(permissions) - {INGEST}:
            violations.append(Violation("permissions", f"of a device key can only be {INGEST}"))
        permissions = {INGEST}
    elif device_serial:
        violations.append(Violation("device_serial", "belongs to device keys"))
    if violations:
        raise InvalidFields(metadata={"fields": ",".join(v.field for v in violations)}, violations=violations)
    require_known(permissions)
    require_held(actor.permissions, permissions)
    key_id = new_id()
    secret, secret_hash = new_key(PREFIXES[kind], key_id)
    key = ApiKeyRepository(tx).add(
        ApiKey(
            organization_id=organization_id,
            id=key_id,
            display_name=display_name,
            kind=kind,
            permissions=sorted(permissions),
            device_serial=device_serial,
            state=ApiKeyState.ACTIVE,
            creator_user_id=actor.user_id,
            secret_hash=secret_hash,
            expire_time=expire_time,
        )
    )
    await tx.session.flush()
    await AuditRepository(tx).append(
        "api_key.created",
        actor=actor,
        resource_type="api_key",
        resource_id=key.id,
        now=now,
        after={"kind": kind, "permissions": key.permissions, "display_name": display_name},
    )
    return key, secret


async def list_api_keys(tx: ReadTransaction, actor: Actor, *, page: Page, kind: str) -> PageOf[ApiKey]:
    """The keys of the organisation.

    Raises:
        OrganizationMissing
    """
    return await ApiKeyRepository(tx).page_in(policy.organization_of(actor), page, kind=kind)


async def get_api_key(tx: ReadTransaction, actor: Actor, *, key_id: UUID) -> ApiKey:
    """One key.

    Raises:
        OrganizationMissing, ApiKeyNotFound
    """
    policy.organization_of(actor)
    return await ApiKeyRepository(tx).get(key_id)


async def rotate_api_key(
    tx: Transaction, actor: Actor, *, key_id: UUID, overlap: timedelta, now: datetime
) -> tuple[ApiKey, str]:
    """Give a key a new secret; the old one works on for `overlap`.

    Raises:
        OrganizationMissing, ApiKeyNotFound, ApiKeyStateRefused, PermissionEscalation
    """
    policy.organization_of(actor)
    key = await ApiKeyRepository(tx).get_for_update(key_id)
    settle(key, now)
    API_KEY.apply(key, "rotate", at=now)
    # The new secret is shown to the caller, who must not gain by it.
    require_held(actor.permissions, key.permissions)
    secret, secret_hash = new_key(PREFIXES[key.kind], key.id)
    key.previous_secret_hash, key.secret_hash = key.secret_hash, secret_hash
    key.previous_secret_expire_time = now + overlap
    await tx.session.flush()
    await AuditRepository(tx).append(
        "api_key.rotated",
        actor=actor,
        resource_type="api_key",
        resource_id=key.id,
        now=now,
        after={"overlap_seconds": int(overlap.total_seconds())},
    )
    return key, secret


async def revoke_api_key(tx: Transaction, actor: Actor, *, key_id: UUID, now: datetime) -> ApiKey:
    """End a key for good.

    Raises:
        OrganizationMissing, ApiKeyNotFound, ApiKeyStateRefused
    """
    policy.organization_of(actor)
    key = await ApiKeyRepository(tx).get_for_update(key_id)
    settle(key, now)
    API_KEY.apply(key, "revoke", at=now)
    key.previous_secret_hash = key.previous_secret_expire_time = None
    await tx.session.flush()
    events.api_key_revoked(tx, key)
    await AuditRepository(tx).append(
        "api_key.revoked", actor=actor, resource_type="api_key", resource_id=key.id, now=now
    )
    return key


async def verify_api_key(tx: ReadTransaction, *, text: str, now: datetime) -> ApiKey:
    """Find the key that was sent, if it works. Runs as the system: the key is the proof.

    Raises:
        CredentialsInvalid: whatever is wrong with it.
    """
    parsed = parse_key(text)
    key = await ApiKeyRepository(tx).find(parsed.key_id) if parsed is not None else None
    if parsed is None or key is None:
        raise CredentialsInvalid
    hashes = [key.secret_hash]
    if key.previous_secret_expire_time is not None and key.previous_secret_expire_time > now:
        hashes.append(key.previous_secret_hash or b"")
    right = sum(compare_digest(parsed.secret_hash, stored) for stored in hashes) > 0  # all of them, in constant time
    if not right or PREFIXES[key.kind] is not parsed.prefix or settled_state(key, now) is not ApiKeyState.ACTIVE:
        raise CredentialsInvalid
    return key


def needs_touch(key: ApiKey, now: datetime) -> bool:
    """Whether its last use should be written down again."""
    return key.last_used_time is None or now - key.last_used_time >= TOUCH_EVERY


async def touch_api_key(tx: Transaction, key: ApiKey, *, now: datetime) -> None:
    """Note that a key was used."""
    await ApiKeyRepository(tx).touch(key, now)
