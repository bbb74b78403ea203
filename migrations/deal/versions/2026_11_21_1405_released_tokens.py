"""Released tokens come back where their deal falls through."""

from alembic import op

revision = "deal_0004"
down_revision = "deal_0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE deal.ledger_transactions DROP CONSTRAINT ledger_transactions_kind_check",
    # The rows that are there have all passed the stricter one.
    """
    ALTER TABLE deal.ledger_transactions ADD CONSTRAINT ledger_transactions_kind_check CHECK (kind IN (
        'hold', 'release', 'release_return', 'refund', 'forfeit', 'commission', 'payout', 'payout_paid',
        'payout_return')) NOT VALID""",
)


def upgrade() -> None:
    """Admit another kind of movement."""
    for statement in STATEMENTS:
        op.execute(statement)
