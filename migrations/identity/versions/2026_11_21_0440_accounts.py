"""Accounts, organisations, sessions, keys, audit."""

from alembic import op

from services.chassis.db import ddl

revision = "identity_0001"
down_revision = None
branch_labels = None
depends_on = None

MEMBERS = f"(SELECT user_id FROM identity.memberships WHERE organization_id = {ddl.ORGANIZATION})"
MEMBERSHIPS = f"(SELECT organization_id FROM identity.memberships WHERE user_id = {ddl.USER})"


def upgrade() -> None:
    """Make every table of the first release."""
    ddl.create_service_schema(op, "identity")
    accounts()
    organizations()
    sessions()
    api_keys()
    audit()


def accounts() -> None:
    op.execute(
        """
        CREATE TABLE identity.users (
            id uuid PRIMARY KEY,
            email text NOT NULL,
            email_key text,
            given_name text NOT NULL,
            family_name text NOT NULL,
            display_name text NOT NULL,
            phone_number text NOT NULL,
            language_code text NOT NULL,
            time_zone text NOT NULL,
            picture_uri text NOT NULL,
            state text NOT NULL CHECK (state IN ('active', 'deleted')),
            platform_roles text[] NOT NULL,
            managed_by uuid,
            authorization_version bigint NOT NULL,
            delete_time timestamptz,
            purge_time timestamptz,
            erase_time timestamptz,
            create_time timestamptz NOT NULL DEFAULT now(),
            update_time timestamptz NOT NULL DEFAULT now(),
            version bigint NOT NULL DEFAULT 1,
            CHECK ((delete_time IS NULL) = (state <> 'deleted'))
        )"""
    )
    # Among active accounts only: whoever deleted an account may register the address again.
    op.execute("CREATE UNIQUE INDEX users_email_key ON identity.users (email_key) WHERE state = 'active'")
    op.execute("CREATE INDEX users_purge_idx ON identity.users (purge_time) WHERE state = 'deleted'")
    op.execute(
        """
        CREATE TABLE identity.credentials (
            user_id uuid PRIMARY KEY REFERENCES identity.users (id) ON DELETE CASCADE,
            password_hash text NOT NULL,
            update_time timestamptz NOT NULL
        )"""
    )
    op.execute(
        """
        CREATE TABLE identity.registrations (
            token_hash bytea PRIMARY KEY,
            email text NOT NULL,
            email_key text NOT NULL,
            given_name text NOT NULL,
            family_name text NOT NULL,
            phone_number text NOT NULL,
            language_code text NOT NULL,
            password_hash text NOT NULL,
            create_time timestamptz NOT NULL,
            expire_time timestamptz NOT NULL
        )"""
    )
    op.execute("CREATE INDEX registrations_email_key_idx ON identity.registrations (email_key)")
    op.execute("CREATE INDEX registrations_expire_time_idx ON identity.registrations (expire_time)")
    op.execute(
        """
        CREATE TABLE identity.password_links (
            token_hash bytea PRIMARY KEY,
            user_id uuid REFERENCES identity.users (id) ON DELETE CASCADE,
            create_time timestamptz NOT NULL,
            expire_time timestamptz NOT NULL
        )"""
    )
    op.execute("CREATE INDEX password_links_user_id_idx ON identity.password_links (user_id)")
    op.execute("CREATE INDEX password_links_expire_time_idx ON identity.password_links (expire_time)")
    op.execute(
        """
        CREATE TABLE identity.sign_in_counters (
            subject bytea PRIMARY KEY,
            scope text NOT NULL CHECK (scope IN ('pair', 'account', 'device')),
            user_id uuid,
            failures integer NOT NULL,
            lockouts integer NOT NULL,
            lock_expire_time timestamptz,
            update_time timestamptz
        )"""
    )
    op.execute("CREATE INDEX sign_in_counters_user_id_idx ON identity.sign_in_counters (user_id)")
    op.execute("CREATE INDEX sign_in_counters_update_time_idx ON identity.sign_in_counters (update_time)")
    op.execute(
        """
        CREATE TABLE identity.known_devices (
            token_hash bytea PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES identity.users (id) ON DELETE CASCADE,
            create_time timestamptz NOT NULL,
            last_seen_time timestamptz NOT NULL
        )"""
    )
    op.execute("CREATE INDEX known_devices_user_id_idx ON identity.known_devices (user_id, last_seen_time)")
    op.execute(
        """
        CREATE TABLE identity.notifications (
            id uuid PRIMARY KEY,
            kind text NOT NULL,
            recipient text,
            user_id uuid,
            data jsonb NOT NULL,
            create_time timestamptz NOT NULL DEFAULT now()
        )"""
    )
    op.execute("CREATE INDEX notifications_recipient_idx ON identity.notifications (recipient, create_time)")
    op.execute("CREATE INDEX notifications_create_time_idx ON identity.notifications (create_time)")


