"""What must hold, asked of the tables themselves: each statement finds the rows that break a promise."""

LIVING = "('PENDING', 'COUNTERED', 'APPROVED', 'IN_PROGRESS')"


def _overlap(column: str, begin: str = "start_time", end: str = "end_time") -> str:
    return f"""
        SELECT a.id, b.id FROM visit.visits a JOIN visit.visits b
            ON a.{column} = b.{column} AND a.id < b.id AND a.{begin} < b.{end} AND b.{begin} < a.{end}
        WHERE a.state IN {LIVING} AND b.state IN {LIVING}"""


ALWAYS = {
    "an agent is in one place at a time": _overlap("agent_id", "busy_start_time", "busy_end_time"),
    "a home shows itself to one buyer at a time": _overlap("property_id"),
    "a buyer is in one place at a time": _overlap("buyer_id"),
    "every step of a visit is in its history": """
        SELECT v.id FROM visit.visits v
        WHERE v.state <> (SELECT c.state FROM visit.visit_changes c
                          WHERE c.visit_id = v.id ORDER BY c.create_time DESC, c.id DESC LIMIT 1)""",
    "a completed visit was met with a code, or somebody answers for it": """
        SELECT v.id FROM visit.visits v WHERE v.state = 'COMPLETED'
        AND NOT EXISTS (SELECT FROM visit.visit_codes c WHERE c.visit_id = v.id AND c.use_time IS NOT NULL)
        AND NOT EXISTS (SELECT FROM visit.visit_changes c
                        WHERE c.visit_id = v.id AND c.verb = 'override' AND c.reason <> '')""",
    "one accepted offer per listing": """
        SELECT listing_id FROM deal.offers WHERE state = 'ACCEPTED' GROUP BY listing_id HAVING count(*) > 1""",
    "beside an accepted offer no other is open": """
        SELECT o.id FROM deal.offers o JOIN deal.offers a USING (listing_id)
        WHERE a.state = 'ACCEPTED' AND o.state IN ('PENDING', 'COUNTERED')""",
    "no offer is accepted after its time": """
        SELECT id FROM deal.offers WHERE state = 'ACCEPTED' AND end_time > expire_time""",
    "an accepted offer has its deal, at its price": """
        SELECT o.id FROM deal.offers o LEFT JOIN deal.deals d ON d.id = o.deal_id
        WHERE o.state = 'ACCEPTED' AND (d.id IS NULL OR d.price <> o.price OR d.buyer_id <> o.buyer_id
                                        OR d.state = 'CANCELLED')""",
    "one open deal per listing": """
        SELECT listing_id FROM deal.deals WHERE state = 'OPEN' GROUP BY listing_id HAVING count(*) > 1""",
    "a deal that is over has no money in the air": """
        SELECT d.id FROM deal.deals d JOIN deal.payments p ON p.deal_id = d.id
        WHERE d.state <> 'OPEN' AND p.state IN ('CREATED', 'HELD', 'REFUNDING')""",
    "what fell through has earned no commission": """
        SELECT d.id FROM deal.deals d JOIN deal.payments p ON p.deal_id = d.id
        WHERE d.state = 'CANCELLED' AND p.state = 'RELEASED'""",
    "one living token per deal": """
        SELECT deal_id FROM deal.payments WHERE state IN ('CREATED', 'HELD', 'REFUNDING', 'RELEASED')
            AND NOT refund_returned
        GROUP BY deal_id HAVING count(*) > 1""",
    "every transaction balances in every currency": """
        SELECT e.transaction_id FROM deal.ledger_entries e JOIN deal.ledger_accounts a ON a.id = e.account_id
        GROUP BY e.transaction_id, a.currency_code HAVING sum(e.amount) <> 0""",
    "no transaction is empty": """
        SELECT id FROM deal.ledger_transactions t
        WHERE NOT EXISTS (SELECT FROM deal.ledger_entries e WHERE e.transaction_id = t.id)""",
    "a balance is the sum of its entries": """
        SELECT a.id FROM deal.ledger_accounts a LEFT JOIN deal.ledger_entries e ON e.account_id = a.id
        GROUP BY a.organization_id, a.id HAVING a.balance <> coalesce(sum(e.amount), 0)""",
    "nothing that is owed is negative": """
        SELECT id FROM deal.ledger_accounts WHERE balance < 0 AND kind <> 'PROVIDER_CLEARING'""",
    "escrow holds what is held, to the cent": """
        SELECT h.deal_id, h.held, a.balance
        FROM (SELECT d.id AS deal_id, coalesce(sum(p.amount) FILTER (WHERE p.state IN ('HELD', 'REFUNDING',
                  'REFUND_RETURNED')), 0) AS held
              FROM deal.deals d LEFT JOIN deal.payments p ON p.deal_id = d.id GROUP BY d.id) h
        LEFT JOIN deal.ledger_accounts a ON a.kind = 'ESCROW' AND a.owner_id = h.deal_id
        WHERE h.held <> coalesce(a.balance, 0)""",
    "one pending request between two people": """
        SELECT 1 FROM partnership.partner_requests WHERE state = 'PENDING'
        GROUP BY least(sender_id, recipient_id), greatest(sender_id, recipient_id) HAVING count(*) > 1""",
    "partners do not ask each other again": """
        SELECT r.id FROM partnership.partner_requests r JOIN partnership.partnerships p
            ON p.user_a_id = least(r.sender_id, r.recipient_id) AND p.user_b_id = greatest(r.sender_id, r.recipient_id)
        WHERE r.state = 'PENDING' AND p.state = 'ACTIVE'""",
    "one partnership between two people": """
        SELECT user_a_id, user_b_id FROM partnership.partnerships WHERE state = 'ACTIVE'
        GROUP BY user_a_id, user_b_id HAVING count(*) > 1""",
    "an accepted request has its partnership": """
        SELECT r.id FROM partnership.partner_requests r LEFT JOIN partnership.partnerships p ON p.id = r.partnership_id
        WHERE r.state = 'ACCEPTED' AND (p.id IS NULL OR p.user_a_id <> least(r.sender_id, r.recipient_id)
                                        OR p.user_b_id <> greatest(r.sender_id, r.recipient_id))""",
    "who is blocked has neither a request nor a partnership with the other": """
        SELECT b.blocker_id FROM partnership.blocks b WHERE EXISTS (
            SELECT FROM partnership.partner_requests r WHERE r.state = 'PENDING'
            AND least(r.sender_id, r.recipient_id) = least(b.blocker_id, b.blocked_id)
            AND greatest(r.sender_id, r.recipient_id) = greatest(b.blocker_id, b.blocked_id))
        OR EXISTS (
            SELECT FROM partnership.partnerships p WHERE p.state = 'ACTIVE'
            AND p.user_a_id = least(b.blocker_id, b.blocked_id)
            AND p.user_b_id = greatest(b.blocker_id, b.blocked_id))""",
}

