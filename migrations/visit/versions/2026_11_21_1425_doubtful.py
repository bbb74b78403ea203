"""Visits that somebody has to look at are found without reading all the others."""

from alembic import op

revision = "visit_0007"
down_revision = "visit_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.execute(
        """
        CREATE INDEX visits_needs_review_idx ON visit.visits (organization_id, start_time DESC, id DESC)
            WHERE needs_review"""
    )