def organizations() -> None:
    op.execute(
        """
        CREATE TABLE identity.organizations (
            id uuid PRIMARY KEY,
            display_name text NOT NULL,
            create_time timestamptz NOT NULL DEFAULT now(),
            update_time timestamptz NOT NULL DEFAULT now(),
            version bigint NOT NULL DEFAULT 1
        )"""
    )
    op.execute(
        """
        CREATE TABLE identity.memberships (
            organization_id uuid NOT NULL REFERENCES identity.organizations (id),
            user_id uuid NOT NULL REFERENCES identity.users (id),
            last_sign_in_time timestamptz,
            create_time timestamptz NOT NULL DEFAULT now(),
            update_time timestamptz NOT NULL DEFAULT now(),
            version bigint NOT NULL DEFAULT 1,
            PRIMARY KEY (organization_id, user_id)
        )"""
    )
    op.execute("CREATE INDEX memberships_newest_idx ON identity.memberships (organization_id, create_time, user_id)")
    op.execute("CREATE INDEX memberships_user_id_idx ON identity.memberships (user_id, organization_id)")
    op.execute(
        """
        CREATE TABLE identity.roles (
            organization_id uuid NOT NULL REFERENCES identity.organizations (id),
            id uuid NOT NULL,
            name text NOT NULL,
            description text NOT NULL,
            permissions text[] NOT NULL,
            predefined boolean NOT NULL,
            create_time timestamptz NOT NULL DEFAULT now(),
            update_time timestamptz NOT NULL DEFAULT now(),
            version bigint NOT NULL DEFAULT 1,
            PRIMARY KEY (organization_id, id),
            CONSTRAINT roles_name_key UNIQUE (organization_id, name)
        )"""
    )
    op.execute(
        """
        CREATE TABLE identity.member_roles (
            organization_id uuid NOT NULL,
            user_id uuid NOT NULL,
            role_id uuid NOT NULL,
            PRIMARY KEY (organization_id, user_id, role_id),
            FOREIGN KEY (organization_id, user_id) REFERENCES identity.memberships ON DELETE CASCADE,
            CONSTRAINT member_roles_role_fkey FOREIGN KEY (organization_id, role_id) REFERENCES identity.roles
        )"""
    )
    op.execute("CREATE INDEX member_roles_role_id_idx ON identity.member_roles (organization_id, role_id)")
    op.execute(
        """
        CREATE TABLE identity.teams (
            organization_id uuid NOT NULL REFERENCES identity.organizations (id),
            id uuid NOT NULL,
            display_name text NOT NULL,
            create_time timestamptz NOT NULL DEFAULT now(),
            update_time timestamptz NOT NULL DEFAULT now(),
            version bigint NOT NULL DEFAULT 1,
            PRIMARY KEY (organization_id, id)
        )"""
    )
    op.execute("CREATE UNIQUE INDEX teams_display_name_key ON identity.teams (organization_id, lower(display_name))")
    op.execute(
        """
        CREATE TABLE identity.team_members (
            organization_id uuid NOT NULL,
            team_id uuid NOT NULL,
            user_id uuid NOT NULL,
            PRIMARY KEY (organization_id, team_id, user_id),
            FOREIGN KEY (organization_id, team_id) REFERENCES identity.teams ON DELETE CASCADE,
            CONSTRAINT team_members_member_fkey FOREIGN KEY (organization_id, user_id)
                REFERENCES identity.memberships ON DELETE CASCADE
        )"""
    )
    op.execute("CREATE INDEX team_members_user_id_idx ON identity.team_members (organization_id, user_id)")
    op.execute(
        """
        CREATE TABLE identity.invitations (
            organization_id uuid NOT NULL REFERENCES identity.organizations (id),
            id uuid NOT NULL,
            email text NOT NULL,
            email_key text NOT NULL,
            role_ids uuid[] NOT NULL,
            inviter_user_id uuid NOT NULL,
            token_hash bytea NOT NULL,
            state text NOT NULL CHECK (state IN ('pending', 'accepted', 'revoked', 'expired')),
            expire_time timestamptz NOT NULL,
            accept_time timestamptz,
            revoke_time timestamptz,
            create_time timestamptz NOT NULL DEFAULT now(),
            update_time timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (organization_id, id)
        )"""
    )
    op.execute("CREATE UNIQUE INDEX invitations_token_hash_key ON identity.invitations (token_hash)")
    op.execute(
        "CREATE UNIQUE INDEX invitations_pending_key ON identity.invitations (organization_id, email_key) "
        "WHERE state = 'pending'"
    )


