"""Clocks of headsets by their batches, heartbeats, and batches that were refused."""

from alembic import op

from services.chassis.db import ddl

revision = "telemetry_0002"
down_revision = "telemetry_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and the table of refusals."""
    op.execute(
        """
        ALTER TABLE telemetry.positions
            ADD COLUMN lag_us bigint, ADD COLUMN epoch_first_us bigint, ADD COLUMN epoch_last_us bigint"""
    )
    op.execute(
        """
        ALTER TABLE telemetry.sessions
            ADD COLUMN clock_step_us bigint, ADD COLUMN heartbeat_time timestamptz NOT NULL DEFAULT now()"""
    )
    # At most a row per session and reason: a headset that sends nonsense makes numbers grow, not tables.
    op.execute(
        """
        CREATE TABLE telemetry.refusals (
            organization_id uuid NOT NULL,
            session_key bigint NOT NULL,
            reason smallint NOT NULL CHECK (reason BETWEEN 1 AND 255),
            batches bigint NOT NULL,
            events bigint NOT NULL,
            PRIMARY KEY (organization_id, session_key, reason)
        ) WITH (fillfactor = 70)"""
    )
    ddl.tenant_policy(op, "telemetry", "refusals")


def downgrade() -> None:
    """Take nothing back."""
    raise NotImplementedError("telemetry is never migrated back: restore a backup")
