"""A step that the state machines do not have is refused by the database, too."""

from alembic import op

from services.chassis.db import ddl

revision = "deal_0009"
down_revision = "deal_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the triggers; they look at no row that is there."""
    ddl.guard_states(
        op,
        "deal",
        "offers",
        start=("PENDING",),
        steps={
            "PENDING": ("COUNTERED", "ACCEPTED", "REJECTED", "WITHDRAWN", "EXPIRED", "LAPSED"),
            "COUNTERED": ("ACCEPTED", "REJECTED", "WITHDRAWN", "EXPIRED", "LAPSED"),
            "ACCEPTED": ("FELL_THROUGH",),
        },
    )
    ddl.guard_states(
        op,
        "deal",
        "deals",
        start=("OPEN",),
        steps={
            "OPEN": ("CLOSED", "CANCELLED"),
        },
    )
    ddl.guard_states(
        op,
        "deal",
        "documents",
        column="document_status",
        start=("RECEIVED",),
        steps={
            "RECEIVED": ("ACCEPTED", "REJECTED"),
        },
    )
    ddl.guard_states(
        op,
        "deal",
        "disputes",
        start=("OPEN",),
        steps={
            "OPEN": ("UNDER_REVIEW", "RESOLVED", "WITHDRAWN"),
            "UNDER_REVIEW": ("RESOLVED", "WITHDRAWN"),
        },
    )
    ddl.guard_states(
        op,
        "deal",
        "payments",
        start=("CREATED",),
        steps={
            "CREATED": ("HELD", "FAILED", "CANCELLED"),
            "HELD": ("RELEASED", "REFUNDING", "FORFEITED"),
            "RELEASED": ("REFUNDING", "FORFEITED"),
            "REFUNDING": ("HELD", "REFUNDED", "REFUND_RETURNED"),
            "REFUNDED": ("REFUND_RETURNED",),
            "FAILED": ("HELD",),
            "REFUND_RETURNED": ("REFUNDING",),
            "CANCELLED": ("HELD",),
        },
    )
    ddl.guard_states(
        op,
        "deal",
        "payouts",
        start=("REQUESTED",),
        steps={
            "REQUESTED": ("APPROVED", "REJECTED", "CANCELLED"),
            "APPROVED": ("PAID", "FAILED"),
            "PAID": ("FAILED",),
        },
    )
    ddl.guard_states(
        op,
        "deal",
        "reconciliations",
        start=("OPEN",),
        steps={
            "OPEN": ("CLOSED", "DISCARDED"),
        },
    )