def sessions() -> None:
    op.execute(
        """
        CREATE TABLE identity.sessions (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES identity.users (id),
            organization_id uuid REFERENCES identity.organizations (id),
            device_name text NOT NULL,
            user_agent text NOT NULL,
            address text NOT NULL,
            authenticated_time timestamptz NOT NULL,
            create_time timestamptz NOT NULL,
            last_seen_time timestamptz NOT NULL,
            expire_time timestamptz NOT NULL,
            revoke_time timestamptz,
            revoke_cause text,
            CHECK ((revoke_time IS NULL) = (revoke_cause IS NULL))
        )"""
    )
    op.execute(
        "CREATE INDEX sessions_living_idx ON identity.sessions (user_id, create_time, id) WHERE revoke_time IS NULL"
    )
    op.execute("CREATE INDEX sessions_expire_time_idx ON identity.sessions (expire_time)")
    op.execute(
        """
        CREATE TABLE identity.refresh_tokens (
            token_hash bytea PRIMARY KEY,
            session_id uuid NOT NULL REFERENCES identity.sessions (id) ON DELETE CASCADE,
            parent_hash bytea,
            create_time timestamptz NOT NULL,
            expire_time timestamptz NOT NULL,
            used_time timestamptz,
            successor_hash bytea,
            successor_salt bytea,
            CHECK ((used_time IS NULL) = (successor_hash IS NULL))
        )"""
    )
    op.execute("CREATE INDEX refresh_tokens_session_id_idx ON identity.refresh_tokens (session_id)")
    # One token, one successor: whatever the code does.
    op.execute("CREATE UNIQUE INDEX refresh_tokens_parent_hash_key ON identity.refresh_tokens (parent_hash)")


def api_keys() -> None:
    op.execute(
        """
        CREATE TABLE identity.api_keys (
            organization_id uuid NOT NULL REFERENCES identity.organizations (id),
            id uuid NOT NULL,
            display_name text NOT NULL,
            kind text NOT NULL CHECK (kind IN ('server', 'device')),
            permissions text[] NOT NULL,
            device_serial text NOT NULL,
            state text NOT NULL CHECK (state IN ('active', 'revoked', 'expired')),
            creator_user_id uuid,
            secret_hash bytea NOT NULL,
            previous_secret_hash bytea,
            previous_secret_expire_time timestamptz,
            expire_time timestamptz,
            last_used_time timestamptz,
            revoke_time timestamptz,
            create_time timestamptz NOT NULL DEFAULT now(),
            update_time timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (organization_id, id),
            CHECK ((revoke_time IS NULL) = (state <> 'revoked'))
        )"""
    )
    # A key names itself, not its organisation.
    op.execute("CREATE UNIQUE INDEX api_keys_id_key ON identity.api_keys (id)")


def audit() -> None:
    op.execute(
        """
        CREATE TABLE identity.audit_entries (
            organization_id uuid NOT NULL,
            sequence bigint NOT NULL CHECK (sequence > 0),
            action text NOT NULL,
            actor_kind text NOT NULL,
            actor_id uuid,
            resource_type text NOT NULL,
            resource_id text NOT NULL,
            before jsonb NOT NULL,
            after jsonb NOT NULL,
            request_id text NOT NULL,
            address text NOT NULL,
            create_time timestamptz NOT NULL,
            previous_hash bytea NOT NULL,
            hash bytea NOT NULL,
            PRIMARY KEY (organization_id, sequence)
        )"""
    )
    op.execute("CREATE INDEX audit_entries_actor_idx ON identity.audit_entries (organization_id, actor_id, sequence)")
    op.execute(
        "CREATE INDEX audit_entries_resource_idx ON identity.audit_entries (organization_id, resource_id, sequence)"
    )
    op.execute(
        """
        CREATE TABLE identity.audit_heads (
            organization_id uuid PRIMARY KEY,
            sequence bigint NOT NULL,
            hash bytea NOT NULL
        )"""
    )
    ddl.append_only(op, "identity", "audit_entries")
    protect()


def protect() -> None:
    member = f"id = {ddl.USER} OR id IN {MEMBERS}"
    ddl.protect(op, "identity", "users", app_using=member, app_check=member)
    ddl.protect(
        op,
        "identity",
        "organizations",
        app_using=f"id = {ddl.ORGANIZATION} OR id IN {MEMBERSHIPS}",
        app_check=f"id = {ddl.ORGANIZATION}",
    )
    # A user sees all own memberships, to choose among the organisations, and changes none of them that way.
    ddl.protect(
        op,
        "identity",
        "memberships",
        app_using=f"organization_id = {ddl.ORGANIZATION} OR user_id = {ddl.USER}",
        app_check=f"organization_id = {ddl.ORGANIZATION}",
    )
    ddl.protect(
        op,
        "identity",
        "sessions",
        app_using=f"user_id = {ddl.USER}",
        app_check=f"user_id = {ddl.USER}",
    )
    for table in ("roles", "member_roles", "teams", "team_members", "invitations", "api_keys"):
        ddl.tenant_policy(op, "identity", table)
    for table in ("audit_entries", "audit_heads"):
        ddl.tenant_policy(op, "identity", table)
    for table in (
        "credentials",
        "registrations",
        "password_links",
        "sign_in_counters",
        "known_devices",
        "notifications",
        "refresh_tokens",
    ):
        ddl.system_policy(op, "identity", table)
