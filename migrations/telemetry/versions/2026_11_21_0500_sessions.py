"""Sessions, positions, samples in chunks, events in rows, rollups; a partition per day."""

from alembic import op

from services.chassis.db import ddl

revision = "telemetry_0001"
down_revision = None
branch_labels = None
depends_on = None

DAILY = ("sample_chunks", "events", "rejected_events")


def upgrade() -> None:
    """Make every table of the first release."""
    ddl.create_service_schema(op, "telemetry")
    sessions()
    samples()
    partitions()
    for table in ("sessions", "positions", "names", "rollups", *DAILY):
        ddl.tenant_policy(op, "telemetry", table)
    op.execute("SELECT telemetry.create_partitions((now() AT TIME ZONE 'UTC')::date - 1, 9)")


def sessions() -> None:
    # The surrogate key is what samples carry: 8 bytes instead of 16 per row, and a smaller index.
    op.execute(
        """
        CREATE TABLE telemetry.sessions (
            organization_id uuid NOT NULL,
            session_key bigint GENERATED ALWAYS AS IDENTITY,
            session_id uuid NOT NULL,
            property_id uuid NOT NULL,
            participant_id text NOT NULL,
            state text NOT NULL CHECK (state IN ('active', 'ended', 'abandoned')),
            coordinate_system smallint NOT NULL,
            started_at_us bigint NOT NULL,
            ended_at_us bigint,
            device_model text NOT NULL,
            app_version text NOT NULL,
            scene text NOT NULL,
            clock_offset_us bigint,
            clock_error_us bigint,
            declared_count bigint NOT NULL DEFAULT 0,
            create_time timestamptz NOT NULL DEFAULT now(),
            end_time timestamptz,
            PRIMARY KEY (organization_id, session_key),
            UNIQUE (organization_id, session_id),
            CHECK ((state = 'active') = (ended_at_us IS NULL))
        )"""
    )
    op.execute("CREATE INDEX sessions_started_idx ON telemetry.sessions (organization_id, started_at_us, session_key)")
    op.execute(
        "CREATE INDEX sessions_property_idx ON telemetry.sessions "
        "(organization_id, property_id, started_at_us, session_key)"
    )
    op.execute("CREATE INDEX sessions_active_idx ON telemetry.sessions (create_time) WHERE state = 'active'")
    # Half-empty pages keep the updates heap-only: one per batch, on the same row again and again.
    op.execute(
        """
        CREATE TABLE telemetry.positions (
            organization_id uuid NOT NULL,
            session_key bigint NOT NULL,
            stream smallint NOT NULL CHECK (stream BETWEEN 0 AND 255),
            last_part integer NOT NULL DEFAULT 0,
            stored bigint NOT NULL DEFAULT 0,
            duplicate bigint NOT NULL DEFAULT 0,
            rejected bigint NOT NULL DEFAULT 0,
            closed boolean NOT NULL DEFAULT false,
            receive_time timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (organization_id, session_key, stream)
        ) WITH (fillfactor = 50)"""
    )
    # Names of zones (1) and objects (2).
    op.execute(
        """
        CREATE TABLE telemetry.names (
            organization_id uuid NOT NULL,
            kind smallint NOT NULL CHECK (kind IN (1, 2)),
            name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 100),
            name_id integer GENERATED ALWAYS AS IDENTITY,
            PRIMARY KEY (organization_id, kind, name),
            UNIQUE (organization_id, name_id)
        )"""
    )
    op.execute(
        """
        CREATE TABLE telemetry.rollups (
            organization_id uuid NOT NULL,
            session_key bigint NOT NULL,
            name_id integer NOT NULL,
            gaze_samples bigint NOT NULL,
            gaze_us bigint NOT NULL,
            visits integer NOT NULL,
            presence_us bigint NOT NULL DEFAULT 0,
            interactions integer NOT NULL,
            PRIMARY KEY (organization_id, session_key, name_id)
        ) WITH (fillfactor = 70)"""
    )


