"""What agents show of themselves to those who look for one."""

from alembic import op

from services.chassis.db.ddl import USER, protect

revision = "partnership_0002"
down_revision = "partnership_0001"
branch_labels = None
depends_on = None

TABLE = """
    CREATE TABLE partnership.agent_profiles (
        agent_id uuid NOT NULL,
        agent_organization_id uuid NOT NULL,
        headline text NOT NULL CHECK (length(headline) BETWEEN 1 AND 120),
        about text NOT NULL CHECK (length(about) <= 2000),
        purposes text[] NOT NULL CHECK (purposes <@ ARRAY['BUYING', 'SELLING'] AND cardinality(purposes) > 0),
        language_codes text[] NOT NULL CHECK (cardinality(language_codes) <= 20),
        latitude float8 NOT NULL CHECK (latitude BETWEEN -90 AND 90),
        longitude float8 NOT NULL CHECK (longitude BETWEEN -180 AND 180),
        work_radius_meters float8 NOT NULL CHECK (work_radius_meters BETWEEN 1000 AND 200000),
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (agent_id)
    )"""
DISTANCE = """
    CREATE FUNCTION partnership.haversine_meters(a_lat float8, a_lon float8, b_lat float8, b_lon float8) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN 2 * 6371008.8 * atan2(
        sqrt(power(sin(radians(b_lat - a_lat) / 2), 2)
            + cos(radians(a_lat)) * cos(radians(b_lat)) * power(sin(radians(b_lon - a_lon) / 2), 2)),
        sqrt(abs(1 - power(sin(radians(b_lat - a_lat) / 2), 2)
            - cos(radians(a_lat)) * cos(radians(b_lat)) * power(sin(radians(b_lon - a_lon) / 2), 2))))"""


def upgrade() -> None:
    """Create the table. Callers see their own row by it; what is for everybody is read as the system."""
    op.execute(TABLE)
    op.execute(
        "CREATE INDEX agent_profiles_place_idx ON partnership.agent_profiles USING spgist (point(longitude, latitude))"
    )
    op.execute("CREATE INDEX agent_profiles_newest_idx ON partnership.agent_profiles (create_time, agent_id)")
    op.execute(DISTANCE)
    protect(op, "partnership", "agent_profiles", app_using=f"agent_id = {USER}", app_check=f"agent_id = {USER}")
