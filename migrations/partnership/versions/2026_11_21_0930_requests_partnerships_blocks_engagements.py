"""Requests, partnerships, blocks and engagements: rows between two users, who may belong to no organisation."""

from alembic import op

from services.chassis.db.ddl import USER, create_service_schema, protect

revision = "partnership_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE partnership.partner_requests (
        id uuid NOT NULL,
        sender_id uuid NOT NULL,
        recipient_id uuid NOT NULL,
        note text NOT NULL DEFAULT '' CHECK (length(note) <= 300),
        state text NOT NULL CHECK (state IN ('PENDING', 'ACCEPTED', 'REJECTED', 'WITHDRAWN', 'EXPIRED')),
        expire_time timestamptz NOT NULL,
        response_time timestamptz,
        partnership_id uuid,
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (id),
        CHECK (sender_id <> recipient_id),
        CHECK ((state = 'PENDING') = (response_time IS NULL)),
        CHECK ((state = 'ACCEPTED') = (partnership_id IS NOT NULL))
    )""",
    # One pending request between two users, whichever of them asks.
    """
    CREATE UNIQUE INDEX partner_requests_pending_key ON partnership.partner_requests
        (least(sender_id, recipient_id), greatest(sender_id, recipient_id)) WHERE state = 'PENDING'""",
    "CREATE INDEX partner_requests_recipient_idx ON partnership.partner_requests (recipient_id, id)",
    "CREATE INDEX partner_requests_sender_idx ON partnership.partner_requests (sender_id, id)",
    # When somebody may be asked again after a request was withdrawn.
    """
    CREATE INDEX partner_requests_withdrawn_idx ON partnership.partner_requests
        (sender_id, recipient_id, response_time) WHERE state = 'WITHDRAWN'""",
    """
    CREATE TABLE partnership.partnerships (
        id uuid NOT NULL,
        user_a_id uuid NOT NULL,
        user_b_id uuid NOT NULL,
        partner_request_id uuid NOT NULL REFERENCES partnership.partner_requests (id),
        state text NOT NULL CHECK (state IN ('ACTIVE', 'ENDED')),
        end_time timestamptz,
        ended_by_id uuid,
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (id),
        CHECK (user_a_id < user_b_id),
        CHECK ((state = 'ENDED') = (end_time IS NOT NULL)),
        UNIQUE (partner_request_id)
    )""",
    """
    CREATE UNIQUE INDEX partnerships_active_key ON partnership.partnerships (user_a_id, user_b_id)
        WHERE state = 'ACTIVE'""",
    "CREATE INDEX partnerships_user_a_idx ON partnership.partnerships (user_a_id, id)",
    "CREATE INDEX partnerships_user_b_idx ON partnership.partnerships (user_b_id, id)",
    """
    CREATE TABLE partnership.blocks (
        blocker_id uuid NOT NULL,
        blocked_id uuid NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (blocker_id, blocked_id),
        CHECK (blocker_id <> blocked_id)
    )""",
    """
    CREATE TABLE partnership.engagements (
        id uuid NOT NULL,
        client_id uuid NOT NULL,
        agent_id uuid NOT NULL,
        agent_organization_id uuid NOT NULL,
        purpose text NOT NULL CHECK (purpose IN ('BUYING', 'SELLING')),
        note text NOT NULL DEFAULT '' CHECK (length(note) <= 1000),
        state text NOT NULL CHECK (state IN ('REQUESTED', 'ACTIVE', 'DECLINED', 'WITHDRAWN', 'EXPIRED', 'ENDED')),
        expire_time timestamptz NOT NULL,
        response_time timestamptz,
        end_time timestamptz,
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (id),
        CHECK (client_id <> agent_id),
        CHECK ((state = 'REQUESTED') = (response_time IS NULL)),
        CHECK ((state = 'ENDED') = (end_time IS NOT NULL))
    )""",
    """
    CREATE UNIQUE INDEX engagements_open_key ON partnership.engagements (client_id, agent_id, purpose)
        WHERE state IN ('REQUESTED', 'ACTIVE')""",
    "CREATE INDEX engagements_client_idx ON partnership.engagements (client_id, id)",
    "CREATE INDEX engagements_agent_idx ON partnership.engagements (agent_id, id)",
)
PARTIES = {
    "partner_requests": f"{USER} IN (sender_id, recipient_id)",
    "partnerships": f"{USER} IN (user_a_id, user_b_id)",
    # Whoever is blocked must not find out: what the other side decided is looked up as the system.
    "blocks": f"blocker_id = {USER}",
    "engagements": f"{USER} IN (client_id, agent_id)",
}


def upgrade() -> None:
    """Create everything."""
    create_service_schema(op, "partnership")
    for statement in TABLES:
        op.execute(statement)
    for table, condition in PARTIES.items():
        protect(op, "partnership", table, app_using=condition, app_check=condition)
