"""A step that the state machines do not have is refused by the database, too."""

from alembic import op

from services.chassis.db import ddl

revision = "telemetry_0003"
down_revision = "telemetry_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the triggers; they look at no row that is there."""
    ddl.guard_states(
        op,
        "telemetry",
        "sessions",
        start=("active",),
        steps={
            "active": ("ended", "abandoned"),
        },
    )
