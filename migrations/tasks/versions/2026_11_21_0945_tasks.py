"""What every service has; the queue itself is the schema `jobs`."""

from alembic import op

from services.chassis.db import ddl

revision = "tasks_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables for idempotency keys and events."""
    ddl.create_service_schema(op, "tasks")
