"""Refunds that come back, and payments whose answer nobody waits for any more."""

from alembic import op

revision = "deal_0005"
down_revision = "deal_0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE deal.payments DROP CONSTRAINT payments_state_check",
    # The rows that are there have all passed the stricter ones.
    """
    ALTER TABLE deal.payments ADD CONSTRAINT payments_state_check CHECK (state IN (
        'CREATED', 'HELD', 'RELEASED', 'REFUNDING', 'REFUNDED', 'FORFEITED', 'FAILED', 'REFUND_RETURNED',
        'CANCELLED')) NOT VALID""",
    "ALTER TABLE deal.payments ADD COLUMN refund_returned boolean NOT NULL DEFAULT false",
    # What goes back once more is no token: the deal may have another one by then.
    "DROP INDEX deal.payments_deal_key",
    """
    CREATE UNIQUE INDEX payments_deal_key ON deal.payments (organization_id, deal_id)
        WHERE state IN ('CREATED', 'HELD', 'REFUNDING', 'RELEASED') AND NOT refund_returned""",
    "ALTER TABLE deal.ledger_transactions DROP CONSTRAINT ledger_transactions_kind_check",
    """
    ALTER TABLE deal.ledger_transactions ADD CONSTRAINT ledger_transactions_kind_check CHECK (kind IN (
        'hold', 'release', 'release_return', 'refund', 'refund_return', 'forfeit', 'commission', 'payout',
        'payout_paid', 'payout_return')) NOT VALID""",
    # Which refund of its payment it is; what was written before tells only of first ones, and is not changed.
    "ALTER TABLE deal.ledger_transactions ADD COLUMN attempt integer NOT NULL DEFAULT 0",
    "DROP INDEX deal.ledger_transactions_payment_key",
    """
    CREATE UNIQUE INDEX ledger_transactions_payment_key
        ON deal.ledger_transactions (organization_id, payment_id, kind, attempt)
        WHERE kind IN ('hold', 'refund', 'refund_return')""",
)


def upgrade() -> None:
    """Admit the states and the movements."""
    for statement in STATEMENTS:
        op.execute(statement)
