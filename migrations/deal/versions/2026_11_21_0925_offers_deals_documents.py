"""Offers and their rounds, deals and their timeline, pipelines and stages, documents."""

from alembic import op

from services.chassis.db.ddl import append_only, create_service_schema, party_policy, tenant_policy

revision = "deal_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE deal.offers (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        listing_id uuid NOT NULL,
        property_id uuid NOT NULL,
        buyer_id uuid NOT NULL,
        agent_id uuid,
        state text NOT NULL CHECK (state IN (
            'PENDING', 'COUNTERED', 'ACCEPTED', 'REJECTED', 'WITHDRAWN', 'EXPIRED', 'LAPSED', 'FELL_THROUGH')),
        awaiting text CHECK (awaiting IN ('BUYER', 'SELLER')),
        currency_code text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
        price bigint NOT NULL CHECK (price > 0),
        close_date date,
        message text NOT NULL DEFAULT '',
        round integer NOT NULL DEFAULT 0 CHECK (round >= 0),
        expire_time timestamptz NOT NULL,
        deal_id uuid,
        reason text NOT NULL DEFAULT '',
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        end_time timestamptz,
        PRIMARY KEY (organization_id, id),
        CHECK ((awaiting IS NOT NULL) = (state IN ('PENDING', 'COUNTERED')))
    )""",
    # The promise of the service: at most one accepted offer per listing, whatever several callers do at once.
    """
    CREATE UNIQUE INDEX offers_accepted_key ON deal.offers (organization_id, listing_id) WHERE state = 'ACCEPTED'""",
    """
    CREATE UNIQUE INDEX offers_open_key ON deal.offers (organization_id, listing_id, buyer_id)
        WHERE state IN ('PENDING', 'COUNTERED')""",
    "CREATE INDEX offers_listing_idx ON deal.offers (organization_id, listing_id, id)",
    "CREATE INDEX offers_buyer_idx ON deal.offers (buyer_id, id)",
    """
    CREATE TABLE deal.offer_rounds (
        organization_id uuid NOT NULL,
        offer_id uuid NOT NULL,
        round integer NOT NULL CHECK (round >= 0),
        buyer_id uuid NOT NULL,
        party text NOT NULL CHECK (party IN ('BUYER', 'SELLER')),
        actor_id uuid NOT NULL,
        currency_code text NOT NULL,
        price bigint NOT NULL CHECK (price > 0),
        close_date date,
        message text NOT NULL,
        expire_time timestamptz NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (organization_id, offer_id, round),
        FOREIGN KEY (organization_id, offer_id) REFERENCES deal.offers (organization_id, id)
    )""",
    "CREATE INDEX offer_rounds_buyer_idx ON deal.offer_rounds (buyer_id)",
    """
    CREATE TABLE deal.pipelines (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        display_name text NOT NULL CHECK (display_name <> ''),
        default_yn boolean NOT NULL DEFAULT false,
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (organization_id, id),
        CONSTRAINT pipelines_display_name_key UNIQUE (organization_id, display_name)
    )""",
    "CREATE UNIQUE INDEX pipelines_default_key ON deal.pipelines (organization_id) WHERE default_yn",
    """
    CREATE TABLE deal.stages (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        pipeline_id uuid NOT NULL,
        position integer NOT NULL CHECK (position >= 0),
        display_name text NOT NULL CHECK (display_name <> ''),
        probability integer NOT NULL CHECK (probability BETWEEN 0 AND 100),
        required_document_types text[] NOT NULL DEFAULT '{}',
        PRIMARY KEY (organization_id, id),
        FOREIGN KEY (organization_id, pipeline_id) REFERENCES deal.pipelines (organization_id, id),
        -- Deferred: stages change places within one transaction.
        CONSTRAINT stages_position_key UNIQUE (organization_id, pipeline_id, position) DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT stages_display_name_key UNIQUE (organization_id, pipeline_id, display_name)
            DEFERRABLE INITIALLY DEFERRED
    )""",
    """
    CREATE TABLE deal.deals (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        display_name text NOT NULL CHECK (display_name <> ''),
        state text NOT NULL CHECK (state IN ('OPEN', 'CLOSED', 'CANCELLED')),
        listing_id uuid,
        property_id uuid,
        offer_id uuid,
        buyer_id uuid,
        agent_id uuid,
        currency_code text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
        price bigint NOT NULL CHECK (price > 0),
        close_date date,
        pipeline_id uuid NOT NULL,
        stage_id uuid NOT NULL,
        stage_display_name text NOT NULL,
        probability integer NOT NULL,
        reason text NOT NULL DEFAULT '',
        stage_time timestamptz NOT NULL,
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        end_time timestamptz,
        PRIMARY KEY (organization_id, id),
        FOREIGN KEY (organization_id, offer_id) REFERENCES deal.offers (organization_id, id),
        FOREIGN KEY (organization_id, pipeline_id) REFERENCES deal.pipelines (organization_id, id),
        FOREIGN KEY (organization_id, stage_id) REFERENCES deal.stages (organization_id, id)
    )""",
    """
    CREATE UNIQUE INDEX deals_listing_key ON deal.deals (organization_id, listing_id)
        WHERE state = 'OPEN' AND listing_id IS NOT NULL""",
    "CREATE INDEX deals_buyer_idx ON deal.deals (buyer_id, id) WHERE buyer_id IS NOT NULL",
    "CREATE INDEX deals_stage_idx ON deal.deals (organization_id, stage_id)",
    """
    CREATE TABLE deal.deal_timeline (
        organization_id uuid NOT NULL,
        deal_id uuid NOT NULL,
        id uuid NOT NULL,
        buyer_id uuid,
        kind text NOT NULL,
        actor_id uuid,
        resource_id uuid,
        previous_value text NOT NULL DEFAULT '',
        new_value text NOT NULL DEFAULT '',
        note text NOT NULL DEFAULT '',
        -- What only members may read of it stays out of the buyer's timeline.
        members_only boolean NOT NULL DEFAULT false,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (organization_id, deal_id, id),
        FOREIGN KEY (organization_id, deal_id) REFERENCES deal.deals (organization_id, id)
    )""",
    "CREATE INDEX deal_timeline_buyer_idx ON deal.deal_timeline (buyer_id) WHERE buyer_id IS NOT NULL",
    """
    CREATE TABLE deal.documents (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        deal_id uuid NOT NULL,
        buyer_id uuid,
        document_type text NOT NULL,
        document_status text NOT NULL CHECK (document_status IN ('RECEIVED', 'ACCEPTED', 'REJECTED')),
        audience text NOT NULL CHECK (audience IN ('PARTIES', 'MEMBERS')),
        file_name text NOT NULL,
        media_type text NOT NULL,
        size_bytes bigint NOT NULL CHECK (size_bytes > 0),
        sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
        uploader_id uuid NOT NULL,
        verifier_id uuid,
        reason text NOT NULL DEFAULT '',
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL,
        verify_time timestamptz,
        PRIMARY KEY (organization_id, id),
        FOREIGN KEY (organization_id, deal_id) REFERENCES deal.deals (organization_id, id)
    )""",
    "CREATE INDEX documents_deal_idx ON deal.documents (organization_id, deal_id, id)",
    "CREATE INDEX documents_buyer_idx ON deal.documents (buyer_id) WHERE buyer_id IS NOT NULL",
    # Rejected bytes may be handed in again.
    """
    CREATE UNIQUE INDEX documents_bytes_key ON deal.documents (organization_id, deal_id, document_type, sha256)
        WHERE document_status <> 'REJECTED'""",
    """
    CREATE TABLE deal.document_contents (
        organization_id uuid NOT NULL,
        document_id uuid NOT NULL,
        content bytea NOT NULL,
        PRIMARY KEY (organization_id, document_id),
        FOREIGN KEY (organization_id, document_id) REFERENCES deal.documents (organization_id, id)
    )""",
    # Pictures and PDF are packed already.
    "ALTER TABLE deal.document_contents ALTER COLUMN content SET STORAGE EXTERNAL",
)


def upgrade() -> None:
    """Create everything."""
    create_service_schema(op, "deal")
    for statement in TABLES:
        op.execute(statement)
    for table in ("offers", "offer_rounds", "deals", "deal_timeline", "documents"):
        party_policy(op, "deal", table, "buyer_id")
    for table in ("pipelines", "stages", "document_contents"):
        tenant_policy(op, "deal", table)
    for table in ("offer_rounds", "deal_timeline", "document_contents"):
        append_only(op, "deal", table)
