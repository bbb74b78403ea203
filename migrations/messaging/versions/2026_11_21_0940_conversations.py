"""Conversations, their participants and messages, and who wants to hear nothing of whom."""

from alembic import op

from services.chassis.db.ddl import USER, create_service_schema, protect, system_policy

revision = "messaging_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE messaging.conversations (
        id uuid NOT NULL,
        participant_ids uuid[] NOT NULL CHECK (cardinality(participant_ids) BETWEEN 2 AND 20),
        members_key text NOT NULL,
        listing_id uuid,
        subject text NOT NULL DEFAULT '' CHECK (length(subject) <= 200),
        created_by_id uuid NOT NULL,
        last_sequence bigint NOT NULL DEFAULT 0,
        last_activity_time timestamptz NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (id)
    )""",
    # One conversation of the same users about the same thing, whoever begins it and however many of them at once.
    "CREATE UNIQUE INDEX conversations_members_key ON messaging.conversations (members_key)",
    """
    CREATE TABLE messaging.participants (
        conversation_id uuid NOT NULL REFERENCES messaging.conversations (id),
        user_id uuid NOT NULL,
        last_sequence bigint NOT NULL DEFAULT 0,
        last_activity_time timestamptz NOT NULL,
        delivered_sequence bigint NOT NULL DEFAULT 0,
        read_sequence bigint NOT NULL DEFAULT 0,
        read_time timestamptz,
        PRIMARY KEY (conversation_id, user_id),
        CHECK (delivered_sequence BETWEEN read_sequence AND last_sequence)
    )""",
    # Somebody's conversations, the liveliest first, and those of them that hold something unread: a page of either
    # costs the same for whoever has ten of them and ten thousand.
    """
    CREATE INDEX participants_user_idx ON messaging.participants (user_id, last_activity_time, conversation_id)""",
    """
    CREATE INDEX participants_unread_idx ON messaging.participants (user_id, last_activity_time, conversation_id)
        INCLUDE (last_sequence, read_sequence) WHERE read_sequence < last_sequence""",
    """
    CREATE TABLE messaging.messages (
        conversation_id uuid NOT NULL REFERENCES messaging.conversations (id),
        sequence bigint NOT NULL CHECK (sequence >= 1),
        id uuid NOT NULL,
        sender_id uuid NOT NULL,
        client_message_id text NOT NULL CHECK (length(client_message_id) BETWEEN 1 AND 64),
        text text NOT NULL CHECK (length(text) <= 4000),
        create_time timestamptz NOT NULL,
        erase_time timestamptz,
        PRIMARY KEY (conversation_id, sequence),
        CHECK ((text = '') = (erase_time IS NOT NULL))
    )""",
    """
    CREATE UNIQUE INDEX messages_client_key ON messaging.messages (conversation_id, sender_id, client_message_id)""",
    """
    CREATE TABLE messaging.blocks (
        blocker_id uuid NOT NULL,
        blocked_id uuid NOT NULL,
        PRIMARY KEY (blocker_id, blocked_id)
    )""",
)
# The subquery is under the policy of conversations: it finds those of the caller. Participants carry no list of their
# own, and a policy that asked its own table would never end. A scalar subquery is looked up by key for each row that is
# read; of EXISTS the planner makes a hash of every conversation of the caller, and reads the whole table for that.
_TAKES_PART = "(SELECT true FROM messaging.conversations c WHERE c.id = conversation_id)"


def upgrade() -> None:
    """Create everything."""
    create_service_schema(op, "messaging")
    for statement in TABLES:
        op.execute(statement)
    own = f"{USER} = ANY (participant_ids)"
    protect(op, "messaging", "conversations", app_using=own, app_check=own)
    # One's own rows first: nothing is looked up for those.
    seen = f"user_id = {USER} OR {_TAKES_PART}"
    protect(op, "messaging", "participants", app_using=seen, app_check=_TAKES_PART)
    protect(op, "messaging", "messages", app_using=_TAKES_PART, app_check=f"sender_id = {USER} AND {_TAKES_PART}")
    system_policy(op, "messaging", "blocks")
