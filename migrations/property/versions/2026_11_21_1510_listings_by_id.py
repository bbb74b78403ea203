"""How other services' questions find a listing: by its id, or its property's, without knowing whose it is."""

from alembic import op

revision = "property_0005"
down_revision = "property_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes. The keys begin with the organisation: by them every organisation is looked through."""
    op.execute("CREATE INDEX listings_id_idx ON property.listings (id)")
    op.execute("CREATE INDEX listings_of_property_idx ON property.listings (property_id)")
