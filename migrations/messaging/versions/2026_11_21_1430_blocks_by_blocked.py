"""Blocks are found from either side."""

from alembic import op

revision = "messaging_0002"
down_revision = "messaging_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index whom blocks are against: all of them go when that account is erased."""
    op.execute("CREATE INDEX blocks_blocked_id_idx ON messaging.blocks (blocked_id)")
