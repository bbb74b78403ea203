"""Inboxes, notifications, preferences, deliveries with their attempts, the mailbox of development."""

from alembic import op

from services.chassis.db import ddl

revision = "outreach_0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "outreach"
OWN = f"user_id = {ddl.USER}"
TYPE = "type text NOT NULL CHECK (length(type) BETWEEN 1 AND 64)"
CHANNELS = "('EMAIL', 'SMS')"


def upgrade() -> None:
    """Make every table. Rows belong to a user, who may have no organisation, and are seen by nobody else."""
    ddl.create_service_schema(op, SCHEMA)
    inboxes()
    preferences()
    deliveries()
    mailbox()


def inboxes() -> None:
    # Locked by whoever adds an entry: sequences rise without gaps, in the order of the commits.
    op.execute(
        """
        CREATE TABLE outreach.inboxes (
            user_id uuid PRIMARY KEY,
            last_sequence bigint NOT NULL DEFAULT 0
        )"""
    )
    op.execute(
        f"""
        CREATE TABLE outreach.notifications (
            user_id uuid NOT NULL,
            id uuid NOT NULL,
            {TYPE},
            title text NOT NULL,
            body text NOT NULL,
            language_code text NOT NULL,
            resource_type text NOT NULL,
            resource_id text NOT NULL,
            gather_key text NOT NULL,
            gather_position bigint NOT NULL DEFAULT 0,
            event_count integer NOT NULL DEFAULT 1,
            sequence bigint,
            read_time timestamptz,
            delete_time timestamptz,
            create_time timestamptz NOT NULL DEFAULT now(),
            update_time timestamptz NOT NULL DEFAULT now(),
            version bigint NOT NULL DEFAULT 1,
            PRIMARY KEY (user_id, id)
        )"""
    )
    op.execute("CREATE UNIQUE INDEX notifications_sequence_key ON outreach.notifications (user_id, sequence)")
    op.execute(
        "CREATE INDEX notifications_unread_idx ON outreach.notifications (user_id, sequence) "
        "WHERE read_time IS NULL AND delete_time IS NULL"
    )
    op.execute(
        "CREATE UNIQUE INDEX notifications_gather_key ON outreach.notifications (user_id, gather_key) "
        "WHERE gather_key <> '' AND read_time IS NULL AND delete_time IS NULL"
    )
    op.execute("CREATE INDEX notifications_create_time_idx ON outreach.notifications (create_time)")
    # What was told: an event is told to a person once, whatever is run again.
    op.execute(
        """
        CREATE TABLE outreach.told (
            user_id uuid NOT NULL,
            event_id uuid NOT NULL,
            notification_id uuid NOT NULL,
            create_time timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (user_id, event_id)
        )"""
    )
    op.execute("CREATE INDEX told_create_time_idx ON outreach.told (create_time)")
    # How far somebody has read where things are gathered: a job that comes late must not tell of it again.
    op.execute(
        """
        CREATE TABLE outreach.read_positions (
            user_id uuid NOT NULL,
            gather_key text NOT NULL,
            position bigint NOT NULL,
            PRIMARY KEY (user_id, gather_key)
        )"""
    )
    ddl.system_policy(op, SCHEMA, "read_positions")
    ddl.protect(op, SCHEMA, "notifications", app_using=OWN, app_check=OWN)
    ddl.protect(op, SCHEMA, "inboxes", app_using=OWN, app_check=OWN)
    ddl.system_policy(op, SCHEMA, "told")


def preferences() -> None:
    # One row holds all choices of a user: read with one look-up for every message, changed under one version.
    op.execute(
        """
        CREATE TABLE outreach.preferences (
            user_id uuid PRIMARY KEY,
            choices jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(choices) = 'object'),
            create_time timestamptz NOT NULL DEFAULT now(),
            update_time timestamptz NOT NULL DEFAULT now(),
            version bigint NOT NULL DEFAULT 1
        )"""
    )
    ddl.protect(op, SCHEMA, "preferences", app_using=OWN, app_check=OWN)


def deliveries() -> None:
    op.execute(
        f"""
        CREATE TABLE outreach.deliveries (
            user_id uuid NOT NULL,
            id uuid NOT NULL,
            notification_id uuid NOT NULL,
            {TYPE},
            channel text NOT NULL CHECK (channel IN {CHANNELS}),
            state text NOT NULL
                CHECK (state IN ('QUEUED', 'SENDING', 'SENT', 'SUPPRESSED', 'FAILED', 'UNKNOWN')),
            suppression text NOT NULL DEFAULT ''
                CHECK (suppression IN ('', 'PREFERENCE', 'NO_ADDRESS', 'NO_PROVIDER')),
            attempt_count integer NOT NULL DEFAULT 0,
            sent_time timestamptz,
            create_time timestamptz NOT NULL DEFAULT now(),
            update_time timestamptz NOT NULL DEFAULT now(),
            version bigint NOT NULL DEFAULT 1,
            PRIMARY KEY (user_id, id),
            CHECK ((state = 'SUPPRESSED') = (suppression <> '')),
            CHECK ((state = 'SENT') = (sent_time IS NOT NULL))
        )"""
    )
    op.execute("CREATE INDEX deliveries_notification_idx ON outreach.deliveries (user_id, notification_id, id)")
    op.execute("CREATE INDEX deliveries_create_time_idx ON outreach.deliveries (create_time)")
    op.execute(
        """
        CREATE TABLE outreach.delivery_attempts (
            user_id uuid NOT NULL,
            delivery_id uuid NOT NULL,
            number integer NOT NULL CHECK (number >= 1),
            provider text NOT NULL,
            outcome text NOT NULL DEFAULT '' CHECK (outcome IN ('', 'SENT', 'DEFERRED', 'REFUSED', 'UNKNOWN')),
            detail text NOT NULL DEFAULT '',
            start_time timestamptz NOT NULL,
            end_time timestamptz,
            PRIMARY KEY (user_id, delivery_id, number),
            FOREIGN KEY (user_id, delivery_id) REFERENCES outreach.deliveries (user_id, id) ON DELETE CASCADE
        )"""
    )
    # Only the system writes what was sent; people read their own.
    for table in ("deliveries", "delivery_attempts"):
        ddl.protect(op, SCHEMA, table, app_using=OWN, app_check=OWN)
        op.execute(f"REVOKE INSERT, UPDATE, DELETE ON outreach.{table} FROM doorstep_app")


def mailbox() -> None:
    op.execute(
        f"""
        CREATE TABLE outreach.mailbox (
            user_id uuid NOT NULL,
            id uuid NOT NULL,
            delivery_id uuid NOT NULL,
            channel text NOT NULL CHECK (channel IN {CHANNELS}),
            recipient text NOT NULL,
            subject text NOT NULL,
            body text NOT NULL,
            html text NOT NULL,
            calendar text NOT NULL DEFAULT '',
            create_time timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (user_id, id)
        )"""
    )
    op.execute("CREATE UNIQUE INDEX mailbox_delivery_key ON outreach.mailbox (user_id, delivery_id)")
    op.execute("CREATE INDEX mailbox_create_time_idx ON outreach.mailbox (create_time)")
    ddl.protect(op, SCHEMA, "mailbox", app_using=OWN, app_check=OWN)
    op.execute("REVOKE INSERT, UPDATE, DELETE ON outreach.mailbox FROM doorstep_app")
