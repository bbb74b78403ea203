"""Answers that are kept for a day are found by their age."""

from alembic import op

revision = "tasks_0002"
down_revision = "tasks_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index it, where the table was not made with the index: the relay removes the oldest, some at a time."""
    op.execute("CREATE INDEX IF NOT EXISTS idempotency_keys_create_time_idx ON tasks.idempotency_keys (create_time)")
