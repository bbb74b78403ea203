"""A step that the state machines do not have is refused by the database, too."""

from alembic import op

from services.chassis.db import ddl

revision = "outreach_0003"
down_revision = "outreach_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the triggers; they look at no row that is there."""
    ddl.guard_states(
        op,
        "outreach",
        "deliveries",
        start=("QUEUED",),
        steps={
            "QUEUED": ("SENDING", "SENT", "SUPPRESSED", "FAILED", "UNKNOWN"),
            "SENDING": ("QUEUED", "SENT", "SUPPRESSED", "FAILED", "UNKNOWN"),
            "FAILED": ("SENDING", "SENT", "SUPPRESSED"),
            "UNKNOWN": ("SENDING", "SENT", "SUPPRESSED"),
        },
    )
