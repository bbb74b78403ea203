"""FastAPI + SQLAlchemy ORM: one published home by id, from the same table that Doorstep reads.

Run: `python -m tests.benchmarks.rivals.fastapi_property DATABASE_URL SCHEMA.TABLE KEY`; prints {"port": ...}.
"""

import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import uvicorn
from fastapi import FastAPI, HTTPException
from sqlalchemy import MetaData, Table, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import registry


def make(database_url: str, name: str, key: str) -> FastAPI:
    engine = create_async_engine(
        database_url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=8, max_overflow=0
    )
    sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
    schema, _, table = name.partition(".")
    mapped: dict[str, Any] = {}

    class Row:
        """The mapped class."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        metadata = MetaData()
        async with engine.connect() as connection:
            found = await connection.run_sync(lambda c: Table(table, metadata, schema=schema, autoload_with=c))
        registry().map_imperatively(Row, found, primary_key=[found.c[key]])
        mapped["columns"] = [c.key for c in found.columns if str(c.type) not in ("POINT", "TSVECTOR", "NULL")]
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)

    @app.get("/properties/{row_id}")
    async def get(row_id: UUID) -> dict[str, Any]:
        async with sessions() as session:
            row = (await session.execute(select(Row).where(getattr(Row, key) == row_id))).scalar_one_or_none()
        if row is None:
            raise HTTPException(404)
        return {name: getattr(row, name) for name in mapped["columns"]}

    return app


def main() -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    config = uvicorn.Config(
        make(*sys.argv[1:4]), loop="uvloop", http="httptools", log_level="warning", access_log=False
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
