"""Predefined roles of every organisation, as `services/identity/permissions.py` has them.

An organisation gets its predefined roles when it is made. When a release adds a permission to one of them, those that
are there already get it here; whoever loses one needs new tokens, as after UpdateRole. A role that a release adds is
made.
"""

from collections.abc import Iterator

from services.chassis.db import ddl
from services.identity.permissions import PREDEFINED


def statements() -> Iterator[str]:
    """Bring them up to the catalogue, where they differ."""
    rows = ", ".join(
        f"({ddl.literal(name)}, {ddl.literal(description)}, "
        f"ARRAY[{', '.join(ddl.literal(permission) for permission in sorted(permissions))}]::text[])"
        for name, (description, permissions) in PREDEFINED.items()
    )
    yield from ddl.seeing_all(
        "identity",
        ("organizations", "roles", "member_roles", "users"),
        # A role that the organisation has made for itself keeps its name; the new one is then not there.
        f"""
        INSERT INTO identity.roles (organization_id, id, name, description, permissions, predefined)
        SELECT o.id, uuidv7(), c.name, c.description, c.permissions, true
        FROM identity.organizations o CROSS JOIN (VALUES {rows}) AS c (name, description, permissions)
        ON CONFLICT ON CONSTRAINT roles_name_key DO NOTHING""",
        f"""
        WITH changed AS (
            UPDATE identity.roles r
            SET description = c.description, permissions = c.permissions, version = r.version + 1, update_time = now()
            FROM (VALUES {rows}) AS c (name, description, permissions)
            WHERE r.predefined AND r.name = c.name
                AND (r.description, r.permissions) IS DISTINCT FROM (c.description, c.permissions)
            RETURNING r.organization_id, r.id, NOT old.permissions <@ new.permissions AS loses
        )
        UPDATE identity.users SET authorization_version = authorization_version + 1
        WHERE id IN (
            SELECT m.user_id FROM identity.member_roles m JOIN changed c ON (m.organization_id, m.role_id)
                = (c.organization_id, c.id) WHERE c.loses
        )""",
    )
