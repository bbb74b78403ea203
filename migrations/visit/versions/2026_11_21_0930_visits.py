"""Visits, their history, codes and evidence, agents' hours; nobody is in two living visits at once."""

from alembic import op

from services.chassis.db.ddl import (
    ORGANIZATION,
    USER,
    append_only,
    create_service_schema,
    party_policy,
    protect,
    tenant_policy,
)

revision = "visit_0001"
down_revision = None
branch_labels = None
depends_on = None

LIVING = "state IN ('PENDING', 'COUNTERED', 'APPROVED', 'IN_PROGRESS')"
STATES = "'PENDING', 'COUNTERED', 'APPROVED', 'IN_PROGRESS', 'COMPLETED', 'REJECTED', 'CANCELLED', 'EXPIRED', 'NO_SHOW'"


def _alone(name: str, column: str, begin: str, end: str) -> str:
    """A constraint by which a calendar holds one living visit at a time.

    Core Postgres has no GiST operators for uuid; a range of one uuid has them. Back-to-back visits do not overlap.
    """
    return (
        f"CONSTRAINT {name} EXCLUDE USING gist ("
        f"visit.uuidrange({column}, {column}, '[]') WITH &&, tstzrange({begin}, {end}, '[)') WITH &&"
        f") WHERE ({LIVING})"
    )


