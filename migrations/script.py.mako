"""${message}."""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand only: what an older process needs stays until no such process runs."""
    ${upgrades if upgrades else "op.execute(...)"}
