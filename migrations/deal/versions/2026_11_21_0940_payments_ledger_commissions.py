"""Payments and payouts with what providers tell, the double-entry ledger, commission policies, reconciliation."""

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
        -- The provider's own name of it; refunds are asked for by it.
        provider_reference text NOT NULL DEFAULT '',
        provider_sequence bigint NOT NULL DEFAULT 0,
        -- What of it lies in escrow now, and what of that the provider was last asked to send back.
        held_amount bigint NOT NULL DEFAULT 0,
        refund_amount bigint NOT NULL DEFAULT 0,
        refunds integer NOT NULL DEFAULT 0,
        failure text NOT NULL DEFAULT '',
        reason text NOT NULL DEFAULT '',
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        hold_time timestamptz,
        end_time timestamptz,
        PRIMARY KEY (organization_id, id),
        FOREIGN KEY (organization_id, deal_id) REFERENCES deal.deals (organization_id, id),
        CHECK (held_amount BETWEEN 0 AND amount AND refund_amount BETWEEN 0 AND amount)
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
    CREATE TABLE deal.payouts (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        deal_id uuid NOT NULL,
        payee_id uuid NOT NULL,
        state text NOT NULL CHECK (state IN (
            'REQUESTED', 'APPROVED', 'PAID', 'FAILED', 'REJECTED', 'CANCELLED')),
        currency_code text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
        amount bigint NOT NULL CHECK (amount > 0),
        provider text NOT NULL,
        destination text NOT NULL,
        provider_sequence bigint NOT NULL DEFAULT 0,
        failure text NOT NULL DEFAULT '',
        reason text NOT NULL DEFAULT '',
        maker_id uuid NOT NULL,
        checker_id uuid,
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        approve_time timestamptz,
        end_time timestamptz,
        PRIMARY KEY (organization_id, id),
        FOREIGN KEY (organization_id, deal_id) REFERENCES deal.deals (organization_id, id),
        -- Two people, whatever code says; and who is paid is not the one who approves.
        CONSTRAINT payouts_four_eyes_check CHECK (
            checker_id IS NULL OR (checker_id <> maker_id AND checker_id <> payee_id)),
        CHECK (state NOT IN ('APPROVED', 'PAID', 'FAILED') OR checker_id IS NOT NULL)
    )""",
    # One at a time, so that the same money is not asked for twice.
    """
    CREATE UNIQUE INDEX payouts_open_key ON deal.payouts (organization_id, deal_id, payee_id)
        WHERE state IN ('REQUESTED', 'APPROVED')""",
    "CREATE INDEX payouts_of_deal_idx ON deal.payouts (organization_id, deal_id, id)",
    "CREATE INDEX payouts_payee_idx ON deal.payouts (payee_id, id)",
    # Providers know payouts by their id alone.
    "CREATE INDEX payouts_id_idx ON deal.payouts (id)",
    """
    CREATE TABLE deal.provider_events (
        organization_id uuid NOT NULL,
        provider text NOT NULL,
        event_id text NOT NULL CHECK (length(event_id) BETWEEN 1 AND 255),
        payment_id uuid,
        payout_id uuid,
        type text NOT NULL,
        sequence bigint NOT NULL,
        currency_code text NOT NULL,
        amount bigint NOT NULL,
        failure text NOT NULL DEFAULT '',
        payload bytea NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('APPLIED', 'LATE', 'MISMATCH', 'UNEXPECTED')),
        receive_time timestamptz NOT NULL,
        PRIMARY KEY (organization_id, provider, event_id),
        CHECK (num_nonnulls(payment_id, payout_id) = 1),
        FOREIGN KEY (organization_id, payment_id) REFERENCES deal.payments (organization_id, id),
        FOREIGN KEY (organization_id, payout_id) REFERENCES deal.payouts (organization_id, id)
    )""",
    "CREATE INDEX provider_events_payment_idx ON deal.provider_events (organization_id, payment_id)",
    "CREATE INDEX provider_events_payout_idx ON deal.provider_events (organization_id, payout_id)",
    "CREATE INDEX provider_events_time_idx ON deal.provider_events (organization_id, receive_time, event_id)",
    # What the in-suite provider remembers: the other side of the wire, which no operation of payments reads.
    """
    CREATE TABLE deal.insuite_orders (
        subject_id uuid NOT NULL,
        key text NOT NULL,
        PRIMARY KEY (subject_id, key)
    )""",
    """
    CREATE TABLE deal.ledger_accounts (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN (
            'PROVIDER_CLEARING', 'ESCROW', 'COMMISSION_RECEIVED', 'PLATFORM_REVENUE', 'AGENT_PAYABLE',
            'REFERRAL_PAYABLE', 'SELLER_PAYABLE', 'PAYOUT_TRANSIT')),
        -- The deal or user; the organisation itself where the account is nobody's in particular.
        owner_id uuid NOT NULL,
        currency_code text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
        -- The sum of the entries, kept by a trigger: positive is owed, negative lies at the provider.
        balance bigint NOT NULL DEFAULT 0,
        -- How many entries it has; the next one gets the next number.
        entry_count bigint NOT NULL DEFAULT 0,
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
        kind text NOT NULL CHECK (kind IN (
            'hold', 'release', 'refund', 'forfeit', 'commission', 'payout', 'payout_paid', 'payout_return')),
        deal_id uuid NOT NULL,
        payment_id uuid,
        payout_id uuid,
        policy_id uuid,
        actor_id uuid,
        -- A transaction is complete when it is written: nothing is added to it later.
        entry_count integer NOT NULL CHECK (entry_count >= 2),
        create_time timestamptz NOT NULL,
        PRIMARY KEY (organization_id, id),
        FOREIGN KEY (organization_id, deal_id) REFERENCES deal.deals (organization_id, id),
        FOREIGN KEY (organization_id, payment_id) REFERENCES deal.payments (organization_id, id),
        FOREIGN KEY (organization_id, payout_id) REFERENCES deal.payouts (organization_id, id),
        CHECK (num_nonnulls(payment_id, payout_id) <= 1)
    )""",
    # What crosses the border of the suite happens once, whatever is delivered or called twice. (Held money may be
    # released and forfeited in parts, so those are not in this list: escrow that cannot be negative bounds them.)
    """
    CREATE UNIQUE INDEX ledger_transactions_payment_key ON deal.ledger_transactions (organization_id, payment_id, kind)
        WHERE kind IN ('hold', 'refund')""",
    """
    CREATE UNIQUE INDEX ledger_transactions_payout_key ON deal.ledger_transactions (organization_id, payout_id, kind)
        WHERE payout_id IS NOT NULL""",
    "CREATE INDEX ledger_transactions_deal_idx ON deal.ledger_transactions (organization_id, deal_id, id)",
    """
    CREATE TABLE deal.ledger_entries (
        organization_id uuid NOT NULL,
        transaction_id uuid NOT NULL,
        number integer NOT NULL,
        account_id uuid NOT NULL,
        currency_code text NOT NULL,
        amount bigint NOT NULL CHECK (amount <> 0),
        -- Its number within the account, given by a trigger: by it the balance takes up each entry exactly once.
        sequence bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (organization_id, transaction_id, number),
        CONSTRAINT ledger_entries_sequence_key UNIQUE (organization_id, account_id, sequence),
        FOREIGN KEY (organization_id, transaction_id) REFERENCES deal.ledger_transactions (organization_id, id),
        FOREIGN KEY (organization_id, account_id, currency_code)
            REFERENCES deal.ledger_accounts (organization_id, id, currency_code)
    )""",
    # Money neither appears nor vanishes: whoever writes entries, in every currency they add up to zero, or nothing of
    # the transaction stays. Deferred, because lines are written one after the other. Both tables fire it, so that a
    # transaction without its entries is refused, and one that gets more later.
    """
    CREATE FUNCTION deal.check_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        checked uuid;
        announced integer;
    BEGIN
        IF TG_TABLE_NAME = 'ledger_entries' THEN
            checked := NEW.transaction_id;
        ELSE
            checked := NEW.id;
        END IF;
        SELECT t.entry_count INTO announced FROM deal.ledger_transactions t
            WHERE t.organization_id = NEW.organization_id AND t.id = checked;
        IF announced IS DISTINCT FROM (SELECT count(*)::integer FROM deal.ledger_entries e
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
    # The balance follows the entries and nothing else can set it. An entry gets the next number of its account; an
    # account takes up the entry of its next number and adds its amount. So each entry counts once, and a statement that
    # would set a balance to anything else is refused, from wherever it comes: there is no entry that says so.
    """
    CREATE FUNCTION deal.number_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT entry_count + 1 INTO NEW.sequence FROM deal.ledger_accounts
            WHERE organization_id = NEW.organization_id AND id = NEW.account_id FOR UPDATE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'ledger account % is not there', NEW.account_id USING ERRCODE = 'foreign_key_violation';
        END IF;
        RETURN NEW;
    END $$""",
    """
    CREATE TRIGGER ledger_entries_number BEFORE INSERT ON deal.ledger_entries
        FOR EACH ROW EXECUTE FUNCTION deal.number_entry()""",
    """
    CREATE FUNCTION deal.add_to_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE deal.ledger_accounts SET balance = balance + NEW.amount, entry_count = NEW.sequence
            WHERE organization_id = NEW.organization_id AND id = NEW.account_id;
        RETURN NULL;
    END $$""",
    """
    CREATE TRIGGER ledger_entries_balance AFTER INSERT ON deal.ledger_entries
        FOR EACH ROW EXECUTE FUNCTION deal.add_to_balance()""",
    """
    CREATE FUNCTION deal.guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF (NEW.balance, NEW.entry_count) <> (0, 0) THEN
                RAISE EXCEPTION 'a ledger account begins empty' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END IF;
        IF (NEW.organization_id, NEW.id, NEW.kind, NEW.owner_id, NEW.currency_code)
                IS DISTINCT FROM (OLD.organization_id, OLD.id, OLD.kind, OLD.owner_id, OLD.currency_code)
           OR NEW.entry_count <> OLD.entry_count + 1
           OR NEW.balance - OLD.balance IS DISTINCT FROM (
                SELECT e.amount FROM deal.ledger_entries e WHERE e.organization_id = NEW.organization_id
                    AND e.account_id = NEW.id AND e.sequence = NEW.entry_count) THEN
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
    """
    CREATE TABLE deal.reconciliations (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        provider text NOT NULL,
        state text NOT NULL CHECK (state IN ('OPEN', 'CLOSED', 'DISCARDED')),
        statement_sha256 bytea NOT NULL CHECK (length(statement_sha256) = 32),
        statement_lines integer NOT NULL,
        matched integer NOT NULL,
        differences integer NOT NULL,
        through_time timestamptz NOT NULL,
        creator_id uuid NOT NULL,
        closer_id uuid,
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL,
        update_time timestamptz NOT NULL,
        end_time timestamptz,
        PRIMARY KEY (organization_id, id)
    )""",
    # Two at once would both find the same money settled; a statement counts once.
    """
    CREATE UNIQUE INDEX reconciliations_open_key ON deal.reconciliations (organization_id, provider)
        WHERE state = 'OPEN'""",
    """
    CREATE UNIQUE INDEX reconciliations_statement_key
        ON deal.reconciliations (organization_id, provider, statement_sha256) WHERE state <> 'DISCARDED'""",
    """
    CREATE TABLE deal.reconciliation_lines (
        organization_id uuid NOT NULL,
        reconciliation_id uuid NOT NULL,
        number integer NOT NULL,
        result text NOT NULL CHECK (result IN (
            'MATCHED', 'MISSING_IN_LEDGER', 'MISSING_AT_PROVIDER', 'MISSING_IN_STATEMENT', 'AMOUNT_DIFFERS',
            'CURRENCY_DIFFERS', 'DUPLICATE_IN_STATEMENT', 'EVENT_REFUSED')),
        kind text NOT NULL CHECK (kind IN ('charge', 'refund', 'payout', 'return')),
        reference uuid NOT NULL,
        ledger_transaction_id uuid,
        ledger_amount bigint,
        ledger_currency text,
        event_id text,
        event_amount bigint,
        event_currency text,
        event_outcome text,
        statement_line integer,
        statement_amount bigint,
        statement_currency text,
        explanation text NOT NULL DEFAULT '',
        explainer_id uuid,
        explain_time timestamptz,
        PRIMARY KEY (organization_id, reconciliation_id, number),
        FOREIGN KEY (organization_id, reconciliation_id) REFERENCES deal.reconciliations (organization_id, id),
        FOREIGN KEY (organization_id, ledger_transaction_id) REFERENCES deal.ledger_transactions (organization_id, id)
    )""",
    "CREATE INDEX reconciliation_lines_reference_idx ON deal.reconciliation_lines (organization_id, reference, kind)",
)


def upgrade() -> None:
    """Create everything."""
    for statement in TABLES:
        op.execute(statement)
    party_policy(op, "deal", "payments", "buyer_id")
    party_policy(op, "deal", "payouts", "payee_id")
    for table in (
        "provider_events",
        "ledger_accounts",
        "ledger_transactions",
        "ledger_entries",
        "commission_policies",
        "reconciliations",
        "reconciliation_lines",
    ):
        tenant_policy(op, "deal", table)
    system_policy(op, "deal", "insuite_orders")
    for table in ("provider_events", "ledger_transactions", "ledger_entries", "commission_policies"):
        append_only(op, "deal", table)