TABLES = (
    "CREATE TYPE visit.uuidrange AS RANGE (subtype = uuid)",
    f"""
    CREATE TABLE visit.visits (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        listing_id uuid NOT NULL,
        property_id uuid NOT NULL,
        buyer_id uuid NOT NULL,
        agent_id uuid NOT NULL,
        state text NOT NULL CHECK (state IN ({STATES})),
        start_time timestamptz NOT NULL,
        end_time timestamptz NOT NULL,
        busy_start_time timestamptz NOT NULL,
        busy_end_time timestamptz NOT NULL,
        time_zone text NOT NULL,
        proposed_by text NOT NULL CHECK (proposed_by IN ('BUYER', 'AGENT')),
        round integer NOT NULL DEFAULT 0,
        sequence integer NOT NULL DEFAULT 0,
        showing_request_type text NOT NULL DEFAULT 'UNSPECIFIED',
        showing_method text NOT NULL DEFAULT 'UNSPECIFIED',
        confirmation text NOT NULL DEFAULT 'ANY_CONTACT',
        contact_ids uuid[] NOT NULL DEFAULT '{{}}',
        confirmed_ids uuid[] NOT NULL DEFAULT '{{}}',
        note text NOT NULL DEFAULT '',
        reason text NOT NULL DEFAULT '',
        former_start_time timestamptz,
        former_end_time timestamptz,
        latitude double precision,
        longitude double precision,
        expire_time timestamptz,
        approve_time timestamptz,
        meet_time timestamptz,
        close_time timestamptz,
        evidence_score integer CHECK (evidence_score BETWEEN 0 AND 100),
        needs_review boolean NOT NULL DEFAULT false,
        absent_user_id uuid,
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (organization_id, id),
        CHECK (buyer_id <> agent_id),
        CHECK (isfinite(start_time) AND isfinite(end_time) AND start_time < end_time),
        CHECK (isfinite(busy_start_time) AND isfinite(busy_end_time)),
        CHECK (busy_start_time <= start_time AND end_time <= busy_end_time),
        CHECK ((former_start_time IS NULL) = (former_end_time IS NULL)),
        CHECK ((latitude IS NULL) = (longitude IS NULL)),
        {_alone("visits_agent_free", "agent_id", "busy_start_time", "busy_end_time")},
        {_alone("visits_property_free", "property_id", "start_time", "end_time")},
        {_alone("visits_buyer_free", "buyer_id", "start_time", "end_time")}
    )""",
    # Lists: of an organisation, of a buyer whatever the organisation, of an agent.
    "CREATE INDEX visits_start_idx ON visit.visits (organization_id, start_time, id)",
    "CREATE INDEX visits_buyer_idx ON visit.visits (buyer_id, start_time, id)",
    "CREATE INDEX visits_agent_idx ON visit.visits (agent_id, start_time, id)",
    "CREATE INDEX visits_contacts_idx ON visit.visits USING gin (contact_ids)",
    # A party finds a visit without naming its organisation.
    "CREATE INDEX visits_id_idx ON visit.visits (id)",
    """
    CREATE TABLE visit.visit_changes (
        organization_id uuid NOT NULL,
        visit_id uuid NOT NULL,
        id uuid NOT NULL,
        buyer_id uuid NOT NULL,
        verb text NOT NULL,
        previous_state text NOT NULL,
        state text NOT NULL,
        start_time timestamptz NOT NULL,
        end_time timestamptz NOT NULL,
        sequence integer NOT NULL,
        actor_id uuid,
        party text NOT NULL,
        reason text NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (organization_id, visit_id, id),
        FOREIGN KEY (organization_id, visit_id) REFERENCES visit.visits (organization_id, id)
    )""",
    # One row per visit: the code that is good now. Only a hash is kept.
    """
    CREATE TABLE visit.visit_codes (
        organization_id uuid NOT NULL,
        visit_id uuid NOT NULL,
        buyer_id uuid NOT NULL,
        salt bytea NOT NULL,
        code_hash bytea NOT NULL,
        issued integer NOT NULL,
        tries integer NOT NULL,
        expire_time timestamptz NOT NULL,
        use_time timestamptz,
        PRIMARY KEY (organization_id, visit_id),
        FOREIGN KEY (organization_id, visit_id) REFERENCES visit.visits (organization_id, id)
    )""",
    # Places of people: for the organisation that has to judge them, not for the other party.
    """
    CREATE TABLE visit.visit_evidence (
        organization_id uuid NOT NULL,
        visit_id uuid NOT NULL,
        id uuid NOT NULL,
        verb text NOT NULL,
        user_id uuid,
        fixes jsonb NOT NULL,
        signals jsonb NOT NULL,
        score integer NOT NULL CHECK (score BETWEEN 0 AND 100),
        create_time timestamptz NOT NULL,
        PRIMARY KEY (organization_id, visit_id, id),
        FOREIGN KEY (organization_id, visit_id) REFERENCES visit.visits (organization_id, id)
    )""",
    # How listings are shown; of a listing without a row, the agent confirms visits.
    """
    CREATE TABLE visit.showing_rules (
        organization_id uuid NOT NULL,
        listing_id uuid NOT NULL,
        confirmation text NOT NULL
            CHECK (confirmation IN ('AUTO', 'ANY_CONTACT', 'ALL_CONTACTS', 'INSTRUCTIONS_ONLY')),
        contacts jsonb NOT NULL,
        showing_instructions text NOT NULL,
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (organization_id, listing_id)
    )""",
    # When agents receive visits; an agent without a row may be asked for any time.
    """
    CREATE TABLE visit.availability (
        organization_id uuid NOT NULL,
        agent_id uuid NOT NULL,
        time_zone text NOT NULL,
        weekly jsonb NOT NULL,
        overrides jsonb NOT NULL,
        blackouts jsonb NOT NULL,
        buffer_before_minutes integer NOT NULL,
        buffer_after_minutes integer NOT NULL,
        minimum_notice_minutes integer NOT NULL,
        horizon_days integer NOT NULL,
        daily_limit integer NOT NULL,
        slot_interval_minutes integer NOT NULL CHECK (slot_interval_minutes > 0),
        slot_duration_minutes integer NOT NULL CHECK (slot_duration_minutes > 0),
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (organization_id, agent_id)
    )""",
)


def upgrade() -> None:
    """Create everything."""
    create_service_schema(op, "visit")
    for statement in TABLES:
        op.execute(statement)
    parties = f"organization_id = {ORGANIZATION} OR buyer_id = {USER}"
    # Contacts of a listing see its visits; what they say is written as the organisation.
    protect(op, "visit", "visits", app_using=f"{parties} OR contact_ids @> ARRAY[{USER}]", app_check=parties)
    for table in ("visit_changes", "visit_codes"):
        party_policy(op, "visit", table, "buyer_id", parties_write=True)
    for table in ("visit_evidence", "availability", "showing_rules"):
        tenant_policy(op, "visit", table)
    append_only(op, "visit", "visit_changes")
    append_only(op, "visit", "visit_evidence")
