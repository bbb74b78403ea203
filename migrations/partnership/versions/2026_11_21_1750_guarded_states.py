"""A step that the state machines do not have is refused by the database, too."""

from alembic import op

from services.chassis.db import ddl

revision = "partnership_0003"
down_revision = "partnership_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the triggers; they look at no row that is there."""
    ddl.guard_states(
        op,
        "partnership",
        "partner_requests",
        start=("PENDING",),
        steps={
            "PENDING": ("ACCEPTED", "REJECTED", "WITHDRAWN", "EXPIRED"),
        },
    )
    ddl.guard_states(
        op,
        "partnership",
        "partnerships",
        start=("ACTIVE",),
        steps={
            "ACTIVE": ("ENDED",),
        },
    )
    ddl.guard_states(
        op,
        "partnership",
        "engagements",
        start=("REQUESTED",),
        steps={
            "REQUESTED": ("ACTIVE", "DECLINED", "WITHDRAWN", "EXPIRED"),
            "ACTIVE": ("ENDED",),
        },
    )
