"""A step that the state machines do not have is refused by the database, too."""

from alembic import op

from services.chassis.db import ddl

revision = "visit_0011"
down_revision = "visit_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the triggers; they look at no row that is there."""
    ddl.guard_states(
        op,
        "visit",
        "visits",
        start=("PENDING",),
        steps={
            "PENDING": ("COUNTERED", "APPROVED", "REJECTED", "CANCELLED", "EXPIRED"),
            "COUNTERED": ("APPROVED", "REJECTED", "CANCELLED", "EXPIRED"),
            "APPROVED": ("IN_PROGRESS", "COMPLETED", "CANCELLED", "EXPIRED", "NO_SHOW"),
            "IN_PROGRESS": ("COMPLETED",),
            "NO_SHOW": ("COMPLETED",),
        },
    )
    ddl.guard_states(
        op,
        "visit",
        "reviews",
        start=("PENDING",),
        steps={
            "PENDING": ("PUBLISHED", "REJECTED"),
            "PUBLISHED": ("REJECTED",),
            "REJECTED": ("PENDING",),
        },
    )
    ddl.guard_states(
        op,
        "visit",
        "safety_watches",
        start=("ENDED",),
        steps={
            "RUNNING": ("OVERDUE", "DISTRESS", "ENDED"),
            "OVERDUE": ("RUNNING", "DISTRESS", "ENDED"),
            "DISTRESS": ("ENDED",),
            "ENDED": ("RUNNING", "DISTRESS"),
        },
    )
