"""Answers that are kept for a day are found by their age."""

from alembic import op

revision = "outreach_0004"
down_revision = "outreach_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index it, where the table was not made with the index: the relay removes the oldest, some at a time."""
    op.execute("CREATE INDEX IF NOT EXISTS idempotency_keys_create_time_idx ON outreach.idempotency_keys (create_time)")
