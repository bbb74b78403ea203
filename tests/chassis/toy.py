"""A small service for tests of the chassis: real contracts of identity, answered by a few lines."""

import asyncio
from typing import Any

from sqlalchemy import text

from doorstep.identity.v1 import (
    api_key_pb2,
    api_key_service_pb2,
    api_key_service_pb2_grpc,
    session_service_pb2,
    session_service_pb2_grpc,
)
from services.chassis.actor import SYSTEM, current_actor
from services.chassis.app import App, Resources
from services.chassis.db.database import Database
from services.chassis.errors import NotFound


class ToyMissing(NotFound):
    """Nothing there."""

    reason = "SESSION_NOT_FOUND"
    message = "there is no such session"


class Sessions(session_service_pb2_grpc.SessionServiceServicer):
    """Behaves as the session id tells it to."""

    def __init__(self) -> None:
        self.finished: list[str] = []

    async def ListSessions(self, request: Any, context: Any) -> Any:
        return session_service_pb2.ListSessionsResponse(next_page_token=str(current_actor().user_id))

    async def RevokeSession(self, request: Any, context: Any) -> Any:
        kind = request.session_id[-1]
        if kind == "1":
            raise ToyMissing(metadata={"session_id": request.session_id})
        if kind == "2":
            raise ValueError("secret dsn postgresql://root:hunter2@db")
        if kind == "3":
            await asyncio.sleep(0.5)
            self.finished.append(request.session_id)
        return session_service_pb2.RevokeSessionResponse()

    async def CheckSession(self, request: Any, context: Any) -> Any:
        return session_service_pb2.CheckSessionResponse(live=True)


class Keys(api_key_service_pb2_grpc.ApiKeyServiceServicer):
    """Makes rows, so that effects can be counted."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def CreateApiKey(self, request: Any, context: Any) -> Any:
        async with self.database.transaction(current_actor()) as tx:
            number = await tx.session.scalar(
                text("INSERT INTO toy.made (organization_id, name) VALUES (:org, :name) RETURNING id"),
                {"org": tx.actor.organization_id, "name": request.display_name},
            )
        if request.display_name == "fails afterwards":
            raise ToyMissing
        return api_key_service_pb2.CreateApiKeyResponse(api_key=api_key_pb2.ApiKey(display_name=f"made {number}"))

    async def ListApiKeys(self, request: Any, context: Any) -> Any:
        async with self.database.read(current_actor()) as tx:
            names = (await tx.session.scalars(text("SELECT name FROM toy.made ORDER BY id"))).all()
        keys = [api_key_pb2.ApiKey(display_name=name) for name in names]
        return api_key_service_pb2.ListApiKeysResponse(api_keys=keys)


async def count(database: Database) -> int:
    """How many rows there are, over all tenants."""
    async with database.read(SYSTEM) as tx:
        return int(await tx.session.scalar(text("SELECT count(*) FROM toy.made")) or 0)


def build(resources: Resources) -> App:
    """The composition root."""
    app = App("toy")
    app.add(session_service_pb2_grpc.add_SessionServiceServicer_to_server, Sessions())
    app.add(api_key_service_pb2_grpc.add_ApiKeyServiceServicer_to_server, Keys(resources.database("toy")))
    return app
