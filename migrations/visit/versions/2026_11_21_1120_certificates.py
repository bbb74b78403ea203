"""Certificates of completed visits, chained per organisation, written once."""

from alembic import op

from services.chassis.db.ddl import append_only, party_policy, tenant_policy

revision = "visit_0004"
down_revision = "visit_0003"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE visit.visit_certificates (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        sequence bigint NOT NULL CHECK (sequence > 0),
        visit_id uuid NOT NULL,
        listing_id uuid NOT NULL,
        property_id uuid NOT NULL,
        buyer_id uuid NOT NULL,
        agent_id uuid NOT NULL,
        recorder_id uuid NOT NULL,
        start_time timestamptz NOT NULL,
        end_time timestamptz NOT NULL,
        meet_time timestamptz,
        complete_time timestamptz NOT NULL,
        code_used boolean NOT NULL,
        overridden boolean NOT NULL,
        evidence_score integer NOT NULL CHECK (evidence_score BETWEEN 0 AND 100),
        needs_review boolean NOT NULL,
        content text NOT NULL,
        previous_hash bytea NOT NULL CHECK (length(previous_hash) = 32),
        hash bytea NOT NULL CHECK (length(hash) = 32),
        signature bytea NOT NULL CHECK (length(signature) = 64),
        key_id text NOT NULL,
        PRIMARY KEY (organization_id, id),
        CONSTRAINT visit_certificates_place UNIQUE (organization_id, sequence),
        CONSTRAINT visit_certificates_visit UNIQUE (organization_id, visit_id),
        FOREIGN KEY (organization_id, visit_id) REFERENCES visit.visits (organization_id, id)
    )""",
    "CREATE INDEX visit_certificates_id_idx ON visit.visit_certificates (id)",
    "CREATE INDEX visit_certificates_visit_idx ON visit.visit_certificates (visit_id)",
    "CREATE INDEX visit_certificates_buyer_idx ON visit.visit_certificates (buyer_id)",
    """
    CREATE TABLE visit.certificate_heads (
        organization_id uuid PRIMARY KEY,
        sequence bigint NOT NULL,
        hash bytea NOT NULL
    )""",
    "ALTER TABLE visit.visits ADD COLUMN certificate_id uuid",
)


def upgrade() -> None:
    """Create everything."""
    for statement in TABLES:
        op.execute(statement)
    party_policy(op, "visit", "visit_certificates", "buyer_id")
    tenant_policy(op, "visit", "certificate_heads")
    append_only(op, "visit", "visit_certificates")
