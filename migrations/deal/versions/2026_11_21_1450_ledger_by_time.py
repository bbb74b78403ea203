"""The ledger by time: a reconciliation reads what came after the last one."""

from alembic import op

revision = "deal_0008"
down_revision = "deal_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.execute("CREATE INDEX ledger_transactions_time_idx ON deal.ledger_transactions (organization_id, create_time)")
