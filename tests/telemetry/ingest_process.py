"""A telemetry process to kill: python -m tests.telemetry.ingest_process '<json>' serves until killed.

The JSON holds database_url, redis_url, keys_dir, port, failpoints, and keys: API key to organisation.
"""

import asyncio
import json
import sys
from pathlib import Path
from uuid import UUID, uuid5

from services.chassis import failpoints
from services.chassis.actor import Actor, CallerKind
from services.chassis.testing.harness import Harness, TrustingCredentials
from services.telemetry.app import build


async def serve(told: dict) -> None:
    failpoints.activate(told["failpoints"], production=False)
    credentials = TrustingCredentials(
        keys={
            key: Actor(
                CallerKind.DEVICE,
                organization_id=UUID(organization),
                key_id=uuid5(UUID(organization), key),
                permissions=frozenset({"telemetry.ingest"}),
            )
            for key, organization in told["keys"].items()
        }
    )
    async with Harness.open(
        [build],
        database_url=told["database_url"],
        redis_url=told["redis_url"],
        keys_dir=Path(told["keys_dir"]),
        credentials=credentials,
        port=told["port"],
    ):
        print("serving", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
