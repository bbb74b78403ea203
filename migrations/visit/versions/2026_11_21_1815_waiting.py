"""Visits that wait for somebody are found without reading all the others."""

from alembic import op

revision = "visit_0010"
down_revision = "visit_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.execute(
        """
        CREATE INDEX visits_waiting_idx ON visit.visits (organization_id, start_time DESC, id DESC)
            WHERE state IN ('PENDING', 'COUNTERED', 'IN_PROGRESS')"""
    )
