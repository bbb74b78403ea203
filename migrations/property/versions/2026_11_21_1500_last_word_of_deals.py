"""Up to which event of its deals a listing has followed them."""

from alembic import op

from services.chassis.db.ddl import tenant_policy

revision = "property_0004"
down_revision = "property_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it. Beside the listing: it is no fact of the listing, and stands in no snapshot of one."""
    op.execute(
        """
        CREATE TABLE property.followed_deals (
            organization_id uuid NOT NULL,
            listing_id uuid NOT NULL,
            position bigint NOT NULL,
            PRIMARY KEY (organization_id, listing_id),
            FOREIGN KEY (organization_id, listing_id) REFERENCES property.listings (organization_id, id)
        )"""
    )
    tenant_policy(op, "property", "followed_deals")
