"""What a watch would be without the silent call for help behind it stands beside what it is."""

from alembic import op

revision = "visit_0008"
down_revision = "visit_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, for calls that stand as well: their jobs go by the round."""
    op.execute(
        """
        ALTER TABLE visit.safety_watches
            ADD COLUMN alarm_round integer,
            ADD COLUMN shown_contact_ids uuid[],
            ADD COLUMN shown_update_time timestamptz
        """
    )
    # Its owner, too, sees no watch through the policies.
    op.execute("ALTER TABLE visit.safety_watches NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE visit.safety_watches SET alarm_round = round, shown_contact_ids = contact_ids, "
        "shown_update_time = update_time WHERE state = 'DISTRESS'"
    )
    op.execute("ALTER TABLE visit.safety_watches FORCE ROW LEVEL SECURITY")
