"""Lists that would read whole tables without an index of their own."""

import asyncpg
import pytest

from services.chassis.ids import new_id
from services.deal.repository.reconciliation import BOOKED
from tests.deal.conftest import Sale

OPERATOR, CALLER = "doorstep_system", "none"


@pytest.mark.parametrize(
    ("role", "index", "rest"),
    [
        (OPERATOR, "disputes_id_idx", "disputes ORDER BY id DESC LIMIT 21"),
        (OPERATOR, "disputes_id_idx", "disputes WHERE id = $1"),
        (OPERATOR, "dispute_evidence_dispute_idx", "dispute_evidence WHERE dispute_id = $1 ORDER BY id DESC LIMIT 21"),
        (OPERATOR, "dispute_evidence_dispute_idx", "dispute_evidence WHERE dispute_id = $1 AND id = $1"),
        (
            CALLER,
            "payouts_of_deal_idx",
            "payouts WHERE organization_id = $1 AND deal_id = $1 ORDER BY id DESC LIMIT 21",
        ),
        (
            CALLER,
            "ledger_transactions_time_idx",
            "ledger_transactions WHERE organization_id = $1 AND create_time > now() ORDER BY create_time",
        ),
        (CALLER, "deals_agent_idx", "deals WHERE organization_id = $1 AND agent_id = $1 ORDER BY id DESC LIMIT 21"),
        (
            CALLER,
            "deals_of_listing_idx",
            "deals WHERE organization_id = $1 AND listing_id = $1 ORDER BY id DESC LIMIT 21",
        ),
        (CALLER, "deals_in_stage_idx", "deals WHERE organization_id = $1 AND stage_id = $1 ORDER BY id DESC LIMIT 21"),
    ],
)
async def test_an_index_leads_there(sale: Sale, role: str, index: str, rest: str) -> None:
    """In its own order: nothing is sorted that need not be read."""
    connection = await asyncpg.connect(sale.database.url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT set_config('role', $1, true)", role)
            for way in ("seqscan", "sort", "bitmapscan"):
                await connection.execute(f"SET LOCAL enable_{way} = off")
            statement = rest.replace("$1", f"'{new_id()}'::uuid")
            rows = await connection.fetch(f"EXPLAIN SELECT * FROM deal.{statement}")
        plan = "\n".join(row[0] for row in rows)
        assert f"using {index}" in plan, plan
        assert "Sort" not in plan, plan
    finally:
        await connection.close()


async def test_a_movement_is_held_against_its_own_lines(sale: Sale) -> None:
    """Not against all that were ever written: row-level security keeps the index from expressions that might leak."""
    statement = BOOKED
    values = {"through": "now()", "since": "now()", "provider": "'x'", "transactions": "'{}'::uuid[]"}
    for name, value in values.items():
        statement = statement.replace(f":{name}", value)
    connection = await asyncpg.connect(sale.database.url)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL enable_seqscan = off")
            plan = [row[0] for row in await connection.fetch(f"EXPLAIN {statement}")]
    finally:
        await connection.close()
    searched = [plan[n + 1] for n, line in enumerate(plan) if "using reconciliation_lines_reference_idx" in line]
    assert searched, "\n".join(plan)
    assert all("(reference = " in line.partition("Index Cond:")[2] for line in searched), "\n".join(plan)
