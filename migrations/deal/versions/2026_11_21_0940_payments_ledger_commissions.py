"""Payments with what providers tell, the double-entry ledger, commission policies."""

from alembic import op

from services.chassis.db.ddl import append_only, party_policy, system_policy, tenant_policy

revision = "deal_0002"
down_revision = "deal_0001"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE deal.payments (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        deal_id uuid NOT NULL,
        buyer_id uuid NOT NULL,
        state text NOT NULL CHECK (state IN (
            'CREATED', 'HELD', 'RELEASED', 'REFUNDING', 'REFUNDED', 'FORFEITED', 'FAILED')),
        currency_code text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
        amount bigint NOT NULL CHECK (amount > 0),
        provider text NOT NULL,
        provider_sequence bigint NOT NULL DEFAULT 0,
        refunds integer NOT NULL DEFAULT 0,
        failure text NOT NULL DEFAULT '',
        reason text NOT NULL DEFAULT '',
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        hold_time timestamptz,
        end_time timestamptz,
        PRIMARY KEY (organization_id, id),
        FOREIGN KEY (organization_id, deal_id) REFERENCES deal.deals (organization_id, id)
    )""",
    # A deal has one token: another attempt only after one that failed or was given back.
    """
    CREATE UNIQUE INDEX payments_deal_key ON deal.payments (organization_id, deal_id)
        WHERE state IN ('CREATED', 'HELD', 'REFUNDING', 'RELEASED')""",
    "CREATE INDEX payments_of_deal_idx ON deal.payments (organization_id, deal_id, id)",
    "CREATE INDEX payments_buyer_idx ON deal.payments (buyer_id, id)",
    # Providers know payments by their id alone.
    "CREATE INDEX payments_id_idx ON deal.payments (id)",
    """
    CREATE TABLE deal.provider_events (
        organization_id uuid NOT NULL,
        provider text NOT NULL,
        event_id text NOT NULL,
        payment_id uuid NOT NULL,
        type text NOT NULL,
        sequence bigint NOT NULL,
        currency_code text NOT NULL,
        amount bigint NOT NULL,
        payload bytea NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('APPLIED', 'LATE', 'MISMATCH', 'UNEXPECTED')),
        receive_time timestamptz NOT NULL,
        PRIMARY KEY (organization_id, provider, event_id),
        FOREIGN KEY (organization_id, payment_id) REFERENCES deal.payments (organization_id, id)
    )""",
    # What the in-suite provider remembers: the other side of the wire, which no operation of payments reads.
    """
    CREATE TABLE deal.insuite_orders (
        payment_id uuid NOT NULL,
        key text NOT NULL,
        PRIMARY KEY (payment_id, key)
    )""",
    """
    CREATE TABLE deal.ledger_accounts (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN (
            'PROVIDER_CLEARING', 'ESCROW', 'COMMISSION_RECEIVED', 'PLATFORM_REVENUE', 'AGENT_PAYABLE',
            'REFERRAL_PAYABLE', 'SELLER_PAYABLE')),
        -- The deal or user; the organisation itself where the account is nobody's in particular.
        owner_id uuid NOT NULL,
        currency_code text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
        -- The sum of the entries, kept by a trigger: positive is owed, negative lies at the provider.
        balance bigint NOT NULL DEFAULT 0,
        create_time timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (organization_id, id),
        CONSTRAINT ledger_accounts_place_key UNIQUE (organization_id, kind, owner_id, currency_code),
        CONSTRAINT ledger_accounts_currency_key UNIQUE (organization_id, id, currency_code),
        -- Escrow is never negative, and neither is anything else that is owed.
        CONSTRAINT ledger_accounts_balance_check CHECK (
            CASE WHEN kind = 'PROVIDER_CLEARING' THEN balance <= 0 ELSE balance >= 0 END)
    )""",
    """
    CREATE TABLE deal.ledger_transactions (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('hold', 'release', 'refund', 'forfeit', 'commission')),
        deal_id uuid NOT NULL,
        payment_id uuid,
        policy_id uuid,
        actor_id uuid,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (organization_id, id),
        FOREIGN KEY (organization_id, deal_id) REFERENCES deal.deals (organization_id, id),
        FOREIGN KEY (organization_id, payment_id) REFERENCES deal.payments (organization_id, id)
    )""",
    # A movement happens once, whatever is delivered or called twice.
    """
    CREATE UNIQUE INDEX ledger_transactions_payment_key ON deal.ledger_transactions (organization_id, payment_id, kind)
        WHERE payment_id IS NOT NULL""",
    "CREATE INDEX ledger_transactions_deal_idx ON deal.ledger_transactions (organization_id, deal_id, id)",
    """
    CREATE TABLE deal.ledger_entries (
        organization_id uuid NOT NULL,
        transaction_id uuid NOT NULL,
        number integer NOT NULL,
        account_id uuid NOT NULL,
        currency_code text NOT NULL,
        amount bigint NOT NULL CHECK (amount <> 0),
        PRIMARY KEY (organization_id, transaction_id, number),
        FOREIGN KEY (organization_id, transaction_id) REFERENCES deal.ledger_transactions (organization_id, id),
        FOREIGN KEY (organization_id, account_id, currency_code)
            REFERENCES deal.ledger_accounts (organization_id, id, currency_code)
    )""",
    "CREATE INDEX ledger_entries_account_idx ON deal.ledger_entries (organization_id, account_id)",
    # Money neither appears nor vanishes: whoever writes entries, in every currency they add up to zero, or nothing of
    # the transaction stays. Deferred, because lines are written one after the other. Both tables fire it, so that a
    # transaction without entries is refused as well.
    """
    CREATE FUNCTION deal.check_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        checked uuid;
    BEGIN
        IF TG_TABLE_NAME = 'ledger_entries' THEN
            checked := NEW.transaction_id;
        ELSE
            checked := NEW.id;
        END IF;
        IF NOT EXISTS (SELECT FROM deal.ledger_entries e
                       WHERE e.organization_id = NEW.organization_id AND e.transaction_id = checked)
           OR EXISTS (SELECT FROM deal.ledger_entries e
                      WHERE e.organization_id = NEW.organization_id AND e.transaction_id = checked
                      GROUP BY e.currency_code HAVING sum(e.amount) <> 0) THEN
            RAISE EXCEPTION 'ledger transaction % does not balance', checked
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balanced';
        END IF;
        RETURN NULL;
    END $$""",
    """
    CREATE CONSTRAINT TRIGGER ledger_transactions_balanced AFTER INSERT ON deal.ledger_transactions
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION deal.check_balanced()""",
    """
    CREATE CONSTRAINT TRIGGER ledger_entries_balanced AFTER INSERT ON deal.ledger_entries
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION deal.check_balanced()""",
    # The balance follows the entries and nothing else can set it: see the guard below.
    """
    CREATE FUNCTION deal.add_to_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE deal.ledger_accounts SET balance = balance + NEW.amount
            WHERE organization_id = NEW.organization_id AND id = NEW.account_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'ledger account % is not there', NEW.account_id USING ERRCODE = 'foreign_key_violation';
        END IF;
        RETURN NULL;
    END $$""",
    """
    CREATE TRIGGER ledger_entries_balance AFTER INSERT ON deal.ledger_entries
        FOR EACH ROW EXECUTE FUNCTION deal.add_to_balance()""",
    """
    CREATE FUNCTION deal.guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.balance <> 0 THEN
                RAISE EXCEPTION 'a ledger account begins empty' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END IF;
        -- Depth 2: the trigger of the entries does it.
        IF pg_trigger_depth() < 2 OR (NEW.organization_id, NEW.id, NEW.kind, NEW.owner_id, NEW.currency_code)
                IS DISTINCT FROM (OLD.organization_id, OLD.id, OLD.kind, OLD.owner_id, OLD.currency_code) THEN
            RAISE EXCEPTION 'ledger accounts change by entries only' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END $$""",
    """
    CREATE TRIGGER ledger_accounts_guard BEFORE INSERT OR UPDATE ON deal.ledger_accounts
        FOR EACH ROW EXECUTE FUNCTION deal.guard_account()""",
    "REVOKE DELETE, TRUNCATE ON deal.ledger_accounts FROM doorstep_app, doorstep_system",
    """
    CREATE TABLE deal.commission_policies (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        display_name text NOT NULL,
        agent_id uuid,
        effective_time timestamptz NOT NULL,
        token_basis_points integer NOT NULL CHECK (token_basis_points BETWEEN 1 AND 10000),
        tiers jsonb NOT NULL,
        creator_id uuid NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (organization_id, id)
    )""",
)


def upgrade() -> None:
    """Create everything."""
    for statement in TABLES:
        op.execute(statement)
    party_policy(op, "deal", "payments", "buyer_id")
    for table in ("provider_events", "ledger_accounts", "ledger_transactions", "ledger_entries", "commission_policies"):
        tenant_policy(op, "deal", table)
    system_policy(op, "deal", "insuite_orders")
    for table in ("provider_events", "ledger_transactions", "ledger_entries", "commission_policies"):
        append_only(op, "deal", table)
