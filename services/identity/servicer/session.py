"""SessionService."""

from typing import Any
from uuid import UUID

from doorstep.identity.v1 import session_service_pb2 as pb
from doorstep.identity.v1 import session_service_pb2_grpc
from services.chassis.actor import SYSTEM, current_actor
from services.identity import mapping
from services.identity.operations import session as operations
from services.identity.servicer.parts import Parts


class SessionServicer(session_service_pb2_grpc.SessionServiceServicer):
    """Sessions."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts."""
        self._db = parts.database
        self._parts = parts

    async def ListSessions(self, request: pb.ListSessionsRequest, context: Any) -> pb.ListSessionsResponse:
        """List the caller's sessions."""
        actor, page = current_actor(), self._parts.page_tokens.page(request)
        async with self._db.read(actor) as tx:
            found = await operations.list_sessions(tx, actor, page=page, now=self._parts.clock.now())
        return pb.ListSessionsResponse(
            sessions=[mapping.session(row, current=row.id == actor.session_id) for row in found.items],
            next_page_token=found.next_page_token,
        )

    async def RevokeSession(self, request: pb.RevokeSessionRequest, context: Any) -> pb.RevokeSessionResponse:
        """End one of the caller's sessions."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            await operations.revoke_session(tx, actor, session_id=UUID(request.session_id), now=self._parts.clock.now())
        return pb.RevokeSessionResponse()

    async def CheckSession(self, request: pb.CheckSessionRequest, context: Any) -> pb.CheckSessionResponse:
        """Say whether a token's session still lives."""
        async with self._db.read(SYSTEM) as tx:
            live, version, expire_time = await operations.check_session(
                tx,
                session_id=UUID(request.session_id),
                user_id=UUID(request.user_id),
                organization_id=UUID(request.organization_id) if request.organization_id else None,
                authorization_version=request.authorization_version,
                now=self._parts.clock.now(),
            )
        return pb.CheckSessionResponse(
            live=live, authorization_version=version, expire_time=mapping.timestamp(expire_time)
        )
