"""FastAPI + pydantic + asyncpg COPY: batches of events as JSON into rows with a primary key.

Run: `python -m tests.benchmarks.rivals.fastapi_ingest DATABASE_URL`; prints {"port": ...}. `SCHEMA` makes the table.
"""

import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field

SCHEMA = """
CREATE SCHEMA IF NOT EXISTS rival;
DROP TABLE IF EXISTS rival.events;
CREATE TABLE rival.events (
    session_id uuid NOT NULL, seq bigint NOT NULL, time_us bigint NOT NULL, kind text NOT NULL,
    zone text NOT NULL, px real NOT NULL, py real NOT NULL, pz real NOT NULL,
    qx real NOT NULL, qy real NOT NULL, qz real NOT NULL, qw real NOT NULL,
    PRIMARY KEY (session_id, seq)
);
GRANT USAGE ON SCHEMA rival TO doorstep_app;
GRANT INSERT, SELECT ON rival.events TO doorstep_app;
"""


class Event(BaseModel):
    """One sample."""

    time_us: int = Field(gt=0)
    kind: str
    zone: str
    position: tuple[float, float, float]
    rotation: tuple[float, float, float, float]


class Batch(BaseModel):
    """What a client posts."""

    session_id: UUID
    first_seq: int
    events: list[Event] = Field(min_length=1, max_length=1000)


def make(database_url: str) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.pool = await asyncpg.create_pool(database_url, min_size=4, max_size=8)
        yield
        await app.state.pool.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/batch", status_code=202)
    async def batch(posted: Batch) -> dict[str, int]:
        rows = [
            (posted.session_id, posted.first_seq + n, e.time_us, e.kind, e.zone, *e.position, *e.rotation)
            for n, e in enumerate(posted.events)
        ]
        async with app.state.pool.acquire() as connection:
            await connection.copy_records_to_table("events", schema_name="rival", records=rows)
        return {"accepted": len(rows)}

    return app


def main() -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)  # who comes before the application is up waits in line
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    config = uvicorn.Config(make(sys.argv[1]), loop="uvloop", http="httptools", log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
