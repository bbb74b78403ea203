"""Links that change an address or bring an account back, and the search for hashes of older systems."""

from alembic import op

from services.chassis.db import ddl

revision = "identity_0002"
down_revision = "identity_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add one table and one index."""
    op.execute(
        """
        CREATE TABLE identity.account_links (
            token_hash bytea PRIMARY KEY,
            purpose text NOT NULL CHECK (purpose IN ('email_change', 'restore')),
            user_id uuid REFERENCES identity.users (id) ON DELETE CASCADE,
            new_email text NOT NULL,
            create_time timestamptz NOT NULL,
            expire_time timestamptz NOT NULL
        )"""
    )
    op.execute("CREATE INDEX account_links_user_id_idx ON identity.account_links (user_id)")
    op.execute("CREATE INDEX account_links_expire_time_idx ON identity.account_links (expire_time)")
    ddl.system_policy(op, "identity", "account_links")
    # Every sign-in asks for the greatest cost among hashes of older systems; mostly there are none.
    op.execute(
        "CREATE INDEX credentials_bcrypt_cost_idx ON identity.credentials (substr(password_hash, 5, 2)) "
        "WHERE password_hash LIKE '$2%'"
    )
