"""Lists of deals by agent and by listing, whatever their state; and bytes that two sides may both have handed in."""

from alembic import op

revision = "deal_0007"
down_revision = "deal_0006"
branch_labels = None
depends_on = None

STATEMENTS = (
    "CREATE INDEX deals_agent_idx ON deal.deals (organization_id, agent_id, id) WHERE agent_id IS NOT NULL",
    # The unique one has the open deals alone.
    "CREATE INDEX deals_of_listing_idx ON deal.deals (organization_id, listing_id, id) WHERE listing_id IS NOT NULL",
    "CREATE INDEX deals_in_stage_idx ON deal.deals (organization_id, stage_id, id)",
    "DROP INDEX deal.deals_stage_idx",
    # What members keep to themselves must not stand in the way of a buyer, who would learn of it.
    "DROP INDEX deal.documents_bytes_key",
    """
    CREATE UNIQUE INDEX documents_bytes_key
        ON deal.documents (organization_id, deal_id, document_type, sha256, audience)
        WHERE document_status <> 'REJECTED'""",
)


def upgrade() -> None:
    """Make them."""
    for statement in STATEMENTS:
        op.execute(statement)
