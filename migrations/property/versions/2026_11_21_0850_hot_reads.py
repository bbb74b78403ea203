"""Functions of the hot reads: one home with its offer, one listing."""

from alembic import op

from services.chassis.db.ddl import hot_read

revision = "property_0003"
down_revision = "property_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    # The partial index allows one listing on the market, so this is one row at most.
    hot_read(
        op,
        "property",
        "hot_home",
        returns="home property.properties, offer property.listings",
        query="""
            SELECT p, l FROM property.properties p LEFT JOIN property.listings l
                ON l.property_id = p.id AND l.organization_id = p.organization_id
                AND l.standard_status IN ('ACTIVE', 'ACTIVE_UNDER_CONTRACT', 'COMING_SOON', 'PENDING')
            WHERE p.id = wanted""",
    )
    hot_read(
        op,
        "property",
        "hot_listing",
        returns="listing property.listings",
        query="SELECT l FROM property.listings l WHERE l.id = wanted",
    )
