"""Who asked for which task, and what was done to tasks; the queue itself is the schema `jobs`."""

from alembic import op

from services.chassis.db import ddl

revision = "tasks_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables for idempotency keys and events, and our own."""
    ddl.create_service_schema(op, "tasks")
    op.execute(
        """
        CREATE TABLE tasks.requests (
            task_id bigint PRIMARY KEY,
            kind text NOT NULL,
            organization_id uuid,
            user_id uuid,
            create_time timestamptz NOT NULL DEFAULT now()
        )"""
    )
    op.execute("CREATE INDEX requests_organization_id_idx ON tasks.requests (organization_id, task_id)")
    op.execute("CREATE INDEX requests_create_time_idx ON tasks.requests (create_time)")
    ddl.tenant_policy(op, "tasks", "requests")
    op.execute(
        """
        CREATE TABLE tasks.actions (
            id uuid PRIMARY KEY,
            action text NOT NULL,
            caller text NOT NULL,
            user_id uuid,
            target text NOT NULL,
            kind text NOT NULL DEFAULT '',
            detail text NOT NULL DEFAULT '',
            request_id text NOT NULL DEFAULT '',
            create_time timestamptz NOT NULL DEFAULT now()
        )"""
    )
    op.execute("CREATE INDEX actions_target_idx ON tasks.actions (target, id)")
    ddl.system_policy(op, "tasks", "actions")
    ddl.append_only(op, "tasks", "actions")
