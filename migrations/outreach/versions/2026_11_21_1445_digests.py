"""Notifications that wait for the daily mail of their reader."""

from alembic import op

revision = "outreach_0002"
down_revision = "outreach_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mark them; few rows wait at any time, and the index holds only these."""
    op.execute("ALTER TABLE outreach.notifications ADD COLUMN awaits_digest boolean NOT NULL DEFAULT false")
    op.execute("CREATE INDEX notifications_digest_idx ON outreach.notifications (user_id, id) WHERE awaits_digest")
