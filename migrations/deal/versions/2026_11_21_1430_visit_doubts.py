"""Visits whose evidence is in doubt: what keeps money from those who showed the home."""

from alembic import op

from services.chassis.db.ddl import tenant_policy

revision = "deal_0006"
down_revision = "deal_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything."""
    op.execute(
        """
        CREATE TABLE deal.visit_doubts (
            organization_id uuid NOT NULL,
            visit_id uuid NOT NULL,
            listing_id uuid NOT NULL,
            buyer_id uuid NOT NULL,
            accept_time timestamptz,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (organization_id, visit_id)
        )"""
    )
    op.execute(
        """
        CREATE INDEX visit_doubts_open_idx ON deal.visit_doubts (organization_id, listing_id, buyer_id)
            WHERE accept_time IS NULL"""
    )
    tenant_policy(op, "deal", "visit_doubts")