def samples() -> None:
    # `day` is the server's date of the receipt: the clock of a headset must not choose a partition.
    op.execute(
        """
        CREATE TABLE telemetry.sample_chunks (
            organization_id uuid NOT NULL,
            session_key bigint NOT NULL,
            stream smallint NOT NULL,
            part integer NOT NULL,
            kind smallint NOT NULL CHECK (kind IN (2, 3)),
            day date NOT NULL,
            samples integer NOT NULL,
            first_us bigint NOT NULL,
            last_us bigint NOT NULL,
            receive_time timestamptz NOT NULL DEFAULT now(),
            data bytea STORAGE EXTERNAL NOT NULL,
            PRIMARY KEY (organization_id, session_key, stream, part, kind, day)
        ) PARTITION BY RANGE (day)"""
    )
    op.execute(
        """
        CREATE TABLE telemetry.events (
            organization_id uuid NOT NULL,
            session_key bigint NOT NULL,
            stream smallint NOT NULL,
            part integer NOT NULL,
            ordinal smallint NOT NULL,
            kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 5),
            day date NOT NULL,
            time_us bigint NOT NULL,
            zone_id integer NOT NULL,
            object_id integer NOT NULL,
            name text NOT NULL,
            x real NOT NULL,
            y real NOT NULL,
            z real NOT NULL,
            duration_us bigint NOT NULL,
            properties jsonb,
            receive_time timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (organization_id, session_key, stream, part, ordinal, day)
        ) PARTITION BY RANGE (day)"""
    )
    op.execute(
        "CREATE INDEX events_zone_idx ON telemetry.events (organization_id, session_key, zone_id, time_us) "
        "WHERE zone_id <> 0"
    )
    op.execute(
        """
        CREATE TABLE telemetry.rejected_events (
            organization_id uuid NOT NULL,
            session_key bigint NOT NULL,
            stream smallint NOT NULL,
            part integer NOT NULL,
            batch_column smallint NOT NULL,
            ordinal smallint NOT NULL,
            reason smallint NOT NULL,
            day date NOT NULL,
            payload jsonb NOT NULL,
            receive_time timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (organization_id, session_key, stream, part, batch_column, ordinal, day)
        ) PARTITION BY RANGE (day)"""
    )


def partitions() -> None:
    """Functions that run with the owner's rights: the services may not make tables themselves."""
    tables = ", ".join(f"'{t}'" for t in DAILY)
    op.execute(
        f"""
        CREATE FUNCTION telemetry.create_partitions(first date, days integer) RETURNS integer
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = telemetry, pg_temp AS $$
        DECLARE parent text; partition text; d date; made integer := 0;
        BEGIN
            IF days NOT BETWEEN 1 AND 60 THEN RAISE EXCEPTION 'days must be 1 to 60'; END IF;
            PERFORM pg_advisory_xact_lock(7205759403792794);
            FOREACH parent IN ARRAY ARRAY[{tables}] LOOP
                FOR n IN 0 .. days - 1 LOOP
                    d := first + n;
                    partition := parent || '_' || to_char(d, 'YYYYMMDD');
                    CONTINUE WHEN to_regclass('telemetry.' || partition) IS NOT NULL;
                    -- Attaching, unlike PARTITION OF, does not lock out those who read and write.
                    EXECUTE format('CREATE TABLE telemetry.%I (LIKE telemetry.%I INCLUDING ALL)', partition, parent);
                    -- Rows are reached through the parent and its policies only.
                    EXECUTE format('ALTER TABLE telemetry.%I ENABLE ROW LEVEL SECURITY', partition);
                    EXECUTE format('ALTER TABLE telemetry.%I FORCE ROW LEVEL SECURITY', partition);
                    EXECUTE format('REVOKE ALL ON telemetry.%I FROM doorstep_app, doorstep_system', partition);
                    EXECUTE format('ALTER TABLE telemetry.%I ATTACH PARTITION telemetry.%I '
                                   'FOR VALUES FROM (%L) TO (%L)', parent, partition, d, d + 1);
                    made := made + 1;
                END LOOP;
            END LOOP;
            RETURN made;
        END $$"""
    )
    op.execute(
        f"""
        CREATE FUNCTION telemetry.drop_partitions(before date) RETURNS integer
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = telemetry, pg_temp SET lock_timeout = '2s' AS $$
        DECLARE partition regclass; dropped integer := 0;
        BEGIN
            IF before > current_date - 7 THEN RAISE EXCEPTION 'a week is kept in any case'; END IF;
            PERFORM pg_advisory_xact_lock(7205759403792794);
            FOR partition IN
                SELECT i.inhrelid::regclass FROM pg_inherits i
                JOIN pg_class parent ON parent.oid = i.inhparent
                JOIN pg_class child ON child.oid = i.inhrelid
                WHERE parent.relnamespace = 'telemetry'::regnamespace AND parent.relname IN ({tables})
                  AND to_date(right(child.relname, 8), 'YYYYMMDD') < before
            LOOP
                EXECUTE format('DROP TABLE %s', partition);
                dropped := dropped + 1;
            END LOOP;
            RETURN dropped;
        END $$"""
    )
    for function in ("create_partitions(date, integer)", "drop_partitions(date)"):
        op.execute(f"REVOKE ALL ON FUNCTION telemetry.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION telemetry.{function} TO doorstep_app, doorstep_system")


def downgrade() -> None:
    raise NotImplementedError("telemetry is never migrated back: restore a backup")
