"""A step that the state machines do not have is refused by the database, too."""

from alembic import op

from services.chassis.db import ddl

revision = "property_0006"
down_revision = "property_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the triggers; they look at no row that is there."""
    ddl.guard_states(
        op,
        "property",
        "properties",
        start=("ACTIVE",),
        steps={
            "ACTIVE": ("ARCHIVED",),
            "ARCHIVED": ("ACTIVE",),
        },
    )
    ddl.guard_states(
        op,
        "property",
        "listings",
        column="standard_status",
        start=("INCOMPLETE", "ACTIVE", "CLOSED"),
        steps={
            "INCOMPLETE": ("COMING_SOON", "ACTIVE", "CANCELED", "DELETE"),
            "COMING_SOON": ("ACTIVE", "HOLD", "WITHDRAWN", "CANCELED", "EXPIRED", "CLOSED"),
            "ACTIVE": ("ACTIVE_UNDER_CONTRACT", "PENDING", "HOLD", "WITHDRAWN", "CANCELED", "EXPIRED", "CLOSED"),
            "ACTIVE_UNDER_CONTRACT": ("ACTIVE", "PENDING", "WITHDRAWN", "CANCELED", "CLOSED"),
            "PENDING": ("ACTIVE", "WITHDRAWN", "CANCELED", "CLOSED"),
            "HOLD": ("ACTIVE", "WITHDRAWN", "CANCELED", "EXPIRED"),
            "WITHDRAWN": ("ACTIVE", "CANCELED", "EXPIRED"),
            "CANCELED": ("DELETE",),
            "EXPIRED": ("ACTIVE",),
        },
    )
    ddl.guard_states(
        op,
        "property",
        "imports",
        start=("PENDING",),
        steps={
            "PENDING": ("RUNNING", "FAILED", "CANCELLED"),
            "RUNNING": ("SUCCEEDED", "FAILED", "CANCELLED"),
        },
    )
