"""Visits of a property and of a listing are found without reading those of all others."""

from alembic import op

revision = "visit_0009"
down_revision = "visit_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indices."""
    op.execute("CREATE INDEX visits_property_idx ON visit.visits (property_id, start_time, id)")
    op.execute("CREATE INDEX visits_listing_idx ON visit.visits (listing_id, start_time, id)")