IN_THE_END = {
    "a listing is where its deal is": """
        SELECT l.id, l.standard_status, d.state FROM property.listings l
        LEFT JOIN LATERAL (SELECT * FROM deal.deals d WHERE d.listing_id = l.id ORDER BY d.id DESC LIMIT 1) d ON true
        WHERE l.standard_status <> CASE
            WHEN d.id IS NULL OR d.state = 'CANCELLED' THEN 'ACTIVE'
            WHEN d.state = 'CLOSED' THEN 'CLOSED'
            WHEN EXISTS (SELECT FROM deal.payments p WHERE p.deal_id = d.id AND p.hold_time IS NOT NULL) THEN 'PENDING'
            ELSE 'ACTIVE_UNDER_CONTRACT' END""",
    "no payment waits for its provider": """
        SELECT id FROM deal.payments WHERE state IN ('CREATED', 'REFUNDING')""",
    "both sides were told of every offer": """
        SELECT o.id FROM deal.offers o WHERE (
            SELECT count(DISTINCT n.user_id) FROM outreach.notifications n
            WHERE n.resource_id = o.id::text AND n.user_id IN (o.buyer_id, o.agent_id)) < 2""",
    "both sides were told of every visit": """
        SELECT v.id FROM visit.visits v WHERE (
            SELECT count(DISTINCT n.user_id) FROM outreach.notifications n
            WHERE n.resource_id = v.id::text AND n.user_id IN (v.buyer_id, v.agent_id)) < 2""",
    "no job failed": "SELECT job_id, error FROM jobs.runs WHERE failures > 0 OR crashes > 0",
    "no event was refused": " UNION ALL ".join(
        f"SELECT '{schema}', event_id::text, error FROM {schema}.event_failures"
        for schema in ("property", "visit", "deal", "partnership", "outreach")
    ),
}
"""What must come true by itself soon after the last call."""

STEPS = {
    "visit.visits": {
        "PENDING": {"COUNTERED", "APPROVED", "REJECTED", "CANCELLED", "EXPIRED"},
        "COUNTERED": {"APPROVED", "REJECTED", "CANCELLED", "EXPIRED"},
        "APPROVED": {"IN_PROGRESS", "CANCELLED", "EXPIRED", "NO_SHOW", "COMPLETED"},
        "IN_PROGRESS": {"COMPLETED"},
        "NO_SHOW": {"COMPLETED"},
    },
    "deal.offers": {
        "PENDING": {"COUNTERED", "ACCEPTED", "REJECTED", "WITHDRAWN", "EXPIRED", "LAPSED"},
        "COUNTERED": {"ACCEPTED", "REJECTED", "WITHDRAWN", "EXPIRED", "LAPSED"},
        "ACCEPTED": {"FELL_THROUGH"},
    },
    "deal.deals": {"OPEN": {"CLOSED", "CANCELLED"}},
    "deal.payments": {
        "CREATED": {"HELD", "FAILED", "CANCELLED"},
        "HELD": {"RELEASED", "REFUNDING", "REFUNDED", "FORFEITED"},
        "RELEASED": {"REFUNDING", "REFUNDED", "FORFEITED"},
        "REFUNDING": {"REFUNDED", "HELD"},
        "FAILED": {"HELD"},
    },
    "partnership.partner_requests": {"PENDING": {"ACCEPTED", "REJECTED", "WITHDRAWN", "EXPIRED"}},
    "partnership.partnerships": {"ACTIVE": {"ENDED"}},
}
"""State → those that one step may lead to; a state that is missing is final."""
