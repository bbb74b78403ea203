"""Deals straight into the tables, for tests and measurements that are about what comes after them."""

from uuid import UUID

import asyncpg

from services.chassis.ids import new_id

PRICE = 48_000_000
"""Of every deal, in cents."""
TOKEN = 480_000
"""What the usual policy makes of it."""


async def insert_deals(url: str, organization_id: UUID, buyer_id: UUID, count: int) -> list[UUID]:
    """Write deals of one buyer; `url` is the superuser's."""
    pipeline_id, stage_id, deals = new_id(), new_id(), [new_id() for _ in range(count)]
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO deal.pipelines (organization_id, id, display_name) VALUES ($1, $2, $3)",
                organization_id,
                pipeline_id,
                f"Sales {pipeline_id}",
            )
            await connection.execute(
                "INSERT INTO deal.stages (organization_id, id, pipeline_id, position, display_name, probability) "
                "VALUES ($1, $2, $3, 0, 'Begun', 10)",
                organization_id,
                stage_id,
                pipeline_id,
            )
            await connection.executemany(
                "INSERT INTO deal.deals (organization_id, id, display_name, state, buyer_id, agent_id, currency_code, "
                "price, pipeline_id, stage_id, stage_display_name, probability, stage_time) "
                "VALUES ($1, $2, 'A home', 'OPEN', $3, $4, 'USD', $5, $6, $7, 'Begun', 10, now())",
                [(organization_id, deal_id, buyer_id, new_id(), PRICE, pipeline_id, stage_id) for deal_id in deals],
            )
    finally:
        await connection.close()
    return deals
