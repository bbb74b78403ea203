"""doorstep.telemetry.v1.SessionService."""

from typing import Any
from uuid import UUID

import grpc

from doorstep.telemetry.v1 import session_service_pb2 as pb
from doorstep.telemetry.v1 import session_service_pb2_grpc
from services.chassis.actor import current_actor
from services.chassis.db.database import Database
from services.chassis.paging import PageTokens
from services.telemetry.mapping import read as mapping
from services.telemetry.repository.session import SessionRepository

Context = grpc.aio.ServicerContext[Any, Any]

_STATES = {number: state for state, number in mapping.STATES.items()}


class SessionServicer(session_service_pb2_grpc.SessionServiceServicer):
    """Reads sessions."""

    def __init__(self, database: Database, page_tokens: PageTokens) -> None:
        """Serve from `database`."""
        self._database = database
        self._page_tokens = page_tokens

    async def GetSession(self, request: pb.GetSessionRequest, context: Context) -> pb.GetSessionResponse:
        """Return one session."""
        async with self._database.read(current_actor()) as tx:
            row = await SessionRepository(tx).by_id(UUID(request.session_id))
        return pb.GetSessionResponse(session=mapping.session(row))

    async def ListSessions(self, request: pb.ListSessionsRequest, context: Context) -> pb.ListSessionsResponse:
        """Return one page of sessions, latest first."""
        page = self._page_tokens.page(request)
        async with self._database.read(current_actor()) as tx:
            found = await SessionRepository(tx).list_page(
                page,
                property_id=UUID(request.property_id) if request.property_id else None,
                participant_id=request.participant_id or None,
                state=_STATES.get(request.state),
                started_from_us=request.started_after.ToMicroseconds() if request.HasField("started_after") else None,
                started_before_us=(
                    request.started_before.ToMicroseconds() if request.HasField("started_before") else None
                ),
            )
        sessions = [mapping.session(row) for row in found.items]
        return pb.ListSessionsResponse(sessions=sessions, next_page_token=found.next_page_token)
