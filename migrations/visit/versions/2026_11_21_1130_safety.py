"""Safety watches over parties of visits, and who is on duty."""

from alembic import op

from services.chassis.db.ddl import USER, protect, tenant_policy

revision = "visit_0005"
down_revision = "visit_0004"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE visit.safety_watches (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        visit_id uuid NOT NULL,
        user_id uuid NOT NULL,
        other_id uuid NOT NULL,
        state text NOT NULL CHECK (state IN ('RUNNING', 'OVERDUE', 'DISTRESS', 'ENDED')),
        shown_state text,
        round integer NOT NULL,
        due_time timestamptz,
        contact_ids uuid[] NOT NULL,
        latitude double precision,
        longitude double precision,
        accuracy_meters double precision,
        fix_time timestamptz,
        resolver_id uuid,
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (organization_id, id),
        CONSTRAINT safety_watches_once UNIQUE (organization_id, visit_id, user_id),
        CHECK (user_id <> other_id),
        FOREIGN KEY (organization_id, visit_id) REFERENCES visit.visits (organization_id, id)
    )""",
    "CREATE INDEX safety_watches_id_idx ON visit.safety_watches (id)",
    "CREATE INDEX safety_watches_user_idx ON visit.safety_watches (user_id, visit_id)",
    """
    CREATE TABLE visit.duty_rosters (
        organization_id uuid PRIMARY KEY,
        user_ids uuid[] NOT NULL
    )""",
)


def upgrade() -> None:
    """Create everything."""
    for statement in TABLES:
        op.execute(statement)
    # A watch is its user's alone: the organisation may be that of whom help is needed against.
    own = f"user_id = {USER}"
    protect(op, "visit", "safety_watches", app_using=own, app_check=own)
    tenant_policy(op, "visit", "duty_rosters")
