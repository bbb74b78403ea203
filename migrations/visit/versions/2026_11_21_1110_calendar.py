"""Feeds of visits for calendar programs."""

from alembic import op

from services.chassis.db.ddl import USER, protect

revision = "visit_0003"
down_revision = "visit_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything."""
    op.execute(
        """
        CREATE TABLE visit.calendar_feeds (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL,
            organization_id uuid,
            display_name text NOT NULL,
            secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
            create_time timestamptz NOT NULL
        )"""
    )
    op.execute("CREATE INDEX calendar_feeds_user_idx ON visit.calendar_feeds (user_id, id)")
    # A feed is its user's, in whichever organisation; programs read it as the system's work, by its secret.
    own = f"user_id = {USER}"
    protect(op, "visit", "calendar_feeds", app_using=own, app_check=own)
