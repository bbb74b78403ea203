"""EngagementService."""

from collections.abc import Sequence
from typing import Any, Protocol

from doorstep.partnership.v1 import engagement_pb2, engagement_service_pb2_grpc
from doorstep.partnership.v1 import engagement_service_pb2 as pb
from services.chassis.actor import current_actor
from services.chassis.ids import parse_id
from services.partnership import policy
from services.partnership.mapping import engagement as engagements
from services.partnership.models.engagement import Engagement
from services.partnership.operations import engagement as operations
from services.partnership.operations.pair import must_exist
from services.partnership.servicer.parts import Parts


class _Verb(Protocol):
    engagement_id: str
    etag: str


class EngagementServicer(engagement_service_pb2_grpc.EngagementServiceServicer):
    """Hires agents."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def _with_names(self, rows: Sequence[Engagement]) -> list[engagement_pb2.Engagement]:
        others = [row.other_than(current_actor().user_id) for row in rows]
        names = await self._parts.names.of(others)
        return [engagements.to_message(row, names.get(other)) for row, other in zip(rows, others, strict=True)]

    async def RequestEngagement(
        self, request: pb.RequestEngagementRequest, context: Any
    ) -> pb.RequestEngagementResponse:
        """Asks an agent to work for the caller."""
        actor = current_actor()
        agent_id, organization_id = parse_id(request.agent_id), parse_id(request.agent_organization_id)
        policy.require_other(actor, agent_id)
        roles = await self._parts.users.roles([agent_id], organization_id)
        must_exist(roles, agent_id)
        async with self._db.transaction(actor) as tx:
            row = await operations.request_engagement(
                tx,
                agent_id,
                organization_id,
                roles=roles[agent_id],
                purpose=engagements.to_purpose(request.purpose),
                note=request.note,
                now=self._clock.now(),
            )
        return pb.RequestEngagementResponse(engagement=engagements.to_message(row))

    async def GetEngagement(self, request: pb.GetEngagementRequest, context: Any) -> pb.GetEngagementResponse:
        """Reads one of the caller's engagements."""
        async with self._db.read(current_actor()) as tx:
            row = await operations.get_engagement(tx, parse_id(request.engagement_id))
        (message,) = await self._with_names([row])
        return pb.GetEngagementResponse(engagement=message)

    async def ListEngagements(self, request: pb.ListEngagementsRequest, context: Any) -> pb.ListEngagementsResponse:
        """Lists the caller's engagements, newest first."""
        page, states = self._parts.page_tokens.page(request), engagements.to_states(request.states)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_engagements(
                tx,
                page,
                states=states,
                as_client=request.side != engagement_pb2.ENGAGEMENT_SIDE_AGENT,
                as_agent=request.side != engagement_pb2.ENGAGEMENT_SIDE_CLIENT,
            )
        return pb.ListEngagementsResponse(
            engagements=await self._with_names(rows.items), next_page_token=rows.next_page_token
        )

    async def _move(self, request: _Verb, verb: str) -> engagement_pb2.Engagement:
        async with self._db.transaction(current_actor()) as tx:
            row = await operations.move_engagement(
                tx, parse_id(request.engagement_id), verb, request.etag, self._clock.now()
            )
        return engagements.to_message(row)

    async def AcceptEngagement(self, request: pb.AcceptEngagementRequest, context: Any) -> pb.AcceptEngagementResponse:
        """Accepts to work for a client."""
        return pb.AcceptEngagementResponse(engagement=await self._move(request, "accept"))

    async def DeclineEngagement(
        self, request: pb.DeclineEngagementRequest, context: Any
    ) -> pb.DeclineEngagementResponse:
        """Declines to work for a client."""
        return pb.DeclineEngagementResponse(engagement=await self._move(request, "decline"))

    async def WithdrawEngagement(
        self, request: pb.WithdrawEngagementRequest, context: Any
    ) -> pb.WithdrawEngagementResponse:
        """Takes a request back that the agent has not answered."""
        return pb.WithdrawEngagementResponse(engagement=await self._move(request, "withdraw"))

    async def EndEngagement(self, request: pb.EndEngagementRequest, context: Any) -> pb.EndEngagementResponse:
        """Ends an engagement."""
        return pb.EndEngagementResponse(engagement=await self._move(request, "end"))
