"""What every process looks for each minute is found by an index, however many tokens and sessions there are."""

from alembic import op

revision = "identity_0003"
down_revision = "identity_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two indexes."""
    # Few tokens have a salt: those used within the last minutes.
    op.execute(
        "CREATE INDEX refresh_tokens_salt_idx ON identity.refresh_tokens (used_time) WHERE successor_salt IS NOT NULL"
    )
    op.execute("CREATE INDEX sessions_revoke_time_idx ON identity.sessions (revoke_time) WHERE revoke_time IS NOT NULL")
