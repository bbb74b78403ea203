"""Lists that would read whole tables without an index of their own."""

import asyncpg
import pytest

from services.chassis.ids import new_id
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
