"""AgentProfileService."""

from typing import Any

from doorstep.partnership.v1 import agent_profile_service_pb2 as pb
from doorstep.partnership.v1 import agent_profile_service_pb2_grpc
from services.chassis.actor import SYSTEM, current_actor
from services.chassis.ids import parse_id
from services.partnership import policy
from services.partnership.errors import NotAnAgent
from services.partnership.mapping import agent_profile as profiles
from services.partnership.operations import agent_profile as operations
from services.partnership.servicer.parts import Parts


class AgentProfileServicer(agent_profile_service_pb2_grpc.AgentProfileServiceServicer):
    """Agents who can be hired, and those who look for one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def ReplaceAgentProfile(
        self, request: pb.ReplaceAgentProfileRequest, context: Any
    ) -> pb.ReplaceAgentProfileResponse:
        """Writes the caller's own profile."""
        actor = current_actor()
        me = policy.user_of(actor)
        if actor.organization_id is None:
            raise NotAnAgent
        roles = await self._parts.users.roles([me], actor.organization_id)
        operations.require_agent(roles.get(me, ()))
        async with self._db.transaction(actor) as tx:
            row = await operations.replace_agent_profile(
                tx,
                actor.organization_id,
                profiles.to_values(request.agent_profile),
                etag=request.agent_profile.etag,
                now=self._clock.now(),
            )
        return pb.ReplaceAgentProfileResponse(agent_profile=profiles.to_message(row))

    async def DeleteAgentProfile(
        self, request: pb.DeleteAgentProfileRequest, context: Any
    ) -> pb.DeleteAgentProfileResponse:
        """Takes the caller's own profile away."""
        async with self._db.transaction(current_actor()) as tx:
            await operations.delete_agent_profile(tx, request.etag)
        return pb.DeleteAgentProfileResponse()

    async def GetAgentProfile(self, request: pb.GetAgentProfileRequest, context: Any) -> pb.GetAgentProfileResponse:
        """Reads the profile of an agent."""
        async with self._db.read(SYSTEM) as tx:  # profiles are everybody's
            row = await operations.get_agent_profile(tx, parse_id(request.agent_id))
        names = await self._parts.names.of([row.agent_id])
        return pb.GetAgentProfileResponse(agent_profile=profiles.to_message(row, names.get(row.agent_id)))

    async def ListAgentProfiles(
        self, request: pb.ListAgentProfilesRequest, context: Any
    ) -> pb.ListAgentProfilesResponse:
        """Finds agents, the nearest or the newest first."""
        page, query = self._parts.page_tokens.page(request), profiles.to_query(request)
        async with self._db.read(SYSTEM) as tx:
            found = await operations.list_agent_profiles(tx, query, page)
        names = await self._parts.names.of(one.profile.agent_id for one in found.items)
        return pb.ListAgentProfilesResponse(
            agents=[profiles.to_found(one, names.get(one.profile.agent_id)) for one in found.items],
            next_page_token=found.next_page_token,
        )
