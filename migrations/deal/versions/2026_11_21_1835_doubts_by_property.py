"""Doubts of visits by the home that was visited: it may be sold under another listing."""

from alembic import op

revision = "deal_0010"
down_revision = "deal_0009"
branch_labels = None
depends_on = None

STATEMENTS = (
    # What was written before tells of the listing alone, and goes on to hold by it.
    "ALTER TABLE deal.visit_doubts ADD COLUMN property_id uuid",
    "DROP INDEX deal.visit_doubts_open_idx",
    "CREATE INDEX visit_doubts_open_idx ON deal.visit_doubts (organization_id, buyer_id) WHERE accept_time IS NULL",
)


def upgrade() -> None:
    """Add it."""
    for statement in STATEMENTS:
        op.execute(statement)
