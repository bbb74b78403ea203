"""What an offer and its acceptance ask of the database: each statement is a round trip within locks."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from services.chassis.interceptors.call import current_call
from tests.deal.conftest import Sale

TABLE = re.compile(r"(?:INTO|FROM|UPDATE)\s+deal\.(offers|offer_rounds|deals|deal_timeline|pipelines|stages)")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Verb and first table of each statement about offers and deals; of the suite's other work, nothing."""
    seen: list[str] = []

    def see(conn: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        if current_call() is None:
            return  # a job, or an event that has arrived
        if "pg_advisory_xact_lock" in statement and "deal.listing" in str(parameters):
            seen.append("LOCK listing")
        elif found := TABLE.search(statement):
            seen.append(f"{statement.split(maxsplit=1)[0]} {found[1]}{' FOR' if ' FOR ' in statement else ''}")

    event.listen(Engine, "before_cursor_execute", see)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", see)


async def test_an_offer(sale: Sale) -> None:
    listing = await sale.listing(sale.seller())
    await sale.offer(sale.buyer(), listing)
    with statements() as asked:
        await sale.offer(sale.buyer(), listing)
    assert asked == [
        "LOCK listing",
        "SELECT offers",  # whether it is taken, and what of the buyer's is open
        "INSERT offers",
        "INSERT offer_rounds",
    ]


async def test_an_acceptance(sale: Sale) -> None:
    seller = sale.seller()
    await sale.accept(seller, await sale.offer(sale.buyer(), await sale.listing(seller)))  # makes the pipeline
    listing = await sale.listing(seller)
    await sale.offer(sale.buyer(), listing)
    offer = await sale.offer(sale.buyer(), listing)
    with statements() as asked:
        await sale.accept(seller, offer)
    assert asked == [
        "SELECT offers",  # whether the caller may know of it
        "LOCK listing",
        "SELECT offers FOR",  # it and all that are open
        "SELECT offers",  # whether the listing is taken
        "UPDATE offers",  # the other one lapses
        "UPDATE offers",
        "SELECT pipelines FOR",
        "SELECT stages",
        "INSERT deals",
        "INSERT deal_timeline",
    ]
