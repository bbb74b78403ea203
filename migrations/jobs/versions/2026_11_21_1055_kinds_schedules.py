"""What operators may start, what starts by the clock, how far runs are, and why they ended."""

from alembic import op

revision = "jobs_0002"
down_revision = "jobs_0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    # Constants as defaults: Postgres rewrites nothing.
    """
    ALTER TABLE jobs.runs
        ADD COLUMN begin_time timestamptz,
        ADD COLUMN cancel_requested boolean NOT NULL DEFAULT false,
        ADD COLUMN progress_done bigint,
        ADD COLUMN progress_total bigint,
        ADD COLUMN progress_time timestamptz
    """,
    # Runs that did not end well. A run that ended well leaves nothing: it would cost every job a row.
    """
    CREATE TABLE jobs.attempts (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        job_id bigint NOT NULL,
        begin_time timestamptz,
        end_time timestamptz NOT NULL DEFAULT now(),
        outcome text NOT NULL CHECK (outcome IN ('FAILED', 'CRASHED', 'CANCELLED')),
        error text NOT NULL DEFAULT ''
    )
    """,
    "CREATE INDEX attempts_job_id_idx ON jobs.attempts (job_id, id)",
    "CREATE INDEX attempts_end_time_idx ON jobs.attempts (end_time)",
    # Kinds of jobs that may be started on request, as the workers that can do them describe them. The payload is
    # described by its own proto files, so that whoever takes the request need not be the service that does the work.
    """
    CREATE TABLE jobs.kinds (
        name text PRIMARY KEY,
        description text NOT NULL,
        permission text NOT NULL,
        single boolean NOT NULL,
        priority integer NOT NULL,
        payload_type text NOT NULL,
        payload_files bytea NOT NULL,
        update_time timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE jobs.schedules (
        name text PRIMARY KEY,
        kind text NOT NULL,
        payload bytea NOT NULL,
        priority integer NOT NULL,
        cron text NOT NULL,
        time_zone text NOT NULL,
        declared boolean NOT NULL,
        paused boolean NOT NULL DEFAULT false,
        next_time timestamptz NOT NULL,
        last_time timestamptz,
        last_job_id bigint,
        fired_count bigint NOT NULL DEFAULT 0,
        skipped_count bigint NOT NULL DEFAULT 0,
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX schedules_next_time_idx ON jobs.schedules (next_time) WHERE NOT paused",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON jobs.attempts, jobs.kinds TO doorstep_app, doorstep_system",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON jobs.schedules TO doorstep_app, doorstep_system",
)


def upgrade() -> None:
    """Add them."""
    for statement in STATEMENTS:
        op.execute(statement)
