"""Disputes and what is shown in them."""

from alembic import op

from services.chassis.db.ddl import append_only, party_policy

revision = "deal_0003"
down_revision = "deal_0002"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE deal.disputes (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        deal_id uuid NOT NULL,
        buyer_id uuid,
        state text NOT NULL CHECK (state IN ('OPEN', 'UNDER_REVIEW', 'RESOLVED', 'WITHDRAWN')),
        reason text NOT NULL,
        party text NOT NULL CHECK (party IN ('BUYER', 'SELLER')),
        opener_id uuid NOT NULL,
        statement text NOT NULL CHECK (statement <> ''),
        responder_id uuid,
        response text NOT NULL DEFAULT '',
        response_deadline timestamptz NOT NULL,
        outcome text CHECK (outcome IN ('DISMISSED', 'REFUNDED', 'RELEASED', 'FORFEITED', 'SPLIT')),
        resolution text NOT NULL DEFAULT '',
        resolver_id uuid,
        payment_id uuid,
        currency_code text NOT NULL,
        refund_amount bigint NOT NULL DEFAULT 0 CHECK (refund_amount >= 0),
        release_amount bigint NOT NULL DEFAULT 0 CHECK (release_amount >= 0),
        forfeit_amount bigint NOT NULL DEFAULT 0 CHECK (forfeit_amount >= 0),
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL,
        update_time timestamptz NOT NULL,
        respond_time timestamptz,
        end_time timestamptz,
        PRIMARY KEY (organization_id, id),
        FOREIGN KEY (organization_id, deal_id) REFERENCES deal.deals (organization_id, id),
        FOREIGN KEY (organization_id, payment_id) REFERENCES deal.payments (organization_id, id),
        CHECK ((state = 'RESOLVED') = (outcome IS NOT NULL)),
        CHECK ((outcome IS NULL) = (resolver_id IS NULL)),
        -- Nobody decides a dispute in which they have part, whatever code says.
        CONSTRAINT disputes_own_cause_check
            CHECK (resolver_id NOT IN (opener_id, coalesce(responder_id, opener_id), coalesce(buyer_id, opener_id)))
    )""",
    # What keeps the deal's money where it is: one at a time, so that there is one to look for.
    """
    CREATE UNIQUE INDEX disputes_deal_key ON deal.disputes (organization_id, deal_id)
        WHERE state IN ('OPEN', 'UNDER_REVIEW')""",
    "CREATE INDEX disputes_of_deal_idx ON deal.disputes (organization_id, deal_id, id)",
    # Operators look at those of all organisations.
    "CREATE INDEX disputes_id_idx ON deal.disputes (id)",
    "CREATE INDEX disputes_buyer_idx ON deal.disputes (buyer_id, id) WHERE buyer_id IS NOT NULL",
    """
    CREATE TABLE deal.dispute_evidence (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        dispute_id uuid NOT NULL,
        buyer_id uuid,
        party text NOT NULL CHECK (party IN ('BUYER', 'SELLER')),
        actor_id uuid NOT NULL,
        description text NOT NULL,
        document_id uuid,
        visit_id uuid,
        certificate_id uuid,
        uri text NOT NULL DEFAULT '',
        sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
        create_time timestamptz NOT NULL,
        PRIMARY KEY (organization_id, id),
        FOREIGN KEY (organization_id, dispute_id) REFERENCES deal.disputes (organization_id, id),
        FOREIGN KEY (organization_id, document_id) REFERENCES deal.documents (organization_id, id),
        CHECK (num_nonnulls(document_id, certificate_id, nullif(uri, '')) = 1),
        CHECK ((visit_id IS NULL) = (certificate_id IS NULL))
    )""",
    # Operators again: it does not begin with the organisation.
    "CREATE INDEX dispute_evidence_dispute_idx ON deal.dispute_evidence (dispute_id, id)",
    "CREATE INDEX dispute_evidence_buyer_idx ON deal.dispute_evidence (buyer_id) WHERE buyer_id IS NOT NULL",
)


def upgrade() -> None:
    """Create everything."""
    for statement in TABLES:
        op.execute(statement)
    for table in ("disputes", "dispute_evidence"):
        party_policy(op, "deal", table, "buyer_id")
    append_only(op, "deal", "dispute_evidence")
