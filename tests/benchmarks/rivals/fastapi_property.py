"""FastAPI + SQLAlchemy ORM: a home by id with the listing by which it is on the market, from the tables of Doorstep.

Run: `python -m tests.benchmarks.rivals.fastapi_property DATABASE_URL ORGANIZATION_ID`; prints {"port": ...}. It is
spared what Doorstep does besides: who calls is taken for granted, the tenant is a condition of the query instead of
row-level security, and nothing is logged or counted.
"""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, create_model
from sqlalchemy import MetaData, Table, and_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import foreign, joinedload, registry, relationship

from services.property.lifecycle import ON_MARKET


class Property:
    """Mapped when the tables have been read."""


class Listing:
    """Likewise."""


class Answer(BaseModel):
    """Read from the mapped classes."""

    model_config = ConfigDict(from_attributes=True)


def answer_of(name: str, table: Table, **more: Any) -> type[Answer]:
    """What is sent of a table's row: all columns."""
    fields: dict[str, Any] = {c.key: (c.type.python_type | None, None) for c in table.columns}
    return create_model(name, __base__=Answer, **fields, **more)


async def tables(database_url: str) -> tuple[Table, Table]:
    """What the database says of them."""
    engine, metadata = create_async_engine(database_url), MetaData()
    async with engine.connect() as connection:
        await connection.run_sync(lambda c: metadata.reflect(c, schema="property", only=["properties", "listings"]))
    await engine.dispose()
    return metadata.tables["property.properties"], metadata.tables["property.listings"]


def make(database_url: str, organization_id: UUID, properties: Table, listings: Table) -> FastAPI:
    engine = create_async_engine(database_url, pool_size=8, max_overflow=0)
    sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
    mapped: Any = Property
    registry().map_imperatively(Listing, listings)
    on_market = and_(
        foreign(listings.c.organization_id) == properties.c.organization_id,
        foreign(listings.c.property_id) == properties.c.id,
        listings.c.standard_status.in_([str(state) for state in ON_MARKET]),
    )
    offered = relationship(Listing, primaryjoin=on_market, uselist=False, viewonly=True)
    registry().map_imperatively(Property, properties, properties={"current_listing": offered})
    answer = answer_of("Home", properties, current_listing=(answer_of("Offer", listings) | None, None))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)

    @app.get("/properties/{property_id}", response_model=answer)
    async def get(property_id: UUID) -> Any:
        query = select(mapped).options(joinedload(mapped.current_listing))
        async with sessions() as session:
            row = await session.scalar(query.where(mapped.organization_id == organization_id, mapped.id == property_id))
        if row is None:
            raise HTTPException(404)
        return row

    return app


def main() -> None:
    url = sys.argv[1].replace("postgresql://", "postgresql+asyncpg://")
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)  # told its port, a client may come before the server takes over
    app = make(url, UUID(sys.argv[2]), *asyncio.run(tables(url)))
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    config = uvicorn.Config(app, loop="uvloop", http="httptools", log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
