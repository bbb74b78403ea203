"""A step that the state machines do not have is refused by the database, too."""

from alembic import op

from services.chassis.db import ddl

revision = "identity_0004"
down_revision = "identity_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the triggers; they look at no row that is there."""
    ddl.guard_states(
        op,
        "identity",
        "users",
        start=("active",),
        steps={
            "active": ("deleted",),
            "deleted": ("active",),
        },
    )
    ddl.guard_states(
        op,
        "identity",
        "invitations",
        start=("pending",),
        steps={
            "pending": ("accepted", "revoked", "expired"),
        },
    )
    ddl.guard_states(
        op,
        "identity",
        "api_keys",
        start=("active",),
        steps={
            "active": ("revoked", "expired"),
            "expired": ("revoked",),
        },
    )
