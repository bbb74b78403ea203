"""Tours that users keep."""

from alembic import op

from services.chassis.db.ddl import USER, protect

revision = "visit_0006"
down_revision = "visit_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything."""
    op.execute(
        """
        CREATE TABLE visit.tours (
            user_id uuid NOT NULL,
            id uuid NOT NULL,
            display_name text NOT NULL,
            start_time timestamptz NOT NULL,
            latitude double precision,
            longitude double precision,
            speed_kmh integer NOT NULL CHECK (speed_kmh BETWEEN 5 AND 100),
            stops jsonb NOT NULL,
            version bigint NOT NULL DEFAULT 1,
            create_time timestamptz NOT NULL DEFAULT now(),
            update_time timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (user_id, id),
            CHECK ((latitude IS NULL) = (longitude IS NULL))
        )"""
    )
    own = f"user_id = {USER}"
    protect(op, "visit", "tours", app_using=own, app_check=own)
