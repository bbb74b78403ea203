"""Reviews of completed visits, and references to their photos."""

from alembic import op

from services.chassis.db.ddl import party_policy

revision = "visit_0002"
down_revision = "visit_0001"
branch_labels = None
depends_on = None

PUBLIC = "WHERE state = 'PUBLISHED' AND party = 'BUYER'"
REFUSED = "WHERE state = 'REJECTED' AND party = 'BUYER'"

TABLES = (
    """
    CREATE TABLE visit.reviews (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        visit_id uuid NOT NULL,
        property_id uuid NOT NULL,
        buyer_id uuid NOT NULL,
        agent_id uuid NOT NULL,
        author_id uuid NOT NULL,
        party text NOT NULL CHECK (party IN ('BUYER', 'AGENT')),
        state text NOT NULL CHECK (state IN ('PENDING', 'PUBLISHED', 'REJECTED')),
        rating smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
        text text NOT NULL,
        reason text NOT NULL DEFAULT '',
        publish_time timestamptz,
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (organization_id, id),
        CONSTRAINT reviews_once UNIQUE (organization_id, visit_id, party),
        CHECK (state <> 'PUBLISHED' OR publish_time IS NOT NULL),
        FOREIGN KEY (organization_id, visit_id) REFERENCES visit.visits (organization_id, id)
    )""",
    "CREATE INDEX reviews_id_idx ON visit.reviews (id)",
    "CREATE INDEX reviews_author_idx ON visit.reviews (author_id, id)",
    "CREATE INDEX reviews_buyer_idx ON visit.reviews (buyer_id, id)",
    # What everybody reads, with the rating beside the key: sums come from the index alone.
    f"CREATE INDEX reviews_property_idx ON visit.reviews (property_id, publish_time, id) INCLUDE (rating) {PUBLIC}",
    f"CREATE INDEX reviews_agent_idx ON visit.reviews (agent_id, publish_time, id) INCLUDE (rating) {PUBLIC}",
    f"CREATE INDEX reviews_property_rejected_idx ON visit.reviews (property_id) {REFUSED}",
    f"CREATE INDEX reviews_agent_rejected_idx ON visit.reviews (agent_id) {REFUSED}",
    """
    CREATE TABLE visit.visit_photos (
        organization_id uuid NOT NULL,
        visit_id uuid NOT NULL,
        id uuid NOT NULL,
        buyer_id uuid NOT NULL,
        uploader_id uuid NOT NULL,
        party text NOT NULL CHECK (party IN ('BUYER', 'AGENT')),
        audience text NOT NULL CHECK (audience IN ('PARTIES', 'OWN')),
        uri text NOT NULL,
        sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
        media_type text NOT NULL,
        size_bytes bigint NOT NULL CHECK (size_bytes > 0),
        caption text NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (organization_id, visit_id, id),
        CONSTRAINT visit_photos_once UNIQUE (organization_id, visit_id, party, sha256),
        FOREIGN KEY (organization_id, visit_id) REFERENCES visit.visits (organization_id, id)
    )""",
    "CREATE INDEX visit_photos_buyer_idx ON visit.visit_photos (buyer_id, visit_id)",
)


def upgrade() -> None:
    """Create everything."""
    for statement in TABLES:
        op.execute(statement)
    for table in ("reviews", "visit_photos"):
        party_policy(op, "visit", table, "buyer_id", parties_write=True)
