"""Changes counted by area of the market, and the indexes of a search within one city."""

from alembic import op

from services.chassis.db.ddl import protect

revision = "property_0002"
down_revision = "property_0001"
branch_labels = None
depends_on = None

AREAS = 4096


def upgrade() -> None:
    """Create them."""
    # As `search_generation`, but for one area each: what was cached of an area is as good as its number.
    op.execute(
        """
        CREATE TABLE property.search_areas (
            area smallint PRIMARY KEY,
            changes bigint NOT NULL
        ) WITH (fillfactor = 20)"""
    )
    op.execute(f"INSERT INTO property.search_areas SELECT n, 0 FROM generate_series(0, {AREAS - 1}) n")
    protect(op, "property", "search_areas", app_using="true", app_check="true")
    # A city's homes by price whatever their type, and the newest first, which is what is asked most.
    op.execute("DROP INDEX property.search_listings_city_idx")
    op.execute(
        "CREATE INDEX search_listings_city_price_idx ON property.search_listings (city_key, list_price, listing_id)"
    )
    op.execute(
        "CREATE INDEX search_listings_city_newest_idx ON property.search_listings "
        "(city_key, on_market_timestamp, listing_id)"
    )
    # Listings that will run out by themselves, for the job that looks for them every minute.
    op.execute(
        "CREATE INDEX listings_expiration_idx ON property.listings (expiration_date, organization_id, id) "
        "WHERE expiration_date IS NOT NULL AND standard_status IN ('COMING_SOON', 'ACTIVE', 'HOLD', 'WITHDRAWN')"
    )
