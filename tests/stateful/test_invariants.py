"""Every promise is found broken where it is broken: after a sale that went well, rows are damaged past every guard."""

import pytest

from doorstep.deal.v1 import deal_service_pb2
from tests.stateful.invariants import ALWAYS
from tests.stateful.test_sales import Sales
from tests.stateful.world import World

AGAIN = """
    INSERT INTO {table}
    SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid()){more})).* FROM {table} t"""


def again(table: str, where: str = "", more: str = "") -> str:
    """A row once more, under another id; what is unique is not for now."""
    keys = f"""
        DO $$ DECLARE name text; BEGIN
            FOR name IN SELECT indexrelid::regclass::text FROM pg_index
                WHERE indrelid = '{table}'::regclass AND (indisunique OR indisexclusion) AND NOT indisprimary
            LOOP
                BEGIN EXECUTE 'DROP INDEX ' || name;
                EXCEPTION WHEN dependent_objects_still_exist THEN
                    EXECUTE 'ALTER TABLE {table} DROP CONSTRAINT ' || split_part(name, '.', 2);
                END;
            END LOOP;
        END $$;"""
    return keys + AGAIN.format(table=table, more=more) + where


DAMAGE = {
    "an agent is in one place at a time": again("visit.visits", " WHERE state = 'PENDING'"),
    "a home shows itself to one buyer at a time": again("visit.visits", " WHERE state = 'PENDING'"),
    "a buyer is in one place at a time": again("visit.visits", " WHERE state = 'PENDING'"),
    "every step of a visit is in its history": "UPDATE visit.visits SET state = 'NO_SHOW' WHERE state = 'COMPLETED'",
    "a completed visit was met with a code, or somebody answers for it": "UPDATE visit.visit_codes SET use_time = NULL",
    "one accepted offer per listing": again("deal.offers", " WHERE state = 'ACCEPTED'"),
    "beside an accepted offer no other is open": again(
        "deal.offers", " WHERE state = 'ACCEPTED'", """ || '{"state": "PENDING", "awaiting": "SELLER"}'"""
    ),
    "no offer is accepted after its time": """
        UPDATE deal.offers SET end_time = expire_time + interval '1 second' WHERE state = 'ACCEPTED'""",
    "an accepted offer has its deal, at its price": "UPDATE deal.deals SET price = price - 1",
    "one open deal per listing": again("deal.deals", " WHERE state = 'OPEN'"),
    "a deal that is over has no money in the air": "UPDATE deal.payments SET state = 'HELD'",
    "what fell through has earned no commission": "UPDATE deal.deals SET state = 'CANCELLED'",
    "one living token per deal": again("deal.payments", " WHERE state = 'RELEASED'"),
    "every transaction balances in every currency": """
        UPDATE deal.ledger_entries SET amount = amount + 1 WHERE amount > 0""",
    "no transaction is empty": "DELETE FROM deal.ledger_entries",
    "a balance is the sum of its entries": "UPDATE deal.ledger_accounts SET balance = balance + 1 WHERE balance >= 0",
    "nothing that is owed is negative": """
        ALTER TABLE deal.ledger_accounts DROP CONSTRAINT ledger_accounts_balance_check;
        UPDATE deal.ledger_accounts SET balance = -1 WHERE kind = 'ESCROW'""",
    "escrow holds what is held, to the cent": "UPDATE deal.payments SET amount = amount + 1 WHERE state = 'HELD'",
    "one pending request between two people": again("partnership.partner_requests", " WHERE state = 'PENDING'"),
    "partners do not ask each other again": """
        UPDATE partnership.partner_requests SET state = 'PENDING', response_time = NULL, partnership_id = NULL
        WHERE state = 'ACCEPTED'""",
    "one partnership between two people": again("partnership.partnerships"),
    "an accepted request has its partnership": "DELETE FROM partnership.partnerships",
    "who is blocked has neither a request nor a partnership with the other": """
        INSERT INTO partnership.blocks SELECT user_a_id, user_b_id, now() FROM partnership.partnerships""",
}


@pytest.fixture(scope="module")
def sold(world: World) -> World:
    """One home sold, another with its token paid; visits, requests and a partnership."""
    Sales.world = world
    sales = Sales()
    sales.begin()
    met = sales.request_visit("buyer", 0, 2)
    sales.meet(met)
    sales.request_visit("other buyer", 1, 3)
    sales.sell(sales.make_offer("buyer", 0, 500_000))
    deal = sales.accept_offer(sales.make_offer("other buyer", 1, 480_000), "agent")
    world.until_settled(sales.pay(deal, "the right one", "pm_ok"))
    sales.answer(sales.ask("buyer", "agent"), "the right one", "Accept")
    sales.ask("other buyer", "agent")
    found = world.call(world.deals.GetDeal, deal_service_pb2.GetDealRequest(deal_id=deal), sales.company.agent)
    assert found.deal.state, found
    sales.teardown()
    return world


def test_every_promise_is_tried() -> None:
    assert DAMAGE.keys() == ALWAYS.keys()


@pytest.mark.parametrize("promise", DAMAGE)
def test_damage_is_seen(sold: World, promise: str) -> None:
    assert not sold.broken(ALWAYS)
    assert promise in sold.broken_by(DAMAGE[promise])
    assert not sold.broken(ALWAYS), "the damage was taken back"
